"""Each command hands its arguments on: one call each, its JSON document, its exit code."""

import contextlib
import json

import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

LIST = """First Name,Last Name,Email,Phone
Ann,Lee,ann@example.com,(415) 555-0132
ANN,LEE,Ann@Example.com,
Bo,Roe,bo@example.org,020 7946 0018
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    with contextlib.chdir(tmp_path):
        yield tmp_path


def ran(*words, code=0, stdin=None):
    done = CliRunner().invoke(app, [*words, "--json"], input=stdin)
    assert done.exit_code == code, done.stderr
    document = json.loads(done.stdout if code in (0, 10, 11) else done.stderr)
    assert document["schema_version"] == 1
    assert document["exit_code"] == code
    return document


def test_clean_takes_target_folder_and_region(folder):
    document = ran("clean", "list.csv", "--for", "salesforce", "-o", "out", "--region", "gb")
    assert (document["target"], document["folder"]) == ("salesforce", "out")
    assert "+442079460018" in (folder / "out" / "1-import.csv").read_text(encoding="utf-8")


def test_clean_names_its_folder_after_the_file(folder):
    assert ran("clean", "list.csv")["folder"] == "list-clean"


def test_init_takes_target_region_currency_and_owner(folder):
    options = ("--target", "salesforce", "--region", "gb", "--currency", "GBP", "--owner", "ops@example.com", "--yes")
    ran("init", "acme", "list.csv", *options)
    plan = (folder / "acme" / "migration.toml").read_text(encoding="utf-8")
    for line in ('crm = "salesforce"', 'region = "GB"', 'currency = "GBP"', 'fallback_owner = "ops@example.com"'):
        assert f"\n{line}" in plan


def test_profile_takes_several_files(folder):
    assert len(ran("profile", "list.csv", "list.csv")["files"]) == 2


def test_values_reads_a_file_or_standard_input(folder):
    named = ran("values", "phones", "list.csv", "--column", "Phone", "--region", "US")
    piped = ran("values", "phones", "--region", "US", stdin="Phone\n(415) 555-0132\n")
    assert named["rows"][0]["result"] == piped["rows"][0]["result"] == "+14155550132"
    plain = CliRunner().invoke(app, ["values", "phones", "--region", "US"], input="Phone\n(415) 555-0132\n")
    assert plain.stdout == "value,result,code\n(415) 555-0132,+14155550132,phones.e164\n"


def test_dedupe_with_a_file_needs_no_plan(folder):
    ran("dedupe", "list.csv", "--clusters", "out.csv", "--object", "contacts", "--column", "email=Email")
    assert len((folder / "out.csv").read_text(encoding="utf-8").splitlines()) == 4
    ran("dedupe", "list.csv", "--clusters", "known.csv", "--against", "list.csv")
    assert (folder / "known.csv").is_file()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("dedupe", "list.csv"), "dedupe.no-clusters"),
        (("dedupe", "list.csv", "--clusters", "o.csv", "--column", "email"), "dedupe.column"),
        (("review",), "review.what"),
        (("review", "--export", "--apply", "list.csv"), "review.what"),
        (("values", "fones", "list.csv"), "usage.unknown-name"),
        (("sample", "new", "--rows", "1"), "sample.too-small"),
    ],
)
def test_words_that_make_no_sense_end_with_2(folder, words, fault):
    assert [error["code"] for error in ran(*words, code=2)["errors"]] == [fault]


@pytest.mark.parametrize(
    "words", [("run", "--through", "nothing"), ("run", "--as-of", "soon"), ("nothing",), ("clean",)]
)
def test_what_the_parser_refuses_ends_with_2(words):
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 2
    assert done.stdout == ""


def test_a_workspace_is_named_from_anywhere_and_its_story_told(folder):
    ran("init", "acme", "list.csv", "--yes")
    assert ran("load", "-w", "acme")["command"] == "load"
    ran("run", "--through", "stale", "-w", "acme", "--as-of", "2026-06-30", "--seed", "7")
    report = json.loads((folder / "acme" / "run" / "report" / "report.json").read_text(encoding="utf-8"))
    assert (report["as_of"], report["seed"]) == ("2026-06-30", 7)
    assert ran("status", "-w", "acme")["phases_done"] == ["load", "normalize", "dedupe", "stale"]
    assert ran("explain", "bo@example.org", "email", "-w", "acme")["cell"][0]["value"] == "bo@example.org"
    assert ran("doctor", "-w", "acme")["problems"] == []


def test_progress_is_plain_lines_where_nobody_watches(folder):
    ran("init", "acme", "list.csv", "--yes")
    loud = CliRunner().invoke(app, ["load", "-w", "acme"])
    assert loud.stderr.splitlines()[-1].split()[:3] == ["load", "3", "rows"]
    again = CliRunner().invoke(app, ["load", "-w", "acme", "-q"])
    assert again.stderr == ""
