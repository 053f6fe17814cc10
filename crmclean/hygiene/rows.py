"""Measures that are a share of records: one pass over each object, all conditions together."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.hygiene.material import MONEY, OWNER
from crmclean.hygiene.values import DEFECTS, Value
from crmclean.plan.expressions import AS_OF
from crmclean.plan.kpi_model import Measure
from crmclean.records import RECORD
from crmclean.values.typed import typed

_AMONG, _DEFECT = "_among.", "_defect."


def measured_rows(
    object_: str, frame: pl.DataFrame, measures: Sequence[Measure], as_of: date
) -> Mapping[str, tuple[Value, pl.DataFrame]]:
    """Return measure id -> value and exceptions. frame: the object's records with their facts, owner and money."""
    if not measures:
        return {}
    judged = _judged(object_, frame, measures, as_of)
    return {measure.id: _measured(judged, measure) for measure in measures}


def defects_on(object_: str, frame: pl.DataFrame, measure: Measure, as_of: date) -> pl.Series:
    """Return the records that a measure names as of another day."""
    judged = _judged(object_, frame, [measure], as_of)
    return judged.filter(pl.col(_DEFECT + measure.id))[RECORD]


def _judged(object_: str, frame: pl.DataFrame, measures: Sequence[Measure], as_of: date) -> pl.DataFrame:
    """Return _record, owner, money and two Booleans for each measure; null counts as false."""
    expressions = {}
    for measure in measures:
        among = pl.sql_expr(measure.among) if measure.among else pl.lit(value=True)
        defect = pl.sql_expr(str(measure.defect))
        expressions[_AMONG + measure.id] = among.fill_null(value=False)
        expressions[_DEFECT + measure.id] = among.fill_null(value=False) & defect.fill_null(value=False)
    used = {root for each in expressions.values() for root in each.meta.root_names()} - {AS_OF}
    view = _typed(object_, frame, used).with_columns(pl.lit(as_of, pl.Date).alias(AS_OF))
    return view.select(RECORD, OWNER, MONEY, **expressions)


def _typed(object_: str, frame: pl.DataFrame, used: set[str]) -> pl.DataFrame:
    fields = canonical()[object_].fields
    columns = [RECORD, OWNER, MONEY]
    made = []
    for name in sorted(used - set(columns)):
        if name not in frame.columns:
            made.append(typed(pl.lit(None, pl.String), fields[name].type if name in fields else "text").alias(name))
        elif name in fields and frame[name].dtype == pl.String:
            made.append(typed(pl.col(name), fields[name].type).alias(name))
        else:
            made.append(pl.col(name))
    return frame.select(*columns, *made)


def _measured(judged: pl.DataFrame, measure: Measure) -> tuple[Value, pl.DataFrame]:
    among, faults = int(judged[_AMONG + measure.id].sum()), int(judged[_DEFECT + measure.id].sum())
    found = judged.filter(pl.col(_DEFECT + measure.id))
    defects = found.select(
        pl.lit(measure.id).alias("measure"),
        pl.lit(measure.object).alias("object"),
        pl.col(RECORD).alias("record"),
        pl.lit(None, pl.String).alias("field"),
        pl.col(OWNER).alias("owner"),
        pl.col(MONEY).alias("money"),
    )
    good = among - faults if measure.complement else faults
    return Value.of(measure, good, among), defects.match_to_schema(DEFECTS)
