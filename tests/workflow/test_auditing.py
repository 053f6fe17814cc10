"""`crmclean audit` on a target that people have worked in since: what differs is listed apart, field by field."""

import csv
import shutil
import sqlite3
from contextlib import closing

import polars as pl
import pytest

from crmclean.errors import ExitCode, RefusedError
from crmclean.matching.decisions import PAIR, review_key
from crmclean.matching.review import beside, seen_in
from crmclean.workflow.run import phase, run
from crmclean.workspace.paths import Workspace


@pytest.fixture(scope="module")
def audited(sample_run, tmp_path_factory):
    """The sample migration, audited again after three edits at the target."""
    acme = tmp_path_factory.mktemp("audit") / "acme"
    shutil.copytree(sample_run, acme)
    with sqlite3.connect(acme / "rehearsal.sqlite") as target:
        chosen = "SELECT _id FROM companies WHERE hubspot_owner_id IS NOT NULL ORDER BY _id LIMIT 3"
        target.execute(f"UPDATE companies SET description = '=edited' WHERE _id IN ({chosen})")  # noqa: S608
    return acme, phase(acme, "audit")


def rows(acme, name):
    path = acme / "run" / "audit" / "rehearsal" / f"{name}.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_edits_since_the_import_are_listed_and_are_no_fault_of_it(audited):
    acme, result = audited
    changed = rows(acme, "changed-at-target")
    assert [(row["object"], row["field"], row["at_target"]) for row in changed] == [
        ("companies", "description", "'=edited")
    ] * 3
    checks = {(check["area"], check["name"]): check for check in result.data["checks"]}
    assert checks["changed since", "companies"]["count"] == 3
    assert "changed-at-target.csv" in checks["changed since", "companies"]["note"]
    assert checks["changed since", "companies"]["passed"]
    assert checks["changed since", "contacts"]["count"] == 0


def test_the_terminal_names_what_was_found_and_where_it_is_listed(sample_run, tmp_path):
    acme = tmp_path / "acme"
    shutil.copytree(sample_run, acme)
    with closing(sqlite3.connect(acme / "rehearsal.sqlite")) as target, target:
        target.execute("UPDATE companies SET description = 'edited' WHERE _id = (SELECT min(_id) FROM companies)")
        target.execute("DELETE FROM deals WHERE _id = (SELECT max(_id) FROM deals)")
    result = phase(acme, "audit")
    assert result.exit_code is ExitCode.GATE
    assert result.headline.endswith("of the audit failed.")
    failed = next(table for table in result.tables if table.title == "What failed").rows
    place = "run/audit/rehearsal/not-at-target.csv"
    assert ("counts", "deals", 1, f"gone ones are named in {place}") in failed
    with sqlite3.connect(sample_run / "rehearsal.sqlite") as target:
        gone = target.execute("SELECT crmclean_id FROM deals ORDER BY _id DESC LIMIT 1").fetchone()
    assert [(row["record"], row["target_object"]) for row in rows(acme, "not-at-target")] == [(gone[0], "deals")]
    assert {area for area, *_ in failed} <= {"counts", "references", "money", "sample"}
    told = [note for note in result.notes if note.startswith("Audit, changed since: ")]
    assert len(told) == 1
    assert told[0].endswith("found, listed in run/audit/rehearsal/changed-at-target.csv")


def test_the_sample_is_shown_field_by_field_with_reasons(audited):
    acme, _ = audited
    sample = rows(acme, "sample")
    assert len({row["record"] for row in sample}) == 100
    plain = [row for row in sample if row["target_field"] == "phone" and row["at_target"]]
    assert plain
    assert all(row["after"] == row["at_target"] for row in plain)
    assert any(row["before"] != row["at_target"] and row["reasons"] for row in plain)


def test_nothing_required_is_missing_in_the_sample_migration(audited):
    assert rows(audited[0], "missing") == []


SHORT = {
    "William": "Bill",
    "Robert": "Bob",
    "Elizabeth": "Liz",
    "Margaret": "Peggy",
    "Thomas": "Tom",
    "Michael": "Mike",
}
SOMEBODY = """
    SELECT _id, firstname, crmclean_id FROM contacts
    WHERE firstname IN ('William', 'Robert', 'Elizabeth', 'Margaret', 'Thomas', 'Michael') AND associatedcompanyid > 0
      AND phone IN (SELECT phone FROM contacts GROUP BY phone HAVING count(*) = 1)
    ORDER BY _id LIMIT 1
"""
OTHER = "SELECT _id, crmclean_id FROM contacts WHERE _id <> ? ORDER BY _id DESC LIMIT 1"
RETYPED = """
    UPDATE contacts SET email = NULL, mobilephone = NULL, firstname = ?,
      (lastname, phone, company, associatedcompanyid) = (SELECT lastname, phone, company, associatedcompanyid
      FROM contacts WHERE _id = ?) WHERE _id = ?
"""


@pytest.fixture
def planted(sample_run, tmp_path):
    """A target in which a user has typed a customer over another one: the short name, and no email address.

    The workspace, and id and key of both records.
    """
    acme = tmp_path / "acme"
    shutil.copytree(sample_run, acme)
    with closing(sqlite3.connect(acme / "rehearsal.sqlite")) as target, target:
        id_, name, key = target.execute(SOMEBODY).fetchone()
        other, other_key = target.execute(OTHER, (id_,)).fetchone()
        target.execute(RETYPED, (SHORT[name], id_, other))
    return acme, {str(id_): key, str(other): other_key}


def matched(result):
    checks = {(check["area"], check["name"]): check for check in result.data["checks"]}
    return checks["duplicates", "contacts that matching would merge"]


def test_matching_finds_nothing_in_what_was_just_imported(audited):
    found = matched(audited[1])
    assert (found["count"], found["passed"]) == (0, True)
    assert found["total"] > 500
    assert rows(audited[0], "duplicates") == []


def test_somebody_who_was_typed_in_again_is_found_by_matching(planted):
    """Nickname, same company, same number: no key is equal. One of 800 is within the gate of half a percent."""
    acme, twins = planted
    found = matched(phase(acme, "audit"))
    assert (found["count"], found["passed"]) == (1, True)
    assert found["note"] == "named in run/audit/rehearsal/duplicates.csv"
    named = rows(acme, "duplicates")
    assert {row["id"]: row["record"] for row in named} == twins
    assert {(row["object"], row["group"]) for row in named} == {("contacts", min(twins))}
    assert len({row["phone"] for row in named}) == 1


def test_records_that_people_told_apart_are_not_named(planted):
    """The verdict names records of the sources; what they became is what the journal knows."""
    acme, twins = planted
    pairs = acme / "decisions" / "pairs.csv"
    pairs.parent.mkdir(exist_ok=True)
    pairs.write_text(f"left,right,verdict,by\n{','.join(twins.values())},different,Kim\n", encoding="utf-8")
    result = audit_again(acme)
    assert matched(result)["count"] == 0
    assert rows(acme, "duplicates") == []


def audit_again(acme):
    """A decision asks for a run that sends nothing, before the audit goes on."""
    run(acme, through="validate")
    return phase(acme, "audit")


def test_a_changed_plan_asks_for_a_run_that_sends_nothing(sample_run, tmp_path):
    acme = tmp_path / "acme"
    shutil.copytree(sample_run, acme)
    plan = acme / "migration.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("seed = 1", "seed = 2"), encoding="utf-8")
    if "seed = 2" not in plan.read_text(encoding="utf-8"):
        plan.write_text(f"seed = 2\n{plan.read_text(encoding='utf-8')}", encoding="utf-8")
    with pytest.raises(RefusedError) as error:
        phase(acme, "audit")
    assert "crmclean run --through validate" in error.value.faults[0].hint


LIKE = """
    UPDATE contacts SET (firstname, lastname, email, phone, mobilephone, company, associatedcompanyid, jobtitle) = (
      SELECT firstname, lastname, NULL, phone, mobilephone, company, associatedcompanyid, jobtitle
      FROM contacts WHERE _id = ?) WHERE _id = ?
"""


def seen_by(acme, *pair):
    """Hash what a reviewer of a pair saw, as `crmclean review` does."""
    shown = beside(
        pl.DataFrame([sorted(pair)], schema=PAIR, orient="row"),
        pl.read_parquet(acme / "run/normalize/contacts.parquet"),
    )
    return seen_in(shown, review_key(Workspace(acme)))[0]


@pytest.mark.parametrize(("saw", "edited", "found"), [(False, True, 0), (True, True, 1), (True, False, 0)])
def test_a_verdict_ends_where_the_target_says_something_else_since(sample_run, tmp_path, saw, edited, found):
    """As it does in a run: what a reviewer saw is not what stands there; a line without `seen` holds whatever comes.

    Numbers that the target writes in its own way are no reason to ask again.
    """
    acme = tmp_path / "acme"
    shutil.copytree(sample_run, acme)
    with closing(sqlite3.connect(acme / "rehearsal.sqlite")) as target, target:
        id_, _, key = target.execute(SOMEBODY).fetchone()
        other, other_key = target.execute(OTHER, (id_,)).fetchone()
        if edited:
            target.execute(LIKE, (id_, other))
        target.execute("UPDATE contacts SET phone = replace(phone, '+', '+ ') WHERE phone <> ''")
    pairs = acme / "decisions" / "pairs.csv"
    pairs.parent.mkdir(exist_ok=True)
    seen = seen_by(acme, key, other_key) if saw else ""
    pairs.write_text(f"left,right,verdict,by,seen\n{key},{other_key},different,Kim,{seen}\n", encoding="utf-8")
    told = matched(audit_again(acme))
    assert told["count"] == found
    assert ("1 verdict on values that have changed there since" in told["note"]) == bool(found)
