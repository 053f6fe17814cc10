"""Conditions in the plan: SQL expressions by polars' own parser over typed canonical fields, `as_of` among them.

They are row-local: the clock, aggregates, windows and subqueries are refused, so that a chunk gives the same answer as
the whole and a run can be repeated. Null counts as false.
"""

import re
from collections.abc import Mapping
from datetime import date

import polars as pl
from polars.exceptions import PolarsError

from crmclean.crm.canonical import canonical
from crmclean.errors import Fault, PlanError, nearest
from crmclean.values.typed import typed

AS_OF = "as_of"
_CLOCK = re.compile(
    r"\b(now|today|current_date|current_time|current_timestamp|localtime|localtimestamp)\b", re.IGNORECASE
)
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_CALL = re.compile(r"\b([a-z_][a-z0-9_]*)\s*\(", re.IGNORECASE)
_QUERY = re.compile(r"\b(select|over|exists|union)\b", re.IGNORECASE)
# Words that may stand before a bracket: operators, and the functions of polars' SQL that look at one row only.
_ROW_LOCAL_WORDS = """
    and or not in between like ilike is when then else case on
    abs ceil ceiling floor round sign sqrt mod div greatest least coalesce nullif ifnull if
    upper lower initcap trim ltrim rtrim btrim length char_length octet_length left right substr substring strpos
    position replace reverse concat concat_ws starts_with ends_with regexp_like split_part
    cast try_cast date timestamp interval extract date_part date_trunc strftime
"""
_ROW_LOCAL = frozenset(re.findall(r"\w+", _ROW_LOCAL_WORDS))
_RAW = "_raw."


def faults_of(sql: str, object_: str, where: str, extra: tuple[str, ...] = ()) -> tuple[Fault, ...]:
    """Return what is wrong with a condition over an object's fields; empty where it can be used."""
    not_local = not_row_local(sql, where)
    if not_local:
        return not_local
    try:
        expression = pl.sql_expr(sql)
    except PolarsError as error:
        return (_syntax(where, error),)
    return _unknown_fields(expression, object_, where, extra)


def flagged(frame: pl.LazyFrame, sql: str, object_: str, as_of: date | None, *, name: str) -> pl.LazyFrame:
    """Add the Boolean column `name`: whether the condition holds for the row.

    Raises:
        PlanError: the condition cannot be used.
    """
    columns = frame.collect_schema().names()
    faults = faults_of(sql, object_, f"condition on {object_}", extra=tuple(columns))
    if faults:
        raise PlanError(*faults)
    condition = pl.sql_expr(sql)
    used = [root for root in dict.fromkeys(condition.meta.root_names()) if root != AS_OF]
    absent = [pl.lit(None, pl.String).alias(root) for root in used if root not in columns]
    types = _types(object_)
    kept = [pl.col(root).alias(_RAW + root) for root in used]
    typing = [typed(pl.col(root), types.get(root, "text")).alias(root) for root in used]
    restored = [pl.col(_RAW + root).alias(root) for root in used if root in columns]
    return (
        frame.with_columns(*absent)
        .with_columns(*kept, pl.lit(as_of, pl.Date).alias(AS_OF))
        .with_columns(*typing)
        .with_columns(condition.fill_null(value=False).alias(name))
        .with_columns(*restored)
        .select(*columns, name)
    )


def _types(object_: str) -> Mapping[str, str]:
    schema = canonical().get(object_)
    return {} if schema is None else {field.name: field.type for field in schema.fields.values()}


def _syntax(where: str, error: Exception) -> Fault:
    hint = "write a SQL condition such as lifecycle = 'customer' AND last_engaged >= as_of - INTERVAL '90 days'"
    return Fault(where, f"cannot be read as SQL ({type(error).__name__})", hint, "plan.expression-syntax")


def not_row_local(sql: str, where: str) -> tuple[Fault, ...]:
    """Return what of an expression looks at more than one row, or at the clock."""
    code = _TEXTS.sub("''", sql)
    clock = _CLOCK.search(code)
    if clock:
        hint = f"use {AS_OF}, the date from which ages are counted, so that a run can be repeated"
        return (Fault(where, f"asks for the clock ({clock[0].lower()})", hint, "plan.expression-clock"),)
    query = _QUERY.search(code)
    words = [query[0]] if query else [call for call in _CALL.findall(code) if call.lower() not in _ROW_LOCAL]
    hint = "conditions look at one record at a time; aggregates, windows and subqueries are not allowed"
    return tuple(
        Fault(where, f"{word.lower()} does not look at one record only", hint, "plan.expression-not-row-local")
        for word in dict.fromkeys(words)
    )


def _unknown_fields(expression: pl.Expr, object_: str, where: str, extra: tuple[str, ...]) -> tuple[Fault, ...]:
    known = {AS_OF, *_types(object_), *extra}
    unknown = [name for name in dict.fromkeys(expression.meta.root_names()) if name not in known]
    return tuple(_unknown_field(name, known, where) for name in unknown if not name.startswith("x_"))


def _unknown_field(name: str, known: set[str], where: str) -> Fault:
    hint = nearest(name, sorted(known), "the fields are listed in mappings/canonical.toml")
    return Fault(where, f"unknown field {name}", hint, "plan.expression-unknown-field")
