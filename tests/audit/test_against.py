"""`crmclean audit --against`: exports of HubSpot, Salesforce and Odoo, made from what stands there, in their place."""

import csv
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import exporting
import polars as pl
import pytest
from xlsxwriter import Workbook

from crmclean.audit.export_columns import Table
from crmclean.audit.export_reports import ungrouped
from crmclean.errors import ExitCode, InputError
from crmclean.workflow.run import phase

pytest.importorskip("httpx")
SHOWN = {
    "hubspot": {"companies", "contacts", "deals"},
    "odoo": {"res_partner_company", "res_partner", "crm_lead", "crm_opportunity"},
    "salesforce": {"Account", "Contact", "Opportunity"},
}
TO = {"hubspot": "hub", "odoo": "odoo", "salesforce": "rehearsal"}
PEOPLE = {"hubspot": ("all-contacts.csv", "First Name"), "odoo": ("Contact (res.partner).csv", "x_first_name"),
          "salesforce": ("Contact.csv", "FIRSTNAME")}  # fmt: skip
DEALS = {"hubspot": ("all-deals.csv", "Amount"), "odoo": ("Lead (crm.lead).csv", "expected_revenue"),
         "salesforce": ("Opportunity.csv", "AMOUNT")}  # fmt: skip


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """Target -> a workspace that was imported there, and a fresh export of the target."""
    with pytest.MonkeyPatch.context() as environment:
        made = {}
        for crm in SHOWN:
            base = tmp_path_factory.mktemp(crm)
            root, exports, out = (base / name for name in ("work", "sources", "out"))
            exports.mkdir()
            if crm == "hubspot":
                exporting.hubspot_export(exporting.into_hubspot(root, exports, environment), out)
            elif crm == "odoo":
                exporting.odoo_export(exporting.into_odoo(root, exports, environment), out)
            else:
                exporting.migrate(root, exports, crm)
                exporting.salesforce_export(root, out)
            made[crm] = (root, out)
    return made


@pytest.fixture
def work(held, tmp_path):
    """The same, as a copy that a test may spoil."""

    def copied(crm):
        root, out = held[crm]
        shutil.copytree(out, tmp_path / "out")
        return root, tmp_path / "out"

    return copied


def audited(root, crm, *files):
    result = phase(root, "audit", to=TO[crm], against=files)
    return result, {(check["area"], check["name"]): check for check in result.data["checks"]}


def changed(root, crm):
    path = root / "run" / "audit" / TO[crm] / "against" / "changed-at-target.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def rewrite(path, change):
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    rows = [row for row in (change(dict(zip(header, row, strict=True))) for row in rows) if row]
    exporting.write(path, header, [[row[name] for name in header] for row in rows])


@pytest.mark.parametrize("crm", SHOWN)
def test_an_untouched_target_passes_and_what_is_not_shown_is_said(held, crm):
    root, out = held[crm]
    result, checks = audited(root, crm, out)
    assert result.exit_code is ExitCode.DONE
    assert changed(root, crm) == []
    for name in SHOWN[crm]:
        assert checks["counts", name]["passed"] is True
        assert checks["counts", name]["total"] > 0
    money = [check for (area, _), check in checks.items() if area == "money"]
    assert [(check["count"], check["total"], check["passed"]) for check in money] == [(0, 8, True)]
    sample = checks["sample", "records compared with their source"]
    assert (sample["count"], sample["passed"]) == (0, True)
    assert sample["total"] >= 20
    absent = [name for (area, name), check in checks.items() if area == "counts" and check["passed"] is None]
    assert absent
    assert all(checks["counts", name]["note"] == "not in this export" for name in absent)


@pytest.mark.parametrize("crm", SHOWN)
def test_what_was_changed_there_is_found_and_listed_apart(work, crm):
    root, out = work(crm)
    (people, name), (deals, amount) = PEOPLE[crm], DEALS[crm]
    rewrite(out / people, lambda row: row | {name: "Adele"} if row[name] == "Ada" else row)
    rewrite(out / deals, lambda row: row | {amount: "99.00"} if row[amount] in ("2000.50", "2000.5") else row)
    result, checks = audited(root, crm, out)
    listed = {(row["sent"], row["at_target"]) for row in changed(root, crm)}
    assert ("Ada", "Adele") in listed
    assert any(sent.startswith("2000.5") and said == "99.00" for sent, said in listed)
    assert len(listed) == 2
    money = next(check for (area, _), check in checks.items() if area == "money")
    assert (money["count"], money["passed"]) == (1, False)
    assert "sent 36,004.00, at the target 34,102.50" in money["note"]
    assert result.exit_code is ExitCode.GATE


@pytest.mark.parametrize("crm", SHOWN)
def test_what_is_lost_doubled_or_emptied_is_found(work, crm):
    root, out = work(crm)
    people, name = PEOPLE[crm]
    email = {"hubspot": "Email", "odoo": "email", "salesforce": "EMAIL"}[crm]
    rewrite(out / people, lambda row: None if row[name] == "Bela" else row)
    first = next(row[email] for row in read(out / people) if row[name] == "Ada")
    rewrite(out / people, lambda row: row | {email: first.upper()} if row[name] == "Cora" else row)
    result, checks = audited(root, crm, out)
    object_ = {"hubspot": "contacts", "odoo": "res_partner", "salesforce": "Contact"}[crm]
    assert (checks["counts", object_]["count"], checks["counts", object_]["passed"]) == (1, False)
    doubled = checks["duplicates", f"{object_} with the same email"]
    assert (doubled["count"], doubled["passed"]) == (1, False)
    assert result.exit_code is ExitCode.GATE
    assert "duplicates_left" in {gate["name"] for gate in result.data["gates"] if not gate["passed"]}


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_reference_that_leads_nowhere_and_a_missing_name_are_found(work):
    root, out = work("salesforce")
    rewrite(out / "Contact.csv", lambda row: row | ({"ACCOUNTID": "gone"} if row["FIRSTNAME"] == "Ada" else {}))
    rewrite(out / "Contact.csv", lambda row: row | ({"LASTNAME": ""} if row["FIRSTNAME"] == "Dima" else {}))
    _, checks = audited(root, "salesforce", out)
    assert checks["references", "Contact.AccountId"]["count"] == 1
    assert checks["required", "Contact.LastName"]["count"] == 1
    missing = read(root / "run" / "audit" / "rehearsal" / "against" / "missing.csv")
    assert [(row["object"], row["field"], row["source"], row["missing"]) for row in missing] == [
        ("Contact", "LastName", "pipedrive", "1")
    ]


def test_links_that_are_gone_are_found(sample_run, tmp_path):
    """HubSpot shows associations only as lists of ids; the sample has links of its own."""
    acme, out = tmp_path / "acme", tmp_path / "out"
    shutil.copytree(sample_run, acme)
    with closing(sqlite3.connect(acme / "rehearsal.sqlite")) as target:
        deals = {str(id_): [] for (id_,) in target.execute("SELECT _id FROM deals")}
        links = "SELECT from_id, to_id FROM associations WHERE from_object = 'deals' AND to_object = 'contacts'"
        for deal, person in target.execute(links):
            deals[str(deal)].append(str(person))
    _write_deals(out, deals)
    checks = _links(acme, out)
    assert (checks["count"], checks["passed"]) == (0, True)
    assert checks["total"] == sum(map(len, deals.values())) > 0
    poorer = {id_: [other for other in others if other != others[0]] for id_, others in deals.items()}
    _write_deals(out, poorer)
    lost = checks["total"] - sum(map(len, poorer.values()))
    assert (_links(acme, out)["count"], _links(acme, out)["passed"]) == (lost, False)


def _write_deals(out, deals):
    rows = [[id_, "A deal", "closedwon", ";".join(others)] for id_, others in deals.items()]
    exporting.write(out / "deals.csv", ["Record ID", "Deal Name", "Deal Stage", "Associated Contact IDs"], rows)


def _links(acme, out):
    checks = phase(acme, "audit", against=(out,)).data["checks"]
    return next(check for check in checks if check["name"] == "deals to contacts")


def test_an_export_without_our_columns_says_nothing_about_them(work):
    root, out = work("hubspot")
    frame = pl.read_csv(out / "all-contacts.csv", infer_schema=False).select("Record ID", "First Name", "Last Name")
    shutil.rmtree(out)
    out.mkdir()
    frame.write_csv(out / "all-contacts.csv")
    result, checks = audited(root, "hubspot", out)
    assert checks["counts", "companies"]["passed"] is None
    assert checks["counts", "contacts"]["passed"] is True
    assert checks["duplicates", "contacts with the same email"]["passed"] is None
    assert "email" in checks["fields", "contacts"]["note"]
    assert [check["passed"] for (area, _), check in checks.items() if area == "money"] == [None]
    assert result.exit_code is ExitCode.DONE
    page = (root / "run" / "report" / "index.html").read_text(encoding="utf-8")
    assert "not in this export" in page
    assert "not told" in page
    junit = (root / "run" / "report" / "junit.xml").read_text(encoding="utf-8")
    assert '<skipped message="not in this export"' in junit


def test_a_workbook_with_a_sheet_for_each_object_is_read_like_files(held, tmp_path):
    root, out = held["salesforce"]
    with Workbook(tmp_path / "export.xlsx") as book:
        for path in sorted(out.glob("*.csv")):
            sheet = book.add_worksheet(path.stem)
            with path.open(encoding="utf-8", newline="") as file:
                for number, row in enumerate(csv.reader(file)):
                    sheet.write_row(number, 0, row)
    result, checks = audited(root, "salesforce", tmp_path / "export.xlsx")
    assert result.exit_code is ExitCode.DONE
    assert {name for (area, name), check in checks.items() if area == "counts" and check["passed"]} == SHOWN[
        "salesforce"
    ]


def test_what_cannot_be_used_is_refused_with_all_its_faults(held, tmp_path):
    root, _ = held["hubspot"]
    with pytest.raises(InputError) as error:
        audited(root, "hubspot", tmp_path / "gone.csv")
    assert error.value.faults[0].code == "file.missing"
    exporting.write(tmp_path / "people.csv", ["First Name", "Last Name", "Email"], [["Ada", "Adler", "a@b.example"]])
    with pytest.raises(InputError) as error:
        audited(root, "hubspot", tmp_path / "people.csv")
    assert error.value.faults[0].code == "audit.no-ids"
    exporting.write(tmp_path / "other.csv", ["x", "y"], [["1", "2"]])
    with pytest.raises(InputError) as error:
        audited(root, "hubspot", tmp_path / "other.csv")
    assert error.value.faults[0].code == "audit.not-recognised"


def test_the_command_answers_in_json(held):
    root, out = held["odoo"]
    command = [
        sys.executable,
        "-m",
        "crmclean",
        "audit",
        "-w",
        str(root),
        "--to",
        "odoo",
        "--against",
        str(out),
        "--json",
    ]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    checks = json.loads(done.stdout)["checks"]
    assert {check["passed"] for check in checks} == {True, None}


GROUPED = "MailingCountry"
SHOWN_AS = {"Id": "Contact ID", "FIRSTNAME": "First Name", "LASTNAME": "Last Name", "EMAIL": "Email", "PHONE": "Phone"}
NOTICES = ["", "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.",
           "Confidential Information - Do Not Distribute", "Generated By:  Kim Fox  1/31/2026 9:00 AM"]  # fmt: skip


def grouped(out):
    """Return the contacts by country as a report shows them: header, and rows with subtotals between the groups."""
    people = sorted(read(out / "Contact.csv"), key=lambda row: row["MAILINGCOUNTRY"])
    rows = []
    for country, members in itertools.groupby(people, key=lambda row: row["MAILINGCOUNTRY"]):
        own = [[row[name] for name in SHOWN_AS] for row in members]
        rows += [[country or "-" if number == 0 else "", *cells] for number, cells in enumerate(own)]
        rows += [["Subtotal", "Count", len(own), "", "", ""], [""] * 6]
    return ["Mailing Country  ↑", *SHOWN_AS.values()], [*rows, ["Total", "Count", len(people), "", "", ""]]


def as_workbook(path, header, rows):
    """Lightning's formatted report: titles above, an empty first column, the group's value in its first row only."""
    with Workbook(path) as book:
        sheet = book.add_worksheet("Report")
        titles = ["Contacts by country", "As of 2026-01-31 09:00:00 Pacific Standard Time", "Filtered By", "Show: All"]
        for number, title in enumerate(titles):
            sheet.write(number + 1, 1, title)
        for number, row in enumerate([header, *rows, *([notice] for notice in NOTICES)]):
            sheet.write_row(number + 7, 1, row)


def as_text(path, header, rows):
    """Classic details: totals and notices below the table."""
    records = [row for row in rows if row[2] and row[1] != "Count"]
    filled = list(itertools.accumulate(records, lambda before, row: [row[0] or before[0], *row[1:]]))
    exporting.write(path, header, [["" if cell == "-" else cell for cell in row] for row in filled])
    footer = [f"Grand Totals ({len(records)} records)", *filter(None, NOTICES)]
    with path.open("a", encoding="utf-8") as file:
        file.write("\r\n" + "\r\n".join(f'"{each}"' for each in footer))


@pytest.mark.parametrize("form", ["report.xlsx", "report.csv"])
def test_a_report_with_titles_subtotals_and_totals_is_read_like_an_export(work, tmp_path, form):
    root, out = work("salesforce")
    write = as_workbook if form.endswith("xlsx") else as_text
    write(tmp_path / form, *grouped(out))
    result, checks = audited(root, "salesforce", tmp_path / form)
    counts = checks["counts", "Contact"]
    assert (counts["count"], counts["passed"], counts["note"]) == (0, True, "")
    assert changed(root, "salesforce") == []
    assert result.exit_code is ExitCode.DONE
    (line,) = [check for (area, name), check in checks.items() if area == "export" and name == form]
    assert line["total"] == counts["total"]
    lacking = checks["fields", "Contact"]["note"]
    assert "MailingCity" in lacking
    assert "MailingCountry" not in lacking  # a group's value holds for all of its rows
    rewrite(out / "Contact.csv", lambda row: row | {"FIRSTNAME": row["FIRSTNAME"].replace("Ada", "Adele")})
    write(tmp_path / form, *grouped(out))
    audited(root, "salesforce", tmp_path / form)
    assert {(row["sent"], row["at_target"]) for row in changed(root, "salesforce")} == {("Ada", "Adele")}


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (("Total", "001A", "Paris"), True),  # a company
        (("Count", "001A", None), True),
        (("Acme", "001A", "12"), True),
        (("-", "001A", None), True),
        (("12", "34", None), True),
        (("Subtotal", None, "1,204.50"), False),
        (("Subtotal", "Count", "3"), False),
        ((None, "Sum of Amount", "USD 1,204.50"), False),
        (("Grand Total", None, "12"), False),
        (("Grand Totals (5 records)", None, None), False),
        ((None, None, None), True),  # left out with the rows that have no id
    ],
)
def test_only_rows_of_nothing_but_totals_are_left_out_of_a_report(cells, kept):
    names = ("Account Name", "Account ID", "City")
    frame = pl.DataFrame([cells], schema=dict.fromkeys(names, pl.String), orient="row")
    assert ungrouped(Table("report.csv", names, names, frame)).frame.rows() == ([cells] if kept else [])
