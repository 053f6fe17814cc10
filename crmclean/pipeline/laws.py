"""The laws that every run asserts about itself before it reports success.

A broken law is a bug in crmclean, never in the data: BalanceError, exit code 1, and the place where it broke.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from crmclean.errors import BalanceError, Fault
from crmclean.files.tables import empty
from crmclean.pipeline.balance import Line
from crmclean.pipeline.replaying import astray
from crmclean.records import CHANGES, RECORD, Outcome

_HINT = "this is a bug in crmclean: nothing was sent on the strength of it; please report it with run/run.log"


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
    recorded = told.collect(engine="in-memory")
    for object_, table in loaded.items():
        first, last = (each.collect(engine="in-memory") for each in (table, final[object_]))
        if not first[RECORD].equals(last[RECORD]):
            yield _broken(object_, "the order or number of rows has changed", 2)
            continue
        fields = (
            recorded.filter(pl.col("object") == object_).drop("object").rechunk().partition_by("field", as_dict=True)
        )
        for field, problem in astray(first, last, {str(key[0]): part for key, part in fields.items()}):
            yield _broken(f"{object_}.{field}", problem, 2)


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
