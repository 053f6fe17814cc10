"""`crmclean export`: the clean, linked tables of a run for Power BI, DuckDB and the like."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.destinations.registry import REHEARSAL, kind_of
from crmclean.errors import Fault, InputError, RefusedError
from crmclean.files.guards import guard_texts
from crmclean.files.tables import write_csv, write_parquet
from crmclean.hygiene.moves import STAGE_HISTORY, stage_moves
from crmclean.pipeline.export_tables import Column, columns, crosswalk, exported, frame_columns, unread
from crmclean.pipeline.store import tables
from crmclean.reports.data_dictionary import TableEntry, dictionary, dictionary_page
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.importing.fates import where_imported
from crmclean.workflow.running.accounting import account, known_import
from crmclean.workflow.running.chain import up_to_date
from crmclean.workflow.running.preparing import day_of_reference
from crmclean.workflow.running.session import Session, session
from crmclean.workspace.atomic import make_folder, write_json, write_text
from crmclean.workspace.paths import Workspace

DICTIONARY = "dictionary.json"
_LABELS = {
    "ledger": "One line per source record: file, row, outcome, and where it went",
    "crosswalk": "Old id to new id, losers of merges included",
    STAGE_HISTORY: "When each deal entered each stage, as far as the exports tell",
}
_MEANINGS = {
    "record": "Record of this project",
    "into": "The record that it was merged into",
    "entered_on": "Day on which the deal entered the stage",
    "row": "Row in the file, as a spreadsheet shows it",
    "code": "Why the outcome",
    "source_id": "Id in the old system",
    "target_id": "Id at the target",
}


@dataclass(frozen=True)
class _Table:
    """One table before it is written."""

    name: str
    label: str
    frame: pl.LazyFrame
    columns: tuple[Column, ...]
    unread: Mapping[str, int]


def export(root: Path, folder: Path, *, destination: str = REHEARSAL, csv: bool = False) -> Result:
    """Write every table and the data dictionary into `folder`.

    Raises:
        PlanError: there is no such destination. InputError: the phases up to `stale` have not run on the exports as
        they are. RefusedError: the folder holds something that is no earlier export, or belongs to the workspace.
    """
    with session(root) as current:
        kind_of(current.plan, destination)
        _refuse(current.workspace, folder)
        if not up_to_date(current, "stale"):
            hint = "type `crmclean run --through stale` first"
            raise InputError(
                Fault("stale", "has not run on the exports and plan as they are now", hint, "phase.missing")
            )
        earlier, sent = _files(folder), known_import(current, destination)
        entries = [_write(table, folder, csv=csv) for table in _tables(current, sent)]
        kept = {name for entry in entries for name in entry.files}
        for name in earlier - kept:
            (folder / name).unlink(missing_ok=True)
        day = day_of_reference(current)
        body = dictionary(current.plan.name, day.isoformat() if day else None, destination, entries)
        write_json(folder / DICTIONARY, body)
        write_text(folder / "dictionary.md", dictionary_page(current.plan.name, entries))
        elsewhere = where_imported(current.workspace, destination, "--destination") if sent is None else None
    return _result(folder, entries, elsewhere)


def _refuse(workspace: Workspace, folder: Path) -> None:
    """Refuse folders whose files are not ours to overwrite."""
    place, hint = folder.resolve(), "name an empty folder, or one that an earlier export was written to"
    for taken in (workspace.exports, workspace.run, workspace.state, workspace.archive, workspace.decisions):
        if place.is_relative_to(taken.resolve()):
            raise RefusedError(Fault(str(folder), "belongs to the workspace", hint, "export.folder"))
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / DICTIONARY).is_file()):
        raise RefusedError(Fault(str(folder), "holds something that is no earlier export", hint, "export.folder"))


def _files(folder: Path) -> set[str]:
    """Return the files that an earlier export wrote."""
    path = make_folder(folder) / DICTIONARY
    try:
        known = json.loads(path.read_text(encoding="utf-8"))["tables"] if path.is_file() else []
        names = {str(name) for entry in known for name in entry["files"]}
    except (ValueError, KeyError, TypeError) as error:
        hint = "name an empty folder, or one that an earlier export was written to"
        raise RefusedError(Fault(str(path), "is not what an export writes", hint, "export.folder")) from error
    return {name for name in names if name == Path(name).name and Path(name).suffix in (".parquet", ".csv")}


def _tables(current: Session, sent: pl.DataFrame | None) -> Iterator[_Table]:
    workspace, headers = current.workspace, _headers(current.workspace)
    ledger = account(current, sent).ledger
    for object_, table in tables(workspace, "stale").items():
        told = columns(object_, table, headers.get(object_, {}))
        label = canonical()[object_].label if object_ in canonical() else object_
        name = f"{object_}_rows" if object_ in _LABELS else object_
        yield _Table(name, label, exported(table, told, ledger), told, unread(table, told))
    for name, frame in (
        (STAGE_HISTORY, _history(workspace, headers.get("deals", {}), ledger)),
        ("crosswalk", crosswalk(ledger)),
        ("ledger", ledger),
    ):
        if name != STAGE_HISTORY or frame.collect().height:
            yield _Table(name, _LABELS[name], frame, frame_columns(frame, _MEANINGS), {})


def _history(workspace: Workspace, headers: Mapping[str, str], ledger: pl.LazyFrame) -> pl.LazyFrame:
    """Return deal, stage and day; a deal that was merged counts as the one that it went into."""
    loaded = tables(workspace, "load")
    all_headers = {name: header for own in _headers(workspace).values() for name, header in own.items()} | dict(headers)
    moves = stage_moves(loaded, all_headers).lazy().join(ledger.select("record", "into"), on="record", how="left")
    told = moves.select(deal_record=pl.coalesce("into", "record"), stage="stage", entered_on="on")
    return told.unique().sort("deal_record", "entered_on", "stage")


def _headers(workspace: Workspace) -> dict[str, dict[str, str]]:
    """Return, per object, the header that each loaded column had in the first file that has it."""
    path = workspace.phase("load") / "columns.json"
    found: dict[str, dict[str, str]] = {}
    for file in json.loads(path.read_text(encoding="utf-8")).values():
        own = found.setdefault(str(file.get("object")), {})
        for column in file["columns"]:
            own.setdefault(column["column"], column["header"])
    return found


def _write(table: _Table, folder: Path, *, csv: bool) -> TableEntry:
    frame = table.frame.collect()
    file = f"{table.name}.csv" if csv else f"{table.name}.parquet"
    if csv:
        write_csv(guard_texts(frame), folder / file)
    else:
        write_parquet(frame, folder / file)
    return TableEntry(table.name, table.label, frame.height, table.columns, (file,), table.unread)


def _result(folder: Path, entries: list[TableEntry], elsewhere: str | None) -> Result:
    """Return what was written. elsewhere: what to do about ids that no import has given yet."""
    rows = tuple((entry.name, entry.rows, len(entry.columns)) for entry in entries)
    listed = [{"name": entry.name, "rows": entry.rows, "files": list(entry.files)} for entry in entries]
    lost = sum(count for entry in entries for count in entry.unread.values())
    notes = ["dictionary.md says what every column holds; tables are joined on `record`."]
    if elsewhere:
        notes.append(f"No ids of the target, since nothing has been imported there as things are now: {elsewhere}.")
    if lost:
        notes.append(f"{counted(lost, 'cell')} could not be read as the type of the column and stay empty: see there.")
    return Result(
        "export",
        f"{counted(len(entries), 'table')} in {folder}",
        (TableView("Tables", ("table", "rows", "columns"), rows),),
        notes=tuple(notes),
        data={"folder": str(folder), "tables": listed},
    )
