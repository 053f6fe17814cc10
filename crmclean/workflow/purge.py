"""`crmclean purge`: removes personal data when a project ends, and says what stays and what went."""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crmclean.destinations.outcomes import last_round, reading, unsent
from crmclean.errors import Fault, PlanError, RefusedError, UsageError, nearest
from crmclean.files.tables import schema_of, write_csv
from crmclean.plan.model import Plan
from crmclean.plan.read import read_plan
from crmclean.records import LEDGER
from crmclean.reports.redacting import redacted_frame
from crmclean.reports.results import Result, TableView
from crmclean.reports.summary import document
from crmclean.reports.summary_file import summary_of
from crmclean.reports.wording import counted
from crmclean.reports.write import FORMATS
from crmclean.values.masking import masked_frame
from crmclean.workspace.atomic import write_json, write_text
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

PARTS = ("report", "ledger", "crosswalk")
_LOCK = ".lock"
_IDS = ("record", "left", "right", "survivor", "into", "target_id", "key")
_WRITTEN = {"report": "report", "ledger": "ledger.csv", "crosswalk": "crosswalk.csv"}  # part -> its name in kept/
_CROSSWALK = """SELECT o.name, c.record, s.record, coalesce(c.target_id, s.target_id) FROM crosswalk c
    JOIN object o ON o.id = c.object LEFT JOIN crosswalk s ON s.id = c.into_ ORDER BY c.record"""


@dataclass(frozen=True)
class _Going:
    """What is removed: a file or folder of the workspace, as it is called, and how many files it holds."""

    path: Path
    name: str
    files: int
    bytes: int


def purge(root: Path, keep: Sequence[str] = PARTS, *, yes: bool = False, exports: bool = False) -> Result:
    """Remove what holds personal data; write what `keep` names, masked, into kept/ first.

    Raises:
        InputError: there is no plan: this is no workspace. UsageError: `keep` names something else.
        RefusedError: rows are of unknown fate at a target, or nobody said yes.
    """
    workspace = Workspace(root)
    plan = _plan(root)
    if unknown := [name for name in keep if name not in PARTS]:
        raise UsageError(*(Fault("--keep", f"knows no {name}", nearest(name, PARTS), "purge.keep") for name in unknown))
    with held(workspace):
        _refuse_unknown(workspace)
        going = [*_going(workspace, exports=exports)]
        if not yes:
            raise RefusedError(*_ask(workspace, going, exports=exports))
        _keep(workspace, keep)
        _mask_decisions(workspace)
        for one in going:
            _remove(one.path)
        if going:
            write_text(workspace.purged, _told(workspace, going))
    return _result(workspace, going, plan)


def _plan(root: Path) -> Plan | None:
    """Return the plan; None where it has faults, which keep nobody from removing data."""
    try:
        return read_plan(root)
    except PlanError:
        return None


def _ask(workspace: Workspace, going: Sequence[_Going], *, exports: bool) -> Iterator[Fault]:
    """Say what would go, and which import would never be finished."""
    for path in _journals(workspace):
        with reading(path) as database:
            left = unsent(database)
        if left:
            problem = f"{counted(left, 'row has', 'rows have')} not been sent there yet, and never could be"
            hint = f"finish it first: crmclean run --to {path.parent.name}"
            yield Fault(path.parent.name, problem, hint, "purge.unfinished")
    names = ", ".join(one.name for one in going) or "nothing"
    stays = workspace.exports.is_dir() and not exports
    hint = "type the same with --yes" + ("; exports/ stays, unless you add --exports" if stays else "")
    yield Fault(str(workspace.root), f"would be removed for ever: {names}", hint, "purge.not-sure")


def _refuse_unknown(workspace: Workspace) -> None:
    for path in _journals(workspace):
        with reading(path) as database:
            last = last_round(database)
        if last and last.doubts:
            where = path.parent.name
            problem = f"the fate of {counted(last.doubts, 'row')} is not known, and only the journal can settle it"
            raise RefusedError(Fault(where, problem, f"type `crmclean settle --to {where}` first", "purge.unknown"))


def _journals(workspace: Workspace) -> list[Path]:
    return sorted(workspace.state.glob("*/journal.sqlite"))


def _going(workspace: Workspace, *, exports: bool) -> Iterator[_Going]:
    root = workspace.root
    folders = [workspace.run, workspace.previous, workspace.archive]
    folders += [path for path in sorted(workspace.state.glob("*")) if path.name != _LOCK]
    files = sorted(root.glob(f"{workspace.rehearsal.name}*"))
    for path in (*folders, *files, *([workspace.exports] if exports else [])):
        if path.exists():
            inside = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
            size = sum(file.stat().st_size for file in inside)
            yield _Going(path, path.relative_to(root).as_posix(), len(inside), size)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _keep(workspace: Workspace, keep: Sequence[str]) -> None:
    """Write what stays; what an earlier purge kept stays as it is."""
    folder, report = workspace.kept, workspace.report / "report.json"
    if "report" in keep and report.is_file():
        summary = summary_of(json.loads(report.read_text(encoding="utf-8")), str(report))
        write_json(folder / "report" / "report.json", document(summary))
        for name, render in FORMATS.items():
            write_text(folder / "report" / name, render(summary))
    ledger = workspace.report / "ledger.csv"
    if "ledger" in keep and ledger.is_file():
        write_csv(redacted_frame(pl.scan_csv(ledger, schema=schema_of(LEDGER))).collect(), folder / "ledger.csv")
    if "crosswalk" in keep and _journals(workspace):
        write_csv(_crosswalk(workspace), folder / "crosswalk.csv")


def _kept(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of what stays, from an earlier purge too."""
    paths = (*(workspace.kept / name for name in _WRITTEN.values()), workspace.decisions)
    return tuple(path.relative_to(workspace.root).as_posix() for path in paths if path.exists())


def _crosswalk(workspace: Workspace) -> pl.DataFrame:
    names = ("destination", "object", "record", "into", "target_id")
    rows: list[tuple[str | None, ...]] = []
    for path in _journals(workspace):
        with reading(path) as database, closing(database.cursor()) as cursor:
            rows += [(path.parent.name, *row) for row in _known(cursor)]
    lines = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return masked_frame(lines.lazy(), ids=_IDS, kept=("destination", "object")).collect()


def _known(cursor: sqlite3.Cursor) -> Iterator[tuple[str | None, ...]]:
    if cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'crosswalk'").fetchone():
        yield from cursor.execute(_CROSSWALK)


def _mask_decisions(workspace: Workspace) -> None:
    """Mask what people wrote beside their decisions, and ids that are addresses or names; who decided what stays."""
    for path in sorted(workspace.decisions.glob("*.csv")):
        lines = pl.scan_csv(path, infer_schema=False)
        names = lines.collect_schema().names()
        kept = tuple(name for name in names if name not in (*_IDS, "note"))
        write_csv(masked_frame(lines, ids=_IDS, kept=kept).collect(), path)


def _told(workspace: Workspace, going: Sequence[_Going]) -> str:
    """Return the note of this purge, above those of earlier ones."""
    earlier = workspace.purged.read_text(encoding="utf-8") if workspace.purged.is_file() else ""
    lines = [f"Personal data of this migration was removed on {datetime.now(UTC).date()} by `crmclean purge`.", ""]
    lines += ["Removed for ever:", *(f"  {one.name} ({counted(one.files, 'file')})" for one in going), ""]
    lines += ["Kept, with personal values masked:", *(f"  {name}" for name in _kept(workspace)), ""]
    return "\n".join(lines) + (f"\n{earlier}" if earlier else "")


def _result(workspace: Workspace, going: Sequence[_Going], plan: Plan | None) -> Result:
    notes = [f"{path} still holds personal data: remove it by hand." for path in _elsewhere(workspace, plan)]
    if workspace.exports.is_dir():
        notes.insert(0, "exports/ still holds personal data: --exports removes it, too.")
    rows = tuple((one.name, one.files, one.bytes) for one in going)
    stays = (*_kept(workspace), workspace.plan.name)
    tables = (
        TableView("Removed", ("what", "files", "bytes"), rows),
        TableView("Kept", ("what",), tuple((name,) for name in stays)),
    )
    removed = f"{counted(sum(one.files for one in going), 'file')} removed" if going else "Nothing was left to remove"
    return Result(
        "purge",
        f"{removed}; what stays has personal values masked.",
        tuple(table for table in tables if table.rows),
        notes=(*notes, "Folders that export, clean, hygiene or handover wrote are not looked at: remove them by hand."),
        data={"removed": [one.name for one in going], "kept": list(stays)},
    )


def _elsewhere(workspace: Workspace, plan: Plan | None) -> Iterator[str]:
    """Yield the lists and exports that the plan names and that stand outside of exports/; still there."""
    if plan is None:
        return
    names = (*(each.path for each in plan.suppress), *(file.path for _, file in plan.files))
    for name in dict.fromkeys(names):
        path = (workspace.root / name).resolve()
        if path.exists() and workspace.exports.resolve() not in path.parents:
            yield name
