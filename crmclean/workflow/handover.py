"""`crmclean handover`: the sign-off of a migration, from the ledger, the target itself, and what people decided."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from crmclean.destinations.outcomes import reading
from crmclean.destinations.registry import REHEARSAL, kind_of
from crmclean.errors import ExitCode, Fault, InputError
from crmclean.files.guards import guard_texts
from crmclean.files.tables import write_csv
from crmclean.pipeline.reconcile import KEYS, by, opt_outs, reconciliation, ties
from crmclean.pipeline.store import frame, tables
from crmclean.records import Outcome
from crmclean.reports.formats import Formats
from crmclean.reports.handover_page import Handover, handover_html, handover_markdown
from crmclean.reports.results import Cell, Result, TableView
from crmclean.reports.roi import cleaned, figures, roi_section
from crmclean.reports.section import Section
from crmclean.reports.wording import counted
from crmclean.values.codes import CODES
from crmclean.workflow.auditing.owner_names import called_in, names_of
from crmclean.workflow.auditing.source_report import SOURCE_CSV, Compared, compare, source_section
from crmclean.workflow.importing.fates import where_imported
from crmclean.workflow.importing.target_look import AtTarget, look_at
from crmclean.workflow.running.accounting import Account, account, known_import
from crmclean.workflow.running.preparing import day_of_reference
from crmclean.workflow.running.session import Session, session
from crmclean.workflow.spot_checking import proven
from crmclean.workflow.waiving import read_waivers
from crmclean.workspace.atomic import write_text
from crmclean.workspace.events import Event, Notify, silent

CSV = "reconciliation.csv"
_PEOPLE = ("contacts", "leads")
_OPEN = (Outcome.REJECTED.value, Outcome.HELD.value, Outcome.READY.value)
_SHOWN = 40
_ITEMS = "Open items"
_SIDEWAYS = ("merged", "amount_merged", "not_imported", "amount_not_imported")  # not shown where all are 0
_MONEY_COLUMNS = ("deals", "amount", "merged", "amount_merged", "not_imported", "amount_not_imported", "arrived")


@dataclass(frozen=True)
class _Told:
    """What the sections are made of."""

    current: Session
    to: str
    done: Account
    report: Mapping[str, Any]
    there: AtTarget
    compared: Compared | None


def handover(
    root: Path, folder: Path | None = None, *, to: str = REHEARSAL, source_reports: Sequence[Path] = (),
    notify: Notify = silent,
) -> Result:  # fmt: skip
    """Read the target back and write handover.html, handover.md and reconciliation.csv.

    source_reports: what the source CRM itself says of its deals; laid beside the exports in source-report.csv.

    Raises:
        PlanError: there is no such destination.
        InputError: nothing has been imported there on the exports as they are now, or a report cannot be used.
        DestinationError: the target failed.
    """
    with session(root, notify=notify) as current:
        kind_of(current.plan, to)
        sent, place = known_import(current, to), folder or root / "handover"
        path = current.workspace.report / "report.json"
        if sent is None or not path.is_file():
            problem = "nothing has been imported there on the exports and the plan as they are now"
            known = current.workspace.journal(to).is_file()
            goes_on = f"type `crmclean run --to {to}`, which goes on from there"
            hint = goes_on if known else where_imported(current.workspace, to)
            raise InputError(Fault(to, problem, hint, "handover.no-import"))
        notify(Event("started", "handover"))
        report = json.loads(path.read_text(encoding="utf-8"))
        compared = _compared(current, source_reports) if source_reports else None
        told = _Told(current, to, account(current, sent), report, look_at(current, to), compared)
        lines = _lines(told)
        page = _page(told, lines)
        write_text(place / "handover.html", handover_html(page))
        write_text(place / "handover.md", handover_markdown(page))
        write_csv(guard_texts(lines), place / CSV)
        names = ["handover.html", "handover.md", CSV]
        if compared is not None:
            write_csv(guard_texts(compared.lines), place / SOURCE_CSV)
            names.append(SOURCE_CSV)
        notify(Event("finished", "handover"))
    files = [str(place / name) for name in names]
    items = [
        replace(table, title=part.title) for part in page.sections if part.title == _ITEMS for table in part.tables
    ]
    open_ = [dict(zip(("what", "records", "why"), row, strict=True)) for table in items for row in table.rows]
    return Result(
        "handover",
        page.verdict,
        tuple(items),
        notes=page.facts,
        next_step=f"print {files[0]}, and have it signed" if page.good else f"open {files[0]}: it lists what is open",
        data={"ready": page.good, "open_items": open_, "files": files},
        exit_code=ExitCode.DONE if page.good else ExitCode.WAITING,
    )


def _lines(told: _Told) -> pl.DataFrame:
    normalized = tables(told.current.workspace, "normalize")
    deals = normalized.get("deals")
    if deals is None:
        return reconciliation(pl.LazyFrame(schema={"_record": pl.String}), told.done.ledger, None, None)
    lines = reconciliation(deals, told.done.ledger, told.there.amounts, told.current.plan.defaults.currency)
    return lines.with_columns(pl.col("owner").replace(names_of(normalized))).sort(KEYS)


def _compared(current: Session, reports: Sequence[Path]) -> Compared:
    normalized = tables(current.workspace, "normalize")
    deals = normalized.get("deals", pl.LazyFrame(schema={"_record": pl.String}))
    return compare(reports, deals, current.plan.defaults.currency, names_of(normalized), called_in(normalized))


def _page(told: _Told, lines: pl.DataFrame) -> Handover:
    read = told.there.amounts is not None
    tied = ties(lines, read=read)
    outs = _opt_outs(told)
    lost = outs["read back from the target"]
    kept = lost is None or lost == outs["records at the target that must say so, merges included"]
    items = _open_items(told)
    against = [
        *(["the balance does not close"] if told.done.faults else []),
        *([] if tied else ["money does not tie"]),
        *(["the source's own report does not tie"] if told.compared and not told.compared.ties else []),
        *([] if kept else ["opt-outs are missing at the target"]),
        *([f"{counted(len(items.rows), 'kind')} of open items"] if items.rows else []),
    ]
    verdict = (
        "Not ready to sign: " + "; ".join(against)
        if against
        else "Ready to sign: every record and sum is accounted for"
    )
    sections = (
        Section("Records", (_records(told),)),
        *_money(lines, Formats(told.current.plan.roi.locale), read=read),
        *source_section(told.compared, Formats(told.current.plan.roi.locale)),
        Section("Opt-outs", (_opt_out_table(outs),)),
        Section("What the target has no place for", *_losses(told)),
        roi_section(figures(told.current.plan.roi, cleaned(_outcomes(told)))),
        Section("Gates that were waived", (_waivers(told),)),
        Section(_ITEMS, (items,)),
    )
    filled = tuple(section for section in sections if any(table.rows for table in section.tables))
    return Handover(told.current.plan.name, verdict + ".", not against, tuple(_facts(told, read=read)), filled)


def _facts(told: _Told, *, read: bool) -> Iterator[str]:
    plan, day = told.current.plan, day_of_reference(told.current)
    shown = Formats(plan.roi.locale).day(day) or "unknown"
    yield f"Into {plan.target.crm}, destination {told.to}; as of {shown}, seed {plan.seed}."
    yield from proven(told.current.workspace) or ()
    if not any(proven(told.current.workspace)):
        yield "Nobody has judged the spot check yet (crmclean validate --apply)."
    if told.compared:
        yield told.compared.told
        yield from told.compared.notes
    if not read:
        yield "The target cannot be read back: what arrived is what its answers said."
    unknown = sum(check["passed"] is None for check in told.report["checks"])
    if unknown:
        yield f"The last audit read an export, which could not show {counted(unknown, 'check')}; crmclean audit can."
    yield _deadline(told)


def _deadline(told: _Told) -> str:
    """Say until when the import can be taken back."""
    with reading(told.current.workspace.journal(told.to)) as database:
        row = database.execute("SELECT name, at FROM round WHERE undoes IS NULL ORDER BY id DESC LIMIT 1").fetchone()
    if row is None or told.there.undo_days is None:
        return "Rollback: no deadline is known; crmclean rollback takes back what nobody has changed since."
    name, at = row
    last = datetime.fromisoformat(at) + timedelta(days=told.there.undo_days)
    day = Formats(told.current.plan.roi.locale).day(last.date())
    return f"Rollback deadline: {day}, {told.there.undo_days} days after round {name} was begun."


def _records(told: _Told) -> TableView:
    sums = _outcomes(told)
    used = [name.value for name in Outcome if any(name in own for own in sums.values())]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (object_, sum(own.values()), *(own.get(name, 0) for name in used)) for object_, own in sorted(sums.items())
    )
    return TableView("", ("object", "in the exports", *used), rows)


def _outcomes(told: _Told) -> dict[str, dict[str, int]]:
    """Return object -> outcome -> records."""
    sums: dict[str, dict[str, int]] = {}
    for object_, outcome, count in told.done.ledger.group_by("object", "outcome").len().collect().iter_rows():
        sums.setdefault(object_, {})[str(outcome)] = count
    return sums


def _money(lines: pl.DataFrame, formats: Formats, *, read: bool) -> Iterator[Section]:
    if lines.is_empty():
        return
    yield Section(
        "Deals and money",
        (
            _sums(by(lines, "currency"), "By currency", formats, read=read),
            _sums(by(lines, "stage", "currency"), "By stage", formats, read=read),
            _sums(by(lines, "owner", "currency"), "By owner", formats, read=read),
            _sums(lines, "By owner, stage, currency and close month", formats, read=read),
        ),
        max(lines.height - _SHOWN, 0),
        CSV,
    )


def _sums(lines: pl.DataFrame, title: str, formats: Formats, *, read: bool) -> TableView:
    keys = tuple(name for name in KEYS if name in lines.columns)
    numbers = (*_MONEY_COLUMNS, "amount_arrived", *(("read_back", "amount_read_back") if read else ()))
    used = [name for name in numbers if name not in _SIDEWAYS or lines.select(pl.col(name).abs().sum()).item()]
    shown = lines.head(_SHOWN).select(*keys, *used)
    names = tuple(name.replace("_", " ") for name in shown.columns)
    return TableView(title, names, tuple(tuple(_cell(cell, formats) for cell in row) for row in shown.iter_rows()))


def _cell(value: object, formats: Formats) -> Cell:
    return formats.price(value, None) if isinstance(value, Decimal) else value  # type: ignore[return-value]


def _opt_outs(told: _Told) -> dict[str, int | None]:
    workspace = told.current.workspace
    stages = (
        {name: table for name, table in tables(workspace, phase).items() if name in _PEOPLE}
        for phase in ("normalize", "stale")
    )
    return opt_outs(next(stages), next(stages), told.done.ledger, told.there.opted_out)


def _opt_out_table(outs: Mapping[str, int | None]) -> TableView:
    rows = tuple(
        (name, "not measurable: needs a target that can be read" if n is None else n) for name, n in outs.items()
    )
    return TableView("", ("opt-outs", "people"), rows if outs["opted out in the exports"] else ())


def _losses(told: _Told) -> tuple[tuple[TableView, ...], int, str]:
    lost = frame(told.current.workspace, "validate", "losses").collect()
    rows = tuple(lost.select("kind", "object", "field", "values", "money", "why").iter_rows())
    view = TableView("", ("kind", "object", "field", "values", "money", "why"), rows[:_SHOWN])
    return (view,), len(rows) - len(view.rows), "run/report/loss.csv"


def _waivers(told: _Told) -> TableView:
    rows = tuple(
        read_waivers(told.current.workspace).select("gate", "value", "limit", "reason", "by", "at").iter_rows()
    )
    return TableView("", ("gate", "value", "limit", "reason", "by", "at"), rows)


def _open_items(told: _Told) -> TableView:
    """Records that did not arrive and are not settled, what waits for a person, and gates that are closed."""
    found = told.done.ledger.filter(pl.col("outcome").is_in(_OPEN)).group_by("object", "outcome", "code").len()
    rows: list[tuple[Cell, ...]] = [
        (f"{object_} {outcome}", count, f"{code}: {CODES[code].meaning}" if code in CODES else code)
        for object_, outcome, code, count in found.sort("object", "outcome", "code").collect().iter_rows()
    ]
    rows += [(item["what"], item["count"], item["command"]) for item in told.report["waiting"]]
    rows += [(f"gate {gate['name']}", 1, "is closed") for gate in told.report["gates"] if not gate["passed"]]
    failed = [check for check in told.report["checks"] if check["passed"] is False]
    rows += [(f"check {check['name']}", check["count"], "failed") for check in failed]
    return TableView("", ("what", "records", "why, or what to type"), tuple(rows), folded=True)
