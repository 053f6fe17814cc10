"""Address books, mailboxes and databases as tables."""

import sqlite3

import openpyxl
import pytest

from crmclean.errors import InputError
from crmclean.exports.recognise import recognise
from crmclean.files.read import read_table

VCARD = """BEGIN:VCARD
VERSION:3.0
UID:abc-1
N:Müller;Zoë;;Dr.;
FN:Dr. Zoë Müller
ORG:Acme\\, Inc.;Sales
TITLE:Head of Sales
EMAIL;TYPE=WORK:zoe@acme.example
EMAIL;TYPE=HOME:zoe@home.example
TEL;TYPE=CELL:+49 170 1234567
TEL;TYPE=WORK,VOICE:+49 30 123456
item1.ADR;TYPE=WORK:;;Hauptstraße 5;Berlin;;10115;Germany
NOTE:First line\\nsecond
  line
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Garc=C3=ADa;Jos=C3=A9
TEL;HOME:555 1234567
END:VCARD
"""
MBOX = """From ann@a.example Thu Jan  4 10:00:00 2024
From: Ann Lee <Ann@a.example>
To: Bob <bob@b.example>, carl@c.example
Date: Thu, 4 Jan 2024 10:00:00 +0200
Subject: hello

From the beach I write
To: nobody@nowhere.example

From bob@b.example Fri Jan  5 10:00:00 2024
From: =?utf-8?q?Bob_M=C3=BCller?= <bob@b.example>
To: ann@a.example
Date: Fri, 5 Jan 2024 10:00:00 -0500

body
"""


def _rows(reading, *names):
    return reading.frame.collect().select(*names).rows()


def test_address_books(tmp_path):
    (tmp_path / "book.vcf").write_text(VCARD, encoding="utf-8", newline="\r\n")
    reading = read_table(tmp_path / "book.vcf")
    assert _rows(reading, "First Name", "Last Name", "Name Prefix", "Email", "Secondary Email", "Mobile", "Phone") == [
        ("Zoë", "Müller", "Dr.", "zoe@acme.example", "zoe@home.example", "+49 170 1234567", "+49 30 123456"),
        ("José", "García", None, None, None, None, None),
    ]
    assert _rows(
        reading, "Company", "Department", "Street", "City", "Postal Code", "Country", "Notes", "Home Phone"
    ) == [
        ("Acme, Inc.", "Sales", "Hauptstraße 5", "Berlin", "10115", "Germany", "First line\nsecond line", None),
        (None, None, None, None, None, None, None, "555 1234567"),
    ]
    known = recognise("book.vcf", reading.header, reading.frame.collect())
    assert (known.kind, known.object) == ("plain", "contacts")
    assert all(verdict.field for verdict in known.columns)


APPLE = """BEGIN:VCARD
VERSION:3.0
N:Lee;Ann;;;
FN:Ann Lee
NICKNAME:Annie
EMAIL;type=INTERNET;type=HOME:ann@home.example
EMAIL;type=INTERNET;type=WORK;type=pref:ann@acme.example
item1.TEL:+1 617 555 0102
item1.X-ABLabel:_$!<HomeFax>!$_
item2.TEL:+1 617 555 0103
item2.X-ABLabel:iPhone
TEL;type=WORK:+1 617 555 0104
ADR;type=HOME:;;;;;;
item3.ADR;type=WORK:;;1 Main St;Boston;MA;02139;USA
item3.X-ABADR:us
ADR;type=HOME:;;2 Elm St;Salem;MA;01970;USA
ADR;type=OTHER:;;3 Oak St;Lynn;MA;01901;USA
URL;type=pref:https\\://acme.example
URL:https://blog.example
X-SOCIALPROFILE;type=linkedin:http://www.linkedin.com/in/annlee
X-SOCIALPROFILE;type=twitter:http://twitter.example/annlee
NOTE:one
NOTE:two
X-PHONETIC-FIRST-NAME:Än
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ
END:VCARD
"""


def test_nothing_of_a_card_is_lost_and_labels_say_what_a_number_is(tmp_path):
    (tmp_path / "book.vcf").write_text(APPLE, encoding="utf-8")
    (card,) = read_table(tmp_path / "book.vcf").frame.drop("_row").collect().to_dicts()
    assert card == {
        "Full Name": "Ann Lee", "Last Name": "Lee", "First Name": "Ann", "Nickname": "Annie",
        "Email": "ann@acme.example", "Secondary Email": "ann@home.example",
        "Phone": "+1 617 555 0104", "Mobile": "+1 617 555 0103", "Fax": "+1 617 555 0102",
        "Street": "1 Main St", "City": "Boston", "State": "MA", "Postal Code": "02139", "Country": "USA",
        "Other Street": "2 Elm St", "Other City": "Salem", "Other State": "MA", "Other Postal Code": "01970",
        "Other Country": "USA", "Further Addresses": "3 Oak St, Lynn, MA, 01901, USA",
        "Website": "https://acme.example", "Further Links": "https://blog.example",
        "LinkedIn": "http://www.linkedin.com/in/annlee", "Social Profile": "http://twitter.example/annlee",
        "Notes": "one;two", "Phonetic-first-name": "Än",
    }  # fmt: skip


def test_mailboxes_give_people_and_their_last_contact_from_headers_only(tmp_path):
    (tmp_path / "inbox.mbox").write_text(MBOX, encoding="utf-8")
    reading = read_table(tmp_path / "inbox.mbox")
    assert _rows(reading, "Email", "Full Name", "Last Contacted", "Messages Received", "Messages Sent") == [
        ("ann@a.example", "Ann Lee", "2024-01-05T15:00:00Z", "1", "1"),
        ("bob@b.example", "Bob Müller", "2024-01-05T15:00:00Z", "1", "1"),
        ("carl@c.example", None, "2024-01-04T08:00:00Z", None, "1"),
    ]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "crm.sqlite"
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE contacts (Id INTEGER, Name TEXT, Score REAL, Photo BLOB)")
    base.execute("CREATE TABLE notes (Id INTEGER)")
    base.executemany("INSERT INTO contacts VALUES (?, ?, ?, ?)", [(1, "Zoë", 1.5, b"x"), (2, None, 2.0, None)])
    base.commit()
    base.close()
    return path


def test_a_table_of_a_database_is_named_like_a_file(database):
    assert _rows(read_table(database / "contacts"), "_row", "Id", "Name", "Score") == [
        (2, "1", "Zoë", "1.5"),
        (3, "2", None, "2"),
    ]


@pytest.mark.parametrize(("inside", "problem"), [("", "is a database of 2 tables"), ("nope", "has no table nope")])
def test_a_database_says_which_tables_it_has(database, inside, problem):
    with pytest.raises(InputError) as caught:
        read_table(database / inside if inside else database)
    assert caught.value.faults[0].problem == problem
    assert caught.value.faults[0].hint.endswith("crm.sqlite/contacts")


def test_a_sheet_of_a_workbook_is_named_like_a_file(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c"])
    sheet = book.create_sheet("Second")
    sheet.append(["x"])
    sheet.append([7])
    book.save(tmp_path / "x.xlsx")
    assert _rows(read_table(tmp_path / "x.xlsx" / "Second"), "_row", "x") == [(2, "7")]
