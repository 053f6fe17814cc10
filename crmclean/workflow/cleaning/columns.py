"""Columns of the file that a wizard imports: its own headers first, then whatever else the list holds.

No column of the list goes missing: what the target has no field for, or fills itself, stands beside it. And nothing is
said that the list does not say: a checkbox that it has no word on stays empty, since wizards leave what is there
alone only where a cell is empty.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import header_key
from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.pipeline.map.mapped_rows import OBJECT
from crmclean.pipeline.map.mapping import Mapped
from crmclean.records import RECORD, ROW

OWNER = "owner_ref"
_MEANINGLESS = (["_record"], ["_source"])  # ids and names of sources say nothing in a list of its own
_EMAIL = r"^[^\s@]+@[^\s@]+\.[^\s@]+$"


def ready_rows(
    name: str, mapped: Mapped, table: pl.DataFrame, away: pl.Series, beside: Sequence[str], headers: Mapping[str, str]
) -> pl.DataFrame:
    """Return the rows to import in the order of the list.

    table: after `dedupe`, of one kind at the target. away: records that are not imported. beside: columns that are
    shown as they are, too. headers: column -> how the list calls it.
    """
    for each in mapped.schema.objects.values():
        own = mapped.tables[each.name].filter(pl.col(OBJECT) == name)
        rows = own.join(table.lazy().select(RECORD), on=RECORD, how="semi", maintain_order="left").collect()
        if rows.height:
            kept = rows.filter(~pl.col(RECORD).is_in(away.implode())).sort(ROW, RECORD)
            said = kept.select(RECORD).join(table, on=RECORD, how="left", maintain_order="left")
            shown = _Shown(name, each, mapped.schema, said, headers)
            wizard = _named(shown.columns(kept))
            further = [*beside, *_lost(name, each, mapped, said, headers)]
            return pl.DataFrame([*wizard, *(_own(name, said, column, headers) for column in dict.fromkeys(further))])
    return pl.DataFrame()


class _Shown:
    """One object's fields as columns of the wizard. said: the canonical cells of the same rows."""

    def __init__(
        self, name: str, each: TargetObject, schema: TargetSchema, said: pl.DataFrame, headers: Mapping[str, str]
    ) -> None:
        self.object, self.schema, self.said, self.headers = each, schema, said, headers
        self.rules = [rule for rule in each.sources if rule.object == name]

    def columns(self, kept: pl.DataFrame) -> Iterator[tuple[TargetField, pl.Series]]:
        """Yield the fields that something fills, each with its cells under the name that the wizard knows."""
        owner = self._owner()
        for each in self.object.writable():
            cells = self._cells(each, kept, owner)
            if cells is not None and cells.null_count() < cells.len():
                yield each, cells.alias(self._label(each))

    def _cells(self, each: TargetField, kept: pl.DataFrame, owner: TargetField | None) -> pl.Series | None:
        feeds = self._feeds(each)
        if owner is not None and OWNER in feeds:
            return self.said[OWNER] if each is owner else None
        if each.type == "reference" or each.name not in kept.columns or feeds[:1] in _MEANINGLESS:
            return None
        return _unticked(kept, each, self.said, feeds) if each.type == "boolean" and feeds else kept[each.name]

    def _owner(self) -> TargetField | None:
        """Return the field in which the wizard looks its users up, where the list calls them as the wizard does."""
        owners = [each for each in self.object.references() if OWNER in self._feeds(each)]
        if not owners or self.schema.wizard.owner != "email" or OWNER not in self.said.columns:
            return None
        emails = self.said[OWNER].drop_nulls().str.contains(_EMAIL)
        return owners[0] if emails.len() and emails.all() else None

    def _feeds(self, each: TargetField) -> list[str]:
        return [word for rule in self.rules for feed in rule.feeds(each) for word in feed.split()]

    def _label(self, each: TargetField) -> str:
        feeds = self._feeds(each)
        if each.custom and len(feeds) == 1 and feeds[0].startswith("x_"):
            return self.headers.get(feeds[0], each.label)
        company = each.custom and feeds == ["company_name"] and self.schema.wizard.company
        return company or each.label


def _unticked(kept: pl.DataFrame, each: TargetField, said: pl.DataFrame, feeds: Sequence[str]) -> pl.Series:
    """Leave a checkbox empty where the list says nothing: a default would untick it at people who are there already."""
    told = [pl.col(feed).is_not_null() for feed in feeds if feed in said.columns]
    filled = said.select(pl.any_horizontal(pl.lit(value=False), *told).alias("told"))["told"]
    return kept.select(pl.when(filled).then(pl.col(each.name)).alias(each.name))[each.name]


def _named(columns: Iterator[tuple[TargetField, pl.Series]]) -> Iterator[pl.Series]:
    """Tell apart what two fields of the target are both called, for a wizard that reads `email` as Email."""
    taken: set[str] = set()
    for each, cells in columns:
        key = header_key(cells.name)
        yield cells.alias(f"{cells.name} ({each.name})") if key in taken else cells
        taken.add(key)


def _lost(
    name: str, each: TargetObject, mapped: Mapped, said: pl.DataFrame, headers: Mapping[str, str]
) -> Iterator[str]:
    """Yield the list's columns that no column of the wizard takes, or not all of."""
    dropped = mapped.decisions.filter(pl.col("object") == name, pl.col("lost") > 0)["column"].to_list()
    rules = [rule for rule in each.sources if rule.object == name]
    linked = [feed for field in each.references() for rule in rules for feed in rule.feeds(field) if feed != OWNER]
    for column in dict.fromkeys((*dropped, *(feed for feed in linked if feed in headers))):
        if column in said.columns and said[column].null_count() < said.height:
            yield column


def _own(name: str, said: pl.DataFrame, column: str, headers: Mapping[str, str]) -> pl.Series:
    """Return a column of the list, named so that no wizard takes it for a field of its own."""
    field = canonical()[name].fields.get(column) if name in canonical() else None
    label = headers.get(column) or (field.label if field else column)
    return said[column].cast(pl.String).alias(f"{label} (your list)")


def about_owners(name: str, schema: TargetSchema, ready: Sequence[str]) -> str | None:
    """Say what to do about the owners in an import file. ready: its columns; None where it has no owners."""
    fields = [
        field
        for each, rule in schema.feeding(name)
        for field in each.fields.values()
        if OWNER in rule.feeds(field) and field.label in ready
    ]
    looked_up = [field.label for each, _ in schema.feeding(name) for field in each.references() if OWNER in field.from_]
    if not fields:
        return None
    (stands, *_) = (field.label for field in fields)
    if fields[0].type == "reference":
        return f"{schema.label} gives each row to the user whose address stands in {stands}: invite missing ones first."
    if schema.wizard.owner == "email":
        return (
            f"{schema.label} gives a row to the user whose email address stands in {looked_up[0]}. Your list names "
            f"owners otherwise, so they stand in {stands}: to hand rows over, write addresses and clean the list again."
        )
    return (
        f"The owners of your list stand in {stands}; the wizard gives every row to you, or to whom you choose there. "
        "To give each row to its owner, make a plan with crmclean init: it looks them up among the CRM's users."
    )
