"""Every real export is taken for what it is."""

import polars as pl
import pytest

from crmclean.exports.recognise import column_names, recognise
from crmclean.files.dialects import unique_names
from crmclean.files.read import read_table

REAL = [
    ("atomic-crm/contacts.csv", "plain", "contacts"),
    ("atomic-crm/contacts_export.csv", "plain", "contacts"),
    ("csv-contact-cleaner/demo_contacts.csv", "plain", "contacts"),
    ("dynamics365-mb260/ContosoCoffee_D365Contacts.csv", "dynamics365", "contacts"),
    ("dynamics365-pl200/Outcome data.xlsx", "dynamics365", None),
    ("mailchimp-honey-format/mailchimp_export.csv", "mailchimp", "contacts"),
    ("hubspot-bootcamp/3.crm-bootcamp-locations.csv", "hubspot", None),
    ("hubspot-pipecheck-sample/companies.csv", "hubspot", "companies"),
    ("hubspot-pipecheck-sample/contacts.csv", "hubspot", "contacts"),
    ("hubspot-pipecheck-sample/deals.csv", "hubspot", "deals"),
    ("hubspot-pipecheck-sample/findings.csv", "plain", None),
    ("hubspot-revops-api/companies.csv", "hubspot", "companies"),
    ("hubspot-revops-api/contacts.csv", "hubspot", "contacts"),
    ("hubspot-warehouse/contact_data.csv", "hubspot", "contacts"),
    ("hubspot-warehouse/contact_merge_audit_data.csv", "hubspot", None),
    ("salesforce-amaxa/Account.csv", "salesforce", "companies"),
    ("salesforce-amaxa/Contact.csv", "salesforce", "contacts"),
    ("salesforce-data-cloud-workshop/Account.csv", "salesforce", "companies"),
    ("salesforce-data-cloud-workshop/Contact.csv", "salesforce", "contacts"),
    ("salesforce-data-cloud-workshop/Lead.csv", "salesforce", "leads"),
    ("salesforce-data-cloud-workshop/Opportunity.csv", "salesforce", "deals"),
    ("salesforce-data-cloud-workshop/Task.csv", "salesforce", "activities"),
    ("salesforce-dataloader/error0413060133.csv", "salesforce", "deals"),
    ("salesforce-dataloader/opportunityData.csv", "salesforce", "deals"),
    ("salesforce-einstein-data-detect/Account.csv", "salesforce", "companies"),
    ("salesforce-einstein-data-detect/Contact.csv", "salesforce", "contacts"),
    ("salesforce-powerbi/Lead.csv", "salesforce", "leads"),
    ("salesforce-powerbi/Opportunity.csv", "salesforce", "deals"),
]


def _recognised(header, rows=(), name="export.csv", **known):
    names = unique_names(header)
    sample = pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")
    return recognise(name, header, sample, **known)


def _fields(recognition):
    return {verdict.header: verdict.field for verdict in recognition.columns if verdict.field}


@pytest.mark.parametrize(("path", "kind", "object_"), REAL)
@pytest.mark.parametrize("name", ["as it is called", "export.csv"])
def test_real_exports_are_recognised(real_exports, path, kind, object_, name):
    reading = read_table(real_exports / path)
    sample = reading.frame.head(1000).collect()
    known = recognise(path if name == "as it is called" else name, reading.header, sample)
    assert (known.kind, known.object) == (kind, object_)
    assert known.evidence


def test_the_object_settles_what_a_name_column_is():
    people = _recognised(["Name", "Email", "Phone"], name="people.csv")
    firms = _recognised(["Name", "Domain", "Employees"], name="list.csv")
    assert (people.object, _fields(people)["Name"]) == ("contacts", "full_name")
    assert (firms.object, _fields(firms)["Name"]) == ("companies", "name")


def test_two_headers_never_become_one_field():
    names = column_names(_recognised(["Record ID", "First Name", "Email", "Phone Number", "Phone Number", "E-Mail"]))
    assert list(names.values()) == ["source_id", "first_name", "email", "phone", "x_phone_number", "x_e_mail"]


def test_of_two_equal_headers_the_filled_one_is_the_field():
    header = ["Record ID", "First Name", "Last Name", "Phone Number", "Phone Number"]
    known = _recognised(header, [("1", "A", "B", None, "555")])
    assert column_names(known)["Phone Number~2"] == "phone"


def test_unknown_columns_keep_their_name_in_snake_case():
    header = ["Id", "External_id__c", "NumberofLocations__c", "Fancy (Thing) %", "fancy thing", "123"]
    names = list(column_names(_recognised(header)).values())
    assert names[1:] == ["x_external_id_c", "x_numberof_locations_c", "x_fancy_thing", "x_fancy_thing_2", "x_123"]


def test_an_email_shaped_column_is_the_email_whatever_it_is_called():
    rows = [("Ann", "ann@example.com"), ("Bob", "bob@example.org"), ("Eve", None)]
    known = _recognised(["First Name", "Contact_1"], rows, name="contacts.csv")
    assert _fields(known)["Contact_1"] == "email"


@pytest.mark.parametrize("header", ["Owner Email", "Assistant Email", "Account Owner Email", "Manager Email"])
def test_a_column_of_somebody_else_is_never_the_own_email(header):
    rows = [("Ann", "boss@example.com"), ("Bob", "boss@example.com")]
    known = _recognised(["First Name", header], rows, name="contacts.csv")
    assert "email" not in _fields(known).values()


def test_what_the_plan_knows_is_not_questioned():
    known = _recognised(["Name", "Email"], kind="salesforce", object_="companies")
    assert (known.kind, known.table, known.object) == ("salesforce", "Account", "companies")


def test_columns_of_the_plan_go_first():
    known = _recognised(["First Name", "Email", "Business mail"], name="contacts.csv")
    names = column_names(known, {"Business mail": "email"})
    assert names == {"First Name": "first_name", "Email": "x_email", "Business mail": "email"}


def test_the_only_filled_email_is_the_email_whatever_kind_it_is():
    header = ["first_name", "email_work", "email_home", "email_other"]
    known = _recognised(header, [("Ann", None, None, "a@b.example")], name="contacts.csv")
    assert _fields(known)["email_other"] == "email"
    known = _recognised(header, [("Ann", "a@b.example", None, "c@d.example")], name="contacts.csv")
    assert (_fields(known)["email_work"], _fields(known)["email_other"]) == ("email", "email_other")


@pytest.mark.parametrize(
    "header",
    [
        ["Name", "Mail", "Telefon", "Firma", "Land"],
        ["Vorname", "Nachname", "E-Mail-Adresse", "Firma"],
        ["Nombre", "Apellidos", "Correo", "Empresa", "País"],
        ["Prénom", "Nom", "Courriel", "Société", "Pays"],
    ],
    ids=lambda header: header[0],
)
def test_lists_of_people_in_other_languages_are_people(header):
    sample = pl.DataFrame({name: ["x"] for name in header})
    assert recognise("liste.csv", header, sample).object == "contacts"


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            "Anrede;Vorname;Nachname;Firma;E-Mail-Adresse;Telefon geschäftlich;Mobiltelefon;PLZ;Ort;Land;Erstellt am",
            "salutation first_name last_name company_name email phone mobile postal_code city country created_at",
        ),
        (
            "Prénom;Nom de famille;Société;Adresse e-mail;Téléphone professionnel;Téléphone portable;Poste;Pays",
            "first_name last_name company_name email phone mobile title country",
        ),
        (
            "Nombre;Apellidos;Empresa;Correo;Teléfono;Celular;Puesto",
            "first_name last_name company_name email phone mobile title",
        ),
    ],
)
def test_lists_of_other_languages_are_read_whole(header, fields):
    columns = header.split(";")
    frame = pl.DataFrame({name: ["x"] for name in columns})
    known = recognise("exports/kontakte.csv", columns, frame)
    assert [verdict.field for verdict in known.columns] == fields.split()
