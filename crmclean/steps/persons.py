"""Names of persons: usual case, full names split where both parts are missing, and marks on what is no person.

A full name never overwrites a first or last name, and a missing full name is not made up: values.persons.joined gives
it where a target wants one.
"""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.records import WHY_PREFIX
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import persons
from crmclean.values.results import result

_SPLIT = {
    "salutation": "title",
    "first_name": "first",
    "middle_name": "middle",
    "last_name": "last",
    "name_suffix": "suffix",
}
_cased_fields = fields_of_kind("given_name", "family_name", "full_name")
_PARSED = "_parsed"


def _columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    fields = _cased_fields(object_, present)
    if "full_name" not in fields:
        return fields
    schema = canonical()[object_]
    return tuple(name for name in schema.fields if name in fields or name in _SPLIT)


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    fields = _cased_fields(context.object, context.columns)
    frame = write(frame, {field: _answer(field) for field in fields})
    return _split(frame, context) if "full_name" in fields else frame


def _split(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    fields = _cased_fields(context.object, context.columns)
    targets = [name for name in _columns(context.object, context.columns) if name in _SPLIT]
    missing = [name for name in targets if name not in context.columns]
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
    unsplit = pl.col("first_name").is_null() & pl.col("last_name").is_null()
    parsed = persons.parse(pl.when(unsplit).then(pl.col("full_name")))
    answers = {name: _part(name, said=name in fields) for name in targets}
    return write(frame.with_columns(parsed.alias(_PARSED)), answers).drop(_PARSED)


def _part(name: str, *, said: bool) -> pl.Expr:
    """The part of the full name where the field is empty; `said`: the field has a reason already, which stays."""
    first, last, part = (pl.col(_PARSED).struct.field(field) for field in ("first", "last", _SPLIT[name]))
    taken = first.is_not_null() & last.is_not_null() & pl.col(name).is_null() & part.is_not_null()
    reason = pl.col(WHY_PREFIX + name) if said else pl.lit(None, dtype=pl.String)
    return result(
        pl.when(taken).then(part).otherwise(pl.col(name)),
        pl.when(taken).then(pl.lit("persons.split")).otherwise(reason),
    )


def _answer(field: str) -> pl.Expr:
    value = pl.col(field)
    answer = persons.display(value) if field == "full_name" else persons.cased(value)
    if field in {"first_name", "middle_name"}:
        return answer
    mark = (
        pl.when(value.str.contains("@", literal=True)).then(pl.lit("persons.email"))
        .when(persons.is_organisation(value)).then(pl.lit("persons.organisation"))
        .when(persons.two_people(value)).then(pl.lit("persons.two-people"))
    )  # fmt: skip
    return pl.when(mark.is_not_null()).then(result(value, mark)).otherwise(answer)


STEP = Step("persons.name", _columns, _apply)
