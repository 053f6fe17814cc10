"""Changes played backwards: whether they lead from the cells at the end to those at the start, and leave none out."""

from collections.abc import Iterator, Mapping

import polars as pl

from crmclean.records import FILE, RECORD, ROW, SOURCE

_UNTOUCHED = (RECORD, SOURCE, FILE, ROW)
_PLACE = "_place"


def astray(first: pl.DataFrame, last: pl.DataFrame, changes: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, str]]:
    """Yield the fields whose cells do not replay, and what is wrong.

    first, last: a table before and after all changes, with the same records in the same order. changes: field ->
    (record, field, before, after), in the order in which they were made.
    """
    several = {}
    for field in last.columns:
        before, after, told = _cells(first, field), last[field], changes.get(field)
        if told is None or field in _UNTOUCHED:
            if not before.equals(after):
                yield field, "cells changed without a record of it"
        elif not _once(first[RECORD], before, after, told):
            several[field] = told
    for field, told in _placed(first[RECORD], several).items():
        if wrong := _wrong(_cells(first, field), last[field], told):
            yield field, f"{wrong} cells do not replay"


def _cells(first: pl.DataFrame, field: str) -> pl.Series:
    """Return the cells of a field at the start, where it may not have been there."""
    return first[field] if field in first.columns else pl.repeat(None, first.height, dtype=pl.String, eager=True)


def _once(records: pl.Series, before: pl.Series, after: pl.Series, changes: pl.DataFrame) -> bool:
    """Say whether the changes are just the cells that differ, in the order of the rows: then nobody is looked up."""
    moved = before.ne_missing(after).arg_true()
    sides = ((records, "record"), (before, "before"), (after, "after"))
    return len(moved) == changes.height and all(cells.gather(moved).equals(changes[name]) for cells, name in sides)


def _placed(records: pl.Series, changes: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Put beside each change the place of its record in the table, null where it has none; all fields in one join."""
    if not changes:
        return {}
    places = records.alias("record").to_frame().with_row_index(_PLACE)
    every = pl.concat(changes.values())
    joined = every.lazy().join(places.lazy(), on="record", how="left", maintain_order="left")
    found = joined.select(_PLACE, "before", "after").collect(engine="in-memory")
    answer, start = {}, 0
    for field, told in changes.items():
        answer[field] = found.slice(start, told.height)
        start += told.height
    return answer


def _wrong(before: pl.Series, after: pl.Series, changes: pl.DataFrame) -> int:
    """Count the cells whose changes do not start or end where the tables do, do not meet, or are not told of."""
    known = changes.drop_nulls(_PLACE)
    known = known if known[_PLACE].is_sorted() else known.sort(_PLACE, maintain_order=True)
    same = (known[_PLACE] == known[_PLACE].shift()).fill_null(value=False)  # a further change of the cell above
    starts, ends = known.filter(~same), known.filter(~same.shift(-1, fill_value=False))
    torn = same & known["before"].ne_missing(known["after"].shift())
    touched = pl.repeat(value=False, n=len(before), eager=True).scatter(starts[_PLACE], values=True)
    wrong = (
        starts["before"].ne_missing(before.gather(starts[_PLACE])),
        ends["after"].ne_missing(after.gather(ends[_PLACE])),
        torn,
        before.ne_missing(after) & ~touched,
    )
    return changes.height - known.height + sum(int(cells.sum()) for cells in wrong)
