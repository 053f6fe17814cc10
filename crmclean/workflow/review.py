"""`crmclean review --export` and `--apply`: doubtful pairs out to a spreadsheet, the answers back in."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crmclean.errors import ExitCode, Fault, InputError, RefusedError, UsageError
from crmclean.matching.answers import Answers, read_answers
from crmclean.matching.decisions import (
    PAIR,
    agreed,
    contested,
    read_decisions,
    review_key,
    with_answers,
    write_decisions,
)
from crmclean.matching.review import seen_in
from crmclean.matching.sheets import write_sheet
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.review_split import dealt, with_owners
from crmclean.workspace.paths import Workspace

QUESTIONS = "questions-"


def export_review(root: Path, by: str | None = None) -> Result:
    """Write a CSV and a workbook per object with doubtful pairs into run/review/; by owner or territory, one for each.

    Raises:
        InputError: nothing has been de-duplicated yet, or the folder cannot be written to. RefusedError: a file there
        holds answers that have not been taken over. UsageError: there is no such way to split.
    """
    workspace = Workspace(root)
    before = read_decisions(workspace.decisions / "pairs.csv")
    questions = [(object_, without(workspace, rows, agreed(before))) for object_, rows in open_questions(workspace)]
    asked = [(object_, rows) for object_, rows in questions if rows.height]
    parts = [(object_, dealt(workspace, object_, rows, by)) for object_, rows in asked]
    _clear(workspace)
    written = [line for object_, dealt_ in parts for line in _exported(workspace, object_, dealt_)]
    data = {
        "pairs": {object_: rows.height for object_, rows in asked},
        "files": [line.file for line in written],
        "for": {line.file: line.name for line in written if line.name is not None},
    }
    if not asked:
        step = "crmclean run" if before.height else None  # which takes the answers over
        return Result("review", "No doubtful pairs that are open.", next_step=step, data=data)
    total = sum(line.pairs for line in written)
    lines = tuple(astuple(line) for line in written)
    table = TableView("Waits for a person", ("object", "for", "pairs", "file"), lines)
    step = "fill in the column decision (merge, different or skip), then crmclean review --apply FILE --by YOU"
    return Result("review", f"{counted(total, 'doubtful pair')} written.", (table,), (), step, data)


def apply_review(root: Path, path: Path, by: str | None = None) -> Result:
    """Take the answers of a filled-in CSV or workbook into decisions/pairs.csv.

    by: who gave those whose row does not say it.

    Raises:
        InputError: the file cannot be read, lacks its columns, or holds answers that cannot be understood. UsageError:
        nobody says who gave an answer.
    """
    workspace = Workspace(root)
    answers = read_answers(path)
    if answers.faults:
        raise InputError(*answers.faults)
    unsigned = answers.given["by"].null_count()
    if by is None and unsigned:
        hint = "say who decides: --by NAME, or fill in the column by"
        raise UsageError(Fault("--by", f"is missing: {counted(unsigned, 'answer')} without a name", hint, "review.who"))
    given = _signed(answers, by, now=datetime.now(UTC))
    place = workspace.decisions / "pairs.csv"
    before = read_decisions(place)
    after = with_answers(before, given)
    write_decisions(place, after)
    counts = {str(verdict): count for verdict, count in given["verdict"].value_counts(sort=True).iter_rows()}
    said = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(counts.items())) or "none"
    open_ = _still_open(workspace, after, answers)
    left = counted(open_, "pair is", "pairs are") if open_ else "no pair is"
    headline = f"{counted(given.height, 'answer')} taken over ({said}); {left} still open."
    disputed = contested(after).join(given.select(PAIR), on=PAIR, how="semi").height
    words = f"Reviewers disagree on {disputed:,} of these pairs: they come back with both answers."
    notes = (words,) if disputed else ()
    code = ExitCode.WAITING if open_ or disputed else ExitCode.DONE
    data = {"answers": counts, "open": open_, "contested": disputed}
    return Result("review", headline, notes=notes, next_step="crmclean run", data=data, exit_code=code)


def _still_open(workspace: Workspace, decisions: pl.DataFrame, answers: Answers) -> int:
    """Return how many pairs of the whole workspace nobody has answered; of the sheet where the run is not here."""
    if not workspace.phase("dedupe").is_dir():
        return answers.open
    settled = agreed(decisions)
    return sum(without(workspace, rows, settled).height for _, rows in open_questions(workspace))


def without(workspace: Workspace, rows: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Return the doubtful pairs that have no such answer on the values as they are now, with what is seen in them."""
    signed = rows.with_columns(seen_in(rows, review_key(workspace)))
    blind = answers.filter(pl.col("seen").is_null())  # written by hand: it holds whatever the values are
    left = signed.join(answers, on=[*PAIR, "seen"], how="anti", maintain_order="left")
    return left.join(blind, on=PAIR, how="anti", maintain_order="left")


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
    asked = [(file.stem.removeprefix(QUESTIONS), pl.read_parquet(file)) for file in files]
    return [(object_, with_owners(workspace, object_, rows)) for object_, rows in asked]


@dataclass(frozen=True)
class _Line:
    """One sheet: its object, for whom it is, its pairs, and its workbook beside which the CSV stands."""

    object: str
    name: str | None
    pairs: int
    file: str


def _exported(workspace: Workspace, object_: str, parts: Sequence[tuple[str | None, pl.DataFrame]]) -> Iterator[_Line]:
    """Write the sheets of an object. Names are values of the exports, so files carry numbers instead."""
    for number, (name, rows) in enumerate(parts, start=1):
        path = workspace.review / (f"pairs-{object_}" if name is None else f"pairs-{object_}-{number:02}")
        write_sheet(rows, path)
        yield _Line(object_, name, rows.height, f"{path.relative_to(workspace.root).as_posix()}.xlsx")


def _clear(workspace: Workspace) -> None:
    """Remove the sheets of earlier exports, unless somebody has filled them in and nobody has taken that over."""
    files = sorted([*workspace.review.glob("pairs-*.csv"), *workspace.review.glob("pairs-*.xlsx")])
    known = set(read_decisions(workspace.decisions / "pairs.csv").select(*PAIR, "verdict").rows())
    hint = "crmclean review --apply FILE --by NAME, or delete the file"
    waiting = [
        Fault(str(path), f"holds {len(left)} answers that were not taken over", hint, "review.unapplied")
        for path in files
        if (left := set(read_answers(path).given.select(*PAIR, "verdict").rows()) - known)
    ]
    if waiting:
        raise RefusedError(*waiting)
    for path in files:
        path.unlink()


def _signed(answers: Answers, by: str | None, *, now: datetime) -> pl.DataFrame:
    at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return answers.given.with_columns(pl.coalesce("by", pl.lit(by, pl.String)).alias("by"), pl.lit(at).alias("at"))
