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
    recorded = pl.concat([empty(CHANGES).lazy(), *changes]).with_row_index("_seq").collect()
    for object_, table in loaded.items():
        first, last = table.collect(), final[object_].collect()
        if first[RECORD].to_list() != last[RECORD].to_list():
            yield _broken(object_, "the order or number of rows has changed", 2)
            continue
        own = recorded.filter(pl.col("object") == object_).partition_by("field", as_dict=True)
        known = {key[0]: part for key, part in own.items()}
        for field in last.columns:
            yield from _check_field(object_, field, first, last, known.get(field))


def _check_field(
    object_: str, field: str, first: pl.DataFrame, last: pl.DataFrame, changes: pl.DataFrame | None
) -> Iterator[Fault]:
    before = (
        first[field] if field in first.columns else pl.Series(field, [None], pl.String).new_from_index(0, first.height)
    )
    after = last[field]
    if changes is None or field in _UNTOUCHED:
        if not before.equals(after):
            yield _broken(f"{object_}.{field}", "cells changed without a record of it", 2)
        return
    ordered = changes.sort("_seq")
    ends = ordered.group_by("record").agg(pl.col("before").first(), pl.col("after").last())
    cells = pl.DataFrame({"record": last[RECORD], "was": before, "is": after})
    told = cells.join(ends.with_columns(told=pl.lit(value=True)), on="record", how="left", maintain_order="left")
    replayed = pl.when("told").then(pl.col("before")).otherwise(pl.col("is"))
    wrong = told.filter(
        replayed.ne_missing(pl.col("was")) | (pl.col("told") & pl.col("after").ne_missing(pl.col("is")))
    )
    gaps = ordered.with_columns(next=pl.col("before").shift(-1).over("record", order_by="_seq"), more=_more())
    torn = gaps.filter(pl.col("more") & pl.col("next").ne_missing(pl.col("after")))
    if wrong.height or torn.height:
        yield _broken(f"{object_}.{field}", f"{wrong.height + torn.height} cells do not replay", 2)


def _more() -> pl.Expr:
    return pl.col("_seq") < pl.col("_seq").max().over("record")


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
