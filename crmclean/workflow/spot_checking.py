"""`crmclean validate --apply SHEET`: a person's verdicts on the spot check, and what they prove."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crmclean.audit.sampling import upper_bound
from crmclean.errors import ExitCode, Fault, InputError, nearest
from crmclean.files.guards import unguarded
from crmclean.files.parts import parts_of
from crmclean.files.read import read_table
from crmclean.pipeline.store import frame, stored
from crmclean.pipeline.validate.spot_verdicts import OK, WORDS, WRONG, read_verdicts, standing, told_in, write_verdicts
from crmclean.reports.results import Result
from crmclean.reports.wording import counted
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

SHEET = "Spot check"
_NEEDED = ("record", "target_field", "verdict", "note", "seen")


def apply_spot_check(root: Path, path: Path, by: str) -> Result:
    """Take the verdicts of a filled-in sheet into decisions/spot-check.csv.

    Raises:
        InputError: the sheet cannot be read, lacks a column, or holds other words than ok and wrong.
    """
    workspace = Workspace(root)
    rows = _read(path)
    if faults := [*_faults(path, rows)]:
        raise InputError(*faults)
    given = told_in(rows)
    place = verdicts_file(workspace)
    with held(workspace):
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        fresh = given.with_columns(by=pl.lit(by), at=pl.lit(at))
        write_verdicts(place, read_verdicts(place), fresh)
    counts = {word: given.filter(verdict=word).height for word in WORDS}
    open_ = rows["record"].n_unique() - given.height
    headline = f"{counted(given.height, 'verdict')} taken over ({counts[OK]:,} ok, {counts[WRONG]:,} wrong)."
    return Result(
        "validate",
        headline,
        notes=(f"{counted(open_, 'record')} of the sheet without a verdict.", *proven(workspace)),
        next_step="crmclean run" if counts[WRONG] else "crmclean run, which goes on where it stopped",
        data={"verdicts": counts, "open": open_},
        exit_code=ExitCode.WAITING if open_ else ExitCode.DONE,
    )


def verdicts_file(workspace: Workspace) -> Path:
    """Return where verdicts are kept."""
    return workspace.decisions / "spot-check.csv"


def proven(workspace: Workspace) -> Iterator[str]:
    """Say what the verdicts on the present spot check prove; nothing before a first one."""
    if stored(workspace, "validate") is None:
        return
    sheet = frame(workspace, "validate", "spot-check").collect()
    judged = standing(sheet, read_verdicts(verdicts_file(workspace)))
    if judged.is_empty():
        return
    wrong, size = judged.filter(verdict=WRONG).height, judged.height
    yield (
        f"Spot check: {size} of {sheet['record'].n_unique()} records looked at, {wrong} wrong: with 95 % confidence "
        f"at most {upper_bound(wrong, size):.1%} of all records are."
    )


def _read(path: Path) -> pl.DataFrame:
    """Read the sheet of a workbook, or a CSV; words in any case, blanks around them dropped."""
    reading = read_table(path / SHEET if SHEET in parts_of(path) else path)
    frame_ = reading.frame.select(reading.names).collect()
    missing = [name for name in _NEEDED if name not in frame_.columns]
    if missing:
        hint = "give the spot check back as run/report/before-import.xlsx or spot-check.csv has it, verdicts filled in"
        raise InputError(Fault(str(path), f"has no column {', '.join(missing)}", hint, "spot-check.columns"))
    texts = frame_.select(_NEEDED).with_columns(unguarded(pl.col("note")))
    return texts.with_columns(pl.col("verdict").str.strip_chars().str.to_lowercase().replace("", None))


def _faults(path: Path, rows: pl.DataFrame) -> Iterator[Fault]:
    told = rows.with_row_index("row", offset=2).filter(~pl.col("verdict").is_in(WORDS))
    for row, verdict in told.select("row", "verdict").iter_rows():
        where = f"{path}, row {row}"
        yield Fault(where, "the verdict is neither ok nor wrong", nearest(verdict, WORDS), "spot-check.verdict")
