"""clean: every row of a list is in exactly one of the files, raw in the import and with its reason elsewhere."""

import csv

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from crmclean.crm.target_model import Wizard
from crmclean.errors import InputError, PlanError, RefusedError, UsageError
from crmclean.samples.generate import write_sample
from crmclean.workflow.clean import apply_answers, clean
from crmclean.workflow.cleaning.files import within_caps
from crmclean.workflow.initialize import Answers

LIST = """First Name,Last Name,Email,Phone,Company,Country,Unsubscribed,Favourite Colour
Ann,Lee,ann@example.com,(415) 555-0132,Acme Inc,USA,,red
ANN,LEE,Ann@Example.com,,"ACME, Inc.",United States,,
Bo,Roe,,,Bolt Ltd,UK,,blue
Cy,Dee,cy@example.org,+44 20 7946 0018,Bolt Ltd,UK,yes,
=SUM(A1),Formula,f@example.org,,,,,
"""
TO_HUBSPOT = Answers("hubspot", region="US")


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    return folder / "out", clean(folder / "list.csv", folder / "out", TO_HUBSPOT)


def test_the_files_hold_every_row_once(cleaned):
    out, result = cleaned
    (told,) = result.data["objects"]
    assert told.pop("opt_outs") == 1
    assert told == {"object": "contacts", "read": 5, "ready": 2, "merged": 1, "left_out": 2, "doubtful_pairs": 0}
    assert sorted(path.name for path in out.iterdir() if path.is_file()) == [
        "1-import.csv",
        "3-merged-away.xlsx",
        "4-left-out.xlsx",
        "5-opt-outs.csv",
        "READ-ME-FIRST.html",
    ]


def test_the_import_has_the_targets_headers_and_raw_values(cleaned):
    rows = pl.read_csv(cleaned[0] / "1-import.csv", infer_schema=False).to_dicts()
    assert [row["First name"] for row in rows] == ["Ann", "=SUM(A1)"]
    assert rows[0]["Phone number"] == "+14155550132"
    assert rows[0]["Country/Region"] == "US"
    assert rows[0]["Favourite Colour"] == "red"
    assert not {"Old system", "_record"} & set(rows[0])


def test_what_is_not_imported_keeps_its_cells_row_and_reason(cleaned):
    out, _ = cleaned
    left = pl.read_excel(out / "4-left-out.xlsx").select("row", "Last Name", "reason").rows()
    assert [row[:2] for row in left] == [(4, "Roe"), (5, "Dee")]
    assert left[0][2] == "neither an email address nor a phone number"
    merged = pl.read_excel(out / "3-merged-away.xlsx").select("row", "merged into row", "Company").rows()
    assert merged == [(3, 2, "ACME, Inc.")]


def test_opt_outs_are_left_out_only_where_the_target_has_no_field_for_them(cleaned, tmp_path):
    out, _ = cleaned
    assert (out / "5-opt-outs.csv").read_text() == "Email\ncy@example.org\n"
    clean(out.parent / "list.csv", tmp_path / "out", Answers("salesforce", region="US"))
    rows = pl.read_csv(tmp_path / "out" / "1-import.csv", infer_schema=False)
    assert rows.filter(pl.col("Email") == "cy@example.org")["Email Opt Out"].to_list() == ["true"]
    assert not (tmp_path / "out" / "5-opt-outs.csv").exists()


def test_the_page_says_the_balance_and_what_to_click(cleaned):
    page = (cleaned[0] / "READ-ME-FIRST.html").read_text(encoding="utf-8")
    for words in ("5 rows", "2 to import", "1 merged into another row", "2 left out", "Opt-out list", "1-import.csv"):
        assert words in page
    assert "<script" not in page


@pytest.mark.parametrize("save", ["as it is", "sorted", "as semicolons in cp1252"])
def test_answers_finish_the_work_whatever_a_spreadsheet_did(tmp_path, save):
    result = clean(doubtful_list(tmp_path), tmp_path / "out", TO_HUBSPOT)
    (told,) = result.data["objects"]
    assert told["doubtful_pairs"] == 2
    done = apply_answers(answered(tmp_path / "out", save), tmp_path / "out", by="Ann")
    (after,) = done.data["objects"]
    assert after["doubtful_pairs"] == 0
    assert (after["merged"], after["ready"]) == (told["merged"] + 1, told["ready"] - 1)
    assert done.data["files"][:2] == ["READ-ME-FIRST.html", "1-import.csv"]
    assert not list((tmp_path / "out").glob("2-check-these*"))


def test_answers_to_a_folder_that_is_none_of_ours(tmp_path):
    (tmp_path / "answers.xlsx").write_bytes(b"")
    with pytest.raises(InputError, match="was not written by"):
        apply_answers(tmp_path / "answers.xlsx", None, by="Ann")


def doubtful_list(folder):
    """Two families that share a mailbox each, in a list long enough to learn from."""
    write_sample(folder / "exports", rows=400, seed=1)
    return folder / "exports" / "marketing-list.csv"


def answered(out, save):
    """Answer the first pair with merge and the second with different, and save the sheet the way people do."""
    book = load_workbook(out / "2-check-these.xlsx")
    sheet = book.active
    header = [cell.value for cell in sheet[1]]
    column = header.index("decision") + 1
    for row, answer in ((2, "merge"), (3, "different")):
        sheet.cell(row, column, answer)
    if save == "as it is":
        book.save(out / "2-check-these.xlsx")
        return out / "2-check-these.xlsx"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    if save == "sorted":
        for place, row in enumerate(reversed(rows), start=2):
            for at, value in enumerate(row, start=1):
                sheet.cell(place, at, value)
        book.save(out / "sorted.xlsx")
        return out / "sorted.xlsx"
    with (out / "answers.csv").open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])
    return out / "answers.csv"


@given(st.integers(0, 40), st.integers(1, 15), st.integers(30, 400))
def test_pieces_keep_every_row_in_order_within_the_caps(rows, most_rows, most_bytes):
    frame = pl.DataFrame({"Email": [f"ann{row}@example.com" for row in range(rows)]}, schema={"Email": pl.String})
    pieces = list(within_caps(frame, Wizard(rows=most_rows, bytes=most_bytes)))
    assert pl.concat(pieces).equals(frame)
    assert all(piece.height <= most_rows and len(piece.write_csv()) <= most_bytes for piece in pieces)


def test_nothing_is_written_over_or_half_written(cleaned, tmp_path):
    given = cleaned[0].parent / "list.csv"
    with pytest.raises(RefusedError, match="is there already"):
        clean(given, cleaned[0], TO_HUBSPOT)
    for source, answers, error in [
        (tmp_path / "gone.csv", TO_HUBSPOT, InputError),
        (tmp_path, TO_HUBSPOT, InputError),
        (given, Answers("nothing"), PlanError),
    ]:
        with pytest.raises(error):
            clean(source, tmp_path / "new", answers)
    assert not (tmp_path / "new").exists()


def test_values_that_the_target_has_no_option_for_stay_in_the_list(tmp_path):
    rows = "".join(f"Ann{n},Lee{n},ann{n}@example.com,lukewarm\n" for n in range(3))
    (tmp_path / "list.csv").write_text("First Name,Last Name,Email,Lead Status\n" + rows, encoding="utf-8")
    clean(tmp_path / "list.csv", tmp_path / "out", Answers("hubspot"))
    ready = pl.read_csv(tmp_path / "out" / "1-import.csv")
    assert ready.height == 3
    assert "lukewarm" in ready.row(0)


def test_columns_that_are_called_otherwise_are_read_and_told(tmp_path):
    people = ["Ann Lee,ann.lee@a.example,030 123456", "Bo Roe,bo.roe@b.example,030 654321", "Di Eff,di.eff@d.example,"]
    text = "\n".join(["Who,Mail,Tel / mobile", *people, "Cy Dee,cy@acme,\n"])
    (tmp_path / "fair.csv").write_text(text, encoding="utf-8")
    result = clean(tmp_path / "fair.csv", tmp_path / "out", Answers("hubspot"))
    assert "Who as Full name, Tel / mobile as Phone" in result.notes[0]
    assert any("2 phone numbers without + or country" in note for note in result.notes)
    ready = pl.read_csv(tmp_path / "out" / "1-import.csv", infer_schema=False)
    assert ready.select("First name", "Last name").rows() == [("Ann", "Lee"), ("Bo", "Roe"), ("Di", "Eff")]
    page = (tmp_path / "out" / "READ-ME-FIRST.html").read_text(encoding="utf-8")
    assert "What each column was taken for" in page
    left = pl.read_excel(tmp_path / "out" / "4-left-out.xlsx")
    assert left.select("Mail", "reason").rows() == [("cy@acme", "neither an email address nor a phone number")]


@pytest.mark.parametrize(
    ("crm", "header"),
    [
        ("hubspot", "Company name"),
        ("salesforce", "Account Name"),
        ("zoho", "Account Name"),
        ("pipedrive", "Organization"),
        ("odoo", "Company Name"),
        ("dynamics365", "Company name"),
    ],
)
def test_the_company_stands_where_the_wizard_looks_for_it(tmp_path, crm, header):
    (tmp_path / "list.csv").write_text("Name,E-mail,Company\nAnn Lee,ann@acme.example,Acme Inc\n", encoding="utf-8")
    clean(tmp_path / "list.csv", tmp_path / "out", Answers(crm))
    assert header in pl.read_csv(tmp_path / "out" / "1-import.csv", infer_schema=False).columns


def test_a_sheet_that_is_no_list_is_named(tmp_path):
    book = Workbook()
    people, notes = book.active, book.create_sheet("Notes")
    for sheet, rows in (
        (people, [["Name", "E-mail"], ["Ann Lee", "ann@acme.example"]]),
        (notes, [["notes"], ["call"]]),
    ):
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    result = clean(tmp_path / "list.xlsx", tmp_path / "out", TO_HUBSPOT)
    assert result.notes == ("no list of records, so not in the import: Notes",)


def imported(folder, crm, text):
    """Clean a list for a CRM and return what is imported."""
    (folder / "list.csv").write_text(text, encoding="utf-8")
    clean(folder / "list.csv", folder / "out", Answers(crm))
    return pl.read_csv(folder / "out" / "1-import.csv", infer_schema=False)


@pytest.mark.parametrize("crm", ["salesforce", "dynamics365", "zoho", "hubspot", "pipedrive", "odoo"])
def test_no_checkbox_is_unticked_that_the_list_says_nothing_about(tmp_path, crm):
    rows = imported(tmp_path, crm, "First Name,Last Name,Email\nAnn,Lee,ann@acme.example\nBo,Roe,bo@acme.example\n")
    assert not {"true", "false"} & {cell for column in rows.iter_columns() for cell in column} - {""} or crm == "odoo"
    opted = [name for name in rows.columns if "Opt" in name or "not" in name.casefold()]
    assert opted == []


def test_a_checkbox_is_ticked_only_where_the_list_says_so(tmp_path):
    text = "First Name,Last Name,Email,Unsubscribed\nAnn,Lee,ann@acme.example,yes\nBo,Roe,bo@acme.example,\n"
    assert imported(tmp_path, "salesforce", text)["Email Opt Out"].to_list() == ["true", None]


def test_what_the_target_fills_itself_stays_beside_the_import(tmp_path):
    text = "Record ID,First Name,Last Name,Email,Last Contacted\n7,Ann,Lee,ann@acme.example,2026-01-31\n"
    (row,) = imported(tmp_path, "hubspot", text).to_dicts()
    assert (row["Last Contacted (your list)"], row["ID in the old CRM"]) == ("2026-01-31", "7")
    assert not {"Last contacted", "Record ID"} & set(row)


def test_a_header_of_two_lines_becomes_one(tmp_path):
    (row,) = imported(
        tmp_path, "hubspot", 'Name,Email,"LAST\nCONTACT"\nAnn Lee,ann@acme.example,2026-01-31\n'
    ).to_dicts()
    assert row["LAST CONTACT (your list)"] == "2026-01-31"


def test_a_column_that_nothing_takes_keeps_its_header_to_the_letter(tmp_path):
    (row,) = imported(tmp_path, "hubspot", "Name,Email,VIP-Kunde (j/n) DACH\nAnn Lee,ann@acme.example,j\n").to_dicts()
    assert row["VIP-Kunde (j/n) DACH"] == "j"


@pytest.mark.parametrize(
    ("crm", "owner", "header", "advice"),
    [
        ("hubspot", "bo@acme.example", "Contact owner", "invite missing ones first"),
        ("zoho", "bo@acme.example", "Contact Owner", "invite missing ones first"),
        ("hubspot", "Bo Roe", "Owner in the old CRM", "whose email address stands in Contact owner"),
        ("salesforce", "bo@acme.example", "Owner in the Old CRM", "crmclean init"),
    ],
)
def test_owners_stand_where_the_wizard_finds_its_users_by_what_the_list_says(tmp_path, crm, owner, header, advice):
    (row,) = imported(tmp_path, crm, f"Name,Email,Owner\nAnn Lee,ann@acme.example,{owner}\n").to_dicts()
    assert row[header] == owner
    assert list(row.values()).count(owner) == 1
    assert advice in (tmp_path / "out" / "READ-ME-FIRST.html").read_text(encoding="utf-8")


def test_a_list_without_a_row_of_names_keeps_its_first_person(tmp_path):
    text = "Lee,Ann,ann.lee@acme.example\nRoe,Bo,bo.roe@acme.example\nDee,Di,di.dee@bolt.example\n"
    rows = imported(tmp_path, "hubspot", text)
    assert rows["Email"].to_list() == ["ann.lee@acme.example", "bo.roe@acme.example", "di.dee@bolt.example"]
    assert "Lee" in rows.row(0)


def test_the_country_of_most_rows_is_proposed_for_phones_without_one(tmp_path):
    text = "Name,Email,Phone,Country\nAnn Lee,a@acme.example,030 123456,\nBo Roe,b@acme.example,030 654321,Germany\n"
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    result = clean(tmp_path / "list.csv", tmp_path / "out", Answers("hubspot"))
    assert "1 phone number without + or country" in result.notes[0]
    assert "--region DE" in result.notes[0]


def test_what_is_to_be_typed_can_be_typed_whatever_the_folder_is_called(tmp_path):
    folder = tmp_path / "Kunden (alt) März"
    folder.mkdir()
    result = clean(doubtful_list(tmp_path), folder / "out", TO_HUBSPOT)
    assert f"crmclean clean --apply '{folder / 'out' / '2-check-these.xlsx'}'" in result.notes[-1]


def test_what_a_list_is_of_can_be_said(tmp_path):
    (tmp_path / "list.csv").write_text("Name,Remark\nAcme Inc,x\nBolt Ltd,y\n", encoding="utf-8")
    with pytest.raises(InputError, match="does not say by its columns"):
        clean(tmp_path / "list.csv", tmp_path / "out", TO_HUBSPOT)
    with pytest.raises(UsageError, match="is nothing that lists are of"):
        clean(tmp_path / "list.csv", tmp_path / "out", Answers("hubspot", object="planets"))
    clean(tmp_path / "list.csv", tmp_path / "out", Answers("hubspot", object="companies"))
    rows = pl.read_csv(tmp_path / "out" / "1-import.csv", infer_schema=False)
    assert rows["Company name"].to_list() == ["Acme Inc.", "Bolt Ltd."]


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("report.xls", "<html><table><tr><td>Name</td></tr></table></html>", "save it as CSV or XLSX"),
        ("wide.csv", "Name,Email\nAnn,a@acme.example,x\nBo,b@acme.example,y\n", "give every column a name"),
        ("empty.csv", "", "export"),
    ],
)
def test_a_file_that_cannot_be_cleaned_says_what_to_do(tmp_path, name, content, hint):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        clean(tmp_path / name, tmp_path / "out", TO_HUBSPOT)
    assert hint in caught.value.faults[0].hint


def test_where_nothing_can_be_imported_no_file_invites_to_it(tmp_path):
    (tmp_path / "list.csv").write_text("First Name,Last Name,Email\nAnn,Lee,\nBo,Roe,none\n", encoding="utf-8")
    result = clean(tmp_path / "list.csv", tmp_path / "out", TO_HUBSPOT)
    assert result.data["files"] == ["READ-ME-FIRST.html", "4-left-out.xlsx"]
    page = (tmp_path / "out" / "READ-ME-FIRST.html").read_text(encoding="utf-8")
    assert "Nothing can be imported yet" in page
    assert "1-import" not in page
    assert "left out, 2 rows: neither an email address nor a phone number" in result.notes


def test_cells_that_nothing_could_be_made_of_are_named_by_reason_and_row(tmp_path):
    rows = [f"Ann {letter},a{letter}@acme.example,212 555 01" for letter in "abcdefg"]
    rows += ["Bo Roe,b@acme.example,6.50253E+09", "Cy Dee,c@acme.example,(415) 555-0132"]
    (tmp_path / "list.csv").write_text("\n".join(["Name,Email,Phone", *rows, ""]), encoding="utf-8")
    result = clean(tmp_path / "list.csv", tmp_path / "out", TO_HUBSPOT)
    assert "8 cells that nothing could be made of: READ-ME-FIRST.html says which" in result.notes
    page = (tmp_path / "out" / "READ-ME-FIRST.html").read_text(encoding="utf-8")
    assert "<td>2, 3, 4, 5, 6 and 2 more</td>" in page
    assert "its last digits are lost</td>" in page
    assert "<td>9</td>" in page


@pytest.mark.parametrize(
    "further",
    [
        ("Email\u00a0", "E-mail", "email "),
        ("", "", "  "),
        ("row", "reason", "merged into row"),
        ("_row", "_record", "_outcome"),
        ("_row", "_row", "x_notes"),
    ],
)
def test_headers_that_repeat_or_are_called_like_ours_keep_their_cells_apart(further, tmp_path):
    rows = [
        ("Name", "Email", *further),
        ("Ann Lee", "ann@lee.example", "k1", "k2", "k3"),
        ("Ann Lee", "ann@lee.example", "m1", "m2", "m3"),
        ("Bob Ray", "", "r1", "r2", "r3"),
    ]
    with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    clean(tmp_path / "list.csv", tmp_path / "out", TO_HUBSPOT)
    ready = pl.read_csv(tmp_path / "out" / "1-import.csv", infer_schema=False)
    aside = [pl.read_excel(tmp_path / "out" / name) for name in ("3-merged-away.xlsx", "4-left-out.xlsx")]
    found = {str(cell) for frame in (ready, *aside) for row in frame.rows() for cell in row}
    assert {cell for row in rows[1:] for cell in row[2:]} <= found
    keys = [name.casefold() for name in ready.columns]
    assert len(set(keys)) == len(keys)


def test_rows_that_fit_no_columns_are_shown_as_they_stand(tmp_path):
    text = "Name,Email\nAnn Lee,ann@lee.example\nRay, Bob,bob@ray.example\nname,email\nCy Dee,cy@dee.example\n"
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    clean(tmp_path / "list.csv", tmp_path / "out", TO_HUBSPOT)
    left = pl.read_excel(tmp_path / "out" / "4-left-out.xlsx")
    assert left.select("row", "as it stands in the file").rows() == [(3, "Ray, Bob,bob@ray.example"), (4, "name,email")]
    assert pl.read_csv(tmp_path / "out" / "1-import.csv")["Email"].to_list() == ["ann@lee.example", "cy@dee.example"]


ACTIVITIES = """Task ID,Subject,Due Date,Status,Type
1,Call Ann,2024-01-10,Open,Call
2,Send offer,2024-02-11,Completed,Email
3,Demo,2024-03-12,Open,Meeting
4,Call Bo,2024-04-13,Completed,Call
"""


def test_what_the_target_keeps_in_several_lists_is_written_in_several_files(tmp_path):
    (tmp_path / "tasks.csv").write_text(ACTIVITIES, encoding="utf-8")
    result = clean(tmp_path / "tasks.csv", tmp_path / "out", TO_HUBSPOT)
    told = {one["object"]: (one["read"], one["ready"]) for one in result.data["objects"]}
    assert told == {"activities-calls": (2, 2), "activities-meetings": (1, 1), "activities-emails": (1, 1)}
    calls = pl.read_csv(tmp_path / "out" / "1-import-activities-calls.csv", infer_schema=False)
    assert calls["Call title"].to_list() == ["Call Ann", "Call Bo"]


def test_the_reason_says_which_field_is_at_fault(tmp_path):
    rows = "Deal Name,Amount,Stage\nBig,5,Closed Won\nOld,1,\n,7,Closed Won\n"
    (tmp_path / "deals.csv").write_text(rows, encoding="utf-8")
    clean(tmp_path / "deals.csv", tmp_path / "out", TO_HUBSPOT)
    sheet = load_workbook(tmp_path / "out" / "4-left-out.xlsx").active
    reasons = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert reasons == [f"the target takes no record without it ({label})" for label in ("Deal stage", "Deal name")]
