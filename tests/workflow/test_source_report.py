"""`crmclean handover --source-report`: the source CRM's own report, as its pages export it, ties to the exports."""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter

from crmclean.errors import InputError
from crmclean.workflow.auditing.source_report import compare
from crmclean.workflow.handover import handover

NOTICES = [
    "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.",
    "Confidential Information - Do Not Distribute",
]


def rows(path):
    return [*csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]


@pytest.fixture(scope="module")
def deals(sample_run):
    """Owner, name, stage, amount and close date of every deal of the exports."""
    folder = sample_run / "exports" / "salesforce"
    users, found = (rows(folder / name) for name in ("User.csv", "Opportunity.csv"))
    names = {user["Id"]: user["Name"] for user in users}
    return [
        (names[row["OwnerId"]], row["Name"], row["StageName"], Decimal(row["Amount"] or 0), row["CloseDate"])
        for row in found
    ]


def american(day):
    year, month, day = day.split("-")
    return f"{int(month)}/{int(day)}/{year}"


def write(path, rows, *below):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
        file.writelines(f'"{line}"\n' if line else "\n" for line in below)
    return path


def details(folder, deals):
    """Salesforce, "details only": a list with formatted amounts, and notices below."""
    head = ["Opportunity Owner", "Opportunity Name", "Stage", "Amount Currency", "Amount", "Close Date"]
    rows = [[owner, name, stage, "USD", f"{amount:,.2f}", american(day)] for owner, name, stage, amount, day in deals]
    return write(folder / "details.csv", [head, *rows], "", "Opportunities Report", *NOTICES)


def grouped(folder, deals):
    """Salesforce, "formatted report": titles above, a group's name in its first row, subtotals and a grand total."""
    lines = [["", "Opportunities by Stage"], ["", "Filtered By"], ["", "   Show: All opportunities"], []]
    lines.append(["", "Stage  ↑", "Opportunity Owner", "Opportunity Name", "Amount", "Close Date"])
    for stage in sorted({deal[2] for deal in deals}):
        own = [deal for deal in deals if deal[2] == stage]
        for place, (owner, name, _, amount, day) in enumerate(own):
            lines.append(["", "" if place else stage, owner, name, f"${amount:,.2f}", american(day)])
        lines.append(["", "Subtotal", "", "", f"${sum(deal[3] for deal in own):,.2f}"])
        lines.append(["", "", "", "Count", str(len(own))])
    lines.append(["", "Total", "", "", f"${sum(deal[3] for deal in deals):,.2f}"])
    with xlsxwriter.Workbook(folder / "grouped.xlsx") as book:
        sheet = book.add_worksheet()
        for place, line in enumerate([*lines, [], *(["", notice] for notice in NOTICES)]):
            sheet.write_row(place, 0, line)
    return folder / "grouped.xlsx"


def summary(folder, deals):
    """Salesforce, details hidden: sums and counts by stage, the currency inside the amount."""
    sums = defaultdict(list)
    for deal in deals:
        sums[deal[2]].append(deal[3])
    rows = [[stage, f"USD {sum(own):,.2f}", len(own)] for stage, own in sums.items()]
    total = ["Total", f"USD {sum(deal[3] for deal in deals):,.2f}", len(deals)]
    return write(folder / "summary.csv", [["Stage  ↑", "Sum of Amount", "Record Count"], *rows, total])


def by_month(folder, deals):
    """HubSpot: by owner and month, whole dollars, an owner who has left."""
    sums = defaultdict(list)
    for owner, _, _, amount, day in deals:
        sums[owner, date.fromisoformat(day).strftime("%b %Y")].append(amount)
    rows = [[f"{owner} (Deactivated User)", month, f"${sum(own):,.0f}"] for (owner, month), own in sums.items()]
    return write(folder / "months.csv", [["Deal owner", "Close Date - Monthly", "Sum of Amount"], *rows])


def listed(folder, deals):
    """HubSpot, a list: times, and one deal twice."""
    head = ["Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Amount in company currency"]
    rows = [[n, d[1], d[2], f"{d[4]} 00:00", d[0], d[3], "0"] for n, d in enumerate(deals)]
    return write(folder / "list.csv", [head, *rows, rows[0]])


FORMS = [
    (details, "by owner, stage, currency, close month"),
    (grouped, "by owner, stage, close month"),
    (summary, "by stage, currency"),
    (by_month, "by owner, close month"),
    (listed, "by owner, stage, close month"),
]


@pytest.mark.parametrize(("form", "told"), FORMS, ids=lambda each: getattr(each, "__name__", None))
def test_the_report_of_the_source_ties_in_whichever_form_its_page_exports_it(sample_run, tmp_path, deals, form, told):
    result = handover(sample_run, tmp_path / "out", source_reports=[form(tmp_path, deals)])
    assert any(note.startswith("The source's own report ties") and note.endswith(f"{told}.") for note in result.notes)
    assert "source's own" not in result.headline
    lines = rows(tmp_path / "out" / "source-report.csv")
    assert sum(Decimal(line["amount"]) for line in lines) == sum(deal[3] for deal in deals)
    assert sum(int(line["deals"]) for line in lines) == len(deals)
    assert {line["ties"] for line in lines} == {"true"}


@pytest.mark.parametrize("form", [details, grouped, listed])
def test_what_the_report_has_otherwise_is_named_line_by_line(sample_run, tmp_path, deals, form):
    lost, *rest = deals
    result = handover(sample_run, tmp_path / "out", source_reports=[form(tmp_path, rest)])
    assert result.headline.startswith("Not ready to sign: the source's own report does not tie")
    lines = rows(tmp_path / "out" / "source-report.csv")
    wrong = [line for line in lines if line["ties"] == "false"]
    assert [(line["stage"], Decimal(line["difference"])) for line in wrong] == [(lost[2], -lost[3])]
    assert int(wrong[0]["deals"]) - int(wrong[0]["deals_reported"]) == 1
    page = (tmp_path / "out" / "handover.html").read_text(encoding="utf-8")
    assert "Against the source" in page


def test_what_cannot_be_compared_is_said(sample_run, tmp_path, deals):
    unknown = [("Somebody Else", *deal[1:]) for deal in deals]
    notes = handover(sample_run, tmp_path / "a", source_reports=[details(tmp_path, unknown)]).notes
    assert "Not compared by owner: none of the report's is one of the exports'." in notes
    notes = handover(sample_run, tmp_path / "b", source_reports=[by_month(tmp_path, deals)]).notes
    assert any("how many deals a line holds" in note for note in notes)
    users = sample_run / "exports" / "salesforce" / "User.csv"
    with pytest.raises(InputError) as caught:
        handover(sample_run, tmp_path / "c", source_reports=[users])
    assert caught.value.faults[0].code == "handover.no-report"


@pytest.mark.parametrize(("amounts", "said", "ties"), [
    (("100", "200"), ("100", "201"), False),  # whole amounts are not rounded
    (("100.40", "200.40"), ("100", "200"), True),
    (("100.40", "200.40"), ("100", "201"), True),
    (("100.40", "200.40"), ("100", "202"), False),
    (("100.40", "200.40"), ("100.40", "200.41"), False),
    (("100.404", "200"), ("100.40", "200.00"), True),
])  # fmt: skip
def test_amounts_tie_as_far_as_the_report_rounds_them(tmp_path, amounts, said, ties):
    deals = pl.LazyFrame({"_record": ["s:deals:1", "s:deals:2"], "owner_ref": ["Ann", "Ann"], "amount": amounts})
    path = write(tmp_path / "report.csv", [["Deal owner", "Name", "Amount"], *(["Ann", "x", each] for each in said)])
    assert compare([path], deals, None, {}, {}).ties is ties
