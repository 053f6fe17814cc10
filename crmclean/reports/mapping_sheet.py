"""The sign-off sheet of a mapping: a line per source column, and what people write back into it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.errors import Fault, InputError, nearest
from crmclean.plan.model import Decision
from crmclean.plan.suggesting import Suggestion

COLUMNS = (
    "Object", "Source field", "Fill", "Shapes", "Target field", "Rule", "Values lost", "Decision", "Sure", "Note",
)  # fmt: skip
KEPT = "as it is"
ACTIONS = ("map", "custom", "merge", "split", "drop")
CHOICES = (KEPT, *ACTIONS)
_ASKED = ("Object", "Source field", "Target field", "Rule", "Decision", "Note")
_NEEDED = ("Object", "Source field", "Decision")
_ORDER = re.compile(r"order (\d+)")
_SEPARATOR = re.compile(r'separator "([^"]*)"')


@dataclass(frozen=True)
class Line:
    """One column as the sheet shows it; suggestion: None where it is decided."""

    object: str
    column: str
    rows: int
    filled: int
    shapes: tuple[str, ...]
    fields: tuple[str, ...]
    action: str
    reason: str | None
    lost: int
    planned: Decision | None = None
    suggestion: Suggestion | None = None


def sheet_of(lines: Sequence[Line]) -> pl.DataFrame:
    """Return the sheet; undecided columns have the proposal in it and an empty decision."""
    rows = [_row(line) for line in lines]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _row(line: Line) -> tuple[str | None, ...]:
    fill = f"{line.filled / line.rows:.0%}" if line.rows else "0%"
    shapes, found = " | ".join(line.shapes), line.suggestion
    head = (line.object, line.column, fill, shapes)
    if found is not None:
        lost = str(line.filled) if found.action == "drop" else "0"
        return (*head, found.to, f"proposed: {found.action}", lost, None, f"{found.sure:.0%}", found.why)
    rule = _rule(line.planned) if line.planned else line.action
    return (*head, ", ".join(line.fields), rule, str(line.lost), KEPT, None, line.reason)


def _rule(decision: Decision) -> str:
    parts = [decision.action]
    if decision.action == "merge":
        parts.append(f"order {decision.order}")
    if decision.action in ("merge", "split"):
        parts.append(f'separator "{decision.separator}"')
    return " ".join(parts)


def decisions_in(
    sheet: pl.DataFrame, known: Mapping[str, Sequence[str]], where: str
) -> Mapping[str, Mapping[str, Decision]]:
    """Return the decisions of a filled-in sheet; lines without one, and those left as they are, are passed over.

    sheet: text columns and `_row`, in any order. known: object -> its columns.

    Raises:
        InputError: a column of the sheet is missing, or a line cannot be understood; every one is listed.
    """
    named = {name.strip().casefold(): name for name in sheet.columns}
    missing = [name for name in _NEEDED if name.casefold() not in named]
    if missing:
        hint = f"the sheet of `crmclean map --sheet` has the columns {', '.join(COLUMNS)}"
        raise InputError(*(Fault(where, f"has no column {name}", hint, "sheet.missing-column") for name in missing))
    cells = [pl.col(named[name.casefold()]) if name.casefold() in named else pl.lit(None) for name in _ASKED]
    texts = [cell.cast(pl.String).str.strip_chars().replace("", None) for cell in cells]
    rows = sheet.select("_row", *(text.alias(name) for text, name in zip(texts, _ASKED, strict=True)))
    faults: list[Fault] = []
    found: dict[str, dict[str, Decision]] = {}
    for row in rows.iter_rows(named=True):
        at = f"{where} row {row['_row']}"
        problems = list(_problems(row, known, at))
        faults += problems
        if problems or _is_left(row):
            continue
        decision, taken = _decision(row), found.setdefault(row["Object"], {})
        if taken.setdefault(row["Source field"], decision) != decision:
            faults.append(Fault(at, "decides a column that another line decides otherwise", "keep one", "sheet.twice"))
    if faults:
        raise InputError(*faults)
    return found


def _is_left(row: Mapping[str, str | None]) -> bool:
    return row["Decision"] is None or row["Decision"].casefold() == KEPT


def _problems(row: Mapping[str, str | None], known: Mapping[str, Sequence[str]], at: str) -> Iterator[Fault]:
    object_, column, decision = row["Object"] or "", row["Source field"] or "", (row["Decision"] or "").casefold()
    if not (object_ or column or decision):
        return
    if object_ not in known:
        yield Fault(at, f"no object {object_ or 'named'}", nearest(object_, tuple(known)), "sheet.unknown-object")
    elif column not in known[object_]:
        hint = nearest(column, tuple(known[object_]))
        yield Fault(at, f"{object_} has no column {column or 'named'}", hint, "sheet.unknown-column")
    if decision and decision not in CHOICES:
        yield Fault(at, "has a decision that is none", f"write one of {', '.join(CHOICES)}", "sheet.unknown-decision")
    if decision in ("map", "merge", "split") and not row["Target field"]:
        yield Fault(at, f"{decision} needs a target field", "fill in the column Target field", "sheet.no-field")
    if decision in ("map", "merge", "custom") and "," in (row["Target field"] or ""):
        yield Fault(at, f"{decision} takes one target field", "keep one of them, or write split", "sheet.no-field")


def _decision(row: Mapping[str, str | None]) -> Decision:
    action, rule, to = (row["Decision"] or "").casefold(), row["Rule"] or "", row["Target field"]
    separator, order = _SEPARATOR.search(rule), _ORDER.search(rule)
    between = separator[1] if separator else " "
    if action == "drop":
        return Decision("drop", reason=row["Note"] or "not needed")
    if action == "split":
        return Decision("split", parts=tuple(part.strip() for part in (to or "").split(",")), separator=between)
    if action == "merge":
        return Decision("merge", to=to, separator=between, order=int(order[1]) if order else 0)
    return Decision(action, to=to or (row["Source field"] or "").removeprefix("x_"))
