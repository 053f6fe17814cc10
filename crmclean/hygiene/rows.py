"""What measures say of each record: one pass over an object, all conditions together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.hygiene.material import MONEY, OWNER
from crmclean.hygiene.values import PLACE, Mark, Value
from crmclean.plan.expressions import AS_OF
from crmclean.plan.kpi_model import Measure
from crmclean.records import RECORD
from crmclean.values.typed import typed

_AMONG, _DEFECT, _ORDER = "_among.", "_defect.", "_order"


def read_by(measures: Iterable[Measure]) -> frozenset[str]:
    """Return the columns that the conditions of measures read."""
    conditions = (sql for measure in measures for sql in (measure.defect, measure.among) if sql)
    return frozenset(root for sql in conditions for root in pl.sql_expr(sql).meta.root_names())


def marked_rows(
    object_: str, frame: pl.DataFrame, measures: Sequence[Measure], as_of: date
) -> Iterator[tuple[Value, Mark]]:
    """Yield each measure's value and what it names. frame: the object's records with the facts that measures read."""
    if not measures:
        return
    judged = _judged(object_, frame, measures, as_of)
    for measure in measures:
        among, which = judged[_AMONG + measure.id], judged[_DEFECT + measure.id]
        faults, count = int(which.sum()), int(among.sum())
        yield Value.of(measure, count - faults if measure.complement else faults, count), Mark(measure, which)


def defects_on(object_: str, frame: pl.DataFrame, measure: Measure, as_of: date) -> pl.Series:
    """Return whether a measure names each record as of another day."""
    return _judged(object_, frame, [measure], as_of)[_DEFECT + measure.id]


def named(frame: pl.DataFrame, order: pl.Series, marks: Sequence[Mark], shape: pl.Schema) -> Mapping[str, pl.DataFrame]:
    """Return measure id -> what it names of one object, by record and field in the order of their texts.

    order: the rows of the frame in the order of their records. shape: see values.defects.
    """
    flags = pl.DataFrame([mark.which.alias(str(number)) for number, mark in enumerate(marks)])
    some = flags.select(pl.any_horizontal(pl.all())).to_series()
    places = order.filter(some.gather(order)).alias(PLACE)
    own = frame.select(pl.col(RECORD, OWNER, MONEY).gather(places))
    rows = pl.concat([places.to_frame(), own, flags.select(pl.all().gather(places))], how="horizontal")
    rows = rows.with_row_index(_ORDER)
    parts: dict[str, list[pl.DataFrame]] = {}
    for number, mark in sorted(enumerate(marks), key=lambda each: each[1].field or ""):
        parts.setdefault(mark.measure.id, []).append(_of(rows.filter(str(number)), mark, shape))
    return {name: _by_record(each).drop(_ORDER) for name, each in parts.items()}


def _of(rows: pl.DataFrame, mark: Mark, shape: pl.Schema) -> pl.DataFrame:
    return rows.select(
        pl.lit(mark.measure.id, shape["measure"]).alias("measure"),
        pl.lit(mark.measure.object, shape["object"]).alias("object"),
        PLACE,
        pl.col(RECORD).alias("record"),
        pl.lit(mark.field, pl.String).alias("field"),
        pl.col(OWNER).alias("owner"),
        pl.col(MONEY).alias("money"),
        _ORDER,
    )


def _by_record(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return parts[0] if len(parts) == 1 else pl.concat(parts).sort(_ORDER, maintain_order=True)


def _judged(object_: str, frame: pl.DataFrame, measures: Sequence[Measure], as_of: date) -> pl.DataFrame:
    """Return two Booleans for each measure; null counts as false."""
    expressions = {}
    for measure in measures:
        among = pl.sql_expr(measure.among) if measure.among else pl.lit(value=True)
        defect = pl.sql_expr(str(measure.defect))
        expressions[_AMONG + measure.id] = among.fill_null(value=False)
        expressions[_DEFECT + measure.id] = among.fill_null(value=False) & defect.fill_null(value=False)
    view = frame.with_columns(_typed(object_, frame, read_by(measures) - {AS_OF}))
    return view.with_columns(pl.lit(as_of, pl.Date).alias(AS_OF)).with_columns(**expressions).select(*expressions)


def _typed(object_: str, frame: pl.DataFrame, used: Set[str]) -> Iterator[pl.Expr]:
    fields = canonical()[object_].fields
    for name in sorted(used):
        if name not in frame.columns:
            yield typed(pl.lit(None, pl.String), fields[name].type if name in fields else "text").alias(name)
        elif name in fields and frame[name].dtype == pl.String:
            yield typed(pl.col(name), fields[name].type).alias(name)
