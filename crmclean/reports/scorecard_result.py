"""The scorecard on a terminal, and as the `--json` document."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crmclean.errors import ExitCode
from crmclean.hygiene.scorecard import Row, Scorecard
from crmclean.reports.formats import Formats
from crmclean.reports.results import Result, TableView
from crmclean.reports.scorecard_view import areas, headline, shown, unmeasured, worth
from crmclean.reports.scorecard_write import Written
from crmclean.reports.wording import counted

_COLUMNS = ("measure", "value", "target", "trend", "owner")


def scorecard_result(
    card: Scorecard,
    formats: Formats,
    out: Path,
    written: Written,
    *,
    history: Path,
    unknown: Sequence[tuple[str, str]],
    code: ExitCode,
    fail_on: str,
) -> Result:
    """Return what the command shows. unknown: files that were not recognised, with the reason."""
    tables = [TableView(title, _COLUMNS, tuple(_line(row, formats) for row in rows)) for title, rows in areas(card)]
    files = {"folder": str(out), "history": str(history), "unknown_files": [name for name, _ in unknown]}
    return Result(
        "hygiene",
        f"{headline(card)[:1].upper()}{headline(card)[1:]}.",
        tuple(tables),
        notes=tuple(_notes(card, formats, unknown, fail_on)),
        next_step=f"open {out / 'scorecard.html'}; the list of each owner is in {out / 'owners'}",
        data={**{key: value for key, value in written.document.items() if key != "schema_version"}, **files},
        exit_code=code,
    )


def _line(row: Row, formats: Formats) -> tuple[str, str, str, str, str]:
    line = shown(row, formats)
    mark = {"missed": " !", "escalated": " !!"}.get(line.status, "")
    return line.label, line.value + mark, line.target, line.trend, line.owner


def _notes(card: Scorecard, formats: Formats, unknown: Sequence[tuple[str, str]], fail_on: str) -> Iterator[str]:
    yield f"As of {formats.day(card.as_of) or 'an unknown day'}; {_history(card)}. ! missed, !! missed twice in a row."
    lacking = unmeasured(card)
    reasons: dict[str, list[str]] = {}
    for label, why in lacking:
        reasons.setdefault(why, []).append(label)
    for why, labels in reasons.items():
        yield f"Not measurable: {', '.join(labels)}: {why}."
    for name, why in unknown:
        yield f"Left out: {name} ({why})."
    for figure in worth(card):
        if figure.unit in ("percent", "months"):
            yield f"{figure.name[:1].upper()}{figure.name[1:]} of cleaning this up: {figure.shown} ({figure.formula})."
    if card.expired:
        yield f"{counted(card.expired, 'accepted exception')} expired and count again."
    worse = [row.value.measure.label for row in card.rows if row.regressed]
    if worse and fail_on == "worse":
        yield f"Worse than the accepted run: {', '.join(worse)}. Mend it, or accept this run with --accept."


def _history(card: Scorecard) -> str:
    told = "this very export was there already" if card.repeated else f"run {card.points} in the history"
    if card.accepted is not None and card.points == 1:
        told += ", and the accepted one"
    return told
