"""The scorecard on a terminal, and as the `--json` document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmclean.errors import ExitCode
from crmclean.hygiene.scorecard import Row, Scorecard
from crmclean.reports.formats import Formats
from crmclean.reports.results import Result, TableView
from crmclean.reports.roi import Figure
from crmclean.reports.scorecard_view import areas, headline, shown, unmeasured
from crmclean.reports.scorecard_write import REOPENED, Written
from crmclean.reports.wording import counted

PAGE = "scorecard.html"
_COLUMNS = ("measure", "value", "target", "trend", "owner")


@dataclass(frozen=True)
class Files:
    """Where things stand. unknown: files that were not recognised, with the reason. unread: file -> rows left out.

    regionless: phones that no country tells how to read.
    """

    out: Path
    history: Path
    unknown: Sequence[tuple[str, str]]
    unread: Mapping[str, int]
    regionless: int = 0


def scorecard_result(
    card: Scorecard, formats: Formats, written: Written, files: Files, *, code: ExitCode, fail_on: str
) -> Result:
    """Return what the command shows."""
    tables = [TableView(title, _COLUMNS, tuple(_line(row, formats) for row in rows)) for title, rows in areas(card)]
    told = {
        "folder": str(files.out),
        "history": str(files.history),
        "unknown_files": [name for name, _ in files.unknown],
        "unread_rows": dict(files.unread),
        "reopened_pairs": card.reopened.height,
    }
    return Result(
        "hygiene",
        f"{headline(card)[:1].upper()}{headline(card)[1:]}.",
        tuple(tables),
        notes=tuple(_notes(card, formats, written.worth, files, fail_on)),
        next_step=f"open {files.out / PAGE}; the list of each owner is in {files.out / 'owners'}",
        data={**{key: value for key, value in written.document.items() if key != "schema_version"}, **told},
        exit_code=code,
    )


def _line(row: Row, formats: Formats) -> tuple[str, str, str, str, str]:
    line = shown(row, formats)
    mark = {"missed": " !", "escalated": " !!"}.get(line.status, "")
    return line.label, line.value + mark, line.target, line.trend, line.owner


def _notes(card: Scorecard, formats: Formats, worth: Sequence[Figure], files: Files, fail_on: str) -> Iterator[str]:
    yield f"As of {formats.day(card.as_of) or 'an unknown day'}; {_history(card)}. ! missed, !! missed twice in a row."
    worse = [row.value.measure.label for row in card.rows if row.regressed]
    if worse and fail_on == "worse":
        yield f"Worse than the accepted run: {', '.join(worse)}. Mend it, or accept this run with --accept."
    yield from _files(card, files)
    for figure in worth:
        if figure.unit in ("percent", "months"):
            yield f"{figure.name[:1].upper()}{figure.name[1:]} of cleaning this up: {figure.shown} ({figure.formula})."
    if card.expired:
        yield f"{counted(card.expired, 'accepted exception')} ran out; what is excused there counts again."
    if lacking := len(unmeasured(card)):
        yield f"{counted(lacking, 'measure')} not taken, for want of columns or of a plan: {PAGE} says what each needs."


def _files(card: Scorecard, files: Files) -> Iterator[str]:
    for name, why in files.unknown:
        yield f"Left out: {name} ({why})."
    if files.regionless:
        count = counted(files.regionless, "phone number")
        yield f"{count} without + or country, counted as invalid: name theirs with --region CC."
    if card.reopened.height:
        pairs = counted(card.reopened.height, "pair")
        yield f"{pairs} that people decided on changed since, or they disagree: open again, see {files.out / REOPENED}."
    for name, rows in files.unread.items():
        yield f"Left out: {counted(rows, 'row')} of {name}, with more values than the header has columns."


def _history(card: Scorecard) -> str:
    told = "this very export was there already" if card.repeated else f"run {card.points} in the history"
    if card.accepted is not None and card.points == 1:
        told += ", and the accepted one"
    return told
