"""Companies with open deals of different owners: asked about, never merged by the machine."""

from itertools import count
from pathlib import Path

import polars as pl
import pytest

from crmclean.matching.decisions import DECISIONS
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.plan.model import Plan, Source, Target

PLAN = Plan(Path(), "sellers", Target("hubspot"), (Source("crm", "plain", 1, ()), Source("old", "plain", 2, ())))
FIRM = {"name": "Bluefin Logistics Inc", "domain": "bluefin.example", "city": "Oakland", "country": "US"}
USERS = (
    {"_record": "crm:users:1", "email": "ann@us.example", "first_name": "Ann", "last_name": "Lee"},
    {"_record": "crm:users:2", "email": "bo@us.example", "first_name": "Bo", "last_name": "Roe"},
    {"_record": "old:users:1", "email": "Ann@us.example", "full_name": "Ann Lee"},
)


def table(object_, *rows):
    numbers = count(1)
    full = [{"_source": "crm", "_record": f"crm:{object_}:{next(numbers)}", "_file": "x.csv"} | row for row in rows]
    names = dict.fromkeys([*(name for row in full for name in row), "_outcome", "_into", "_code"])
    shape = dict.fromkeys(names, pl.String)
    return pl.DataFrame(full, schema=shape).with_columns(_row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64)).lazy()


def deal(company, owner, status="open"):
    ref = owner if owner and ":" in owner else None
    of = f"crm:companies:{company}"
    return {"_ref.company_ref": of, "_ref.owner_ref": ref, "owner_ref": owner, "status": status, "name": "Pallets"}


def deduped(deals, *decisions, links=(), firms=(FIRM, FIRM)):
    tables = {
        "users": table("users", *USERS),
        "companies": table("companies", *firms),
        "deals": table("deals", *deals, deal(9, "Bo Roe")),
    }
    tables |= {"links": table("links", *links)} if links else {}
    return dedupe(PLAN, tables, pl.DataFrame(list(decisions), schema=DECISIONS), b"key")


MERGED, ASKED = "merged", "asked"


@pytest.mark.parametrize(
    ("deals", "expected"),
    [
        ([], MERGED),
        ([deal(1, "crm:users:1")], MERGED),
        ([deal(1, "crm:users:1"), deal(2, "crm:users:1")], MERGED),
        ([deal(1, "crm:users:1"), deal(2, "old:users:1")], MERGED),  # one person, a user of both systems
        ([deal(1, "crm:users:1"), deal(2, "ann@us.example")], MERGED),
        ([deal(1, "crm:users:1"), deal(2, "Ann Lee")], MERGED),
        ([deal(1, "crm:users:1"), deal(2, "crm:users:2", status="won")], MERGED),
        ([deal(1, "crm:users:1"), deal(2, "crm:users:2", status="lost")], MERGED),
        ([deal(1, "crm:users:1"), deal(2, None)], MERGED),
        ([deal(1, "crm:users:1"), deal(1, "crm:users:2"), deal(2, "crm:users:2")], MERGED),  # one of them sells to both
        ([deal(1, "crm:users:1"), deal(2, "crm:users:2")], ASKED),
        ([deal(1, "crm:users:1"), deal(2, "somebody@us.example")], ASKED),
        ([deal(1, "Ann Lee"), deal(2, "Bo Roe")], ASKED),
    ],
)
def test_who_sells_decides_whether_equal_companies_merge(deals, expected):
    phase = deduped(deals)
    merged = phase.tables["companies"]["_outcome"].to_list() == [None, "merged"]
    held = dict(phase.frames["held"].select("record", "code").rows())
    assert merged is (expected == MERGED)
    assert held == ({} if merged else dict.fromkeys(("crm:companies:1", "crm:companies:2"), "dedupe.two-owners"))
    assert phase.frames["questions-companies"]["conflict"].to_list() == ([] if merged else ["open deals of two owners"])


def test_a_link_tells_of_whom_a_deal_is_too():
    links = [{"_ref.from_ref": "crm:companies:2", "_ref.to_ref": "crm:deals:2"}]
    phase = deduped([deal(1, "Ann Lee"), deal(9, "Bo Roe")], links=links)
    assert phase.frames["members"].is_empty()


def test_they_stay_apart_through_a_third_and_a_person_may_merge_them():
    deals = [deal(1, "Ann Lee"), deal(2, "Bo Roe")]
    phase = deduped(deals, firms=(FIRM, FIRM, FIRM))
    survivors = dict(phase.frames["members"].select("record", "survivor").rows())
    assert survivors.get("crm:companies:1") != survivors.get("crm:companies:2")
    yes = {"left": "crm:companies:1", "right": "crm:companies:2", "verdict": "merge", "by": "ines"}
    assert deduped(deals, yes).frames["members"].height == 2


def test_companies_unlike_each_other_are_not_asked_about_for_their_owners():
    other = {"name": "Redwood Foods AG", "domain": "redwood.example", "city": "Basel", "country": "CH"}
    assert deduped([deal(1, "Ann Lee"), deal(2, "Bo Roe")], firms=(FIRM, other)).frames["held"].is_empty()
