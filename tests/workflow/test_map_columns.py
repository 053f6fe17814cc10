"""Every column is proposed a field, signed off in a sheet, and taken over into the plan without touching its notes."""

import json
import random

import openpyxl
import polars as pl
import pytest

from crmclean.crm.targets import target
from crmclean.errors import InputError, PlanError
from crmclean.exports.profile import profile
from crmclean.plan.read import read_plan
from crmclean.plan.suggesting import suggest
from crmclean.workflow.map_columns import apply_sheet, suggest_columns, write_sheet

PLAN = """# The plan of ACME.
version = 1

[target]
crm = "hubspot"   # ours since May

[[source]]
name = "list"
kind = "plain"
[[source.file]]
path = "exports/people.csv"
object = "contacts"

[columns.contacts]
# decided with Kim
x_shoe = { custom = "shoe" }   # sizes are EU
"""
CSV = """ID,First Name,Last Name,Email,Twitter Handle,Locker Nr,Shoe,Position Held,Nothing,Second Note
1,Ann,Lee,ann@acme.example,@ann,north-12,38,CEO,,a note
2,Bo,Roe,bo@acme.example,@bo,south-7,42,CTO,,more text here
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "people.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("header", "cells", "action", "to"),
    [
        ("x_job_titel", ["CEO", "CTO"], "map", "jobtitle"),
        ("x_mobile_number", ["+14155550100"], "map", "mobilephone"),
        ("x_LinkedInURL", ["https://linkedin.com/in/a"], "map", "hs_linkedin_url"),
        ("x_linkedin_url", ["not a link at all"], "custom", "linkedin_url"),
        ("x_email_adress", ["ann@acme.example"], "map", "email"),
        ("x_shoe_size", ["38", "42"], "custom", "shoe_size"),
        ("x_zz", ["a"], "custom", "zz"),
        ("x_nothing", [None, None], "drop", None),
    ],
)
def test_a_column_is_proposed_by_name_and_by_what_is_in_it(header, cells, action, to):
    (column,) = profile(pl.DataFrame({header: pl.Series(cells, dtype=pl.String)}))
    found = suggest(target("hubspot"), "contacts", column, frozenset())
    assert (found.action, found.to) == (action, to)
    assert 0 < found.sure <= 1


def test_a_field_that_is_taken_is_joined_only_where_text_can_be():
    (column,) = profile(pl.DataFrame({"x_job_title": ["CEO"]}))
    assert suggest(target("hubspot"), "contacts", column, frozenset({"jobtitle"})).action == "merge"
    (column,) = profile(pl.DataFrame({"x_email": ["ann@acme.example"]}))
    assert suggest(target("hubspot"), "contacts", column, frozenset({"email"})).to != "email"


def test_suggestions_show_shapes_and_no_value(root):
    told = suggest_columns(root)
    by_column = {each["column"]: each for each in told.data["suggestions"]}
    assert "x_shoe" not in by_column  # it is decided
    assert "title" not in by_column
    text = json.dumps(told.data) + str(told.tables)
    assert not any(value in text for value in ("ann@acme", "CEO", "more text", "415"))
    assert all(1 <= len(each["shapes"]) <= 3 for each in by_column.values())


def filled(path, answers):
    """Fill decisions in: column -> cells by header."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    head = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        for name, text in answers.get(sheet.cell(row, head["Source field"]).value, {}).items():
            sheet.cell(row, head[name]).value = text
    book.save(path)


ANSWERS = {
    "x_twitter_handle": {"Decision": "custom", "Target field": "twitter"},
    "x_locker_nr": {"Decision": "map", "Target field": "fax"},
    "x_second_note": {"Decision": "merge", "Target field": "department", "Rule": 'order 2 separator "; "'},
    "x_position_held": {"Decision": "drop", "Note": "old"},
}


def test_the_sheet_has_every_column_and_a_drop_down(root):
    write_sheet(root, root / "mapping.xlsx")
    sheet = openpyxl.load_workbook(root / "mapping.xlsx").active
    names = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert {"email", "first_name", "x_shoe", "x_locker_nr"} <= set(names)
    (validation,) = sheet.data_validations.dataValidation
    assert "map,custom,merge" in validation.formula1
    decisions = {row[1]: row[7] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert decisions["email"] == decisions["x_shoe"] == "as it is"
    assert decisions["x_twitter_handle"] is None


def test_decisions_come_back_into_the_plan_and_its_notes_stay(root):
    write_sheet(root, root / "mapping.xlsx")
    filled(root / "mapping.xlsx", ANSWERS)
    assert apply_sheet(root, root / "mapping.xlsx").data["decisions"] == {"contacts": 4}
    columns = read_plan(root).columns["contacts"]
    assert (columns["x_twitter_handle"].action, columns["x_twitter_handle"].to) == ("custom", "twitter")
    assert columns["x_locker_nr"].to == "fax"
    assert (columns["x_second_note"].order, columns["x_second_note"].separator) == (2, "; ")
    assert columns["x_position_held"].reason == "old"
    text = (root / "migration.toml").read_text(encoding="utf-8")
    assert text.startswith(PLAN.rstrip())
    assert apply_sheet(root, root / "mapping.xlsx").data["decisions"] == {}
    assert (root / "migration.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16")])
def test_a_sheet_that_was_sorted_half_filled_and_saved_as_csv_is_understood(root, delimiter, encoding):
    write_sheet(root, root / "mapping.xlsx")
    filled(root / "mapping.xlsx", {name: ANSWERS[name] for name in ("x_locker_nr", "x_twitter_handle")})
    rows = list(openpyxl.load_workbook(root / "mapping.xlsx").active.iter_rows(values_only=True))
    head, body = rows[0], list(rows[1:])
    random.Random(4).shuffle(body)
    lines = [delimiter.join(f'"{cell or ""}"'.replace('"; "', "; ") for cell in row) for row in (head, *body)]
    (root / "back.csv").write_bytes("\r\n".join(lines).encode(encoding))
    assert apply_sheet(root, root / "back.csv").data["decisions"] == {"contacts": 2}


@pytest.mark.parametrize(
    ("column", "cells", "code"),
    [
        ("x_locker_nr", {"Decision": "mapp"}, "sheet.unknown-decision"),
        ("x_locker_nr", {"Decision": "map", "Target field": None}, "sheet.no-field"),
        ("x_locker_nr", {"Decision": "map", "Target field": "fax, phone"}, "sheet.no-field"),
        ("x_locker_nr", {"Source field": "x_locker_no"}, "sheet.unknown-column"),
        ("x_locker_nr", {"Object": "contact"}, "sheet.unknown-object"),
        ("x_locker_nr", {"Source field": "x_twitter_handle", "Decision": "drop"}, None),
    ],
)
def test_a_line_that_cannot_be_understood_is_named_and_nothing_is_written(root, column, cells, code):
    write_sheet(root, root / "mapping.xlsx")
    filled(root / "mapping.xlsx", {column: cells, "x_second_note": {"Decision": "drop"}})
    before = (root / "migration.toml").read_text(encoding="utf-8")
    if code is None:
        apply_sheet(root, root / "mapping.xlsx")
        return
    with pytest.raises(InputError) as caught:
        apply_sheet(root, root / "mapping.xlsx")
    assert [fault.code for fault in caught.value.faults] == [code]
    assert caught.value.faults[0].where.startswith("mapping.xlsx row ")
    assert (root / "migration.toml").read_text(encoding="utf-8") == before


def test_a_decision_that_does_not_fit_the_target_writes_nothing(root):
    write_sheet(root, root / "mapping.xlsx")
    filled(root / "mapping.xlsx", {"x_locker_nr": {"Decision": "map", "Target field": "faxx"}})
    before = (root / "migration.toml").read_text(encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        apply_sheet(root, root / "mapping.xlsx")
    assert "did you mean fax?" in caught.value.faults[0].hint
    assert (root / "migration.toml").read_text(encoding="utf-8") == before


def test_a_list_without_the_sheet_s_columns_is_refused(root):
    suggest_columns(root)
    (root / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        apply_sheet(root, root / "x.csv")
    assert {fault.code for fault in caught.value.faults} == {"sheet.missing-column"}
