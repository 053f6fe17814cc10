"""Exports of each CRM, written from their published headers, are recognised, and their columns named."""

import polars as pl
import pytest

from crmclean.exports.recognise import recognise
from crmclean.files.dialects import unique_names

PIPEDRIVE_PERSON = [
    "Person - ID", "Person - Name", "Person - First name", "Person - Last name", "Person - Organization",
    "Person - Email - Work", "Person - Email - Home", "Person - Phone - Work", "Person - Phone - Mobile",
    "Person - Owner", "Person - Person created",
]  # fmt: skip
PIPEDRIVE_ORGANIZATION = [
    "Organization - ID", "Organization - Name", "Organization - Owner", "Organization - Address",
    "Organization - City/town/village/locality of Address", "Organization - ZIP/Postal code of Address",
    "Organization - Website", "Organization - People",
]  # fmt: skip
PIPEDRIVE_DEAL = [
    "Deal - ID", "Deal - Title", "Deal - Value", "Deal - Currency of Value", "Deal - Organization",
    "Deal - Organization ID", "Deal - Pipeline", "Deal - Contact person", "Deal - Contact person ID", "Deal - Stage",
    "Deal - Status", "Deal - Expected close date",
]  # fmt: skip
PIPEDRIVE_GERMAN = {
    "contacts": [
        "Person - ID", "Person - Name", "Person - Vorname", "Person - Nachname", "Person - E-Mail - Arbeit",
        "Person - E-Mail - Privat", "Person - Telefon - Arbeit", "Person - Organisation-ID", "Person - Organisation",
        "Person - Besitzer", "Person - Person erstellt", "Person - Kundenklasse",
    ],
    "companies": [
        "Organisation - ID", "Organisation - Name", "Organisation - Adresse", "Organisation - Postleitzahl von Adresse",
        "Organisation - Besitzer", "Organisation - Organisation erstellt",
    ],
    "deals": [
        "Deal - ID", "Deal - Titel", "Deal - Wert", "Deal - Währung von Wert", "Deal - Kontaktperson",
        "Deal - Kontaktperson-ID", "Deal - Phase", "Deal - Status", "Deal - Erwartetes Abschlussdatum",
    ],
    "activities": [
        "Aktivität - ID", "Aktivität - Betreff", "Aktivität - Typ", "Aktivität - Notiz", "Aktivität - Erledigt",
        "Aktivität - Kontaktperson-ID", "Aktivität - Zugewiesen an",
    ],
}  # fmt: skip
ZOHO_CONTACT = [
    "Record Id", "Contact Owner.id", "Contact Owner", "Lead Source", "First Name", "Last Name", "Account Name.id",
    "Account Name", "Email", "Title", "Department", "Phone", "Mobile", "Assistant", "Asst Phone", "Email Opt Out",
    "Created Time", "Modified Time", "Mailing Street", "Mailing City", "Mailing Zip", "Tag", "Last Activity Time",
]  # fmt: skip
ZOHO_DEAL = [
    "Record Id", "Deal Owner.id", "Deal Owner", "Amount", "Deal Name", "Closing Date", "Account Name.id",
    "Account Name", "Contact Name.id", "Contact Name", "Stage", "Probability", "Reason For Loss", "Created Time",
]  # fmt: skip
DYNAMICS_CONTACT = [
    "(Do Not Modify) Contact", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On", " Full Name",
    "First Name", "Last Name", "Company Name", "Job Title", "Business Phone", "Mobile Phone", "Email",
    "Address 1: City", "Address 1: State/Province", "Address 1: ZIP/Postal Code", "Address 1: Country/Region",
]  # fmt: skip
DYNAMICS_ACCOUNT = [
    "(Do Not Modify) Account", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On", "Account Name",
    "Main Phone", "Address 1: City", "Primary Contact", "Email (Primary Contact) (Contact)", "Website",
]  # fmt: skip
DYNAMICS_DEAL = [
    "Topic",
    "Potential Customer",
    "Est. revenue",
    "Est. close date",
    "Actual Revenue",
    "Status",
    "Sales Stage",
]
CLOSE_LEAD = [
    "id", "display_name", "lead_name", "description", "url", "status_id", "status_label", "primary_contact_name",
    "primary_contact_first_name", "primary_contact_last_name", "primary_contact_title", "primary_contact_primary_phone",
    "primary_contact_primary_email", "custom.Size", "date_created", "date_updated", "num_calls",
]  # fmt: skip
COPPER_COMPANY = [
    "Name", "Details", "Email Domain", "Street", "City", "State", "Postal Code", "Country", "Owned By", "Owner Id",
    "Contact Type", "Primary Contact", "Primary Contact ID", "Tags", "Last Contacted", "Inactive Days",
    "Interaction Count", "Created At", "Updated At", "Email", "Email Type", "Phone Number", "Phone Number Type",
]  # fmt: skip
SUITECRM_LEAD = [
    "First Name", "Last Name", "ID", "Salutation", "Job Title", "Account Name", "Email Address", "Non Primary E-mails",
    "Mobile", "Office Phone", "Home Phone", "Primary Address Street", "Primary Address City", "Lead Source",
    "Lead Source Description", "Status", "Converted", "Assigned to", "Assigned User", "Date Created", "Date Modified",
    "Deleted", "Lawful Basis", "Assistant", "Assistant Phone",
]  # fmt: skip
ESPOCRM_CONTACT = [
    "id", "name", "deleted", "salutationName", "firstName", "lastName", "accountId", "accountName", "title",
    "description", "emailAddress", "phoneNumber", "doNotCall", "addressStreet", "addressCity", "addressCountry",
    "createdAt", "modifiedAt", "assignedUserId", "assignedUserName",
]  # fmt: skip
ODOO_PARTNER = [
    "id",
    "name",
    "is_company",
    "parent_id/id",
    "function",
    "email",
    "phone",
    "street",
    "zip",
    "city",
    "country_id",
]
ODOO_LABELS = [
    "External ID",
    "Name",
    "Is a company",
    "Related company",
    "Job Position",
    "Address type",
    "Street",
    "ZIP",
]
ODOO_LEAD = [
    "id",
    "name",
    "partner_id/id",
    "contact_name",
    "email_from",
    "stage_id",
    "expected_revenue",
    "date_deadline",
]
MAILCHIMP = [
    "Email Address", "First Name", "Last Name", "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP",
    "LATITUDE", "LONGITUDE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
]  # fmt: skip
MAILCHIMP_LEFT = [*MAILCHIMP[:8], "UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_REASON", "LEID", "EUID"]
GOOGLE_OLD = [
    "Name", "Given Name", "Additional Name", "Family Name", "Yomi Name", "Group Membership", "E-mail 1 - Type",
    "E-mail 1 - Value", "Phone 1 - Type", "Phone 1 - Value", "Organization 1 - Name", "Organization 1 - Title",
]  # fmt: skip
GOOGLE_NEW = [
    "First Name", "Middle Name", "Last Name", "Phonetic First Name", "Organization Name", "Organization Title",
    "Labels", "E-mail 1 - Label", "E-mail 1 - Value", "Phone 1 - Label", "Phone 1 - Value", "Address 1 - Formatted",
]  # fmt: skip
OUTLOOK = [
    "Title", "First Name", "Last Name", "Company", "Job Title", "Business Street", "Business City", "Business Phone",
    "Home Street", "Mobile Phone", "Assistant's Phone", "Company Main Phone", "E-mail Address", "E-mail 2 Address",
]  # fmt: skip
LINKEDIN = ["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"]
HUBSPOT_SPANISH = [
    "ID de registro", "Nombre", "Apellidos", "Correo", "Cargo", "Ciudad", "País/región", "Número de teléfono",
    "Propietario del contacto", "Estado del lead", "Fecha de creación", "Última actividad",
    "Associated Company IDs (Primary)",
]  # fmt: skip
HUBSPOT_GERMAN = [
    "Datensatz-ID", "Vorname", "Nachname", "E-Mail", "Telefonnummer", "Lifecycle-Phase", "Erstellungsdatum",
    "Zuständiger Mitarbeiter für Kontakt",
]  # fmt: skip
HUBSPOT_JOINED = [
    "Record ID - Contact", "First Name", "Last Name", "Email", "Phone Number", "Create Date", "Record ID - Company",
    "Company name", "Phone Number", "Create Date",
]  # fmt: skip
SALESFORCE_UPPER = [
    "ID",
    "ISDELETED",
    "LASTNAME",
    "FIRSTNAME",
    "ACCOUNTID",
    "MAILINGSTREET",
    "EMAIL",
    "OWNERID",
    "SYSTEMMODSTAMP",
]
SALESFORCE_REPORT = [
    "Opportunity Owner",
    "Account Name",
    "Opportunity Name",
    "Stage",
    "Amount",
    "Probability (%)",
    "Close Date",
]
SALESFORCE_SNAKE = [
    "id",
    "name",
    "billing_street",
    "billing_city",
    "billing_postal_code",
    "number_of_employees",
    "owner_id",
    "industry",
]
SALESFORCE_LABELS = [
    "Contact ID",
    "First Name",
    "Last Name",
    "Email",
    "Mailing City",
    "Mailing State/Province",
    "Mailing Zip/Postal Code",
]
BREVO = ["EMAIL", "LASTNAME", "FIRSTNAME", "SMS", "EMAIL_BLACKLISTED", "ADDED_TIME"]
THUNDERBIRD = [
    "First Name",
    "Last Name",
    "Display Name",
    "Primary Email",
    "Secondary Email",
    "Work Phone",
    "Job Title",
    "",
]

CASES = [
    (
        PIPEDRIVE_PERSON,
        "pipedrive",
        "contacts",
        {"Person - Email - Work": "email", "Person - Email - Home": "email_other"},
    ),
    (PIPEDRIVE_ORGANIZATION, "pipedrive", "companies", {"Organization - Name": "name"}),
    (PIPEDRIVE_DEAL, "pipedrive", "deals", {"Deal - Contact person ID": "contact_ref", "Deal - Contact person": None}),
    (
        PIPEDRIVE_GERMAN["contacts"],
        "pipedrive",
        "contacts",
        {"Person - Vorname": "first_name", "Person - E-Mail - Privat": "email_other", "Person - Kundenklasse": None},
    ),
    (
        PIPEDRIVE_GERMAN["companies"],
        "pipedrive",
        "companies",
        {"Organisation - Postleitzahl von Adresse": "postal_code"},
    ),
    (
        PIPEDRIVE_GERMAN["deals"],
        "pipedrive",
        "deals",
        {"Deal - Wert": "amount", "Deal - Kontaktperson": None, "Deal - Kontaktperson-ID": "contact_ref"},
    ),
    (PIPEDRIVE_GERMAN["activities"], "pipedrive", "activities", {"Aktivität - Notiz": "body", "Aktivität - Typ": None}),
    (ZOHO_CONTACT, "zoho", "contacts", {"Account Name.id": "company_ref", "Contact Owner": None, "Assistant": None}),
    (
        ZOHO_DEAL,
        "zoho",
        "deals",
        {"Contact Name.id": "contact_ref", "Contact Name": None, "Closing Date": "close_date"},
    ),
    (DYNAMICS_CONTACT, "dynamics365", "contacts", {" Full Name": "full_name", "(Do Not Modify) Row Checksum": None}),
    (
        DYNAMICS_ACCOUNT,
        "dynamics365",
        "companies",
        {"Email (Primary Contact) (Contact)": None, "Primary Contact": None},
    ),
    (DYNAMICS_DEAL, "dynamics365", "deals", {"Est. revenue": "amount"}),
    (CLOSE_LEAD, "close", "contacts", {"display_name": "company_name", "custom.Size": None}),
    (COPPER_COMPANY, "copper", "companies", {"Name": "name", "Email": None, "Primary Contact": None}),
    (SUITECRM_LEAD, "suitecrm", "leads", {"Assistant Phone": None, "Account Name": "company_name"}),
    (ESPOCRM_CONTACT, "espocrm", "contacts", {"assignedUserId": "owner_ref", "assignedUserName": None}),
    (ODOO_PARTNER, "odoo", "contacts", {"name": "full_name", "parent_id/id": "company_ref", "function": "title"}),
    (ODOO_LABELS, "odoo", "contacts", {"Related company": "company_name"}),
    (ODOO_LEAD, "odoo", "deals", {"email_from": None, "expected_revenue": "amount"}),
    (MAILCHIMP, "mailchimp", "contacts", {"EUID": "source_id", "TAGS": "tags"}),
    (MAILCHIMP_LEFT, "mailchimp", "contacts", {"UNSUB_TIME": "opted_out_at"}),
    (GOOGLE_OLD, "google", "contacts", {"Given Name": "first_name", "Organization 1 - Title": "title"}),
    (GOOGLE_NEW, "google", "contacts", {"E-mail 1 - Value": "email", "E-mail 1 - Label": None}),
    (
        OUTLOOK,
        "outlook",
        "contacts",
        {"Title": "salutation", "Company Main Phone": None, "Assistant's Phone": "phone_assistant"},
    ),
    (LINKEDIN, "linkedin", "contacts", {"Position": "title", "URL": "linkedin_url"}),
    (HUBSPOT_SPANISH, "hubspot", "contacts", {"Número de teléfono": "phone", "Última actividad": "last_activity"}),
    (
        HUBSPOT_GERMAN,
        "hubspot",
        "contacts",
        {"Nachname": "last_name", "Zuständiger Mitarbeiter für Kontakt": "owner_ref"},
    ),
    (
        ["ID de la fiche d'informations", "Prénom", "Nom", "E-mail", "Nom de l'entreprise", "Propriétaire du contact"],
        "hubspot",
        "contacts",
        {"ID de la fiche d'informations": "source_id", "Nom": "last_name", "Nom de l'entreprise": "company_name"},
    ),
    (
        ["ID do registro", "Nome", "Sobrenome", "E-mail", "Cidade", "Proprietário do contato", "Data de criação"],
        "hubspot",
        "contacts",
        {"Nome": "first_name", "Sobrenome": "last_name", "Cidade": "city", "Data de criação": "created_at"},
    ),
    (
        ["(Nicht ändern) Kontakt", "(Nicht ändern) Geändert am", " Vollständiger Name", "Firmenname", "Adresse 1: Ort"],
        "dynamics365",
        "contacts",
        {" Vollständiger Name": "full_name", "Firmenname": "company_name", "Adresse 1: Ort": "city"},
    ),
    (
        [
            "Anrede",
            "Vorname",
            "Nachname",
            "Firma",
            "Position",
            "Ort geschäftlich",
            "Telefon geschäftlich",
            "Ort privat",
            "Mobiltelefon",
            "E-Mail-Adresse",
            "E-Mail 2: Adresse",
            "Telefon Assistent",
        ],
        "outlook",
        "contacts",
        {"Ort geschäftlich": "city", "Ort privat": "other_city", "E-Mail 2: Adresse": "email_other"},
    ),
    (HUBSPOT_JOINED, "hubspot", "contacts", {"Record ID - Contact": "source_id", "Record ID - Company": "company_ref"}),
    (SALESFORCE_UPPER, "salesforce", "contacts", {"LASTNAME": "last_name", "OWNERID": "owner_ref"}),
    (SALESFORCE_REPORT, "salesforce", "deals", {"Opportunity Name": "name", "Account Name": "company_name"}),
    (SALESFORCE_SNAKE, "salesforce", "companies", {"billing_postal_code": "postal_code", "name": "name"}),
    (SALESFORCE_LABELS, "salesforce", "contacts", {"Mailing State/Province": "region"}),
    (BREVO, "plain", "contacts", {"EMAIL_BLACKLISTED": "email_opt_out", "SMS": "phone"}),
    (THUNDERBIRD, "plain", "contacts", {"Primary Email": "email", "Secondary Email": "email_other", "": None}),
]


@pytest.mark.parametrize(("header", "kind", "object_", "fields"), CASES)
def test_exports_are_recognised_by_their_headers_alone(header, kind, object_, fields):
    sample = pl.DataFrame(schema=dict.fromkeys(unique_names(header), pl.String))
    known = recognise("export.csv", header, sample)
    assert (known.kind, known.object) == (kind, object_)
    assert {verdict.header: verdict.field for verdict in known.columns if verdict.header in fields} == fields


@pytest.mark.parametrize(("header", "kind", "object_", "fields"), CASES)
def test_no_two_columns_are_one_field(header, kind, object_, fields):
    sample = pl.DataFrame(schema=dict.fromkeys(unique_names(header), pl.String))
    named = [verdict.field for verdict in recognise("export.csv", header, sample).columns if verdict.field]
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("header", "cell", "kind"),
    [
        (["Contact Id", "Last Name", "Email"], "zcrm_4876876000000624001", "zoho"),
        (["id", "name", "email"], "cont_8dkjXYabcdefgh12", "close"),
        (["Key", "Name", "Email"], "anything", "plain"),
    ],
)
def test_ids_tell_the_system_where_headers_do_not(header, cell, kind):
    sample = pl.DataFrame([(cell, "Ann", "a@b.example")], schema=dict.fromkeys(header, pl.String), orient="row")
    assert recognise("export.csv", header, sample).kind == kind


@pytest.mark.parametrize(
    ("header", "cell", "table"),
    [
        (["Id", "Name", "DeveloperName", "SobjectType", "IsActive"], "012A00000000001AAA", "RecordType"),
        (["Id", "Name", "UserType", "IsActive"], "00eA00000000001AAA", "Profile"),
        (["Id", "Name", "DeveloperName", "Email"], "00GA00000000001AAA", "Group"),
        (["Id", "Name", "ProductCode", "IsActive"], "01tA00000000001AAA", "Product2"),
    ],
)
def test_tables_of_an_org_that_nothing_moves_are_no_lists_of_people(header, cell, table):
    cells = (cell, *["x"] * (len(header) - 1))
    sample = pl.DataFrame([cells], schema=dict.fromkeys(header, pl.String), orient="row")
    known = recognise("export.csv", header, sample)
    assert (known.kind, known.table, known.object) == ("salesforce", table, None)


SUITE_ACCOUNT = ["Name", "ID", "Website", "Office Phone", "Billing Street", "Billing City", "Annual Revenue",
                 "Ticker Symbol", "Assigned to", "Date Created", "Date Modified", "Modified By", "Deleted"]  # fmt: skip
SUITE_DEAL = ["Opportunity Name", "ID", "Account ID", "Opportunity Amount", "Sales Stage", "Assigned User Name",
              "Date Created", "Date Modified", "Deleted"]  # fmt: skip


@pytest.mark.parametrize(("header", "object_"), [(SUITE_ACCOUNT, "companies"), (SUITE_DEAL, "deals")])
def test_labels_that_salesforce_shares_are_suitecrm_s_by_its_own_columns(header, object_):
    sample = pl.DataFrame(schema=dict.fromkeys(unique_names(header), pl.String))
    known = recognise("export.csv", header, sample)
    assert (known.kind, known.object) == ("suitecrm", object_)


@pytest.mark.parametrize(
    ("header", "rows", "object_", "email"),
    [
        (["Key", "Contact_1", "Town"], [(str(n), f"p{n}@x.example", "Ulm") for n in range(9)], "contacts", "Contact_1"),
        (
            ["Key", "Who", "When"],
            [(str(n), "kim@x.example", "noon") for n in range(9)],
            None,
            None,
        ),  # a log of one user
        (["Key", "Who", "Note"], [(str(n), f"p{n}@x.example" if n < 3 else None, "") for n in range(9)], None, None),
        (["Key", "Owner Email", "Town"], [(str(n), f"p{n}@x.example", "Ulm") for n in range(9)], None, None),
        (["Key", "Size", "Town"], [(str(n), "4", "Ulm") for n in range(9)], None, None),
    ],
)
def test_a_list_of_people_is_told_by_its_addresses_alone(header, rows, object_, email):
    known = recognise("export.csv", header, pl.DataFrame(rows, schema=header, orient="row"))
    assert (known.kind, known.object) == ("plain", object_)
    assert [verdict.header for verdict in known.columns if verdict.field == "email"] == ([email] if email else [])
