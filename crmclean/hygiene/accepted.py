"""Exceptions that somebody has accepted for a reason and until a day: a small CSV beside the history."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError, nearest

COLUMNS = ("measure", "record", "field", "reason", "until", "by")
_NEEDED = ("measure", "record", "reason", "until")
_KEY = ["measure", "record", "field"]
_ANY = {"measure": pl.String, "record": pl.String, "field": pl.String}


@dataclass(frozen=True)
class Accepted:
    """Accepted exceptions: measure, record, field (null: every field). rows: those that hold; lapsed: those of old."""

    rows: pl.DataFrame
    lapsed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_ANY))

    def among(self, defects: pl.DataFrame) -> pl.Series:
        """Return whether each exception is accepted."""
        return _named(self.rows, defects)

    def lapsed_among(self, defects: pl.DataFrame) -> pl.Series:
        """Return whether each exception was accepted until a day that has passed."""
        return _named(self.lapsed, defects)


def _named(accepted: pl.DataFrame, defects: pl.DataFrame) -> pl.Series:
    rows = accepted.with_columns(pl.col("measure").cast(defects.schema["measure"], strict=False))
    likely = defects["record"].is_in(rows["record"].implode()).arg_true()  # few of many
    keys = defects.select(*_KEY).select(pl.all().gather(likely)).with_columns(place=likely)
    general = rows.filter(pl.col("field").is_null())
    by_field = keys.join(rows.drop_nulls("field"), on=_KEY, how="semi")
    whole = keys.join(general, on=["measure", "record"], how="semi")
    none = pl.repeat(value=False, n=defects.height, eager=True)
    return none.scatter(pl.concat([by_field["place"], whole["place"]]), values=True)


def read_accepted(path: Path, as_of: date, measures: Sequence[str]) -> Accepted:
    """Read the accepted exceptions; a record is named by its id as exceptions.csv shows it.

    Raises:
        InputError: unknown columns or measures, no reason, no day: all of it at once.
    """
    if not path.is_file():
        return Accepted(pl.DataFrame(schema=_ANY))
    faults: list[Fault] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = tuple(name or "" for name in reader.fieldnames or ())
        faults += _header_faults(path, names)
        rows = [] if faults else list(reader)
    faults += [fault for number, row in enumerate(rows, start=2) for fault in _faults(path, number, row, measures)]
    if faults:
        raise InputError(*faults)
    parts: dict[bool, list[tuple[str | None, ...]]] = {True: [], False: []}
    for row in rows:
        holds = date.fromisoformat((row["until"] or "").strip()) >= as_of
        parts[holds].append(tuple((row.get(name) or "").strip() or None for name in _KEY))
    return Accepted(*(pl.DataFrame(parts[holds], schema=_ANY, orient="row") for holds in (True, False)))


def _header_faults(path: Path, names: Sequence[str]) -> Iterator[Fault]:
    for name in names:
        if name not in COLUMNS:
            yield Fault(f"{path.name} row 1", f"unknown column {name}", nearest(name, COLUMNS), "hygiene.accepted")
    for name in _NEEDED:
        if name not in names:
            hint = f"its first row is {','.join(COLUMNS)}"
            yield Fault(f"{path.name} row 1", f"has no column {name}", hint, "hygiene.accepted")


def _faults(path: Path, number: int, row: Mapping[str, str | None], measures: Sequence[str]) -> Iterator[Fault]:
    where = f"{path.name} row {number}"
    for name in _NEEDED:
        if not (row.get(name) or "").strip():
            yield Fault(where, f"{name} is empty", "an accepted exception has a reason and an end", "hygiene.accepted")
    measure = (row.get("measure") or "").strip()
    if measure and measure not in measures:
        yield Fault(where, "names an unknown measure", nearest(measure, tuple(measures)), "hygiene.accepted")
    try:
        date.fromisoformat((row.get("until") or "").strip())
    except ValueError:
        if row.get("until"):
            yield Fault(where, "until is not a day", "write a day such as 2026-12-31", "hygiene.accepted")
