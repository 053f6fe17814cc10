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
from crmclean.values.codes import KEPT
from crmclean.values.distinct import once_each
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
_MORE = "persons.more"
_PARSED, _TOLD = "_parsed", "_told."
_CELL, _VALUE, _CODE = pl.col("cell"), pl.col("value"), pl.col("code")
_Told = pl.Struct(dict.fromkeys(("value", "code", "low", "part", "rest"), pl.String))


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
    told = frame.with_columns(_told(field).alias(_TOLD + field) for field in fields)
    answers = {field: result(_of(field, "value"), _reason(field, fields)) for field in fields}
    frame = write(told, answers | _apart(fields, columns)).drop(_TOLD + field for field in fields)
    return _split(frame, columns, fields) if "full_name" in fields else frame


def _told(field: str) -> pl.Expr:
    """Return what each distinct name of a field says by itself.

    value, code: the cell as it is to be written, and why. low: the same in small letters. part, rest: the title or
    suffix beside it, and the name without it.
    """

    def told(cells: pl.DataFrame) -> pl.Series:
        kept = _CODE.is_in(pl.Series(KEPT).implode())
        answered = cells.select(_CELL, _answer(field).alias("answer")).unnest("answer")
        written = answered.select(pl.when(kept).then(_CELL).otherwise(_VALUE).alias("value"), "code")
        nothing = pl.lit(None, pl.String)
        part, rest = next((apart(_VALUE) for name, _, apart, _ in _APART if name == field), (nothing, nothing))
        parts = written.with_columns(low=_VALUE.str.to_lowercase(), part=part, rest=rest)
        return parts.with_columns(rest=_usual(pl.col("rest"))).to_struct()

    return once_each("cell", pl.col(field), told, _Told)


def _of(field: str, part: str) -> pl.Expr:
    return pl.col(_TOLD + field).struct.field(part)


def _reason(field: str, fields: Sequence[str]) -> pl.Expr:
    """Return why a cell changes; a last name that is the first name again is marked, where there is no other reason."""
    if field != "last_name" or "first_name" not in fields:
        return _of(field, "code")
    same = _of("first_name", "low") == _of("last_name", "low")
    return pl.coalesce(_of(field, "code"), pl.when(same).then(pl.lit("persons.repeated")))


def _apart(fields: Sequence[str], columns: Sequence[str]) -> dict[str, pl.Expr]:
    """A title in front of a first name and a suffix behind a last name, moved where their own field is empty."""
    answers = {}
    for field, into, _, code in _APART:
        if field in fields and into in columns:
            part = _of(field, "part")
            taken = part.is_not_null() & pl.col(into).is_null()
            why = pl.when(taken).then(pl.lit(code))
            answers[into] = result(pl.when(taken).then(part).otherwise(pl.col(into)), why)
            cut = pl.when(taken).then(_of(field, "rest")).otherwise(_of(field, "value"))
            answers[field] = result(cut, pl.coalesce(why, _reason(field, fields)))
    return answers


def _split(frame: pl.LazyFrame, columns: Sequence[str], fields: Sequence[str]) -> pl.LazyFrame:
    unsplit = pl.col("first_name").is_null() & pl.col("last_name").is_null()
    parsed = persons.parse(pl.when(unsplit).then(pl.col("full_name")))
    moved = [into for field, into, *_ in _APART if field in fields and into in columns]
    answers = {name: _part(name, said=name in fields or name in moved) for name in columns if name in _SPLIT}
    code = pl.col(_PARSED).struct.field("code")
    more = pl.when(code == _MORE).then(code)  # the parts go to the target, and what they do not say stays behind
    answers["full_name"] = result(pl.col("full_name"), pl.coalesce(pl.col(WHY_PREFIX + "full_name"), more))
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
    answer = persons.display(_CELL) if field == "full_name" else persons.cased(_CELL)
    if field in {"first_name", "middle_name"}:
        return answer
    mark = (
        pl.when(_CELL.str.contains("@", literal=True)).then(pl.lit("persons.email"))
        .when(persons.is_organisation(_CELL)).then(pl.lit("persons.organisation"))
        .when(persons.two_people(_CELL)).then(pl.lit("persons.two-people"))
    )  # fmt: skip
    return pl.when(mark.is_not_null()).then(result(_CELL, mark)).otherwise(answer)


STEP = Step("persons.name", _columns, _apply)
