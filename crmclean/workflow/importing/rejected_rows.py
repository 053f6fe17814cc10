"""Rejects as they stand in the exports: the rows to mend, with their own headers, ready to be loaded again."""

import csv
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from crmclean.files.guards import guard_texts
from crmclean.files.read import ReadOptions, read_table
from crmclean.pipeline.store import frame, tables
from crmclean.plan.model import Plan
from crmclean.records import FILE, RECORD, ROW, Outcome
from crmclean.workspace.atomic import make_folder, replacing
from crmclean.workspace.paths import Workspace

FOLDER = "rejected-rows"
_MEMBERS = {"record": "text", "survivor": "text"}


def write_rejected_rows(workspace: Workspace, plan: Plan, imported: pl.DataFrame, folder: Path) -> tuple[Path, ...]:
    """Write, per export, the rows of rejected records and of those merged into them; return the files.

    imported: pipeline.ledger IMPORTED. The files have the export's own headers and cells (those that a spreadsheet
    would run as formulas are neutralised, which reading undoes) and nothing else, so that a mended one is an export.
    Files of an earlier import are removed.
    """
    found = _places(workspace, imported.filter(outcome=Outcome.REJECTED.value)["record"])
    written = [_write(folder / FOLDER, plan, str(path), rows[ROW]) for (path,), rows in found.group_by(FILE)]
    for stale in set((folder / FOLDER).glob("*.csv")) - set(written):
        stale.unlink()
    return tuple(sorted(written))


def _places(workspace: Workspace, rejected: pl.Series) -> pl.DataFrame:
    """Return file and row of the records and of all that was merged into them."""
    if rejected.is_empty():
        return pl.DataFrame(schema={FILE: pl.String, ROW: pl.Int64})
    members = frame(workspace, "dedupe", "members", _MEMBERS).filter(pl.col("survivor").is_in(rejected.implode()))
    wanted = pl.concat([rejected, members.select("record").collect()["record"]]).unique()
    rows = [
        table.filter(pl.col(RECORD).is_in(wanted.implode())).select(pl.col(FILE).cast(pl.String), ROW)
        for table in tables(workspace, "load").values()
    ]
    return pl.concat(rows).drop_nulls().unique().sort(FILE, ROW).collect()


def _write(folder: Path, plan: Plan, path: str, rows: pl.Series) -> Path:
    reading = read_table(plan.root / path, _options(plan).get(path, ReadOptions()))
    kept = reading.frame.filter(pl.col(ROW).is_in(rows.implode())).sort(ROW).select(reading.names).collect()
    make_folder(folder)
    place = folder / f"{path.removeprefix('exports/').replace('/', '-').replace(':', '-').rpartition('.')[0]}.csv"
    with replacing(place) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(reading.header)
        writer.writerows(guard_texts(kept).iter_rows())
    return place


def _options(plan: Plan) -> Mapping[str, ReadOptions]:
    return {file.path: ReadOptions(encoding=file.encoding, delimiter=file.delimiter) for _, file in plan.files}
