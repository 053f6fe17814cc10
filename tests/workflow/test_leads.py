"""Leads against contacts as a user meets them: the run, the ledger, explain, review and unmerge."""

import shutil

import polars as pl
import pytest

from crmclean.errors import ExitCode
from crmclean.workflow.explain import explain
from crmclean.workflow.review import apply_review, export_review
from crmclean.workflow.review_session import ReviewSession
from crmclean.workflow.run import run
from crmclean.workflow.unmerge import unmerge
from crmclean.workflow.why_not import why_not

PLAN = """
version = 1
name = "leads"
as_of = 2026-06-30

[target]
crm = "CRM"

[defaults]
region = "US"

[stale]
protect = "TRUE"

[[source]]
name = "crm"
kind = "plain"

[[source.file]]
path = "exports/people.csv"
object = "contacts"

[[source.file]]
path = "exports/leads.csv"
object = "leads"

[[source.file]]
path = "exports/calls.csv"
object = "activities"
"""
PEOPLE = """ID,First name,Last name,Email,Phone,Job title,City
1,Nadia,Okonjo,nadia@bluefin.example,+1 415 555 0142,,Oakland
2,Tomas,Reyes,tomas@redwood.example,+1 415 555 0150,Buyer,Reno
3,Ife,Lund,ifeolaf@lund.example,,CEO,Salem
"""
LEADS = """ID,First name,Last name,Email,Phone,Job title,City,Company,Status,Rating,Email opt-out
11,Nadia,Okonjo,nadia@bluefin.example,,Buyer,Oakland,Bluefin Inc,New,Hot,true
12,Mara,Reyes,m.reyes@redwood.example,,,,Redwood Foods,New,,
13,Olaf,Lund,ifeolaf@lund.example,,,Salem,Lund AG,New,,
14,Zoe,Quist,zoe@quist.example,,,,Quist AG,New,,
15,Zoe,Quist,zoe@quist.example,+41 61 555 01 50,,,Quist AG,New,,
"""
CALLS = """ID,Subject,Lead ID,Date
1,Intro,11,2026-05-04
"""


def made(root, crm):
    (root / "exports").mkdir(parents=True)
    (root / "migration.toml").write_text(PLAN.replace("CRM", crm), encoding="utf-8")
    for name, text in (("people", PEOPLE), ("leads", LEADS), ("calls", CALLS)):
        (root / "exports" / f"{name}.csv").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module", params=["hubspot", "salesforce"])
def imported(request, tmp_path_factory):
    """The run into the rehearsal of a target without leads, and of one that has them."""
    root = made(tmp_path_factory.mktemp(request.param) / "acme", request.param)
    assert run(root).exit_code is ExitCode.WAITING
    return root


@pytest.fixture
def workspace(imported, tmp_path):
    shutil.copytree(imported, tmp_path / "acme")
    return tmp_path / "acme"


def fates(root):
    lines = pl.read_csv(root / "run" / "report" / "ledger.csv", infer_schema=False)
    return {
        line["record"].removeprefix("crm:"): (line["outcome"], line["into"]) for line in lines.iter_rows(named=True)
    }


def test_the_ledger_says_into_which_contact_a_lead_went_and_what_waits(imported):
    told = fates(imported)
    assert told["leads:11"] == ("merged", "crm:contacts:1")
    assert told["leads:14"] == ("merged", "crm:leads:15")
    assert told["contacts:3"][0] == told["leads:13"][0] == "held"  # one mailbox, two names: a person is asked
    assert {told[f"contacts:{number}"][0] for number in (1, 2)} | {told["leads:12"][0], told["leads:15"][0]} == {
        "imported"
    }


def test_the_contact_has_what_the_lead_knew_and_its_calls(imported):
    contact = explain(imported, "crm:contacts:1")
    assert contact.data["merged_records"] == ["crm:leads:11"]
    taken = {cell["field"] for cell in contact.data["origins"]}
    assert {"title", "email_opt_out", "company_name"} <= taken
    calls = pl.read_parquet(imported / "run" / "stale" / "activities.parquet")
    assert calls["_ref.person_ref"].to_list() == ["crm:contacts:1"]


def test_explain_follows_a_lead_into_its_contact_and_names_both_by_email(imported):
    lead = explain(imported, "crm:leads:11")
    assert "Merged into crm:contacts:1" in " ".join(lead.notes)
    assert "same email" in " ".join(lead.notes)
    assert explain(imported, "nadia@bluefin.example").data["record"]["record"] == "crm:contacts:1"


@pytest.mark.parametrize(
    ("lead", "contact", "why"),
    [(11, 1, "merged"), (12, 2, "unlike"), (13, 3, "undecided"), (14, 2, "not-compared")],
)
def test_why_a_lead_is_no_contact(imported, lead, contact, why):
    for pair in ((f"crm:leads:{lead}", f"crm:contacts:{contact}"), (f"crm:contacts:{contact}", f"crm:leads:{lead}")):
        told = why_not(imported, *pair)
        assert told.data["why_not"] == why
        assert why == "merged" or {side["field"] for side in told.data["sides"]} >= {"last_name", "email"}


def test_a_lead_and_a_contact_are_a_question_that_an_answer_settles(workspace):
    session = ReviewSession(workspace, "ines")
    question = session.question()
    assert (question.left, question.right, question.mixed) == ("crm:contacts:3", "crm:leads:13", True)
    session.answer("merge", "crm:leads:13")  # the lead was picked, and still it is the contact that lives on
    run(workspace)
    told = fates(workspace)
    assert (told["contacts:3"][0], told["leads:13"]) == ("imported", ("merged", "crm:contacts:3"))


def test_a_sheet_asks_about_them_too_and_its_owner_gets_them(workspace):
    (sheet,) = export_review(workspace).data["files"]
    table = pl.read_csv(workspace / sheet.replace(".xlsx", ".csv"), infer_schema=False)
    assert table.select("left", "right").rows() == [("crm:contacts:3", "crm:leads:13")]
    table.with_columns(decision=pl.lit("different")).write_csv(workspace / "answers.csv")
    apply_review(workspace, workspace / "answers.csv", "ines")
    assert run(workspace).exit_code is ExitCode.DONE
    assert {fates(workspace)[name] for name in ("contacts:3", "leads:13")} == {("imported", None)}


def test_a_lead_comes_out_of_a_contact_again_after_the_import(workspace):
    told = unmerge(workspace, "crm:leads:11", by="ines", note="her sister")
    assert told.data["taken_apart"] == ["crm:contacts:1", "crm:leads:11"]
    run(workspace)
    assert fates(workspace)["leads:11"] == ("imported", None)
    calls = pl.read_parquet(workspace / "run" / "stale" / "activities.parquet")
    assert calls["_ref.person_ref"].to_list() == ["crm:leads:11"]
    assert why_not(workspace, "crm:contacts:1", "crm:leads:11").data["why_not"] == "rejected"
