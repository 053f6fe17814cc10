"""Which system and table a file comes from, and which field each of its columns is.

The system: the marks of each source schema in order, the first convincing one wins. The table: its ids, its telling
headers, its known headers and the file's name. The columns: the schema's names, then the shape of the values; a column
that belongs to another record (the owner's email, the assistant's phone) is never taken by its shape.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.crm.sources import PLAIN, Mark, SourceSchema, TableSchema, header_key, sources
from crmclean.exports.columns import Columns
from crmclean.exports.guessing import Guess, firms_alone, guessed, organisations
from crmclean.exports.verdicts import ColumnVerdict, verdicts

SURE = 0.8  # from here on a mark decides
_TELLING = 2.5  # score from which a table of a plain list is believed
_ID_ONLY = (("source_id", 0),)


@dataclass(frozen=True)
class Recognition:
    """What a file is, and why. sure: 0 to 1. object: None where nothing moves the table."""

    kind: str
    table: str | None
    object: str | None
    columns: tuple[ColumnVerdict, ...]
    evidence: tuple[str, ...]
    sure: float


def recognise(
    name: str,
    header: Sequence[str],
    sample: pl.DataFrame,
    *,
    kind: str | None = None,
    object_: str | None = None,
    table: str | None = None,
) -> Recognition:
    """Tell what a file is from its name, header and first rows (columns named by files.dialects.unique_names).

    kind, object_, table: what is known already and not to be questioned.
    """
    file = Columns.of(name, header, sample)
    schema, sure, why = _system(file) if kind is None else (sources()[kind], 1.0, f"kind {kind}: given in the plan")
    chosen, reasons = _table(schema, file, object_, table)
    if object_ is None and table is None and schema.kind == PLAIN:
        chosen, reasons = _reconsidered(file, schema, chosen, reasons)
    columns = verdicts(file, schema, chosen)
    if chosen is None:
        return Recognition(schema.kind, None, None, columns, (why, "no known table has these columns"), sure / 2)
    return Recognition(schema.kind, chosen.name, chosen.object, columns, (why, *reasons), sure)


def _reconsidered(file: Columns, schema: SourceSchema, chosen: TableSchema | None, reasons: tuple[str, ...]) -> Guess:
    """Return what a plain list is, where its headers alone do not tell people from organisations."""
    if chosen is None:
        return guessed(file, schema)
    other, why = organisations(file, schema) if chosen.name == "contacts" else (None, ())
    if other is None and chosen.name in ("contacts", "leads"):
        other, why = firms_alone(file, schema)
    return (other, why) if other else (chosen, reasons)


def _system(file: Columns) -> tuple[SourceSchema, float, str]:
    for schema in sources().values():
        for mark in schema.marks:
            if mark.sure >= SURE and (why := _seen(mark, schema, file)):
                return schema, mark.sure, f"{schema.label}: {why}"
    plain = sources()[PLAIN]
    return plain, 0.6, "a plain list: no mark of a known system"


def _seen(mark: Mark, schema: SourceSchema, file: Columns) -> str | None:
    """Return the evidence that a mark is there, None where it is not."""
    if any(header_key(header) in file.keys for header in mark.unless):
        return None
    match mark.test:
        case "header":
            return _seen_header(mark, file)
        case "prefix":
            heads = [cell.strip() for cell in file.header]
            share = sum(cell.startswith(mark.exact) for cell in heads) / max(len(heads), 1)
            return f"{share:.0%} of the headers start with {' or '.join(mark.exact)}" if share >= mark.share else None
        case "file":
            return "the file's name" if re.search(mark.pattern, file.stem, re.IGNORECASE) else None
        case "values":
            hits = [
                head
                for head, name in zip(file.header, file.names, strict=True)
                if file.share(name, mark.pattern) >= mark.share
            ]
            return f"the values of {hits[0]}" if hits else None
        case "ids":
            return _seen_ids(schema, file)
        case _:
            return _seen_known(mark, schema, file)


def _seen_header(mark: Mark, file: Columns) -> str | None:
    spelled = {unicodedata.normalize("NFC", cell).strip() for cell in file.header}
    exact = [head for head in mark.exact if head in spelled]
    loose = [head for head in mark.any_case if header_key(head) in file.keys]
    found = exact + loose
    needed = mark.signature or 1
    return f"header {', '.join(found[:3])}" if len(found) >= needed else None


def _seen_ids(schema: SourceSchema, file: Columns) -> str | None:
    for table in schema.tables.values():
        if table.id_pattern and (name := _id_column(table, file)) and file.share(name, table.id_pattern) > 0.9:
            return f"the ids are those of {table.label}"
    return None


def _seen_known(mark: Mark, schema: SourceSchema, file: Columns) -> str | None:
    for table in schema.tables.values():
        share = sum(key in table.columns for key in file.keys) / max(len(file.keys), 1)
        telling = len(table.signature.intersection(file.keys))
        if share >= mark.share and telling >= mark.signature:
            return f"{share:.0%} of the headers are fields of {table.label}"
    return None


def _id_column(table: TableSchema, file: Columns) -> str | None:
    """Return the name of the column that holds the ids of a table."""
    places = [
        (rank, name)
        for key, name in zip(file.keys, file.names, strict=True)
        for field, rank in table.columns.get(key, _ID_ONLY if not table.columns and key == "id" else ())
        if field == "source_id"
    ]
    return min(places)[1] if places else None


def _table(
    schema: SourceSchema, file: Columns, object_: str | None, given: str | None
) -> tuple[TableSchema | None, tuple[str, ...]]:
    if given:
        table = next((one for name, one in schema.tables.items() if header_key(name) == header_key(given)), None)
        return table, (f"table {given}: given in the plan",)
    fitting = [table for table in schema.tables.values() if object_ is not None and table.object == object_]
    ranked = sorted(
        (_score(table, file) for table in fitting or schema.tables.values()), key=lambda one: (-one[0], one[1].name)
    )
    score, best, reasons = ranked[0]
    return (best, reasons) if score >= _TELLING or fitting else (None, ())


def _score(table: TableSchema, file: Columns) -> tuple[float, TableSchema, tuple[str, ...]]:
    name = _id_column(table, file) if table.id_pattern else None
    ids = file.share(name, table.id_pattern) if name and table.id_pattern else 0.0
    telling = table.signature.intersection(file.keys)
    known = sum(key in table.columns for key in file.keys) / max(len(file.keys), 1)
    named = _named(table, file.stem)
    score = 20 * ids + len(telling) + 3 * len(telling) / max(len(table.signature), 1) + 3 * known + 3 * named
    reasons = [f"{ids:.0%} of the ids are those of {table.label}"] if ids else []
    reasons += [f"{len(telling)} headers that tell {table.label}"] if telling else []
    reasons += [f"{known:.0%} of the headers are known"] if known else []
    reasons += ["the file's name"] if named else []
    return score if telling or ids or named else 0.0, table, tuple(reasons)


def _named(table: TableSchema, stem: str) -> bool:
    parts = {part for part in re.split(r"[^a-z0-9]+", stem.casefold()) if part}
    whole = header_key(stem)
    return any(hint in parts or header_key(hint) == whole for hint in table.files)


def column_names(recognition: Recognition, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the loaded name of every column by its name in the frame: its field, or `x_<header>` in snake case.

    given: header -> field from the plan; it goes before the recognised names. No two columns get the same name.
    """
    wishes = {header_key(header): field for header, field in (given or {}).items()}
    taken = Counter(dict.fromkeys(wishes.values(), 1))
    names: dict[str, str] = {}
    for verdict in recognition.columns:
        wish = wishes.pop(header_key(verdict.header), None)
        field = wish or (verdict.field if verdict.field and not taken[verdict.field] else None)
        names[verdict.name] = field or _extra(verdict.header, taken)
        taken[names[verdict.name]] += 1
    return names


def _extra(header: str, taken: Counter[str]) -> str:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", unicodedata.normalize("NFC", header))
    base = "x_" + (re.sub(r"[\W_]+", "_", words.casefold()).strip("_") or "column")
    number = 1
    name = base
    while taken[name]:
        number += 1
        name = f"{base}_{number}"
    return name
