"""Who may be mailed: people with an email of whom no source says so. Most targets take silence for a yes."""

from collections.abc import Iterator, Mapping

import polars as pl

from crmclean.files.tables import empty
from crmclean.plan.model import Plan
from crmclean.records import FILE, FINDINGS, OUTCOME, RECORD, ROW, Severity

GATE = "consent_unknown"
UNKNOWN = "consent.unknown"
OPT_OUT = "email_opt_out"
PEOPLE = ("contacts", "leads")
_SAYING = (OPT_OUT, "marketing_status")


def unknown_share(tables: Mapping[str, pl.LazyFrame]) -> float:
    """Return the share of the people with an email of whom no source says whether they may be mailed.

    tables: canonical objects after `stale`.
    """
    counts = [table.select(pl.len(), _silent(table).sum().alias("silent")) for table in _mailable(tables).values()]
    found = [frame.row(0) for frame in pl.collect_all(counts)]
    total = sum(people for people, _ in found)
    return float(sum(silent for _, silent in found) / total) if total else 0.0


def unknown(plan: Plan, tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return these people as findings (records.FINDINGS), where the plan's gate asks for them at all."""
    if plan.gates[GATE] >= 1:
        return empty(FINDINGS)
    return pl.concat([empty(FINDINGS), *pl.collect_all(_findings(tables))])


def _findings(tables: Mapping[str, pl.LazyFrame]) -> Iterator[pl.LazyFrame]:
    for object_, table in _mailable(tables).items():
        yield table.filter(_silent(table)).select(
            object=pl.lit(object_),
            record=pl.col(RECORD),
            file=pl.col(FILE),
            row=pl.col(ROW).cast(pl.Int64),
            field=pl.lit(OPT_OUT),
            check=pl.lit(GATE),
            severity=pl.lit(Severity.WARNING.value),
            code=pl.lit(UNKNOWN),
        )


def _mailable(tables: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.LazyFrame]:
    known = {name: tables[name] for name in PEOPLE if name in tables}
    return {
        name: table.filter(pl.col(OUTCOME).is_null() if OUTCOME in names else True, pl.col("email").is_not_null())
        for name, table in known.items()
        if "email" in (names := table.collect_schema().names())
    }


def _silent(table: pl.LazyFrame) -> pl.Expr:
    said = [name for name in _SAYING if name in table.collect_schema().names()]
    return pl.all_horizontal(pl.lit(value=True), *(pl.col(name).is_null() for name in said))
