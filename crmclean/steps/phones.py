"""Phones as E.164.

The region of a number without a plus: the record's country, its company's country, the source's region, the plan's
default, the first that is known. The extension goes to `phone_extension` for the field `phone` where that is empty or
the same; everywhere else it stays behind the number as `;ext=` (RFC 3966), so that it is not lost. Further numbers of
a cell go to the phone fields of the record that are meant for any number and are empty; there is always one.
"""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.records import RECORD, REF_PREFIX, SOURCE
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import phones
from crmclean.values.places import places_among
from crmclean.values.results import first_reason, over_columns, placed, result

_EXTENDED, _EXTENSION = "phone", "phone_extension"
_COUNTRY, _COMPANY = "country", f"{REF_PREFIX}company_ref"
_ROOM = "phone_other"  # added to lists that have no such field
_SPARE = (_ROOM, "mobile")  # where a further number of a cell may go, in this order
_FAX = "fax"  # its further numbers are no phones
_REGION, _EVIDENCE, _OF_COMPANY, _NUMBER = "_phones.region", "_phones.evidence", "_phones.company", "_phones.number."
_FURTHER, _KNOWN = "_phones.further", "_phones.known."

_fields = fields_of_kind("phone")


def columns(object_: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the phone fields, and those that the extension and further numbers of a cell go to."""
    fields = _fields(object_, present)
    known = canonical()[object_].fields if fields else {}
    room = (_EXTENSION,) if _EXTENDED in fields else ()
    return (*fields, *(name for name in (*room, _ROOM) if name in known and name not in fields))


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Write valid numbers as E.164, say which region they were read by, and set the extension apart."""
    fields = _fields(context.object, context.columns)
    if not fields:
        return frame
    frame = _with_region(frame, context)
    strict = context.plan.defaults.strict
    cells = {_NUMBER + name: pl.col(name) for name in fields}
    numbers = frame.with_columns(phones.e164_of_each(cells, pl.col(_REGION), strict=strict).alias(_NUMBER))
    written = columns(context.object, context.columns)
    missing = [pl.lit(None, pl.String).alias(name) for name in written if name not in context.columns]
    numbers = numbers.unnest(_NUMBER).with_columns(missing)
    room = _has_room() if _EXTENSION in written else pl.lit(value=False)
    answers = {name: _answer(name, room & pl.lit(name == _EXTENDED)) for name in fields}
    if _EXTENSION in written:
        answers[_EXTENSION] = _extension()
    spare = [name for name in _SPARE if name in written]
    if spare and not strict:
        numbers = numbers.with_columns(_further(fields).alias(_FURTHER))
        nothing = result(pl.lit(None, pl.String), pl.lit(None, pl.String))
        answers |= {name: _given(name, spare, answers.get(name, nothing)) for name in spare}
    helpers = [_REGION, _EVIDENCE, _FURTHER, *(_NUMBER + name for name in fields)]
    return write(numbers, answers).drop(helpers, strict=False)


def _with_region(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Add the region of numbers without a plus, and the code that says where it comes from."""
    of_source = {source.name: source.region for source in context.plan.sources if source.region in phones.regions()}
    default = context.plan.defaults.region
    evidence = {
        "phones.from-country": phones.known_region(pl.col(_COUNTRY)) if _COUNTRY in context.columns else None,
        "phones.from-company": phones.known_region(pl.col(_OF_COMPANY)) if _COMPANY in context.columns else None,
        "phones.from-source": pl.col(SOURCE).replace_strict(of_source, default=None, return_dtype=pl.String),
        "phones.from-default": pl.lit(default if default in phones.regions() else None, pl.String).first(),
    }
    known = {_KNOWN + code: region for code, region in evidence.items() if region is not None}
    named = _with_company(frame, context).with_columns(region.alias(name) for name, region in known.items())
    code = first_reason(*((pl.col(name).is_not_null(), name.removeprefix(_KNOWN)) for name in known))
    found = named.with_columns(pl.coalesce(*known).alias(_REGION), code.alias(_EVIDENCE))
    return found.drop(_OF_COMPANY, *known, strict=False)


def _with_company(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    if _COMPANY not in context.columns:
        return frame
    companies = context.tables.get("companies")
    if companies is None or _COUNTRY not in companies.columns:
        return frame.with_columns(pl.lit(None, pl.String).alias(_OF_COMPANY))

    def countries(references: pl.Series) -> pl.Series:
        asked = references.is_not_null().arg_true()
        found = places_among(references.gather(asked), companies[RECORD])
        return placed(companies[_COUNTRY].gather(found), asked, len(references))

    asked = pl.col(_COMPANY)
    if _COUNTRY in context.columns:  # which comes first: most records need no company to be looked up
        asked = pl.when(phones.known_region(pl.col(_COUNTRY)).is_null()).then(asked)
    return frame.with_columns(
        asked.map_batches(countries, return_dtype=pl.String, is_elementwise=True).alias(_OF_COMPANY)
    )


def _answer(name: str, moved: pl.Expr) -> pl.Expr:
    """Return what becomes of one phone cell; `moved`: its extension goes to the field of its own."""
    number = pl.col(_NUMBER + name).struct
    value, code, extension = (number.field(part) for part in ("value", "code", "extension"))
    inline = extension.is_not_null() & ~moved
    written = over_columns(_with_extension, {"value": value, "extension": extension, "inline": inline}, pl.String())
    plus = pl.col(name).str.contains(r"^[^0-9]*\+")
    region = pl.when(plus).then(pl.lit("phones.own-plus")).otherwise(pl.col(_EVIDENCE))
    why = (
        pl.when((code == "phones.extension") & inline)
        .then(pl.lit("phones.extension-inline"))
        .when(code == "phones.e164")
        .then(region)
        .otherwise(code)
    )
    return result(written, pl.when(written.ne_missing(pl.col(name)) | value.is_null()).then(why))


def _with_extension(rows: pl.DataFrame) -> pl.Series:
    """Return the numbers; the few that keep their extension have it behind them."""
    inline = rows["inline"].arg_true()
    parts = rows.select(pl.col("value", "extension").gather(inline))
    extended = parts.select(pl.concat_str("value", "extension", separator=";ext="))
    return rows["value"].scatter(inline, extended.to_series())


def _further(fields: Sequence[str]) -> pl.Expr:
    """Return the valid numbers that stand behind the first one of a cell and nowhere else, in order of their digits."""
    several = [pl.col(_NUMBER + name).struct.field("code") == "phones.several" for name in fields if name != _FAX]
    found = _behind_the_first(fields).alias(_FURTHER)

    def of_some(rows: pl.DataFrame) -> pl.Series:
        """Look at the few records that have a cell with several numbers."""
        places = rows.select(pl.any_horizontal(several)).to_series().arg_true()
        numbers = rows.select(pl.all().gather(places)).select(found).to_series()
        return placed(numbers, places, rows.height)

    used = (_REGION, *fields, *(_NUMBER + name for name in fields))
    return over_columns(of_some, {name: pl.col(name) for name in used}, pl.List(pl.String))


def _behind_the_first(fields: Sequence[str]) -> pl.Expr:
    every = []
    for name in fields:
        number = pl.col(_NUMBER + name).struct
        several = (number.field("code") == "phones.several") & pl.lit(name != _FAX)
        cell = pl.when(several).then(pl.col(name))
        every.append(phones.further(cell, pl.col(_REGION), number.field("value")).fill_null([]))
    found = pl.concat_list(every)
    known = pl.concat_list(pl.col(_NUMBER + name).struct.field("value").fill_null("") for name in fields)
    return pl.when(found.list.len() > 0).then(found.list.set_difference(known).list.sort())


def _given(name: str, spare: Sequence[str], answer: pl.Expr) -> pl.Expr:
    """Return the answer of a spare field: where it is empty, the next further number."""
    before = [pl.col(other).is_null().cast(pl.Int64) for other in spare[: spare.index(name)]]
    next_one = pl.col(_FURTHER).list.get(pl.sum_horizontal(pl.lit(0, pl.Int64), *before), null_on_oob=True)
    given = pl.when(pl.col(name).is_null()).then(next_one)
    return pl.when(given.is_not_null()).then(result(given, pl.lit("phones.further"))).otherwise(answer)


def _has_room() -> pl.Expr:
    extension = pl.col(_NUMBER + _EXTENDED).struct.field("extension")
    return (pl.col(_EXTENSION).is_null() | (pl.col(_EXTENSION) == extension)).fill_null(value=False)


def _extension() -> pl.Expr:
    extension = pl.when(_has_room()).then(pl.col(_NUMBER + _EXTENDED).struct.field("extension"))
    found = pl.coalesce(extension, pl.col(_EXTENSION))
    return result(found, pl.when(found.ne_missing(pl.col(_EXTENSION))).then(pl.lit("phones.extension")))


STEP = Step(code="phones.e164", columns=columns, apply=apply)
