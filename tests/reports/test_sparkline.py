"""The small line of a measure over its runs."""

import pytest

from crmclean.reports.scorecard_view import sparkline


def heights(values):
    return [float(point.split(",")[1]) for point in sparkline(values).split()]


@pytest.mark.parametrize(
    ("values", "least", "most"),
    [
        ([0.946, 0.9459], 0, 0.1),  # "same": 94.6 % both times
        ([0.30, 0.305], 2, 5),
        ([0.30, 0.40], 20, 20),
        ([0.0, 0.01], 20, 20),
        ([5, 5, 5], 0, 0),
        ([0, 0], 0, 0),
        ([-0.5, 0.5], 20, 20),
    ],
)
def test_what_hardly_moves_is_drawn_nearly_level(values, least, most):
    drawn = heights(values)
    assert least <= max(drawn) - min(drawn) <= most
    assert all(2 <= height <= 22 for height in drawn)


def test_a_single_run_has_no_line():
    assert sparkline([0.5]) == ""


def test_more_is_higher():
    first, second = heights([0.1, 0.2])
    assert second < first
