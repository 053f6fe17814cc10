"""Which stage every live record is imported in.

The plan's expressions place people and companies: the first that is true wins; `last_engaged` in them is what `stale`
goes by, over all members of a cluster. A company joins the earliest stage of
its people and subsidiaries; deals, activities and links come with the last of the records that they refer to; what
nothing places goes to the last stage, and users, whom everybody needs, to the first.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.pipeline.engagement import last_engaged, looked_at
from crmclean.plan.expressions import faults_of, flagged
from crmclean.plan.model import Plan, Stage
from crmclean.records import OUTCOME, RECORD, REF_PREFIX, Outcome

IN_NO_STAGE = "stage.none"
_PEOPLE = ("contacts", "leads")
_FOLLOWERS = ("deals", "activities", "links")  # in this order: activities may belong to deals, links to both
_ENGAGED = "last_engaged"
_PLACED = {RECORD: pl.String, "stage": pl.Int64}


def assign(
    plan: Plan, tables: Mapping[str, pl.LazyFrame], as_of: date | None, pilot: int | None = None
) -> pl.DataFrame:
    """Return `_record` and `stage` (its position in the plan; null: in no stage) of every live record.

    tables: every canonical object after `stale`. pilot: the first stage is a pilot slice of so many people at most,
    with their companies; the others stand where the further stages place them.

    Raises:
        PlanError: a stage's condition cannot be used.
    """
    live = {object_: _live(table) for object_, table in tables.items() if object_ in canonical()}
    if as_of is not None and any(_ENGAGED in stage.where for stage in plan.stages):
        engaged = last_engaged(looked_at(tables), as_of)
        live |= {name: _with_engagement(live[name], engaged) for name in _PEOPLE if name in live}
    usual = plan.stages[1:] if pilot is not None else plan.stages
    people = _placed(live, usual, _PEOPLE, as_of)
    own = _placed(live, usual, ("companies",), as_of)
    if pilot is not None:
        chosen = _first(_placed(live, plan.stages[:1], _PEOPLE, as_of), pilot)
        if chosen.is_empty():
            chosen = _first(_placed(live, plan.stages[:1], ("companies",), as_of), pilot)
        people, own = (_with_pilot(each, chosen) for each in (people, own))
    companies = _with_subsidiaries(_with_people(own, people, live), live)
    users = live["users"].select(RECORD, stage=pl.lit(0, pl.Int64)).collect() if "users" in live else _nobody()
    everything = pl.concat([users, companies, people])
    for object_ in _FOLLOWERS:
        if object_ in live:
            everything = pl.concat([everything, _following(live[object_], everything, users, len(plan.stages) - 1)])
    return everything.sort(RECORD)


def _placed(
    live: Mapping[str, pl.LazyFrame], stages: Sequence[Stage], objects: Sequence[str], as_of: date | None
) -> pl.DataFrame:
    placed = [_by_condition(live[name], stages, name, as_of) for name in objects if name in live]
    return pl.concat([_nobody(), *placed])


def _first(placed: pl.DataFrame, count: int) -> pl.DataFrame:
    return placed.filter(pl.col("stage") == 0).sort(RECORD).head(count)


def _with_pilot(placed: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Move everybody one stage back, and the chosen ones to the front."""
    front = pl.col(RECORD).is_in(chosen[RECORD].implode())
    return placed.with_columns(stage=pl.when(front).then(pl.lit(0, pl.Int64)).otherwise(pl.col("stage") + 1))


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema=_PLACED)


def _live(table: pl.LazyFrame) -> pl.LazyFrame:
    if OUTCOME not in table.collect_schema().names():
        return table
    return table.filter(pl.col(OUTCOME).is_null() | (pl.col(OUTCOME) == Outcome.READY.value))


def _with_engagement(people: pl.LazyFrame, engaged: pl.DataFrame) -> pl.LazyFrame:
    days = engaged.lazy().select(pl.col("person").alias(RECORD), pl.col("on").cast(pl.String).alias(_ENGAGED))
    return people.drop(_ENGAGED, strict=False).join(days, on=RECORD, how="left", maintain_order="left")


def _by_condition(table: pl.LazyFrame, stages: Sequence[Stage], object_: str, as_of: date | None) -> pl.DataFrame:
    """Place by the plan's conditions; one that asks for fields which the object has not is not true for it."""
    columns = tuple(table.collect_schema().names())
    names = []
    for number, stage in enumerate(stages):
        if not _foreign(stage.where, object_, columns):
            names.append((number, f"_stage.{number}"))
            table = flagged(table, stage.where, object_, as_of, name=f"_stage.{number}")
    first = pl.coalesce(
        pl.lit(None, pl.Int64), *(pl.when(pl.col(name)).then(pl.lit(number, pl.Int64)) for number, name in names)
    )
    return table.select(RECORD, stage=first).collect()


def _foreign(sql: str, object_: str, columns: tuple[str, ...]) -> bool:
    """Return whether a condition speaks of fields that only other objects have."""
    elsewhere = tuple(name for schema in canonical().values() for name in schema.fields)
    return bool(faults_of(sql, object_, "stage", extra=columns)) and not faults_of(
        sql, object_, "stage", extra=(*columns, *elsewhere)
    )


def references(table: pl.LazyFrame) -> list[str]:
    """Return the columns that hold the record ids of parents."""
    return [name for name in table.collect_schema().names() if name.startswith(REF_PREFIX)]


def _pointing(table: pl.LazyFrame, names: Sequence[str] | None = None) -> pl.DataFrame:
    """Return `_record` and `parent`, one row per filled reference."""
    present = [name for name in references(table) if names is None or name in names]
    return (
        table.select(RECORD, *present)
        .unpivot(on=present, index=RECORD, value_name="parent")
        .select(RECORD, pl.col("parent").cast(pl.String))
        .drop_nulls()
        .collect()
    )


def _with_people(own: pl.DataFrame, people: pl.DataFrame, live: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    pointing = [_pointing(live[name]) for name in _PEOPLE if name in live]
    return _earliest(own, people, pl.concat(pointing)) if pointing else own


def _with_subsidiaries(companies: pl.DataFrame, live: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Lift parent companies level by level; a stage can only fall, so this ends, cycles included."""
    if "companies" not in live:
        return companies
    pointing = _pointing(live["companies"], [f"{REF_PREFIX}parent_ref"])
    while True:
        lifted = _earliest(companies, companies, pointing)
        if lifted.equals(companies):
            return companies
        companies = lifted


def _earliest(parents: pl.DataFrame, children: pl.DataFrame, pointing: pl.DataFrame) -> pl.DataFrame:
    """Return the parents, each in the earliest of its own stage and its children's."""
    earliest = pointing.join(children, on=RECORD).group_by("parent").agg(child=pl.col("stage").min())
    return parents.join(earliest, left_on=RECORD, right_on="parent", how="left", maintain_order="left").select(
        RECORD, stage=pl.min_horizontal("stage", "child")
    )


def _following(table: pl.LazyFrame, placed: pl.DataFrame, users: pl.DataFrame, last: int) -> pl.DataFrame:
    """Place records with the last of those that they refer to; owners do not count."""
    others = placed.join(users, on=RECORD, how="anti")
    pointing = _pointing(table).join(others, left_on="parent", right_on=RECORD)
    latest = pointing.group_by(RECORD).agg(pl.col("stage").max())
    records = table.select(RECORD).collect()
    return records.join(latest, on=RECORD, how="left", maintain_order="left").select(
        RECORD, pl.col("stage").fill_null(last)
    )
