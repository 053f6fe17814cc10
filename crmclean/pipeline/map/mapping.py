"""The map phase: canonical records become records of the target."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import SourceRule, TargetField, TargetObject, TargetSchema
from crmclean.files.tables import empty, schema_of
from crmclean.pipeline.map.blanking import mended
from crmclean.pipeline.map.cells import Builder, Cell
from crmclean.pipeline.map.conditions import with_cases
from crmclean.pipeline.map.deciding import Filled, decisions
from crmclean.pipeline.map.homes import Homes
from crmclean.pipeline.map.linking import LOST, candidates, resolved, with_ends
from crmclean.pipeline.map.mapped_rows import (
    FATES,
    NO_HOME,
    NOT_MIGRATED,
    OBJECT,
    PARENT_HELD,
    UNLISTED,
    WAS,
    change_rows,
    changed,
    found_in,
    left_out,
    undecided,
    unlisted_in,
)
from crmclean.pipeline.map.meeting import RULE, taken
from crmclean.pipeline.map.owners import Owners, owners_of
from crmclean.pipeline.map.sharing import MOVED, settle_shared
from crmclean.plan.model import Plan
from crmclean.plan.target import planned_target
from crmclean.records import (
    CHANGES,
    FINDINGS,
    OUTCOME,
    PROVENANCE,
    RECORD,
    REF_PREFIX,
    ROW,
    Outcome,
)

_PROVENANCE = schema_of(dict.fromkeys(PROVENANCE, "text") | {ROW: "integer"})


@dataclass(frozen=True)
class Mapped:
    """What the map phase makes.

    schema: the target with the plan's decisions in it. tables: target object -> `_record`, `_object` (canonical),
    `_source`, `_file`, `_row`, its fields as text, and `_ref.<field>` (record id of the parent) for its references,
    which have no other column. decisions: see pipeline.deciding. changes: object and field are the target's. fates:
    records that are not mapped after all (`_record`, `_outcome`, `_into`, `_code`). unlisted: picklist values without
    an option, with the records that have them; holds cell values.
    """

    schema: TargetSchema
    tables: Mapping[str, pl.LazyFrame]
    decisions: pl.DataFrame
    changes: pl.DataFrame
    findings: pl.DataFrame
    fates: pl.DataFrame
    unlisted: pl.DataFrame


def map_tables(plan: Plan, tables: Mapping[str, pl.LazyFrame], as_of: date | None = None) -> Mapped:
    """Map every live record. tables: canonical objects after `stale`. as_of: for the plan's conditions.

    Raises:
        PlanError: the plan's decisions do not fit the target.
    """
    ours = {name: table for name, table in tables.items() if name in canonical()}
    entering = {name: _live(table) for name, table in ours.items()}
    work = _Work(plan, planned_target(plan), entering, as_of, Homes(_waiting(ours.values())))
    work.take_owners()
    for target_object in work.schema.objects.values():
        work.build(target_object)
    return work.mapped()


def _live(table: pl.LazyFrame) -> pl.LazyFrame:
    names = table.collect_schema().names()
    return table.filter(pl.col(OUTCOME).is_null()) if OUTCOME in names else table


def _waiting(tables: Iterable[pl.LazyFrame]) -> pl.Series:
    """Return the records that a person has to decide on."""
    marked = [table for table in tables if OUTCOME in table.collect_schema()]
    held = [
        table.filter(pl.col(OUTCOME) == Outcome.HELD.value).select(pl.col(RECORD).cast(pl.String)) for table in marked
    ]
    return pl.concat([pl.LazyFrame(schema={RECORD: pl.String}), *held]).collect()[RECORD]


@dataclass
class _Work:
    """The phase at work: target objects are built one after the other, parents first."""

    plan: Plan
    schema: TargetSchema
    entering: dict[str, pl.LazyFrame]
    as_of: date | None
    homes: Homes
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    filled: dict[str, list[Filled]] = field(default_factory=dict)
    changes: list[pl.DataFrame] = field(default_factory=lambda: [empty(CHANGES)])
    findings: list[pl.DataFrame] = field(default_factory=lambda: [empty(FINDINGS)])
    fates: list[pl.DataFrame] = field(default_factory=lambda: [empty(FATES)])
    unlisted: list[pl.DataFrame] = field(default_factory=lambda: [empty(UNLISTED)])
    owners: Owners = field(init=False)

    def take_owners(self) -> None:
        """Work out who owns records at the target; inactive and double users are not mapped."""
        users = self.entering.get("users", empty(dict.fromkeys(PROVENANCE, "text")).lazy()).collect()
        texts = [_unanswered_owners(table) for table in self.entering.values()]
        self.owners = owners_of(self.plan, users, pl.concat([pl.Series("owner_ref", [], pl.String), *texts]))
        self.entering["users"] = self.owners.users.lazy()
        self.fates.append(self.owners.fates)

    def build(self, target_object: TargetObject) -> None:
        """Build one target object's table."""
        parts = [self._part(target_object, *numbered) for numbered in self._rules(target_object)]
        table = pl.concat([self._empty(target_object), *parts], how="diagonal_relaxed")
        table = self._unique(target_object, table)
        self.homes.add(table[RECORD], target_object.name)
        table = resolved(target_object, table, self.homes)
        self.tables[target_object.name] = self._without_parent(target_object, table)

    def _rules(self, target_object: TargetObject) -> list[tuple[int, SourceRule]]:
        """Return the rules of a target object, numbered among all that their canonical object may meet."""
        return [
            (place, rule)
            for object_ in dict.fromkeys(rule.object for rule in target_object.sources)
            if object_ in self.entering
            for place, (owner, rule) in enumerate(self.schema.feeding(object_))
            if owner is target_object
        ]

    def _part(self, target_object: TargetObject, place: int, rule: SourceRule) -> pl.DataFrame:
        """Build the records that one rule takes."""
        frame = taken(self.schema, rule.object, self.entering[rule.object]).filter(pl.col(RULE) == place)
        if rule.object == "links":
            frame = with_ends(frame.collect(), self.homes).lazy()
        frame = with_cases(frame, target_object, rule, self.as_of)
        columns = frame.collect_schema().names()
        builder = Builder(self.plan, rule, frozenset(columns), lambda name: _distinct(frame, name))
        cells = [builder.cell(each) for each in target_object.writable() if each.type != "reference"]
        wide = frame.select(
            *(pl.col(name).cast(_PROVENANCE[name]) for name in PROVENANCE if name in columns),
            pl.lit(rule.object).alias(OBJECT),
            *(cell.value.cast(pl.String).alias(cell.field.name) for cell in cells),
            *(cell.before.alias(WAS + cell.field.name) for cell in cells if cell.code),
            *candidates(target_object, rule, columns, self.owners),
        ).collect()
        self._note(target_object, rule, wide, cells)
        self._count(target_object, rule, frame, cells)
        return self._mended(target_object, wide.drop(f"{WAS}{cell.field.name}" for cell in cells if cell.code))

    def _mended(self, target_object: TargetObject, wide: pl.DataFrame) -> pl.DataFrame:
        """Leave out what the target would refuse a record for without needing it."""
        wide, told = mended(target_object, wide)
        for each in told:
            self.changes.append(change_rows(each.rows, target_object.name, each.field, "before", "after", each.code))
            self.findings.append(found_in(each.rows, pl.col(OBJECT), each.field, pl.lit(each.code)))
        return wide

    def _note(self, target_object: TargetObject, rule: SourceRule, wide: pl.DataFrame, cells: Sequence[Cell]) -> None:
        """Record the cells that differ from their canonical text, and the picklist values without an option."""
        for cell in cells:
            if cell.code:
                self.changes.append(changed(wide, target_object.name, cell))
            for column, values in cell.unlisted.items():
                self.unlisted.append(unlisted_in(wide, target_object.name, rule.object, column, cell, values))

    def _count(self, target_object: TargetObject, rule: SourceRule, frame: pl.LazyFrame, cells: Sequence[Cell]) -> None:
        names = [name for name in frame.collect_schema().names() if not name.startswith("_")]
        counts = frame.select(pl.col(names).count()).collect().row(0, named=True) if names else {}
        linked = {name: each.name for each in target_object.references() for name in rule.feeds(each)}
        found = Filled(target_object.name, cells, linked, counts)
        self.filled.setdefault(rule.object, []).append(found)

    def _unique(self, target_object: TargetObject, table: pl.DataFrame) -> pl.DataFrame:
        """Settle values that several records share in a unique field."""
        for each in target_object.fields.values():
            if each.unique and each.overflow:
                table, moved = settle_shared(table, each, kind=OBJECT)
                self._note_moved(target_object, each, table, moved)
        return table

    def _note_moved(
        self, target_object: TargetObject, field: TargetField, table: pl.DataFrame, moved: pl.DataFrame
    ) -> None:
        rows = table.filter(pl.col(RECORD).is_in(moved[RECORD].implode()))
        self.findings.append(found_in(rows, pl.col(OBJECT), field.name, pl.lit(MOVED)))
        away = moved.select(RECORD, _value=field.name, _none=pl.lit(None, pl.String))
        self.changes.append(change_rows(away, target_object.name, field.name, "_value", "_none", MOVED))
        self.changes.append(change_rows(away, target_object.name, str(field.overflow), "_none", "_value", MOVED))

    def _without_parent(self, target_object: TargetObject, table: pl.DataFrame) -> pl.DataFrame:
        """Say which references point to nobody; records that cannot be without such a parent are not migrated."""
        for each in target_object.references():
            lost = LOST + each.name
            away = table.filter(pl.col(lost).is_not_null())
            self.findings.append(found_in(away, pl.col(OBJECT), each.name, pl.col(lost)))
            if each.required and away.height:
                parent = pl.when(pl.col(lost) == PARENT_HELD).then(lost).otherwise(pl.lit(NOT_MIGRATED))
                self.fates.append(left_out(away, parent))
                table = table.filter(pl.col(lost).is_null())
            table = table.drop(lost)
        return table

    def _empty(self, target_object: TargetObject) -> pl.DataFrame:
        cells = [each.name for each in target_object.writable() if each.type != "reference"]
        shape = dict.fromkeys((*PROVENANCE, OBJECT, *cells), "text") | {ROW: "integer"}
        return empty(shape)

    def _homeless(self) -> None:
        """Records that meet no rule of the target."""
        for name, table in self.entering.items():
            frame = taken(self.schema, name, table).filter(pl.col(RULE).is_null())
            rows = frame.select(*(each for each in PROVENANCE if each in frame.collect_schema())).collect()
            if rows.height:
                self.fates.append(left_out(rows, pl.lit(NO_HOME)))
                self.findings.append(found_in(rows, pl.lit(name), None, pl.lit(NO_HOME)))

    def mapped(self) -> Mapped:
        """Return what was made."""
        self._homeless()
        decided = decisions(self.plan, self.schema, self.filled)
        open_ = decided.filter(~pl.col("decided"))
        return Mapped(
            schema=self.schema,
            tables={name: table.sort(RECORD).lazy() for name, table in self.tables.items()},
            decisions=decided,
            changes=pl.concat(self.changes),
            findings=pl.concat([*self.findings, undecided(open_)]),
            fates=pl.concat(self.fates).sort(RECORD),
            unlisted=_summed(pl.concat(self.unlisted)),
        )


def _summed(unlisted: pl.DataFrame) -> pl.DataFrame:
    """Add up what several rules of one target object met; the most frequent values come first."""
    names = [name for name in UNLISTED if name != "records"]
    return (
        unlisted.group_by(names).agg(pl.col("records").sum()).sort("records", *names, descending=[True] + [False] * 5)
    )


def _distinct(frame: pl.LazyFrame, name: str) -> list[str]:
    return frame.select(pl.col(name).drop_nulls().unique()).collect().to_series().to_list()


def _unanswered_owners(table: pl.LazyFrame) -> pl.Series:
    names = table.collect_schema().names()
    if "owner_ref" not in names:
        return pl.Series("owner_ref", [], pl.String)
    known = pl.col(f"{REF_PREFIX}owner_ref").is_not_null() if f"{REF_PREFIX}owner_ref" in names else pl.lit(value=False)
    return table.filter(~known).select(pl.col("owner_ref").drop_nulls().unique()).collect().to_series()
