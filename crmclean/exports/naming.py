"""One file of a source as a frame with canonical columns, identity and provenance."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from crmclean.crm.sources import Derived, SourceSchema, TableSchema, header_key, sources
from crmclean.exports.header_currency import told_by_headers
from crmclean.exports.identity import clean_id, hash_id
from crmclean.exports.recognise import Recognition, column_names
from crmclean.files.guards import unguarded
from crmclean.files.read import Reading
from crmclean.records import CODE, FILE, INTO, OUTCOME, RECORD, ROW, SOURCE, Outcome
from crmclean.values.results import each_once

DELETED = "record.deleted-at-source"
_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_TRUE = ("true", "1", "yes", "y", "t", "on", "x")


@dataclass(frozen=True)
class Origin:
    """Where rows come from, and what the plan says about them. key: header of the column that identifies a record."""

    source: str
    object: str
    file: str
    key: str | None = None
    columns: Mapping[str, str] | None = None
    constants: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Named:
    """A file whose columns have their loaded names. columns: header name in the frame -> loaded name."""

    origin: Origin
    frame: pl.LazyFrame
    columns: Mapping[str, str]
    schema: SourceSchema
    table: TableSchema | None
    recognition: Recognition


def named(reading: Reading, recognition: Recognition, origin: Origin) -> Named:
    """Rename the columns of a file, and add constants, derived fields, identity and provenance."""
    schema = sources()[recognition.kind]
    table = _table(recognition, origin)
    every = column_names(recognition, origin.columns)
    names = {name: loaded for name, loaded in every.items() if name in reading.names}
    frame = reading.frame.rename(names)
    if schema.guarded:
        frame = frame.with_columns(unguarded(pl.col(pl.String)))
    frame = frame.with_columns(*_constants(origin, table, names), *_derived(table, names, origin))
    frame = frame.with_columns(*told_by_headers(origin.object, names, [*frame.collect_schema()]))
    identity = _identity(origin, schema, names)
    frame = frame.with_columns(
        pl.concat_str(pl.lit(f"{origin.source}:{origin.object}:"), identity).alias(RECORD),
        pl.lit(origin.source).alias(SOURCE),
        pl.lit(origin.file).alias(FILE),
        pl.col("_row").alias(ROW),
    )
    return Named(origin, frame.with_columns(*_fate(names)), every, schema, table, recognition)


def told_by(recognition: Recognition, origin: Origin) -> frozenset[str]:
    """Return the names of the columns from which other columns and links are made."""
    table = _table(recognition, origin)
    if table is None:
        return frozenset()
    derived = {header for rule in table.derive.values() for header in rule.headers}
    return frozenset(
        verdict.name
        for verdict in recognition.columns
        if header_key(verdict.header) in {*derived, *table.links} or without_brackets(verdict.header) in derived
    )


def without_brackets(header: str) -> str:
    """Return the key of a header without what it says in brackets: `OK to email? (Y/N)` is `OK to email`."""
    return header_key(_BRACKETS.sub(" ", header))


def _table(recognition: Recognition, origin: Origin) -> TableSchema | None:
    table = sources()[recognition.kind].tables.get(recognition.table) if recognition.table else None
    return table if table and table.object == origin.object else None


def _constants(origin: Origin, table: TableSchema | None, names: Mapping[str, str]) -> list[pl.Expr]:
    fixed = {**(table.constants if table else {}), **(origin.constants or {})}
    given = set(origin.constants or {})
    return [pl.lit(text).alias(name) for name, text in fixed.items() if name in given or name not in names.values()]


def _derived(table: TableSchema | None, names: Mapping[str, str], origin: Origin) -> list[pl.Expr]:
    rules = table.derive if table else {}
    bare = {without_brackets(header): name for header, name in names.items()}
    keys = bare | {header_key(header): name for header, name in names.items()}
    taken = {*names.values(), *(origin.constants or {})}
    made = []
    for field, rule in rules.items():
        column = next((keys[key] for key in rule.headers if key in keys), None)
        if field in taken or (column is None and rule.optional):
            continue
        told = each_once(pl.col(column), partial(_told, rule), pl.String()) if column else pl.lit(None, pl.String)
        made.append(told.fill_null(pl.lit(rule.default, pl.String)).alias(field))
    return made


def _told(rule: Derived, cell: pl.Expr) -> pl.Expr:
    word = cell.str.strip_chars().str.to_lowercase()
    return word.replace_strict(dict(rule.values), default=rule.default, return_dtype=pl.String)


def _identity(origin: Origin, schema: SourceSchema, names: Mapping[str, str]) -> pl.Expr:
    """Return the source id of a row: the key that the plan names, else the source's id, else a hash of the cells."""
    column = id_column(origin, names)
    cells = list(names.values())
    if column is None:
        return hash_id(cells)
    return hash_id(cells, known=clean_id(pl.col(column), schema.id_format))


def id_column(origin: Origin, names: Mapping[str, str]) -> str | None:
    """Return the loaded column that identifies a record: the key of the plan, else the source's id, if there is one."""
    wanted = header_key(origin.key) if origin.key else None
    column = next((name for header, name in names.items() if header_key(header) == wanted), None) if wanted else None
    return column or ("source_id" if "source_id" in names.values() else None)


def _fate(names: Mapping[str, str]) -> list[pl.Expr]:
    nothing = pl.lit(None, pl.String)
    if "is_deleted" not in names.values():
        return [nothing.alias(OUTCOME), nothing.alias(INTO), nothing.alias(CODE)]
    deleted = each_once(pl.col("is_deleted"), _is_true, pl.Boolean())
    return [
        pl.when(deleted).then(pl.lit(Outcome.EXCLUDED.value)).alias(OUTCOME),
        nothing.alias(INTO),
        pl.when(deleted).then(pl.lit(DELETED)).alias(CODE),
    ]


def _is_true(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars().str.to_lowercase().is_in(_TRUE)
