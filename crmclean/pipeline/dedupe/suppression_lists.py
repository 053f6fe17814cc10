"""Reads the lists of people who must not come along, and finds them among records.

Identifiers are compared in one form: emails in small letters, and by the rules of their provider; phones in E.164; ids
as the source writes them (Salesforce's in 18 characters), or as record ids. A cell of 64 hex digits is the SHA-256 of
such a form in UTF-8; a phone's with or without its +.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import header_key
from crmclean.errors import Fault, InputError, nearest
from crmclean.exports.salesforce_ids import eighteen
from crmclean.files.read import read_table
from crmclean.files.tables import empty
from crmclean.pipeline.engagement import PEOPLE
from crmclean.plan.model import Plan, SuppressionList
from crmclean.records import RECORD
from crmclean.values import emails, phones

LISTED = {"kind": "text", "value": "text", "reason": "text"}
HITS = {"record": "text", "reason": "text"}
EMAIL, PHONE, ID, ANY = "email", "phone", "id", "any"
_HASH = r"^[0-9a-fA-F]{64}$"
_RECORD = r"^[^:]+:[^:]+:.+"  # source:object:id
_SEPARATORS = r"[;,|\s]+"
_HEADERS = {  # the id of a company or an account is no person's
    EMAIL: r"(?i)e-?mail|\b(?:mail|courriel|correo)\b",
    PHONE: r"(?i)phone|\b(?:mobile|cell|tel|telefon|handy)\b",
    ANY: r"(?i)sha-?256|\bhash",
    ID: r"(?i)^(?:record|(?:(?:record|contact|lead|person|source|subscriber)[\s_]?)?id)$",
}
_LOOKED_AT = 200  # cells by which a column without a telling header is recognised


@dataclass(frozen=True)
class Lists:
    """Who must not come along: identifiers (LISTED) in the form that records are compared in.

    kind: email, phone or id; any: a SHA-256 of one of them. unusable: lines without any identifier.
    """

    entries: pl.DataFrame
    unusable: int = 0

    def __bool__(self) -> bool:
        return not self.entries.is_empty()


NOBODY = Lists(empty(LISTED))


def read_lists(plan: Plan) -> Lists:
    """Read every suppression list of the plan.

    Raises:
        InputError: a list cannot be read, or nobody can tell what identifies a person in it; every fault is listed.
    """
    parts, unusable = [empty(LISTED)], 0
    faults: list[Fault] = []
    for listed in plan.suppress:
        try:
            entries, lost = _read(plan, listed)
        except InputError as error:
            faults += error.faults
        else:
            parts.append(entries)
            unusable += lost
    if faults:
        raise InputError(*faults)
    return Lists(pl.concat(parts).unique(maintain_order=True), unusable)


def _read(plan: Plan, listed: SuppressionList) -> tuple[pl.DataFrame, int]:
    reading = read_table(plan.root / listed.path)
    frame = reading.frame.select(reading.names).collect().with_row_index("line")
    first = pl.DataFrame([reading.header], schema=dict.fromkeys(reading.names, pl.String), orient="row")
    kinds = _kinds(listed, reading.header, reading.names, frame)
    if not kinds:
        hint = 'say which column: columns = { "Header" = "email" }, or "phone" or "id"'
        problem = "has no column that is known to hold emails, phones or ids"
        raise InputError(Fault(listed.path, problem, hint, "suppress.no-column"))
    if any(_told(first[name]) for name in kinds):  # a list without a header: its first line is a person, too
        frame = pl.concat([first.with_row_index("line"), frame.with_columns(pl.col("line") + 1)])
    region = listed.region or plan.defaults.region
    found = pl.concat(
        [_entries(frame["line", name].rename({name: "cell"}), kind, region) for name, kind in kinds.items()]
    )
    lost = frame.height - found["line"].n_unique()
    if found.is_empty():
        problem = "holds no email, phone or id that can be read"
        hint = "one of them a line; phones need a + or region = in [[suppress]]; hashes are SHA-256 in hex"
        raise InputError(Fault(listed.path, problem, hint, "suppress.nothing"))
    return found.select("kind", "value", reason=pl.lit(listed.reason)), lost


def _kinds(
    listed: SuppressionList, header: tuple[str, ...], names: tuple[str, ...], frame: pl.DataFrame
) -> Mapping[str, str]:
    """Return which columns identify people, and how; only the named ones where the plan names any."""
    given = {header_key(title): kind for title, kind in listed.columns.items()}
    keys = [header_key(title) for title in header]
    lost = [title for title in listed.columns if header_key(title) not in keys]
    if lost:
        raise InputError(
            *(
                Fault(listed.path, f"has no column {title}", nearest(title, header), "plan.unknown-header")
                for title in lost
            )
        )
    if given:
        return {name: given[key] for name, key in zip(names, keys, strict=True) if key in given}
    kinds = {name: _kind(title, frame[name].head(_LOOKED_AT)) for name, title in zip(names, header, strict=True)}
    return {name: kind for name, kind in kinds.items() if kind}


def _kind(header: str, cells: pl.Series) -> str | None:
    named = (kind for kind, words in _HEADERS.items() if re.search(words, header.strip()))
    return next(named, None) or _told(cells)


def _told(cells: pl.Series) -> str | None:
    """Say what a column holds where most of its cells show it."""
    filled = cells.drop_nulls().str.strip_chars()
    shapes = {
        EMAIL: r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        ANY: _HASH,
        PHONE: r"^\+[0-9 ().\-/]{7,}$",
        ID: rf"{_RECORD}|^(?:00[13Q]|00Q)[A-Za-z0-9]{{12}}(?:[A-Za-z0-9]{{3}})?$",
    }
    return next((kind for kind, shape in shapes.items() if 2 * filled.str.contains(shape).sum() > len(filled)), None)


def _entries(cells: pl.DataFrame, kind: str, region: str | None) -> pl.DataFrame:
    """Return line, kind and value of the cells that can be used."""
    text = cells.select("line", pl.col("cell").str.strip_chars()).drop_nulls()
    hashed = text.filter(pl.col("cell").str.contains(_HASH))
    plain = text.filter(~pl.col("cell").str.contains(_HASH))
    parts = [hashed.select("line", kind=pl.lit(ANY), value=pl.col("cell").str.to_lowercase())]
    if kind == EMAIL:
        parts += [part.select("line", kind=pl.lit(EMAIL), value="value") for part in _email_forms(plain)]
    elif kind == PHONE:
        number = phones.e164(pl.col("cell"), pl.lit(region, pl.String)).struct.field("value")
        parts.append(plain.select("line", kind=pl.lit(PHONE), value=number))
    elif kind == ID:
        parts.append(plain.select("line", kind=pl.lit(ID), value=eighteen(plain["cell"])))
    return pl.concat(parts).drop_nulls("value")


def _email_forms(plain: pl.DataFrame) -> Iterator[pl.DataFrame]:
    apart = plain.with_columns(cell=pl.col("cell").str.replace_all(_SEPARATORS, ";").str.split(";")).explode("cell")
    stored = emails.stored(pl.col("cell")).struct.field("value")
    whole = apart.with_columns(value=stored.str.to_lowercase()).drop_nulls("value")
    yield whole
    yield whole.with_columns(value=emails.match_key(pl.col("value")))


def hits(lists: Lists, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the records (HITS) that a list names, whatever their outcome; "erase" wins over "do-not-import".

    tables: canonical objects after `normalize`. Emails, phones and source ids are looked for among people; record ids
    among all objects.
    """
    if not lists:
        return empty(HITS)
    found = [empty(HITS)]
    for object_, table in tables.items():
        for kind, known in identifiers(object_, table):
            plain = lists.entries.filter(pl.col("kind") == kind).select("value", "reason")
            found.append(known.join(plain, on="value").select("record", "reason"))
            found.append(_by_hash(known, kind, lists))
    return strictest(pl.concat(found))


def strictest(found: pl.DataFrame) -> pl.DataFrame:
    """Return every record once, with its strictest reason: "erase" sorts behind "do-not-import"."""
    return found.group_by("record").agg(pl.col("reason").max()).sort("record")


def identifiers(object_: str, table: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Return by kind what the records of an object are known by: record, value."""
    yield ID, table.select(record=RECORD, value=RECORD)
    if object_ not in PEOPLE:
        return
    schema = canonical()[object_]
    source_id = pl.col(RECORD).str.extract(r"^[^:]*:[^:]*:(.*)$", 1)
    yield ID, table.select(record=RECORD, value=source_id)
    for name in schema.of_kind("email", "emails"):
        if name in table.columns:
            cells = table.select(record=RECORD, value=pl.col(name).str.to_lowercase()).drop_nulls()
            apart = cells.with_columns(pl.col("value").str.split(";")).explode("value")
            yield EMAIL, apart
            yield EMAIL, apart.with_columns(value=emails.match_key(pl.col("value"))).drop_nulls()
    for name in schema.of_kind("phone"):
        if name in table.columns:
            yield PHONE, table.select(record=RECORD, value=pl.col(name).str.split(";").list.first()).drop_nulls()


def _by_hash(known: pl.DataFrame, kind: str, lists: Lists) -> pl.DataFrame:
    listed = lists.entries.filter(pl.col("kind") == ANY).select("value", "reason")
    if listed.is_empty():
        return empty(HITS)
    wanted = frozenset(listed["value"])
    values = known["value"].unique().to_list()
    met = [(value, told) for value in values for told in _hashes(value, kind) if told in wanted]
    table = pl.DataFrame(met, schema={"value": pl.String, "hash": pl.String}, orient="row")
    both = table.join(listed, left_on="hash", right_on="value")
    return known.join(both, on="value").select("record", "reason")


def _hashes(value: str, kind: str) -> Iterator[str]:
    yield hashlib.sha256(value.encode()).hexdigest()
    if kind == PHONE:
        yield hashlib.sha256(value.removeprefix("+").encode()).hexdigest()
