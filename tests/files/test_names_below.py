"""Rows below the header that name the columns in other words are no records; everything else is one."""

import polars as pl
import pytest
from xlsxwriter import Workbook

from crmclean.files.read import read_table

PEOPLE = [["Ann", "Lee", "ann@example.com", "+1 617 555 0100"], ["Bob", "Ray", "bob@example.com", "617-555-0101"]]
HEADER = ["First Name", "Last Name", "Email", "Phone"]


def read(tmp_path, *rows):
    path = tmp_path / "list.csv"
    pl.DataFrame([list(row) for row in rows], orient="row").write_csv(path, include_header=False)
    return read_table(path)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (HEADER, ["firstname", "lastname", "email", "phone"]),
        (HEADER, ["FirstName", "LastName", "EmailAddress", "BusinessPhone"]),
        (["firstname", "lastname", "emailaddress1", "telephone1"], ["First Name", "Last Name", "Email", "Main Phone"]),
        (HEADER, ["Text", "Text", "Email", "Phone"]),
        (HEADER, ["String", "String", "Required", "Optional"]),
        (HEADER, ["given_name__c", "family_name__c", "email_1", "phone_main"]),
        (HEADER, ["first_name", "", "email", "phone"]),
    ],
)
def test_names_in_other_words_are_left_out_and_told(tmp_path, header, names):
    reading = read(tmp_path, header, names, *PEOPLE)
    assert reading.header == tuple(header)
    assert reading.frame.collect()["_row"].to_list() == [3, 4]
    assert reading.rows == 2
    assert reading.rejects.select("row", "reason").rows() == [(2, "row.names-again")]


def test_three_lines_of_names_of_a_survey(tmp_path):
    ids = [f'{{"ImportId":"QID{number}"}}' for number in range(4)]
    labels = ["Recipient First Name", "Recipient Last Name", "Recipient Email", "What is your phone?"]
    reading = read(tmp_path, ["RecipientFirstName", "RecipientLastName", "RecipientEmail", "Q1"], labels, ids, *PEOPLE)
    assert reading.frame.collect()["_row"].to_list() == [4, 5]
    assert reading.rejects["row"].to_list() == [2, 3]


def test_names_below_the_header_of_a_sheet(tmp_path):
    path = tmp_path / "list.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet("Contacts")
        for number, row in enumerate([HEADER, ["firstname", "lastname", "email", "phone"], *PEOPLE]):
            sheet.write_row(number, 0, row)
    reading = read_table(path)
    assert reading.frame.collect()["_row"].to_list() == [3, 4]
    assert reading.rejects["row"].to_list() == [2]


@pytest.mark.parametrize(
    "row",
    [
        ["Ann", "Lee", "", "+1 617 555 0100"],
        ["Ann", "Lee", "unknown", "n/a"],
        ["Ann", "Lee", "none", "unknown"],
        ["Ann", "Lee", "ann at example.com", "call first"],
        ["First", "Last", "user@example.com", "+1 617 555 0100"],
        ["Test", "Test", "Test", "Test"],
        ["", "", "email", ""],
        ["Ann", "Email", "", ""],
        ["Phone", "Home", "", "617-555-0101"],
        ["x", "y", "z", "-"],
    ],
)
def test_records_stay(tmp_path, row):
    reading = read(tmp_path, HEADER, row, *PEOPLE)
    assert reading.frame.collect()["_row"].to_list() == [2, 3, 4]
    assert not reading.rejects.height


@pytest.mark.parametrize(
    "rows",
    [
        [["Name", "Type", "Field"], ["firstname", "string", "First Name"], ["email", "string", "Email"]],
        [["Task", "Kind", "Owner"], ["Call", "Phone", "Ann"], ["Write", "Email", "Bob"]],
        [["Text", "Number", "Date"], ["text", "number", "date"], ["text", "number", "date"]],
        [["A", "B"], ["a", "b"], ["1", "2"]],
        [["First Name", "Last Name", "Email"], ["first_name", "last_name", "email"]],
    ],
)
def test_lists_of_words_keep_all_their_rows(tmp_path, rows):
    reading = read(tmp_path, *rows)
    assert reading.rows == len(rows) - 1
