"""Which columns the measures read; the rest of an export is not even normalised."""

from collections.abc import Iterator

import polars as pl

from crmclean.hygiene.duplicates import FULL
from crmclean.hygiene.material import READ
from crmclean.matching.people import TEXTS
from crmclean.plan.kpi_model import Dictionary
from crmclean.records import FATE, PROVENANCE, REF_PREFIX

_MATCHED = {
    "contacts": TEXTS,
    "companies": (
        "phone", "street", "city", "postal_code", "region", "tax_id", "duns_number", "account_number", "parent_ref",
    ),
}  # fmt: skip


def needed(object_: str, frame: pl.LazyFrame, dictionary: Dictionary, how: str) -> pl.LazyFrame:
    """Return the columns of an object that measures, required fields and (for full matching) matching read."""
    if object_ not in READ:
        return frame
    wanted = {*READ[object_], *dictionary.required.get(object_, ()), *_named(object_, dictionary)}
    wanted |= {name for stage in dictionary.stages for name in stage.required} if object_ == "deals" else set()
    extras = how == FULL and object_ in _MATCHED
    wanted |= set(_MATCHED[object_]) if extras else set()
    reserved = {*PROVENANCE, *FATE}
    kept = [
        name
        for name in frame.collect_schema().names()
        if name in reserved or name.removeprefix(REF_PREFIX) in wanted or (extras and name.startswith("x_"))
    ]
    return frame.select(kept)


def _named(object_: str, dictionary: Dictionary) -> Iterator[str]:
    """Yield the fields that conditions of measures name."""
    for measure in dictionary.measures.values():
        if measure.object == object_:
            for sql in filter(None, (measure.defect, measure.among)):
                yield from pl.sql_expr(sql).meta.root_names()
