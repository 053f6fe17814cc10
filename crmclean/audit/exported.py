"""An export of the target in the shape of a read-back, so that the same checks work on it.

Rows are paired by the key that the target keeps, else by the target's id. A cell that says what was sent in a form of
the export's own becomes the text that was sent; one that says something else stays as it is. What the export does not
hold has no column.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.audit.export_columns import Place, Table, fields, placed
from crmclean.audit.export_forms import says_the_same
from crmclean.audit.export_links import link_checks, link_columns
from crmclean.audit.export_pairing import OBJECT, paired
from crmclean.audit.export_references import lookup, pointed_to
from crmclean.audit.export_reports import ungrouped
from crmclean.audit.readback import ID, KEY
from crmclean.audit.result import NOT_SHOWN, Check
from crmclean.crm.sources import Association
from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.errors import Fault, InputError
from crmclean.records import RECORD, REF_PREFIX

_TELLING = 3  # filled cells of a column from which it is believed that none says what was sent


_Rows = tuple[Table, Place, pl.DataFrame]


@dataclass(frozen=True)
class Sent:
    """What is known of the target. crosswalk: object, id, record of all that it has of us. mapped: what was sent."""

    schema: TargetSchema
    crosswalk: pl.DataFrame
    mapped: Mapping[str, pl.LazyFrame]


@dataclass(frozen=True)
class Exported:
    """An export of the target.

    target: shape of readback.read_target, without the columns that it lacks; of objects that it lacks (`absent`) only
    keys and ids that we know. checks: what it holds, and what it cannot show.
    """

    target: Mapping[str, pl.DataFrame]
    absent: frozenset[str]
    checks: tuple[Check, ...]


def read_exported(tables: Sequence[Table], sent: Sent, kind: str) -> Exported:
    """Return tables of an export as the target. kind: the CRM whose export it is, such as `hubspot`.

    Raises:
        InputError: no table was recognised, or one has neither the target's ids nor our keys.
    """
    plain = [ungrouped(table) if kind == "salesforce" else table for table in tables]
    found = [(table, placed(table, sent.schema, kind)) for table in plain]
    there = [(table, place) for table, place in found if place is not None]
    faults = [_unpaired(table, place, sent) for table, place in there if not (place.ids or place.keys)]
    if faults or not there:
        raise InputError(*(faults or [_unknown(table, sent) for table, _ in found]))
    pairs = [(table, place, paired(table, place, sent.crosswalk, kind)) for table, place in there]
    target: dict[str, pl.DataFrame] = {}
    lines = list(link_checks(sent.schema, sent.crosswalk, sent.mapped, pairs, kind))
    for name, object_ in sent.schema.objects.items():
        parts, listed = _parts(object_, pairs, kind)
        if parts:
            target[name], unreadable = _told(_whole(parts), object_, listed, sent, kind)
            lines += _left_out(object_, target[name], unreadable, sent)
    absent = frozenset(sent.schema.objects) - target.keys()
    known = {name: _known(name, sent) for name in absent}
    files = [_line(table, place, rows) for table, place, rows in pairs]
    files += [
        Check("export", table.name, table.frame.height, table.frame.height, None, "was not recognised by its columns")
        for table, place in found
        if place is None
    ]
    return Exported({**target, **known}, absent, (*files, *lines))


def _unknown(table: Table, sent: Sent) -> Fault:
    hint = f"export contacts, companies or deals of {sent.schema.label} with their column names in the first row"
    return Fault(table.name, "was not recognised by its columns", hint, "audit.not-recognised")


def _unpaired(table: Table, place: Place, sent: Sent) -> Fault:
    key = place.object.fields[place.object.key].label
    problem = f"has neither the ids of {sent.schema.label} nor our key, so no record can be told"
    return Fault(table.name, problem, f"export it with its record ids, or with the column {key}", "audit.no-ids")


def _parts(object_: TargetObject, pairs: Sequence[_Rows], kind: str) -> tuple[list[pl.DataFrame], set[str]]:
    """Return the rows of an object of every table that has some, and the fields that hold lists of ids."""
    parts: list[pl.DataFrame] = []
    listed: set[str] = set()
    for table, place, rows in pairs:
        own = rows.filter(pl.col(OBJECT) == object_.name)
        if own.height or place.object is object_:
            lists = link_columns(table, place, kind)
            columns = fields(table, object_, place.recognised)
            columns |= _from_lists(object_, columns, lists, place)
            listed |= {field for field, column in columns.items() if column in lists}
            parts.append(own.select(KEY, ID, **{field: pl.col(column) for field, column in columns.items()}))
    return parts, listed


def _from_lists(
    object_: TargetObject, known: Mapping[str, str], lists: Mapping[str, Association], place: Place
) -> dict[str, str]:
    """Return single references that no column of their own holds, but a list of all ids."""
    rules = [rule for rule in object_.sources if place.recognised and rule.object == place.recognised.object]
    return {
        field.name: column
        for column, link in lists.items()
        for field in object_.references()
        if link.fills and rules and link.fills in rules[0].feeds(field) and field.name not in known
    }


def _whole(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put the tables of an object together; a column that one of them lacks cannot be compared. Ids are unique."""
    shared = [name for name in parts[0].columns if all(name in part.columns for part in parts)]
    return pl.concat([part.select(shared) for part in parts]).unique(ID, keep="first", maintain_order=True)


def _told(
    rows: pl.DataFrame, object_: TargetObject, listed: Collection[str], sent: Sent, kind: str
) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows with sent texts where they say the same, and fields that only a person could compare."""
    unreadable = []
    ours = sent.mapped[object_.name].collect() if object_.name in sent.mapped else pl.DataFrame({RECORD: []})
    ours = ours.with_columns(pl.col(RECORD).cast(pl.String))
    there = rows.select(KEY).join(ours, left_on=KEY, right_on=RECORD, how="left", maintain_order="left")
    for name in rows.columns[2:]:
        field = object_.fields[name]
        cells = (
            _references(rows[name], there, field, sent, listed=name in listed)
            if field.type == "reference"
            else _texts(rows[name], there, field, zero_for_empty=kind == "odoo")
        )
        if cells is None:
            unreadable.append(name)
            rows = rows.drop(name)
        else:
            rows = rows.with_columns(cells.alias(name))
    return rows, unreadable


def _texts(said: pl.Series, there: pl.DataFrame, field: TargetField, *, zero_for_empty: bool) -> pl.Series | None:
    if field.name not in there.columns:
        return said
    cells = pl.DataFrame({"sent": there[field.name].cast(pl.String), "said": said, "ours": there[KEY].is_not_null()})
    same = says_the_same(cells, field, zero_for_empty=zero_for_empty) & cells["ours"]
    both = cells.select((pl.col("sent").is_not_null() & pl.col("said").is_not_null()).alias("both")).to_series()
    if both.sum() >= _TELLING and not (same & both).any():
        return None
    return cells.select(pl.when(same).then("sent").otherwise("said")).to_series()


def _references(
    said: pl.Series, there: pl.DataFrame, field: TargetField, sent: Sent, *, listed: bool
) -> pl.Series | None:
    """Return ids of the target; None where the export calls records by what nobody here knows.

    listed: the cells are lists, which do not tell the one from the others: where none was sent, they say nothing.
    """
    texts = lookup(sent.schema, field, sent.crosswalk, sent.mapped)
    name = REF_PREFIX + field.name
    wanted = there.get_column(name, default=pl.Series(name, [None] * there.height, dtype=pl.String))
    ids = sent.crosswalk.unique("record", keep="first", maintain_order=True).select("record", "id")
    known = wanted.to_frame("record").join(ids, on="record", how="left", maintain_order="left")["id"]
    found = pointed_to(said, known, texts)
    if said.count() and not found.count():
        return None
    both = pl.DataFrame({"found": found, "said": said, "wanted": known})
    text = pl.coalesce("found", "said")
    return both.select(pl.when(pl.col("wanted").is_not_null() | (not listed)).then(text)).to_series()


def _left_out(object_: TargetObject, rows: pl.DataFrame, unreadable: Sequence[str], sent: Sent) -> Iterator[Check]:
    """Say which fields that were sent cannot be compared."""
    if object_.name not in sent.mapped:
        return
    frame = sent.mapped[object_.name]
    named = frame.collect_schema().names()
    fields_ = [each.name for each in object_.writable() if each.name != object_.key]
    columns = {name: column for name in fields_ for column in (name, REF_PREFIX + name) if column in named}
    counts = frame.select(pl.col(column).count().alias(name) for name, column in columns.items()).collect()
    used = [name for name in columns if counts[name].item()]
    lacking = [name for name in used if name not in rows.columns and name not in unreadable]
    if lacking:
        yield Check("fields", object_.name, len(lacking), len(used), None, f"{NOT_SHOWN}: {', '.join(lacking)}")
    if unreadable:
        note = f"in another form than it was sent, not compared: {', '.join(unreadable)}"
        yield Check("fields", object_.name, len(unreadable), len(used), None, note)


def _known(name: str, sent: Sent) -> pl.DataFrame:
    return sent.crosswalk.filter(pl.col("object") == name).select(pl.col("record").alias(KEY), pl.col("id").alias(ID))


def _line(table: Table, place: Place, rows: pl.DataFrame) -> Check:
    ours = rows[KEY].count()
    left = table.frame.height - rows.height
    note = f"{place.object.label}: {ours:,} records of ours, {rows.height - ours:,} of others"
    note += f"; {left:,} rows without an id left out" if left else ""
    return Check("export", table.name, 0, table.frame.height, passed=True, note=note)
