"""Columns of a plain list that are called something else: told by words and values, or left as they are."""

import polars as pl
import pytest

from crmclean.exports.recognise import recognise
from crmclean.files.dialects import unique_names
from crmclean.values.likeness import one_slip

PEOPLE = [
    ("ann.lee@acme.example", "Lee, Ann", "Acme Inc", "(415) 555-0132", "United States"),
    ("bob@bolt.example", "Bob Roe", "Bolt Ltd", "+44 20 7946 0018", "Great Britain"),
    ("c.dee@crane.example", "Cy Dee", "Crane GmbH", "030 / 123 45 67-8", "Deutschland"),
    ("office@dune.example", "Di Eff", "Dune SA", "+33 1 23 45 67 89", "France"),
]


def _told(header, rows, name="list.csv"):
    names = unique_names(header)
    sample = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return {one.header: one.field for one in recognise(name, header, sample).columns}


def _beside_people(header, *cells):
    """Return the field of one more column beside emails, in a list of people."""
    rows = [(*row[:1], cell) for row, cell in zip(PEOPLE, cells or ("x",) * 4, strict=True)]
    return _told(["Email", header], rows, "contacts.csv")[header]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Tel / mobile", "phone"),
        ("Mobile (private)", "mobile"),
        ("Contact's First Name", "first_name"),
        ("Attendee Last Name", "last_name"),
        ("Customer City", "city"),
        ("Primary Company", "company_name"),
        ("Company / Organisation", "company_name"),
        ("Compnay Name", "company_name"),
        ("Frist Name", "first_name"),
        ("Job Titel", "title"),
        ("contactPersonCountry", "country"),
    ],
)
def test_headers_that_say_it_in_other_words(header, field):
    cells = ["+1 415 555 0132"] * 4 if field in ("phone", "mobile") else ["Oslo"] * 4
    assert _beside_people(header, *cells) == field


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Phone (Y/N)", ("Y", "N", "Y", "N")),
        ("Assistant Phone", ("+1 415 555 0132",) * 4),
        ("Owner First Name", ("Ann", "Bob", "Cy", "Di")),
        ("Manager Email", ("a@x.example", "b@x.example", "c@x.example", "d@x.example")),
        ("Billing City", ("Oslo",) * 4),
        ("City, Company", ("Oslo, Acme",) * 4),
        ("Phone 1 or City", ("Oslo",) * 4),
        ("Counry", ("Oslo",) * 4),  # country or county
        ("Lead Score", ("10", "20", "30", "40")),
        ("Turnover in thousands", ("012", "700", "031", "100")),  # numbers of countries, too
        ("Customer since", ("2019", "2020", "2021", "2022")),
        ("Member status", ("gold", "gold", "silver", "gold")),
        ("Contact_1", ("x", "y", "z", "x")),
        ("City 2", ("Oslo",) * 4),
        ("Mailing permission", ("yes",) * 4),
        ("Names of children", ("Tim", "Tom", "Kim", "Pam")),
        ("Nam", ("x",) * 4),
        ("Created by email", ("a@x.example", "b@x.example", "c@x.example", "d@x.example")),
        ("Primary email sent", ("yes",) * 4),
        ("Company Phone", ("+1 415 555 0132",) * 4),
    ],
)
def test_headers_that_say_something_else_are_left(header, cells):
    assert _beside_people(header, *cells) is None


def test_values_say_what_no_header_says():
    told = _told(["c1", "c2", "c3", "c4", "c5"], PEOPLE)
    assert told == {"c1": "email", "c2": "full_name", "c3": "company_name", "c4": "phone", "c5": "country"}


@pytest.mark.parametrize(
    "cells",
    [
        ("2024-01-05", "2023-12-24", "2022-07-01", "2021-03-09"),
        ("05.01.2024", "24.12.2023", "01.07.2022", "09.03.2021"),
        ("123-45-6789", "987-65-4321", "111-22-3333", "222-33-4444"),
        ("1234567890", "2345678901", "3456789012", "4567890123"),
        ("4111 1111 1111 1111 1", "4222 2222 2222 2222 2", "4333 3333 3333 3333 3", "4444 4444 4444 4444 4"),
        ("en", "de", "fr", "es"),
        ("CA", "IN", "DE", "AL"),
        ("red", "green", "blue", "Germany"),
        ("10.5", "11", "12.25", "7"),
        ("Oslo", "Bergen", "Paris", "Rome"),
        ("likes blue", "met in May", "call again", "Ann's friend"),
        ("A-1", "A-2", "A-3", "A-4"),
        ("Ann", None, None, None),
        ("true", "false", "true", "false"),
        ("North", "South", "East", "West"),
        ("<b>x</b>", "\x00", "=1+1", " "),
    ],
)
def test_values_of_other_things_say_nothing(cells):
    assert _beside_people("c2", *cells) is None


@pytest.mark.parametrize("header", ["Customer No", "Order ID", "VAT number", "Invoice", "Fax", "IBAN"])
def test_a_column_of_other_numbers_is_no_phone(header):
    assert _beside_people(header, *[row[3] for row in PEOPLE]) in (None, "fax")


@pytest.mark.parametrize(
    ("first", "name", "field"),
    [
        ("Vorname", "Name", "last_name"),
        ("Prénom", "Nom", "last_name"),
        ("First Name", "c2", "last_name"),
        ("c1", "Last Name", "last_name"),
        ("c1", "Name", "full_name"),
    ],
)
def test_a_name_beside_first_names_is_the_last_name(first, name, field):
    rows = [("Ann", "Lee", "ann.lee@a.example"), ("Bob", "Roe", "bob.roe@b.example"), ("Cy", "Dee", "cy.dee@c.example")]
    told = _told([first, name, "Email"], rows, "contacts.csv")
    assert told[name] == field
    assert told[first] == (None if field == "full_name" else "first_name")


def test_a_full_name_beside_first_names_stays_one():
    rows = [("Ann", "Ann Lee"), ("Bob", "Roe, Bob"), ("Cy", "Cy Dee")]
    assert _told(["First Name", "Name"], rows, "contacts.csv")["Name"] == "full_name"


def test_the_name_of_the_person_is_taken_once():
    rows = [(row[0], row[1].split()[-1], row[1]) for row in PEOPLE]
    assert _told(["Email", "First Name", "c3"], rows)["c3"] is None


def test_columns_of_a_crm_are_what_their_owners_called_them():
    header = ["Record ID", "First Name", "Last Name", "Email", "Lifecycle Stage", "Contact owner", "Second line"]
    rows = [(str(place), "A", "B", row[0], "lead", "x", row[3]) for place, row in enumerate(PEOPLE)]
    assert _told(header, rows, "hubspot-crm-exports-all-contacts.csv")["Second line"] is None


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("company", "compnay", True),
        ("country", "counry", True),
        ("address", "adress", True),
        ("phone", "phne", False),
        ("address1", "address2", False),
        ("contactname", "contactnote", False),
        ("mobile", "nobile", False),
        ("company", "company", False),
        ("", "company", False),
    ],
)
def test_one_slip_of_the_keyboard(left, right, near):
    assert one_slip(left, right) is near


LISTS = {
    "id,name,addr,city,phone,type": (
        [("1", "art's delicatessen", "12224 ventura blvd.", "studio city", "818/762-1221", "delis"),
         ("2", "campanile", "624 s. la brea ave.", "los angeles", "213/938-1447", "american"),
         ("3", "hotel bel-air", "701 stone canyon rd.", "bel air", "310/472-1211", "californian")],
        "companies", "source_id name street city phone type",
    ),
    "restaurant,street,town,telephone": (
        [("Fenix", "8358 Sunset Blvd.", "West Hollywood", "213/848-6677")],
        "companies", "name street city phone",
    ),
    "org_name,hq_city,hq_country,homepage": (
        [("Alder Works", "Oslo", "Norway", "http://alder.example")], "companies", "name city country website",
    ),
    "Ragione sociale,Indirizzo,Città,CAP,Provincia,Telefono,P.IVA": (
        [("Alba SRL", "Via Roma 1", "Milano", "20100", "MI", "02 1234567", "IT0123")],
        "companies", "name street city postal_code region phone tax_id",
    ),
    "Name,Phone,City": (
        [("Ann Lee", "030 123456", "Oslo"), ("Bob Roe", "030 123457", "Rome"), ("Cy Dee", "030 123458", "Bonn")],
        "contacts", "full_name phone city",
    ),
    "Name,Phone,City,Birthday": (
        [("Bar", "030 123456", "Oslo", "1980-01-01"), ("Inn", "030 123457", "Rome", "1981-01-01"),
         ("Hotel", "030 123458", "Bonn", "1982-01-01")],
        "contacts", "full_name phone city birthdate",
    ),
    "Nome,Cognome,Azienda,Cellulare": ([("Anna", "Rossi", "Alba SRL", "333 1234567")], "contacts",
                                       "first_name last_name company_name mobile"),
    "Namn,Efternamn,Företag,E-post,Mobil,Postnr": (
        [("Anna", "Berg", "Berg AB", "anna@berg.example", "070-123 45 67", "111 22")],
        "contacts", "first_name last_name company_name email mobile postal_code",
    ),
    "Imię,Nazwisko,Firma,Miasto": ([("Anna", "Kowal", "Kowal SA", "Gdynia")], "contacts",
                                   "first_name last_name company_name city"),
    "id,title,manufacturer,price": ([("1", "paint 2.0", "acme", "10.0")], None, ". . . ."),
    "sku,colour,size,stock": ([("a1", "red", "XL", "4")], None, ". . . ."),
    "date,balance,text": ([("2026-01-01", "10.00", "rent")], None, ". . ."),
}  # fmt: skip


@pytest.mark.parametrize("header", LISTS)
def test_lists_that_nobody_made_for_a_crm(header):
    rows, object_, fields = LISTS[header]
    columns = header.split(",")
    sample = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    known = recognise("list.csv", columns, sample)
    assert known.object == object_
    if object_:
        assert [one.field for one in known.columns] == fields.split()


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("rec_id", ("r-1", "r-2", "r-3", "r-4"), "source_id"),
        ("personId", ("1", "2", "3", "4"), "source_id"),
        ("rec_id", ("r-1", "r-1", "r-3", "r-4"), None),
        ("rec_id", ("r-1", None, "r-3", "r-4"), None),
        ("cluster_id", ("1", "2", "3", "4"), None),
        ("household id", ("1", "2", "3", "4"), None),
        ("company_id", ("1", "2", "3", "4"), "company_ref"),
        ("paid", ("1", "2", "3", "4"), None),
    ],
)
def test_the_first_column_may_be_the_id(header, cells, field):
    rows = [(cell, row[1]) for row, cell in zip(PEOPLE, cells, strict=True)]
    assert _told([header, "Full Name"], rows, "contacts.csv")[header] == field


def test_an_id_that_does_not_come_first_is_none():
    rows = [(row[1], str(place)) for place, row in enumerate(PEOPLE)]
    assert _told(["Full Name", "badge_id"], rows, "contacts.csv")["badge_id"] is None
