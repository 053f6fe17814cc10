"""The return on investment: every figure by hand, and nothing guessed where an input is missing."""

import pytest

from crmclean.plan.roi import Roi
from crmclean.reports.roi import Cleaned, cleaned, figures, roi_section

OUTCOMES = {
    "contacts": {"merged": 300, "archived": 100, "imported": 600},
    "leads": {"archived": 20},
    "companies": {"merged": 60},
    "links": {"merged": 7},
}
WHOLE = Roi(license_per_contact=12, minutes_per_merge=5, hourly_cost=40, one_off_cost=4000, currency="USD")


def by_name(roi, outcomes=OUTCOMES):
    return {figure.name: figure for figure in figures(roi, cleaned(outcomes))}


def test_every_figure_by_hand():
    values = {name: figure.value for name, figure in by_name(WHOLE).items()}
    assert values == {
        "saved by archiving, per year": 120 * 12,
        "saved by merging, per year": 300 * 12,
        "merging by hand saved": 360 * 5 / 60,
        "worth of these hours": 30 * 40,
        "benefits in the first year": 1440 + 3600 + 1200,
        "ROI in the first year": (6240 - 4000) / 4000 * 100,
        "payback": (4000 - 1200) / ((1440 + 3600) / 12),
    }


def test_the_formula_stands_beside_the_figure():
    figure = by_name(WHOLE)["ROI in the first year"]
    assert figure.shown == "56.0%"
    assert "(benefits - costs) / costs * 100" in figure.formula
    assert "one_off_cost $4,000.00" in figure.formula
    table = roi_section(figures(WHOLE, cleaned(OUTCOMES))).tables[0]
    told = "120 archived people x license_per_contact; license_per_contact $12.00"
    assert table.rows[0] == ("saved by archiving, per year", "$1,440", told)


@pytest.mark.parametrize(
    ("roi", "name", "needs"),
    [
        (Roi(license_per_contact=12), "worth of these hours", "needs minutes_per_merge and hourly_cost in [roi]"),
        (Roi(hourly_cost=1), "saved by merging, per year", "needs license_per_contact in [roi]"),
        (Roi(license_per_contact=1, minutes_per_merge=1, hourly_cost=1, one_off_cost=0), "ROI in the first year",
         "needs one_off_cost above 0 in [roi]"),
        (Roi(license_per_contact=0, minutes_per_merge=1, hourly_cost=1, one_off_cost=5), "payback",
         "needs savings above 0 in [roi]"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_never_0(roi, name, needs):
    figure = by_name(roi)[name]
    assert (figure.value, figure.shown, figure.formula) == (None, "not measurable", needs)


def test_a_plan_without_prices_shows_nothing():
    assert figures(Roi(), cleaned(OUTCOMES)) == ()


def test_amounts_in_the_locale_of_the_plan():
    german = Roi(license_per_contact=12.5, currency="EUR", locale="de_DE")
    assert by_name(german)["saved by archiving, per year"].shown == "1.500\xa0€"
    assert by_name(german)["saved by archiving, per year"].formula.endswith("license_per_contact 12,50\xa0€")


def test_what_cannot_be_counted_is_named():
    found = {each.name: each for each in figures(WHOLE, Cleaned(None, 3, 5, ("stale contacts", "doubles", "records")))}
    assert found["saved by archiving, per year"].formula == "needs stale contacts to be measurable"
    assert found["saved by merging, per year"].value == 36
    assert found["payback"].value is None
