"""What needs no groups is worked out beside the matching: both come back, and an error of either comes out."""

import pytest

from crmclean.hygiene.duplicates import duplicate_groups
from crmclean.matching.decisions import Decisions
from crmclean.matching.model import MatchSettings
from tests.hygiene.invented import table

CONTACTS = [{"id": str(number), "email": f"ann{number // 2}@hill.com", "last_name": "Hill"} for number in range(4)]
COMPANIES = [{"id": "1", "name": "Hill Ltd"}]


def _grouped(how, tables, beside):
    made = {name: table(name, rows) for name, rows in tables.items()}
    return duplicate_groups(made, how, MatchSettings(), Decisions(), beside)


@pytest.mark.parametrize("how", ["exact", "full"])
@pytest.mark.parametrize(
    "tables",
    [{"contacts": CONTACTS}, {"companies": COMPANIES}, {"contacts": CONTACTS, "companies": COMPANIES}, {}],
    ids="+".join,
)
def test_groups_and_what_is_beside_them_come_back(how, tables):
    groups, other = _grouped(how, tables, lambda: "told")
    assert other == "told"
    assert groups.keys() == tables.keys()
    if "contacts" in tables:
        assert groups["contacts"]["row"].to_list() == [0, 1, 2, 3]


@pytest.mark.parametrize("how", ["exact", "full"])
def test_an_error_beside_the_matching_comes_out(how):
    with pytest.raises(ZeroDivisionError):
        _grouped(how, {"contacts": CONTACTS}, lambda: 1 / 0)
