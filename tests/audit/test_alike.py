"""What a target writes in its own way is no difference; everything else is one."""

import polars as pl
import pytest

from crmclean.audit.alike import comparable


@pytest.mark.parametrize(
    ("kind", "sent", "found", "same"),
    [
        ("boolean", None, "false", True),
        ("boolean", "true", "false", False),
        ("boolean", None, "true", False),
        ("decimal", "1.50", "1.5", True),
        ("decimal", "10.00", "10", True),
        ("integer", "100", "1", False),
        ("integer", "10", "10.0", True),
        ("decimal", "1.05", "1.5", False),
        ("decimal", None, "0", False),
        ("text", "1.50", "1.5", False),
        ("text", None, "false", False),
        ("date", "2024-01-10", "2024-01-1", False),
    ],
)
def test_the_form_of_both_sides_is_told_from_a_difference(kind, sent, found, same):
    cells = pl.DataFrame({"sent": [sent], "found": [found]}, schema={"sent": pl.String, "found": pl.String})
    forms = cells.select(comparable(pl.col(name), kind) for name in cells.columns).row(0)
    assert (forms[0] == forms[1]) == same
