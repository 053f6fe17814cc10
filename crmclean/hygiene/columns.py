"""Which columns the measures read; the rest of an export is not even normalised."""

from collections.abc import Iterator

import polars as pl

from crmclean.hygiene.duplicates import FULL
from crmclean.hygiene.material import READ
from crmclean.hygiene.moves import tells_entry
from crmclean.matching.people import TEXTS
from crmclean.pipeline.load.narrowing import Wanted
from crmclean.plan.kpi_model import Dictionary
from crmclean.records import RECORD

_MATCHED = {
    "contacts": TEXTS,
    "companies": (
        "phone", "street", "city", "postal_code", "region", "tax_id", "duns_number", "account_number", "parent_ref",
    ),
}  # fmt: skip


def reader(dictionary: Dictionary, how: str) -> Wanted:
    """Return which columns measures, required fields, stage history and (for full matching) matching read.

    Activities are told apart only where a measure names them: they are counted, and there are many.
    """
    fields = {object_: frozenset(_fields(object_, dictionary, how)) for object_ in READ}
    measured = {measure.object for measure in dictionary.measures.values()}

    def wanted(object_: str, column: str, header: str) -> bool:
        if object_ == "activities" and column in (RECORD, "source_id"):
            return object_ in measured
        if object_ not in fields or column in fields[object_] or column == RECORD:
            return True
        extra = how == FULL and object_ in _MATCHED and column.startswith("x_")
        return extra or (object_ == "deals" and tells_entry(header))

    return wanted


def _fields(object_: str, dictionary: Dictionary, how: str) -> Iterator[str]:
    yield from READ[object_]
    yield from dictionary.required.get(object_, ())
    yield from _named(object_, dictionary)
    if object_ == "deals":
        yield from (name for stage in dictionary.stages for name in stage.required)
    if how == FULL:
        yield from _MATCHED.get(object_, ())


def _named(object_: str, dictionary: Dictionary) -> Iterator[str]:
    """Yield the fields that conditions of measures name."""
    for measure in dictionary.measures.values():
        if measure.object == object_:
            for sql in filter(None, (measure.defect, measure.among)):
                yield from pl.sql_expr(sql).meta.root_names()
