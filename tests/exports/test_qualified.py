"""Which of several addresses, phones and emails a column holds, by the words around it; and cells that deny a name."""

import polars as pl
import pytest

from crmclean.exports.recognise import recognise
from crmclean.files.dialects import unique_names

EMAILS = ["ann@acme.example", "bob@bolt.example", "cy@crane.example", "di@dune.example"]
PHONES = ["+1 415 555 0132", "+44 20 7946 0018", "+49 30 901820", "+33 1 42 68 53 00"]
CITIES = ["Oslo", "Berlin", "Paris", "London"]
SAMPLES = {"email": EMAILS, "phone": PHONES, "mobile": PHONES, "fax": PHONES}
NAMES = ["Ann", "Bob", "Cy", "Di"]


def told(columns, name="list.csv"):
    """Return the field of every column. columns: header -> cells."""
    names = unique_names([*columns])
    cells = dict(zip(names, columns.values(), strict=True))
    sample = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String))
    return {one.header: one.field for one in recognise(name, [*columns], sample).columns}


def beside_people(header, cells):
    return told({"First Name": NAMES, "Email": EMAILS, header: cells}, "contacts.csv")[header]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Phone Number (Mobile)", "mobile"),
        ("Telefon komórkowy", "mobile"),
        ("Tél. mobile", "mobile"),
        ("Work Direct Phone", "phone"),
        ("Telefon 1", "phone"),
        ("Téléphone (bureau)", "phone"),
        ("Teléfono del trabajo", "phone"),
        ("Téléphone (domicile)", "phone_home"),
        ("Phone - private", "phone_home"),
        ("Phone Number 2", "phone_other"),
        ("Weiteres Telefon", "phone_other"),
        ("Fax 1", "fax"),
        ("Email Address (Home)", "email_other"),
        ("E-Mail 2: Adresse", "email_other"),
        ("Alternate Email 1", "email_other"),
        ("Home e-mail", "email_other"),
    ],
)
def test_which_phone_or_email_it_is(header, field):
    assert beside_people(header, EMAILS if field.startswith("email") else PHONES) == field


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Address City", "city"),
        ("AddressMailCity", "city"),
        ("City - Work", "city"),
        ("Ort geschäftlich", "city"),
        ("Ville (bureau)", "city"),
        ("Default Address City", "city"),
        ("Adresse 1: Ort", "city"),
        ("Home City", "city"),
        ("Other City", "other_city"),
        ("Street Address 1", "street"),
        ("Work Address", "street"),
        ("Address One", "street"),
    ],
)
def test_which_part_of_an_address_it_is(header, field):
    assert beside_people(header, CITIES) == field


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Address 2", CITIES),
        ("Street 2", CITIES),
        ("City 2", CITIES),
        ("IP Address", ["203.0.113.1"] * 4),
        ("Address Book", CITIES),
        ("Address Type", ["work"] * 4),
        ("Phone 1 Type", ["work"] * 4),
        ("Phone Type", ["mobile"] * 4),
        ("Email Type", ["work"] * 4),
        ("Email Status", ["ok"] * 4),
        ("Email Opened", ["1"] * 4),
        ("Corporate Phone", PHONES),
        ("Company Phone", PHONES),
        ("Company City", CITIES),
        ("Billing City", CITIES),
        ("Telefon Assistent", PHONES),
        ("Téléphone de l'assistant(e)", PHONES),
        ("Home Fax", PHONES),
        ("Telefon Vorgesetzter", PHONES),
        ("Contact location", CITIES),
        ("Mobile (Y/N)", ["Y", "N", "Y", "N"]),
        ("Work Status", ["active"] * 4),
        ("# Employees", ["10", "20", "30", "40"]),
        ("Attendee #", ["1", "2", "3", "4"]),
        ("Employees", ["10", "20", "30", "40"]),
        ("Profile picture", [f"https://pics.example/{n}.png" for n in range(4)]),
        ("Avatar", [f"https://pics.example/{n}.png" for n in range(4)]),
        ("Url", [f"https://network.example/{n}" for n in range(4)]),
        ("Company Linkedin Url", [f"https://linkedin.com/company/{n}" for n in NAMES]),
        ("LinkedIn page of company", [f"https://linkedin.com/company/{n}" for n in NAMES]),
    ],
)
def test_what_is_something_else_is_left(header, cells):
    assert beside_people(header, cells) is None


def test_a_business_address_goes_before_a_private_one_wherever_it_stands():
    columns = {"Email": EMAILS, "Home Street": CITIES, "Home City": CITIES, "Work Street": CITIES, "Work City": CITIES}
    assert list(told(columns).values()) == ["email", "other_street", "other_city", "street", "city"]


def test_an_address_that_is_the_only_one_is_the_records_own():
    columns = {"Email": EMAILS, "Home Address 1": CITIES, "Home City": CITIES, "Home Zip": ["1", "2", "3", "4"]}
    assert list(told(columns).values()) == ["email", "street", "city", "postal_code"]


def test_of_two_further_emails_the_filled_one_is_kept():
    columns = {"Email": EMAILS, "Email Address 3": [None] * 4, "E-mail 4": EMAILS}
    assert told(columns)["E-mail 4"] == "email_other"


def test_a_contact_that_is_a_number_is_a_phone():
    columns = {
        "Name": [f"{name} Lee" for name in NAMES],
        "Contact": ["9810012345", "9810012346", "98100 12347", "9810012348"],
    }
    assert told(columns, "contacts.csv") == {"Name": "full_name", "Contact": "phone"}


def test_a_persons_profile_is_told_from_the_companys():
    page, person = ([f"http://www.linkedin.com/{kind}/{name.lower()}" for name in NAMES] for kind in ("company", "in"))
    columns = {"firstName": NAMES, "email": EMAILS, "companyUrl": page, "defaultUrl": person}
    assert told(columns) == {
        "firstName": "first_name",
        "email": "email",
        "companyUrl": None,
        "defaultUrl": "linkedin_url",
    }


FRENCH = ["Titre", "Prénom", "Nom", "Société", "Titre", "Rue (bureau)", "Ville (bureau)", "Adresse de messagerie"]


@pytest.mark.parametrize("salutation", ["Mme", None])
def test_the_first_of_two_equal_names_is_the_honorific_even_if_it_is_empty(salutation):
    cells = [salutation, "Zoé", "Roy", "Exemple", "Directrice", "1 rue Haute", "Lyon", "zoe@exemple.example"]
    sample = pl.DataFrame([cells], schema=dict.fromkeys(unique_names(FRENCH), pl.String), orient="row")
    found = recognise("contacts.csv", FRENCH, sample)
    assert found.kind == "outlook"
    assert [one.field for one in found.columns] == [
        "salutation", "first_name", "last_name", "company_name", "title", "street", "city", "email",
    ]  # fmt: skip


@pytest.mark.parametrize("theirs", ["Created Time", "Organization Name", "Mailing Zip"])
def test_lists_with_headers_that_salesforce_has_not_are_no_export_of_it(theirs):
    header = ["Contact ID", "First Name", "Last Name", "Email", "Phone", "Mailing Street", "Mailing State/Province"]
    row = ["7", "Ann", "Lee", "ann@acme.example", "+1 415 555 0132", "1 High St", "CA"]
    kinds = []
    for names, cells in ((header, row), ([*header, theirs], [*row, "x"])):
        sample = pl.DataFrame([cells], schema=dict.fromkeys(names, pl.String), orient="row")
        kinds.append(recognise("list.csv", names, sample).kind)
    assert kinds == ["salesforce", "plain"]


FIRMS = ["Acme", "Bolt Ltd", "Crane GmbH", "Dune SA"]


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("Member Name", FIRMS, "company_name"),
        ("Name", FIRMS, "company_name"),
        ("Name", ["Ann Lee", "Roe, Bob", "Cy Dee", "Di Eff"], "full_name"),
        ("Name", ["Ann", "Bob", "Cy", "Di"], "full_name"),
        ("Name", ["Ann Lee", "Bob Roe", "Crane GmbH", None], "full_name"),
        ("Name", ["Bolt Ltd", None, None, None], "full_name"),
        ("Full Name", ["アン", "ボブ", "サイ", "ディ"], "full_name"),
        ("Display Name", ["annie", "bobby", "c_d", "didi"], "full_name"),
    ],
)
def test_a_name_beside_first_and_last_names_that_is_neither_is_the_companys(header, cells, field):
    columns = {header: cells, "Rep First Name": NAMES, "Rep Last Name": ["Lee", "Roe", "Dee", "Eff"], "Email": EMAILS}
    assert told(columns, "contacts.csv") == {
        header: field,
        "Rep First Name": "first_name",
        "Rep Last Name": "last_name",
        "Email": "email",
    }


def test_people_with_designations_are_no_list_of_companies():
    header = ["S.No", "Name of the Person", "Designation", "Company Name", "Contact No.", "Email ID", "City"]
    row = ["1", "Ann Lee", "CEO", "Acme", "98100 12345", "ann@acme.example", "Pune"]
    sample = pl.DataFrame([row] * 4, schema=dict.fromkeys(header, pl.String), orient="row")
    found = recognise("list.csv", header, sample)
    assert found.object == "contacts"
    assert [one.field for one in found.columns] == [
        None, "full_name", "title", "company_name", "phone", "email", "city",
    ]  # fmt: skip


OFFICES = ["info@acme.example", "sales@bolt.example", "office@crane.example", "hello@dune.example"]
PLACES = {"id": ["1", "2", "3", "4"], "business_name": FIRMS, "phone": PHONES, "address": ["1 High St"] * 4}


@pytest.mark.parametrize(
    ("more", "object_"),
    [
        ({}, "companies"),
        ({"email": OFFICES}, "companies"),
        ({"email": [None, *OFFICES[:1], None, None]}, "companies"),
        ({"email": EMAILS}, "contacts"),
        ({"email": OFFICES, "contact_name": ["Ann Lee", "Bob Roe", "Cy Dee", "Di Eff"]}, "contacts"),
        ({"email": OFFICES, "first_name": NAMES}, "contacts"),
        ({"job_title": ["CEO"] * 4}, "contacts"),
    ],
)
def test_a_list_that_names_nobody_is_one_of_companies(more, object_):
    columns = {**PLACES, **more}
    sample = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    assert recognise("contacts.csv", [*columns], sample).object == object_
    assert recognise("places.csv", [*columns], sample).object == object_
