"""Which columns the measures read; the rest of an export is not even normalised."""

from collections.abc import Iterator

import polars as pl

from crmclean.hygiene.duplicates import FULL
from crmclean.matching.people import TEXTS
from crmclean.plan.kpi_model import Dictionary
from crmclean.records import FATE, PROVENANCE, REF_PREFIX

_ALWAYS = {
    "contacts": (
        "source_id", "first_name", "last_name", "full_name", "email", "email_bounced", "phone", "mobile", "company_ref",
        "company_name", "country", "region", "lifecycle", "email_opt_out", "opted_in_at", "opted_out_at",
        "marketing_status", "last_activity", "last_engaged", "last_contacted", "email_last_opened",
        "email_last_clicked", "email_last_replied", "form_last_submitted", "owner_ref", "created_at", "updated_at",
    ),
    "companies": (
        "source_id", "name", "domain", "website", "industry", "country", "type", "contact_count", "owner_ref",
        "created_at", "updated_at",
    ),
    "deals": (
        "source_id", "name", "amount", "currency", "pipeline", "stage", "status", "is_closed", "is_won", "probability",
        "close_date", "stage_entered_at", "company_ref", "contact_ref", "owner_ref", "lead_source", "last_activity",
        "created_at", "updated_at", "type",
    ),
    "leads": (
        "source_id", "first_name", "last_name", "full_name", "is_converted", "converted_at", "owner_ref", "country",
        "industry", "lead_source", "created_at", "updated_at",
    ),
    "activities": (
        "source_id", "kind", "starts_at", "due_date", "done", "done_at", "direction", "is_bulk", "person_ref",
        "parent_ref", "owner_ref", "created_at",
    ),
}  # fmt: skip
_MATCHED = {
    "contacts": TEXTS,
    "companies": (
        "phone", "street", "city", "postal_code", "region", "tax_id", "duns_number", "account_number", "parent_ref",
    ),
}  # fmt: skip


def needed(object_: str, frame: pl.LazyFrame, dictionary: Dictionary, how: str) -> pl.LazyFrame:
    """Return the columns of an object that measures, required fields and (for full matching) matching read."""
    if object_ not in _ALWAYS:
        return frame
    wanted = {*_ALWAYS[object_], *dictionary.required.get(object_, ()), *_named(object_, dictionary)}
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
