"""`crmclean review --export` and `--apply`: doubtful pairs out to a spreadsheet, the answers back in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crmclean.errors import ExitCode, Fault, InputError
from crmclean.matching.answers import Answers, read_answers
from crmclean.matching.decisions import read_decisions, review_key, with_answers, write_decisions
from crmclean.matching.review import seen_in
from crmclean.matching.sheets import write_sheet
from crmclean.reports.results import Result, TableView
from crmclean.workspace.paths import Workspace

QUESTIONS = "questions-"


def export_review(root: Path) -> Result:
    """Write one CSV and one workbook per object with doubtful pairs into run/review/.

    Raises:
        InputError: nothing has been de-duplicated yet, or the folder cannot be written to.
    """
    workspace = Workspace(root)
    written = [_exported(workspace, object_, rows) for object_, rows in open_questions(workspace) if rows.height]
    table = TableView("Waits for a person", ("object", "pairs", "file"), tuple(written))
    total = sum(count for _, count, _ in written)
    data = {"pairs": {object_: count for object_, count, _ in written}, "files": [name for *_, name in written]}
    if not total:
        return Result("review", "No doubtful pairs.", data=data)
    step = "fill in the column decision (merge, different or skip), then crmclean review --apply FILE --by YOU"
    return Result("review", f"{total:,} doubtful pairs written.", (table,), (), step, data)


def apply_review(root: Path, path: Path, by: str) -> Result:
    """Take the answers of a filled-in CSV or workbook into decisions/pairs.csv.

    Raises:
        InputError: the file cannot be read, lacks its columns, or holds answers that cannot be understood.
    """
    workspace = Workspace(root)
    answers = read_answers(path)
    if answers.faults:
        raise InputError(*answers.faults)
    given = _signed(answers, by, now=datetime.now(UTC))
    place = workspace.decisions / "pairs.csv"
    before = read_decisions(place)
    write_decisions(place, with_answers(before, given))
    counts = {str(verdict): count for verdict, count in given["verdict"].value_counts(sort=True).iter_rows()}
    said = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(counts.items())) or "none"
    headline = f"{given.height:,} answers taken over ({said}); {answers.open:,} pairs are still open."
    code = ExitCode.WAITING if answers.open else ExitCode.DONE
    data = {"answers": counts, "open": answers.open}
    return Result("review", headline, next_step="crmclean run", data=data, exit_code=code)


def open_questions(workspace: Workspace) -> Sequence[tuple[str, pl.DataFrame]]:
    """Return the doubtful pairs by object, as the dedupe phase left them.

    Raises:
        InputError: nothing has been de-duplicated yet.
    """
    folder = workspace.phase("dedupe")
    if not folder.is_dir():
        hint = "type `crmclean run --through dedupe` first, or name the workspace with -w DIR"
        raise InputError(Fault(str(folder), "nothing has been de-duplicated here", hint, "review.nothing"))
    files = sorted(folder.glob(f"{QUESTIONS}*.parquet"))
    return [(file.stem.removeprefix(QUESTIONS), pl.read_parquet(file)) for file in files]


def _exported(workspace: Workspace, object_: str, rows: pl.DataFrame) -> tuple[str, int, str]:
    signed = rows.with_columns(seen_in(rows, review_key(workspace)))
    name = workspace.review / f"pairs-{object_}"
    write_sheet(signed, name)
    return object_, rows.height, f"{name.relative_to(workspace.root)}.xlsx"


def _signed(answers: Answers, by: str, *, now: datetime) -> pl.DataFrame:
    at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return answers.given.with_columns(pl.coalesce("by", pl.lit(by)).alias("by"), pl.lit(at).alias("at"))
