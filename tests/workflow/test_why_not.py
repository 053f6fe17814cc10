"""Every reason why two records are not one, from a run over a small list."""

import polars as pl
import pytest

from crmclean.errors import ExitCode, UsageError
from crmclean.workflow.explain import explain
from crmclean.workflow.run import run
from crmclean.workflow.why_not import why_not

PLAN = """
version = 1
name = "small"
as_of = 2026-06-30

[dedupe]
objects = ["companies", "contacts", "leads"]
[target]
crm = "hubspot"

[[source]]
name = "crm"
kind = "plain"

[[source.file]]
path = "exports/people.csv"
object = "contacts"

[[source.file]]
path = "exports/firms.csv"
object = "companies"

[[source.file]]
path = "exports/deals.csv"
object = "deals"
"""
PEOPLE = """ID,First name,Last name,Email,Phone,Company,City
1,Ann,Lee,ann.lee@acme.example,,Acme Ltd,Boston
2,Ann,Lee,Ann.Lee@acme.example,,Acme Ltd,Boston
3,John,Smith,smithjones@bolt.example,,Bolt Inc,Austin
4,Mary,Jones,smithjones@bolt.example,,Bolt Inc,Austin
5,Zoe,Quist,zoe@quist.example,,Quist AG,Basel
6,Olaf,Berg,olaf@berg.example,,Berg KG,Kiel
7,Pia,Vogel,pia.vogel@vogel.example,,Vogel GmbH,Ulm
8,Pia,Vogel,pia.vogel@vogel.example,,Vogel GmbH,Ulm
"""
PAIRS = """left,right,verdict,survivor,by,at,note,seen
crm:contacts:7,crm:contacts:8,different,,ines,2026-06-01T10:00:00Z,mother and daughter,
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("why")
    (root / "exports").mkdir()
    (root / "decisions").mkdir()
    for name, text in (
        ("migration.toml", PLAN),
        ("exports/people.csv", PEOPLE),
        ("exports/firms.csv", "ID,Company name\n1,Acme Ltd\n"),
        ("exports/deals.csv", "ID,Deal name,Amount\n1,Big,10\n2,Big,10\n"),
        ("decisions/pairs.csv", PAIRS),
    ):
        (root / name).write_text(text, encoding="utf-8")
    run(root, through="dedupe")
    return root


CASES = [
    ("ann", "contacts:1", "contacts:2", "merged", "one record already"),
    ("conflict", "contacts:3", "contacts:4", "undecided", "Conflict: names"),
    ("unlike", "contacts:5", "contacts:6", "not-compared", "share nothing"),
    ("rejected", "contacts:7", "contacts:8", "rejected", "mother and daughter"),
    ("objects", "contacts:1", "companies:1", "other-object", "not compared"),
    ("plan", "deals:1", "deals:2", "not-in-plan", "does not name them"),
]


@pytest.mark.parametrize(
    ("one", "other", "why", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_why_two_records_are_not_one(finished, one, other, why, words):
    for pair in ((one, other), (other, one)):
        told = why_not(finished, *(f"crm:{name}" for name in pair))
        assert told.data["why_not"] == why
        assert words in " ".join(told.data["sentences"])


def test_records_are_named_by_email_and_name_and_keys_are_listed(finished):
    told = why_not(finished, "zoe@quist.example", "Olaf Berg")
    assert (told.data["left"], told.data["right"]) == ("crm:contacts:5", "crm:contacts:6")
    keys = {key["key"]: key for key in told.data["keys"]}
    assert keys["email"] == {"key": "email", "one": True, "other": True, "sharing": 0}
    assert [side["field"] for side in told.data["sides"]][:2] == ["first_name", "last_name"]


def test_one_record_twice_and_a_name_that_fits_several_are_said(finished):
    with pytest.raises(UsageError, match="the same record"):
        why_not(finished, "zoe@quist.example", "Zoe Quist")
    several = why_not(finished, "Pia Vogel", "Zoe Quist")
    assert "records fit Pia Vogel" in several.headline
    assert several.next_step.startswith("crmclean explain --why-not crm:contacts:")
    assert several.next_step.endswith(' "Zoe Quist"')
    assert several.exit_code is ExitCode.WAITING


def test_ids_that_several_objects_have_are_told_apart_by_the_other_record(finished):
    """1 is a contact, a company and a deal; only two contacts could be one."""
    told = why_not(finished, "1", "zoe@quist.example")
    assert (told.data["left"], told.data["right"]) == ("crm:contacts:1", "crm:contacts:5")
    both = why_not(finished, "1", "2")
    assert "records fit 1" in both.headline
    assert both.next_step.endswith(" 2")


def test_the_story_of_a_merged_record_says_why(finished):
    for record in ("crm:contacts:1", "crm:contacts:2"):
        story = explain(finished, record)
        assert [(pair["left"], pair["right"]) for pair in story.data["matched"]] == [
            ("crm:contacts:1", "crm:contacts:2")
        ]
        assert "same email" in story.data["matched"][0]["reasons"]
        assert any(note.startswith("One record: crm:contacts:1 and crm:contacts:2, 100.0%") for note in story.notes)


def test_the_story_of_a_held_record_says_what_is_doubtful(finished):
    story = explain(finished, "crm:contacts:3")
    assert any(note.startswith("A person is asked whether it is crm:contacts:4, ") for note in story.notes)
    assert story.next_step == "crmclean review --export"
    fields = {row[1] for table in story.tables if table.title.startswith("Changes") for row in table.rows}
    assert not [name for name in fields if name.startswith("_")]


def test_a_pair_that_is_sure_but_kept_apart_through_others_names_them(finished):
    path = finished / "run" / "dedupe" / "pairs.parquet"
    before = pl.read_parquet(path)
    row = before.row(0, named=True) | {
        "left": "crm:contacts:5",
        "right": "crm:contacts:6",
        "band": "merge",
        "veto": None,
        "probability": 0.99,
    }
    pl.concat([before, pl.DataFrame([row], schema=before.schema)]).write_parquet(path)
    try:
        assert why_not(finished, "crm:contacts:5", "crm:contacts:6").data["why_not"] == "through-others"
    finally:
        before.write_parquet(path)
