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
_APART = (
    ("first_name", "salutation", persons.title_apart, "persons.title"),
    ("last_name", "name_suffix", persons.suffix_apart, "persons.suffix"),
)
_cased_fields = fields_of_kind("given_name", "family_name", "full_name")
_NAMES = ("first_name", "middle_name", "last_name")
_PARSED = "_parsed"


def _columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    fields = _cased_fields(object_, present)
    if not fields:
        return ()
    schema = canonical()[object_]
    added = _SPLIT if "full_name" in fields else [into for field, into, *_ in _APART if field in fields]
    return tuple(name for name in schema.fields if name in fields or name in added)


def _apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    fields = _cased_fields(context.object, context.columns)
    columns = _columns(context.object, context.columns)
    missing = [name for name in columns if name not in context.columns]
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
    frame = write(frame, {field: _answer(field) for field in fields})
    if {"first_name", "last_name"} <= set(fields):
        frame = frame.with_columns(_repeated().alias(WHY_PREFIX + "last_name"))
    frame = write(frame, _apart(fields, columns))
    return _split(frame, columns, fields) if "full_name" in fields else frame


def _repeated() -> pl.Expr:
    """Mark a last name that is the first name again, where there is no other reason."""
    same = pl.col("first_name").str.to_lowercase() == pl.col("last_name").str.to_lowercase()
    return pl.coalesce(WHY_PREFIX + "last_name", pl.when(same).then(pl.lit("persons.repeated")))


def _apart(fields: Sequence[str], columns: Sequence[str]) -> dict[str, pl.Expr]:
    """A title in front of a first name and a suffix behind a last name, moved where their own field is empty."""
    answers = {}
    for field, into, found, code in _APART:
        if field in fields and into in columns:
            part, rest = found(pl.col(field))
            taken = part.is_not_null() & pl.col(into).is_null()
            why = pl.when(taken).then(pl.lit(code))
            answers[into] = result(pl.when(taken).then(part).otherwise(pl.col(into)), why)
            cut = pl.when(taken).then(_usual(rest)).otherwise(pl.col(field))
            answers[field] = result(cut, pl.coalesce(why, pl.col(WHY_PREFIX + field)))
    return answers


def _split(frame: pl.LazyFrame, columns: Sequence[str], fields: Sequence[str]) -> pl.LazyFrame:
    unsplit = pl.col("first_name").is_null() & pl.col("last_name").is_null()
    parsed = persons.parse(pl.when(unsplit).then(pl.col("full_name")))
    moved = [into for field, into, *_ in _APART if field in fields and into in columns]
    answers = {name: _part(name, said=name in fields or name in moved) for name in columns if name in _SPLIT}
    return write(frame.with_columns(parsed.alias(_PARSED)), answers).drop(_PARSED)


def _part(name: str, *, said: bool) -> pl.Expr:
    """The part of the full name where the field is empty; `said`: the field has a reason already, which stays."""
    first, last, part = (pl.col(_PARSED).struct.field(field) for field in ("first", "last", _SPLIT[name]))
    taken = first.is_not_null() & last.is_not_null() & pl.col(name).is_null() & part.is_not_null()
    part = _usual(part) if name in _NAMES else part
    reason = pl.col(WHY_PREFIX + name) if said else pl.lit(None, dtype=pl.String)
    return result(
        pl.when(taken).then(part).otherwise(pl.col(name)),
        pl.when(taken).then(pl.lit("persons.split")).otherwise(reason),
    )


def _usual(part: pl.Expr) -> pl.Expr:
    """A part in one case that stood in a cell of mixed case: as the next run would write it."""
    return persons.cased(part).struct.field("value")


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
