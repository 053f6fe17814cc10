"""Deals that look alike: always a question, and what becomes of the money when a person says yes."""

from pathlib import Path

import polars as pl
import pytest

from crmclean.errors import PlanError
from crmclean.matching.decisions import DECISIONS
from crmclean.pipeline.balance import balance
from crmclean.pipeline.dedupe.deduping import dedupe
from crmclean.plan.model import Plan, Source, Target
from crmclean.records import REF_PREFIX
from tests.pipeline.test_leads import table
from tests.plan.test_survivorship import read

PLAN = Plan(Path(), "deals", Target("hubspot"), (Source("crm", "plain", 1, ()), Source("web", "plain", 2, ())))
COMPANY, PARENT = REF_PREFIX + "company_ref", REF_PREFIX + "parent_ref"
DEAL = {
    "name": "Pumps 2026", "amount": "1000.00", "currency": "USD", "close_date": "2026-05-01", "stage": "Proposal",
    "owner_ref": "ann", COMPANY: "crm:companies:1", "company_name": None,
}  # fmt: skip
FIRM = {"name": "Rand Pumps Inc", "domain": "rand.example", "phone": "+14155550100", "city": "Ames"}


def deduped(deals, *decisions, companies=(FIRM,), **others):
    tables = {"deals": table("deals", *deals), "companies": table("companies", *companies), **others}
    answers = pl.DataFrame(list(decisions), schema=DECISIONS) if decisions else pl.DataFrame(schema=DECISIONS)
    return tables, dedupe(PLAN, tables, answers, b"key")


def yes(left, right, survivor=None):
    return {"left": left, "right": right, "verdict": "merge", "survivor": survivor, "by": "ann"}


def asked(phase):
    return set(phase.frames["questions-deals"].select("left", "right").rows())


PAIR = ("crm:deals:1", "crm:deals:2")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, True),
        ({"amount": None}, True),
        ({"close_date": "2026-09-01"}, True),
        ({"amount": "7.00", "close_date": "2026-09-01"}, False),
        ({"name": "Valves"}, False),
        ({COMPANY: "crm:companies:2"}, False),
        ({COMPANY: None, "company_name": "Rand Pumps Inc"}, True),
        ({COMPANY: None}, False),
    ],
)
def test_deals_are_merged_by_people_only(other, expected):
    _, phase = deduped([DEAL, DEAL | other], companies=[FIRM, {"name": "Holm Works"}])
    assert asked(phase) == ({PAIR} if expected else set())
    assert phase.tables["deals"]["_outcome"].to_list() == [None, None]
    assert set(phase.frames["held"].filter(object="deals")["record"]) == (set(PAIR) if expected else set())


def test_companies_that_became_one_make_their_deals_alike():
    _, phase = deduped([DEAL, DEAL | {COMPANY: "crm:companies:2"}], companies=[FIRM, FIRM | {"name": "Rand Pumps"}])
    assert set(phase.tables["companies"]["_outcome"]) == {None, "merged"}
    assert asked(phase) == {PAIR}
    assert phase.tables["deals"][COMPANY].n_unique() == 1


@pytest.mark.parametrize("picked", [None, "crm:deals:1", "crm:deals:2"])
@pytest.mark.parametrize("other", [{"amount": None}, {"stage": "Won", "owner_ref": None}, {"currency": "EUR"}])
def test_the_money_of_every_owner_and_stage_adds_up_after_a_merge(other, picked):
    tables, phase = deduped([DEAL, DEAL | other], yes(*PAIR, picked))
    ledger = pl.LazyFrame({"record": list(PAIR), "object": ["deals"] * 2, "source": ["crm"] * 2})
    lines = balance(tables, tables, {"deals": phase.tables["deals"].lazy()}, ledger)
    assert [line for line in lines if line.what == "money" and line.read != line.accounted] == []
    fates = dict(phase.tables["deals"].select("_record", "_into").rows())
    assert sorted(fates.values(), key=str) == sorted([None, picked or "crm:deals:1"], key=str)


def test_the_deal_with_an_amount_survives_and_what_differs_is_listed():
    bare = DEAL | {"amount": None, "next_step": "call", "description": "long enough to be the most complete of both"}
    _, phase = deduped([bare, DEAL | {"_source": "web", "stage": "Won"}], yes("crm:deals:1", "web:deals:2"))
    survivor = phase.tables["deals"].filter(pl.col("_outcome").is_null()).row(0, named=True)
    assert (survivor["_record"], survivor["amount"], survivor["stage"]) == ("web:deals:2", "1000.00", "Won")
    assert survivor["next_step"] == "call"
    assert ("stage", "Proposal") in set(phase.frames["losers"].select("field", "value").rows())


def test_activities_and_links_of_a_deal_go_with_it():
    activities = table("activities", {"kind": "call", PARENT: "crm:deals:2"})
    links = table("links", {REF_PREFIX + "from_ref": "crm:deals:2", REF_PREFIX + "to_ref": "crm:contacts:1"})
    _, phase = deduped([DEAL, DEAL], yes(*PAIR), activities=activities, links=links)
    assert phase.tables["activities"][PARENT].to_list() == ["crm:deals:1"]
    assert phase.tables["links"][REF_PREFIX + "from_ref"].to_list() == ["crm:deals:1"]


def test_deals_learn_nothing_that_later_runs_would_weigh_with():
    _, phase = deduped([DEAL, DEAL])
    assert "deals" not in phase.documents["weights"]["objects"]


def test_a_rule_that_would_move_money_between_deals_is_refused(tmp_path):
    with pytest.raises(PlanError, match="surviving deal") as caught:
        read(tmp_path, '\n[dedupe.fields]\n"deals.amount" = "max"\n')
    assert caught.value.faults[0].code == "plan.wrong-value"
