"""The answer key of a real sample: every planted fault is found; whatever else is named is true by its own cells."""

import csv
import shutil
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

AS_OF, DAYS = date(2026, 8, 4), 90
TERRITORY = {
    "North America": (("United States", "Canada", "Mexico"), "Alice Johnson"),
    "EMEA": (("United Kingdom", "Germany", "France"), "Bob Martinez"),
    "APAC": (("Japan", "China", "India", "Australia"), "Carol Kim"),
}
KINDS = {  # of the key -> measures that find it
    "duplicate contacts": ("contacts.duplicates",),
    "role mailbox": ("contacts.role_mailbox",),
    "stale contact": ("contacts.stale",),
    "missing required field": (
        "contacts.required", "deals.amount", "deals.owner", "deals.close_date", "deals.contact",
    ),
    "lifecycle inconsistent": ("contacts.lifecycle",),
    "no company": ("contacts.company",),
    "duplicate companies": ("companies.duplicates",),
    "company without contacts": ("companies.contacts",),
    "stale deal": ("deals.stale",),
    "stage stagnation": ("deals.stuck",),
    "past close date": ("deals.past_close",),
    "territory mismatch": ("contacts.territory",),
    "owner imbalance": ("contacts.balance",),
}  # fmt: skip


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sample(real_exports, tmp_path_factory):
    """The cells of the sample, its key, and the exceptions of a run as of the key's day, by a plan with the table."""
    folder = tmp_path_factory.mktemp("pipecheck")
    origin = real_exports / "hubspot-pipecheck-sample"
    for name in ("contacts", "companies", "deals"):
        shutil.copyfile(origin / f"{name}.csv", folder / f"{name}.csv")
    files = [folder / f"{name}.csv" for name in ("contacts", "companies", "deals")]
    root = folder / "work"
    made = CliRunner().invoke(app, ["init", str(root), *map(str, files), "--target", "hubspot", "--yes"])
    assert made.exit_code == 0, made.stderr
    plan = root / "migration.toml"
    thresholds = f"stale_contact_days = {DAYS}\nstale_deal_days = {DAYS}\nstage_days = {DAYS}\n"
    table = "".join(
        f'[[hygiene.territory]]\nname = "{name}"\ncountries = {list(countries)}\nowners = ["{owner}"]\n'
        for name, (countries, owner) in TERRITORY.items()
    )
    text = plan.read_text(encoding="utf-8") + f"\n[hygiene.thresholds]\n{thresholds}{table}"
    plan.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["hygiene", "-w", str(root), "--as-of", AS_OF.isoformat()])
    assert done.exit_code == 0, done.stderr
    cells = {row["Record ID"]: row for file in files for row in rows(file)}
    found = [row for row in rows(root / "run" / "hygiene" / "exceptions.csv") if row["state"] != "fixed"]
    return cells, rows(origin / "findings.csv"), found


def test_every_record_of_the_key_is_named(sample):
    _, key, found = sample
    named = {(row["measure"], row["record"].rpartition(":")[2]) for row in found}
    named |= {(row["measure"], row["owner"]) for row in found if row["measure"] == "contacts.balance"}
    assert len(key) == 34
    for fault in key:
        for record in fault["records"].split("+"):
            assert any((measure, record) in named for measure in KINDS[fault["kind"]]), (fault["kind"], record)


def test_the_field_of_a_missing_cell_is_named(sample):
    _, _, found = sample
    fields = {row["record"].rpartition(":")[2]: row["field"] for row in found if row["measure"] == "contacts.required"}
    expected = {"1009": "email", "1010": "owner_ref", "1011": "lifecycle", "1012": "country"}
    assert {record: fields[record] for record in expected} == expected


def test_whatever_is_named_is_true_by_its_own_cells(sample):
    cells, _, found = sample
    judged = 0
    for row in found:
        check = TRUE.get(row["measure"])
        record = row["record"].rpartition(":")[2]
        if check is not None:
            assert check(cells[record], cells, row), (row["measure"], record)
            judged += 1
    assert judged > 50
    assert {row["measure"] for row in found} - set(TRUE) == {
        "contacts.balance",
        "contacts.phone",
        "companies.vocabulary",
    }


def ago(text):
    return (AS_OF - date.fromisoformat(text)).days


def deals_of(contact, cells):
    own = contact["Associated Deal IDs"]
    deals = [
        row for row in cells.values() if contact["Record ID"] in (row.get("Associated Contact IDs") or "").split(";")
    ]
    return deals + [cells[each] for each in own.split(";") if each in cells]


def contradicts(contact, cells, _row):
    deals, stage = deals_of(contact, cells), contact["Lifecycle Stage"]
    if stage in ("Customer", "Opportunity") and not deals:
        return True
    return stage != "Customer" and any(deal["Deal Stage"] == "Closed Won" for deal in deals)


def outside(contact, _cells, _row):
    right = [owner for countries, owner in TERRITORY.values() if contact["Country/Region"] in countries]
    return bool(right) and contact["Contact Owner"] not in right


def has_double(record, cells, _row):
    if "Domain Name" in record:
        same = [row for row in cells.values() if row.get("Domain Name") == record["Domain Name"]]
    else:
        host = record["Email"].partition("@")[2]
        same = [
            row
            for row in cells.values()
            if (row.get("Email") or "").endswith(host) and row["Last Name"] == record["Last Name"]
        ]
    return len(same) > 1


HEADERS = {"email": "Email", "owner_ref": "Contact Owner", "lifecycle": "Lifecycle Stage", "country": "Country/Region"}
HEADERS |= {"first_name": "First Name", "last_name": "Last Name"}


def past(days, header):
    return lambda row, _cells, _found: ago(row[header]) > days


def empty(header):
    return lambda row, _cells, _found: row[header] == ""


TRUE = {
    "contacts.duplicates": has_double,
    "companies.duplicates": has_double,
    "contacts.role_mailbox": lambda row, _cells, _found: row["Email"].startswith(("info@", "support@")),
    "contacts.stale": past(DAYS, "Last Activity Date"),
    "contacts.required": lambda row, _cells, found: row[HEADERS[found["field"]]] == "",
    "contacts.lifecycle": contradicts,
    "contacts.company": lambda row, _cells, _found: row["Company ID"] == "" == row["Associated Company"],
    "contacts.unreachable": empty("Email"),
    "contacts.territory": outside,
    "companies.contacts": lambda row, _cells, _found: row["Number of Associated Contacts"] == "0",
    "deals.quiet": past(14, "Last Activity Date"),
    "deals.stale": past(DAYS, "Last Activity Date"),
    "deals.stuck": past(DAYS, "Enter Stage Date"),
    "deals.past_close": lambda row, _cells, _found: AS_OF - date.fromisoformat(row["Close Date"]) > timedelta(0),
    "deals.amount": empty("Amount"),
    "deals.owner": empty("Deal Owner"),
    "deals.close_date": empty("Close Date"),
    "deals.contact": empty("Associated Contact IDs"),
}
