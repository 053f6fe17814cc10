"""Erases people whom a suppression list names: out of what phases wrote, of archives, journals and rehearsals."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from crmclean.destinations.forgetting import erased_at_target, forget
from crmclean.destinations.registry import REHEARSAL
from crmclean.files.tables import write_csv
from crmclean.matching.decisions import review_key
from crmclean.pipeline.erasing import MARK, Erasure, clear_archive, erasure, leftovers, rewrite
from crmclean.pipeline.store import Phase, tables
from crmclean.plan.suppress import ERASE
from crmclean.records import OBJECTS
from crmclean.steps.suppress import ERASED_CODE
from crmclean.workflow.running.table_profiles import profiles
from crmclean.workspace.atomic import write_json
from crmclean.workspace.paths import Workspace

TO_DO = "erase-at-target.csv"
_TO_DO = {"destination": pl.String, "object": pl.String, "target id": pl.String, "record": pl.String}


def without_erased(workspace: Workspace, phase: Phase) -> Phase:
    """Return what `dedupe` made without the cells of erased records, after they have gone from everything else.

    The phases before are written anew, in their order; a run that is stopped in between does it again.
    """
    records = phase.frames["suppressed"].filter(pl.col("reason") == ERASE)["record"]
    if records.is_empty():
        return phase
    loaded, normalized = (_standard(workspace, name) for name in ("load", "normalize"))
    gone = erasure(records, loaded, normalized, review_key(workspace))
    for name in ("load", "normalize"):
        rewrite(workspace, name, gone)
    write_json(workspace.phase("load") / "profile.json", {"objects": profiles(tables(workspace, "load"))})
    clear_archive(workspace.archive, gone)
    for path in leftovers(workspace):
        _remove(path)
    for _, journal in _journals(workspace):
        forget(journal, gone.ids, ERASED_CODE, gone.text)
    _list_at_target(workspace)
    return _clean(phase, gone)


def _standard(workspace: Workspace, phase: str) -> dict[str, pl.DataFrame]:
    return {name: table.collect() for name, table in tables(workspace, phase).items() if name in OBJECTS}


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _journals(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    for path in sorted(workspace.state.glob("*/journal.sqlite")):
        if path.parent.name != REHEARSAL:
            yield path.parent.name, path


def _list_at_target(workspace: Workspace) -> None:
    """Say which records of earlier imports a person has to erase at the target."""
    lines = [(name, *line) for name, path in _journals(workspace) for line in erased_at_target(path, MARK)]
    if lines:
        write_csv(pl.DataFrame(lines, schema=_TO_DO, orient="row"), workspace.archive / TO_DO)


def _clean(phase: Phase, gone: Erasure) -> Phase:
    standing = {name: gone.table(table.lazy().collect()) for name, table in phase.tables.items()}
    frames = {name: gone.pairs(frame) for name, frame in phase.frames.items()}
    suppressed = phase.frames["suppressed"].with_columns(pl.col("record").replace(gone.ids))
    return replace(
        phase,
        tables=standing,
        changes=gone.changes(phase.changes),
        findings=gone.changes(phase.findings),
        frames={**frames, "suppressed": suppressed},
    )
