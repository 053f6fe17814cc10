"""Exceptions against those of the last run: new with their cause, open since when, fixed."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.hygiene.computed import DUPLICATES
from crmclean.hygiene.history import History, Point
from crmclean.hygiene.material import MONEY, OWNER, Material
from crmclean.hygiene.measuring import Measured
from crmclean.hygiene.rows import defects_on
from crmclean.hygiene.values import PLACE
from crmclean.pipeline.engagement import day
from crmclean.records import RECORD

NEW, OPEN, FIXED = "new", "open", "fixed"
OUR_IMPORT, NEW_RECORD, RULE, AGEING, EDIT = "our import", "new record", "rule change", "ageing", "later edit"
UNTRACED, REOPENED, LAPSED = "not traced", "decision open again", "acceptance ran out"
CAUSES = (LAPSED, REOPENED, OUR_IMPORT, NEW_RECORD, RULE, AGEING, EDIT, UNTRACED)
_STATE, _CAUSE = pl.Enum(sorted((NEW, OPEN, FIXED))), pl.Enum(sorted(CAUSES))
_KEY = ["measure", "record", "field"]


def traced(
    found: Measured,
    material: Material,
    history: History,
    before: Point | None,
    rules: Mapping[str, str],
    imported: pl.Series,
) -> pl.DataFrame:
    """Return the exceptions with since (day), state (new or open) and cause (of new ones).

    before: the run to compare with; without one every exception is open since today. rules: measure -> hash of how it
    is worked out. imported: records that our own import made.
    """
    if before is None:
        today = pl.lit(material.as_of, pl.Date)
        return found.defects.with_columns(since=today, state=pl.lit(OPEN, _STATE), cause=pl.lit(None, _CAUSE))
    known = _numbered(history.part(before.run, "defects"), found.defects)
    told = found.defects.join(known, on=_KEY, how="left", nulls_equal=True, maintain_order="left")
    fresh = pl.col("since").is_null()
    told = told.with_columns(
        state=pl.when(fresh).then(pl.lit(NEW, _STATE)).otherwise(pl.lit(OPEN, _STATE)),
        since=pl.col("since").fill_null(material.as_of),
    )
    cause = _causes(told, found, material, history.part(before.run, "records")["record"], before, rules, imported)
    return told.with_columns(cause=pl.when(pl.col("state") == NEW).then(cause).cast(_CAUSE))


def with_lapsed(exceptions: pl.DataFrame, lapsed: pl.Series) -> pl.DataFrame:
    """Say of new exceptions that were accepted until now that this is why. lapsed: whether each was."""
    why = (pl.col("state") == NEW) & lapsed
    return exceptions.with_columns(cause=pl.when(why).then(pl.lit(LAPSED, _CAUSE)).otherwise("cause"))


def _numbered(known: pl.DataFrame, defects: pl.DataFrame) -> pl.DataFrame:
    """Return exceptions of the last run whose measures still are some."""
    measures = defects.schema["measure"]
    return known.with_columns(pl.col("measure").cast(measures, strict=False)).drop_nulls("measure")


def _causes(
    told: pl.DataFrame,
    found: Measured,
    material: Material,
    there: pl.Series,
    before: Point,
    rules: Mapping[str, str],
    imported: pl.Series,
) -> pl.Expr:
    """The first cause that holds; a record cannot be old and new, and a changed rule says nothing of the record."""
    changed = [name for name, rule in rules.items() if name not in before.lines or before.lines[name].rule != rule]
    unknown = ~pl.col("record").is_in(there.implode()) & (pl.col("object") != "users")
    aged = pl.struct("measure", "record").is_in(_aged(told, found, material, before.as_of).implode())
    edited = pl.col("record").is_in(_edited(material, before.as_of).implode())
    doubles = [name for name, measure in material.dictionary.measures.items() if measure.compute == DUPLICATES]
    again = pl.concat([material.reopened["left"], material.reopened["right"]])
    return (
        pl.when(pl.col("measure").is_in(doubles) & pl.col("record").is_in(again.implode()))
        .then(pl.lit(REOPENED))
        .when(unknown & pl.col("record").is_in(imported.implode()))
        .then(pl.lit(OUR_IMPORT))
        .when(unknown)
        .then(pl.lit(NEW_RECORD))
        .when(pl.col("measure").is_in(changed))
        .then(pl.lit(RULE))
        .when(aged)
        .then(pl.lit(AGEING))
        .when(edited)
        .then(pl.lit(EDIT))
        .otherwise(pl.lit(UNTRACED))
    )


def _aged(told: pl.DataFrame, found: Measured, material: Material, earlier: date) -> pl.Series:
    """Return measure and record of what would have been no exception on the day of the last run, as it stands now."""
    pairs = [told.select("measure", "record").clear()]
    new = told.filter(pl.col("state") == NEW)
    for measure in material.dictionary.measures.values():
        if measure.ageing and measure.defect and measure.id in new["measure"]:
            mine = new.filter(pl.col("measure") == measure.id)
            frame = found.frames[measure.object].select(pl.all().gather(mine["place"]))
            then = defects_on(measure.object, frame, measure, earlier)
            pairs.append(mine.filter(~then).select("measure", "record"))
    return pl.concat(pairs).to_struct("pair")


def _edited(material: Material, earlier: date) -> pl.Series:
    """Return the records that were edited since; where no column tells, any old record must have been."""
    parts = [pl.Series([], dtype=pl.String)]
    for table in material.tables.values():
        if "updated_at" in table.columns and table["updated_at"].null_count() < table.height:
            parts.append(table.filter(day("updated_at") >= earlier)[RECORD])
        else:
            parts.append(table[RECORD])
    return pl.concat([part.alias(RECORD) for part in parts])


def fixed(
    found: Measured, defects: pl.DataFrame, material: Material, history: History, before: Point | None
) -> pl.DataFrame:
    """Return the exceptions of the last run that are none any more, where the measure still is one."""
    if before is None:
        return defects.clear()
    measurable = [value.measure.id for value in found.values if value.value is not None]
    known = _numbered(history.part(before.run, "defects"), defects).filter(pl.col("measure").is_in(measurable))
    gone = known.join(defects, on=_KEY, how="anti", nulls_equal=True).sort(*_KEY)
    objects = {measure.id: measure.object for measure in material.dictionary.measures.values()}
    lines = gone.with_columns(
        object=pl.col("measure").replace_strict(objects, default=None, return_dtype=defects.schema["object"]),
        state=pl.lit(FIXED, _STATE),
        cause=pl.lit(None, _CAUSE),
    )
    owned = [
        frame.select(record=RECORD, owner=OWNER, money=MONEY).with_row_index(PLACE)
        for name, frame in found.frames.items()
        if name in objects.values()
    ]
    return lines.join(pl.concat(owned), on="record", how="left", maintain_order="left").select(defects.columns)
