"""The laws that every run asserts about itself before it reports success.

A broken law is a bug in crmclean, never in the data: BalanceError, exit code 1, and the place where it broke.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from crmclean.errors import BalanceError, Fault
from crmclean.files.tables import empty
from crmclean.pipeline.balance import Line
from crmclean.records import CHANGES, FILE, RECORD, ROW, SOURCE, Outcome

_HINT = "this is a bug in crmclean: nothing was sent on the strength of it; please report it with run/run.log"
_UNCHANGED = pl.DataFrame(schema={"_seq": pl.UInt32, "_n": pl.UInt32, "before": pl.String, "after": pl.String})
_UNTOUCHED = (RECORD, SOURCE, FILE, ROW)


def check_outcomes(loaded: Mapping[str, pl.LazyFrame], ledger: pl.LazyFrame) -> Iterator[Fault]:
    """Law 1: every source record has exactly one outcome, and a merged one points to a survivor that is none itself."""
    lines = ledger.select("object", "record", "outcome", "into").collect()
    for object_, table in loaded.items():
        read = table.select(pl.col(RECORD)).collect()[RECORD]
        own = lines.filter(pl.col("object") == object_)["record"]
        if not read.sort().equals(own.sort()):
            yield _broken("ledger", f"{object_}: {read.len()} records were read, {own.n_unique()} are accounted for", 1)
    merged = lines.filter(pl.col("outcome") == Outcome.MERGED.value)
    chains = merged.join(lines, left_on="into", right_on="record", how="left", suffix="_into")
    lost = chains.filter(pl.col("outcome_into").is_null() | (pl.col("outcome_into") == Outcome.MERGED.value))
    if lost.height:
        yield _broken("ledger", f"{lost.height} merged records point to no survivor", 1)


def check_replay(
    loaded: Mapping[str, pl.LazyFrame], final: Mapping[str, pl.LazyFrame], changes: Sequence[pl.LazyFrame]
) -> Iterator[Fault]:
    """Law 2: playing the changes backwards from the end of `stale` gives the cells that `load` read.

    changes: of each phase, in the order of the phases.
    """
    told = pl.concat([empty(CHANGES).lazy(), *changes]).select("object", "record", "field", "before", "after")
    recorded = told.with_row_index("_seq").collect()
    for object_, table in loaded.items():
        first, last = table.collect(), final[object_].collect()
        if not first[RECORD].equals(last[RECORD]):
            yield _broken(object_, "the order or number of rows has changed", 2)
            continue
        fields = _by_field(recorded.filter(pl.col("object") == object_), first[RECORD])
        for field in last.columns:
            yield from _check_field(object_, field, first, last, fields.get(field, _UNCHANGED))


def _by_field(changes: pl.DataFrame, records: pl.Series) -> dict[str, pl.DataFrame]:
    """Return the changes of each field in order, with the place `_n` of their record in the table."""
    places = pl.DataFrame({"record": records}).with_row_index("_n")
    placed = changes.join(places, on="record", how="left", maintain_order="left").select(
        "field", "_seq", "_n", "before", "after"
    )
    return {str(key[0]): part for key, part in placed.partition_by("field", as_dict=True).items()}


def _check_field(
    object_: str, field: str, first: pl.DataFrame, last: pl.DataFrame, changes: pl.DataFrame
) -> Iterator[Fault]:
    nothing = pl.repeat(None, first.height, dtype=pl.String, eager=True)
    before, after = first[field] if field in first.columns else nothing, last[field]
    if changes.is_empty() or field in _UNTOUCHED:
        if not before.equals(after):
            yield _broken(f"{object_}.{field}", "cells changed without a record of it", 2)
        return
    placed = changes.drop_nulls("_n")
    wrong = changes.height - placed.height + _unlike(before, after, placed) + _torn(placed)
    if wrong:
        yield _broken(f"{object_}.{field}", f"{wrong} cells do not replay", 2)


def _unlike(before: pl.Series, after: pl.Series, changes: pl.DataFrame) -> int:
    """Count cells whose first change does not start, or whose last one does not end, where the tables do."""
    starts = ends = changes
    if _repeated(changes):
        starts = changes.unique("_n", keep="first", maintain_order=True)
        ends = changes.unique("_n", keep="last", maintain_order=True)
    touched = pl.repeat(value=False, n=len(before), eager=True).scatter(starts["_n"], values=True)
    return sum(
        (
            int(starts["before"].ne_missing(before.gather(starts["_n"])).sum()),
            int(ends["after"].ne_missing(after.gather(ends["_n"])).sum()),
            int((before.ne_missing(after) & ~touched).sum()),
        )
    )


def _repeated(changes: pl.DataFrame) -> bool:
    """Whether any cell changed more than once."""
    return changes["_n"].n_unique() < changes.height


def _torn(changes: pl.DataFrame) -> int:
    """Count changes of a cell that do not start where the one before ended."""
    if not _repeated(changes):
        return 0
    ordered = changes.sort("_n", "_seq")
    same = (ordered["_n"].shift(-1) == ordered["_n"]).fill_null(value=False)
    return int((same & ordered["before"].shift(-1).ne_missing(ordered["after"])).sum())


def check_balance(lines: Sequence[Line]) -> Iterator[Fault]:
    """Law 1, in sums: records, links and money come out equal."""
    for line in lines:
        if not line.closes:
            yield _broken(f"balance of {line.what}", f"{line.key}: read {line.read}, accounted for {line.accounted}", 1)


def enforce(faults: Sequence[Fault]) -> None:
    """Raise what was found.

    Raises:
        BalanceError: a law is broken.
    """
    if faults:
        raise BalanceError(*faults)


def _broken(where: str, problem: str, law: int) -> Fault:
    return Fault(where, problem, _HINT, f"law.{law}")
