"""Workbooks, JSON, Parquet and archives become the same kind of table as CSV; what is no table says what it is."""

import gzip
import io
import json
import zipfile
from datetime import date, datetime, time

import openpyxl
import polars as pl
import pytest

from crmclean.errors import InputError
from crmclean.files.read import ReadOptions, read_table

SEEN, MIDNIGHT = datetime(2024, 3, 31, 14, 5), datetime(2024, 4, 1)  # noqa: DTZ001 - workbooks have no zones
CSV = b"Id,Name,City\n1,Ann,Rome\n2,Bob,\n"


def _rows(reading):
    return reading.frame.collect().select("_row", *reading.names).rows()


def _code(path, options=ReadOptions()):  # noqa: B008
    with pytest.raises(InputError) as caught:
        read_table(path, options)
    assert all(fault.hint and str(path.parent) in fault.where for fault in caught.value.faults)
    return caught.value.faults[0].code


def _workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _zip(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def test_workbooks_give_cells_as_they_are(tmp_path):
    rows = [
        ["Id", "Code", "Born", "Seen", "Amount", "Active", "At"],
        [9804188236, "007", date(2024, 3, 31), SEEN, 1.5, True, time(9, 30)],
        [5, " x ", date(1999, 12, 31), MIDNIGHT, 100000000.0, False, None],
    ]
    reading = read_table(_workbook(tmp_path / "x.xlsx", one=rows))
    assert _rows(reading) == [
        (2, "9804188236", "007", "2024-03-31", "2024-03-31 14:05:00", "1.5", "true", "09:30:00"),
        (3, "5", " x ", "1999-12-31", "2024-04-01 00:00:00", "100000000", "false", None),
    ]


def test_titles_blank_rows_and_footers_are_passed_over(tmp_path):
    rows = [
        ["Open opportunities"],
        [],
        ["Name", "Stage", "Amount"],
        ["Big", "Open", 5],
        [],
        ["Small", "Won", 7],
        [],
        ["Grand Totals (2 records)"],
        ["Confidential Information - Do Not Distribute"],
    ]
    reading = read_table(_workbook(tmp_path / "x.xlsx", report=rows))
    assert _rows(reading) == [(4, "Big", "Open", "5"), (6, "Small", "Won", "7")]
    assert any("report's totals" in line for line in reading.evidence)


def test_the_sheet_with_the_most_cells_is_read_unless_one_is_named(tmp_path):
    path = _workbook(tmp_path / "x.xlsx", notes=[["read me"]], data=[["a", "b"], [1, 2]], other=[["a"], [1]])
    assert _rows(read_table(path)) == [(2, "1", "2")]
    assert _rows(read_table(path, ReadOptions(sheet="other"))) == [(2, "1")]
    assert _code(path, ReadOptions(sheet="nope")) == "file.no-sheet"


def test_hidden_sheets_are_not_read(real_exports):
    reading = read_table(real_exports / "dynamics365-pl200" / "Outcome data.xlsx")
    assert reading.rows == 6
    assert reading.header[0] == "(Do Not Modify) Outcome"
    assert reading.evidence[0].startswith("sheet Outcome:")


@pytest.mark.parametrize(
    "document",
    [
        json.dumps([{"id": 1, "p": {"name": "Ann"}, "tags": ["a", "b"]}, {"id": 2, "p": {}, "x": None}]),
        json.dumps(
            {
                "total": 2,
                "results": [{"id": 1, "p": {"name": "Ann"}, "tags": ["a", "b"]}, {"id": 2, "p": {}, "x": None}],
            }
        ),
        '{"id": 1, "p": {"name": "Ann"}, "tags": ["a", "b"]}\n{"id": 2, "p": {}, "x": null}\n',
    ],
)
@pytest.mark.parametrize("name", ["x.json", "x.csv"])
def test_json_is_flattened(tmp_path, document, name):
    path = tmp_path / name
    path.write_text(document, encoding="utf-8")
    reading = read_table(path)
    assert reading.names[:3] == ("id", "p.name", "tags")
    assert reading.frame.collect().select("_row", "id", "p.name", "tags").rows() == [
        (2, "1", "Ann", "a;b"),
        (3, "2", None, None),
    ]


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ({"id": "1", "properties": {"email": "a@b.example"}, "archived": False}, ["id", "archived", "email"]),
        ({"id": "rec1", "fields": {"Email": "a@b.example"}}, ["id", "Email"]),
        ({"id": "1", "properties": {"id": "2"}}, ["id", "properties.id"]),
        ({"id": "1", "company": {"name": "Acme"}}, ["id", "company.name"]),
        ({"Id": "1", "attributes": {"type": "Contact"}}, ["Id", "attributes.type"]),
        ({"properties": {"email": "a@b.example"}}, ["properties.email"]),
    ],
)
def test_what_an_api_wraps_beside_the_id_is_a_field_like_others(tmp_path, record, names):
    (tmp_path / "x.json").write_text(json.dumps([record]), encoding="utf-8")
    assert list(read_table(tmp_path / "x.json").names) == names


@pytest.mark.parametrize("header", ["{id},Email", '{"id",Email', "[First Name],[Email]"])
def test_a_list_whose_names_stand_in_brackets_is_no_json(tmp_path, header):
    path = tmp_path / "x.csv"
    path.write_text(f"{header}\n1,ann@example.com\n", encoding="utf-8")
    assert len(read_table(path).header) == 2


def test_parquet_becomes_text(tmp_path):
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "day": [date(2024, 3, 31), None],
            "at": [SEEN] * 2,
            "l": [["a", "b"], []],
        }
    )
    frame.write_parquet(tmp_path / "x.parquet")
    rows = _rows(read_table(tmp_path / "x.parquet"))
    assert rows == [
        (2, "1", "2024-03-31", "2024-03-31T14:05:00.000000", "a;b"),
        (3, "2", None, "2024-03-31T14:05:00.000000", None),
    ]


def test_gzip_is_unpacked_and_a_half_one_is_damaged(tmp_path):
    packed = gzip.compress(CSV * 1000)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(CSV))
    (tmp_path / "half.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert _rows(read_table(tmp_path / "x.csv.gz")) == [(2, "1", "Ann", "Rome"), (3, "2", "Bob", None)]
    assert _code(tmp_path / "half.csv.gz") == "file.damaged"


def test_members_of_archives_are_named_like_files_in_a_folder(tmp_path):
    path = _zip(tmp_path / "WE_1.ZIP", Account__csv=CSV, Contact__csv=b"Id\n7\n")
    assert _rows(read_table(path / "Contact.csv")) == [(2, "7")]
    assert _code(path) == "file.archive"
    single = _zip(tmp_path / "one.zip", Account__csv=CSV)
    assert len(_rows(read_table(single))) == 2


def test_an_archive_without_the_member_says_what_it_holds(tmp_path):
    path = _zip(tmp_path / "x.zip", Account__csv=CSV)
    with pytest.raises(InputError) as caught:
        read_table(path / "Lead.csv")
    assert caught.value.faults[0].hint == "it holds Account.csv"


def test_archives_that_lead_out_or_blow_up_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("../evil.csv", CSV)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", b"0" * (80 << 20))
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"0" * (80 << 20)))
    assert _code(tmp_path / "out.zip") == "file.unsafe-archive"
    assert _code(tmp_path / "bomb.zip") == "file.zip-bomb"
    assert _code(tmp_path / "bomb.csv.gz") == "file.zip-bomb"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.csv", b"<!DOCTYPE html>\n<html><table><tr><td>1</td></tr></table>", "file.html"),
        ("old.xls", b"\n  <html xmlns:x='urn'><table>", "file.html"),
        ("x.xlsx", b"PK\x03\x04 not really", "file.damaged"),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file.damaged"),
        (
            "x.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "file.password",
        ),
        ("x.json", b'{"a": [1, 2', "file.json"),
        ("x.json", b"[1, 2, 3]", "file.json"),
        ("x.parquet", b"PAR1 nothing", "file.damaged"),
    ],
)
def test_what_is_no_table_says_what_it_is(tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    assert _code(tmp_path / name) == code


def test_footers_of_csv_reports_are_left_out_and_told(tmp_path):
    path = tmp_path / "report.csv"
    footer = '\n"Grand Totals (2 records)"\n\n"Open deals"\n"Copyright (c) 2000-2024 salesforce.com, inc."\n'
    path.write_text('"Name","Stage","Amount"\n"Big","Open","5"\n"Small","Won","7"\n' + footer, encoding="utf-8")
    reading = read_table(path)
    assert _rows(reading) == [(2, "Big", "Open", "5"), (3, "Small", "Won", "7")]
    assert not reading.rejects.height
    assert not reading.remarks.height
    assert reading.evidence[-1].startswith("5 rows below the table left out")


def test_single_cells_at_the_end_that_are_no_footer_stay(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Name,Stage,Amount\nBig,Open,5\n\nSmall\n", encoding="utf-8")
    reading = read_table(path)
    assert _rows(reading) == [(2, "Big", "Open", "5"), (4, "Small", None, None)]


def test_the_stream_of_a_workbook_may_be_in_an_archive(tmp_path):
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["Id", "Name"])
    book.active.append([1, "Ann"])
    book.save(buffer)
    path = _zip(tmp_path / "x.zip", list__xlsx=buffer.getvalue(), more__csv=CSV)
    assert _rows(read_table(path / "list.xlsx")) == [(2, "1", "Ann")]


def test_a_sheet_without_a_row_of_names_loses_none_of_its_rows(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Lee", "ann@acme.example"], ["Roe", "bo@acme.example"]):
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    reading = read_table(tmp_path / "x.xlsx")
    assert reading.frame.collect().rows() == [(1, "Lee", "ann@acme.example"), (2, "Roe", "bo@acme.example")]
    assert reading.header == ("column 1", "column 2")


def test_values_of_a_sheet_beside_the_names_are_read(tmp_path):
    rows = [["Name", "Mail"], ["Ann", "a@b.example", "k", 1], ["Bob", "b@b.example", "m"], ["Cy", None, None, None]]
    reading = read_table(_workbook(tmp_path / "x.xlsx", data=rows))
    assert reading.names == ("Name", "Mail", "column 3", "column 4")
    assert [row[1:] for row in _rows(reading)] == [
        ("Ann", "a@b.example", "k", "1"),
        ("Bob", "b@b.example", "m", None),
        ("Cy", None, None, None),
    ]
