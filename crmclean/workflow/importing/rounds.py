"""A round of an import: frozen once from fresh exports, then sent; later rounds send only what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain

import polars as pl

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.adopting import Adoption
from crmclean.destinations.comparing import Comparison
from crmclean.destinations.contract import Destination
from crmclean.destinations.freezing import Round, Slice, freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.outcomes import LastRound, last_round, left_behind, unsent
from crmclean.errors import Fault, RefusedError, UsageError
from crmclean.pipeline.send.arranging import Arrangement, arrange
from crmclean.pipeline.send.regrouping import ENTRIES, Regrouped, regroup
from crmclean.pipeline.send.slicing import frozen
from crmclean.pipeline.send.staging import IN_NO_STAGE, assign
from crmclean.plan.model import Plan, Stage
from crmclean.records import INTO, OUTCOME, RECORD, Outcome
from crmclean.reports.wording import counted
from crmclean.workflow.importing.rehearsing import FIRST_ROUND
from crmclean.workspace.events import Event, Notify, silent

PILOT = "pilot"
_EVERYBODY = 10**9
_KEYS_THERE = (
    "of the target have keys of this migration, though this workspace brought none: they are updated, as after a lost "
    "journal. If another workspace brought them, they are other people: type `crmclean rollback`, which gives back "
    "what was overwritten, and give the sources of one workspace other names"
)


@dataclass(frozen=True)
class Mapped:
    """What is imported: the target's schema, target object -> mapped rows, and canonical object -> rows after `stale`.

    merged: _record and _into of records that went into another one, beyond those that the canonical tables mark.
    foreseen: _record and fault (`code field`) of the rejects that `validate` predicts. splits: left and right of
    records that `unmerge` took apart. newest: the newest timestamp in the exports. doubtful: record, group and code of
    records in undecided questions: they go where an earlier round brought them, and nowhere else. existing: record and
    target_id of those that the target has already. parentless: _record and fault of rows with a reference to a record
    that is not migrated, or not yet.
    """

    schema: TargetSchema
    tables: Mapping[str, pl.LazyFrame]
    canonical: Mapping[str, pl.LazyFrame]
    merged: pl.DataFrame | None = None
    foreseen: pl.DataFrame | None = None
    splits: pl.DataFrame | None = None
    newest: str | None = None
    doubtful: pl.DataFrame | None = None
    existing: pl.DataFrame | None = None
    parentless: pl.DataFrame | None = None

    @cached_property
    def survivors(self) -> pl.DataFrame:
        """_record and _into of every merged record, in the order of their ids."""
        marked = [
            table.filter(pl.col(OUTCOME) == Outcome.MERGED.value).select(
                pl.col(RECORD).cast(pl.String), pl.col(INTO).cast(pl.String)
            )
            for table in self.canonical.values()
            if {OUTCOME, INTO} <= set(table.collect_schema().names())
        ]
        further = [] if self.merged is None else [self.merged.lazy()]
        none = pl.LazyFrame(schema={RECORD: pl.String, INTO: pl.String})
        pairs = pl.concat([none, *marked, *further]).unique(RECORD, keep="last").collect()
        return _final(pairs).sort(RECORD)

    def filled(self) -> frozenset[str]:
        """Return the target objects that there are rows for."""
        return frozenset(name for name, table in self.tables.items() if table.head(1).collect().height)


@dataclass(frozen=True)
class Sending:
    """What the command line says of an import.

    round_: name of a later round. stage: send this stage only; until: send up to and with it. limit, where: a pilot
    slice that goes before the plan's stages. confirm: the production account, as read back. dry_run: send nothing.
    """

    round_: str | None = None
    stage: str | None = None
    until: str | None = None
    limit: int | None = None
    where: str | None = None
    confirm: str | None = None
    dry_run: bool = False

    @property
    def rows(self) -> int | None:
        """How many people the pilot slice has at most; None where none is asked for."""
        if self.limit is None and self.where is None:
            return None
        return _EVERYBODY if self.limit is None else self.limit


@dataclass(frozen=True)
class Source:
    """What a round is made from; inputs: hash of all that stands in it.

    rehearsal: whether it goes to the rehearsal, which need not hold what the target holds.
    """

    plan: Plan
    mapped: Mapped
    as_of: date | None
    inputs: str
    rehearsal: bool = False


def open_round(
    journal: Journal, destination: Destination, source: Source, sending: Sending, notify: Notify = silent
) -> str:
    """Return the name of the round to send: the last one, or a new one that is frozen here.

    notify: hears how many records are there under our keys that this journal did not bring.

    Raises:
        RefusedError: the records are not those of the last round, and no new round was named; or they are older.
    """
    last = last_round(journal.database)
    if last is not None and last.inputs == source.inputs and not last.undone:
        if sending.round_ in (None, last.name):
            return last.name
        _refuse_without_cause(journal, last)
    if last is not None:
        _check_next(journal, last, source, sending)
    name = sending.round_ or FIRST_ROUND
    plan = _with_pilot(source.plan, sending)
    found = _freeze(journal, destination, replace(source, plan=plan), name, sending.rows)
    if found and not source.rehearsal:
        notify(Event("warning", "import", f"{counted(found, 'record')} {_KEYS_THERE}"))
    return name


def _refuse_without_cause(journal: Journal, last: LastRound) -> None:
    """Let the same records go in once more only where the round is sent and some did not make it."""
    if unsent(journal.database) or not left_behind(journal.database):
        problem = f"nothing changed since round {last.name}"
        hint = f"put fresh exports in place first; without --round the same command goes on with round {last.name}"
        raise RefusedError(Fault("--round", problem, hint, "round.nothing-new"))


def _check_next(journal: Journal, last: LastRound, source: Source, sending: Sending) -> None:
    where = str(journal.path)
    if sending.round_ is None:
        what = "was rolled back" if last.undone else "froze other records than these"
        which = "what comes after a rollback goes" if last.undone else "records that changed go"
        hint = f"{which} in as a round with a name of its own: add --round NAME"
        raise RefusedError(Fault(where, f"round {last.name} {what}", hint, "journal.other-inputs"))
    if journal.inputs(sending.round_) is not None:
        problem = f"there is a round {sending.round_} already, of other records"
        raise RefusedError(Fault(where, problem, "give this round a name of its own", "round.known"))
    if last.newest and source.mapped.newest and source.mapped.newest < last.newest:
        problem = f"the exports end on {source.mapped.newest}, those of round {last.name} on {last.newest}"
        hint = "export again: older records would overwrite newer ones"
        raise RefusedError(Fault("exports", problem, hint, "round.older-exports"))
    if last.doubts:
        problem = f"{last.doubts} rows have no answer yet"
        hint = "put the exports of that round back and type the same command again, or decide with `crmclean settle`"
        raise RefusedError(Fault(where, problem, hint, "round.unsettled"))


def _with_pilot(plan: Plan, sending: Sending) -> Plan:
    """Put the pilot slice before the stages of the plan."""
    if sending.rows is None:
        return plan
    if any(stage.name == PILOT for stage in plan.stages):
        hint = "rename the stage, or leave --limit and --where out"
        raise UsageError(Fault("--limit", "a stage of the plan is called pilot", hint, "round.pilot"))
    return replace(plan, stages=(Stage(PILOT, sending.where or "TRUE"), *plan.stages))


def _freeze(journal: Journal, destination: Destination, source: Source, name: str, pilot: int | None) -> int:
    """Freeze a round; return how many of its records the target has under our keys, unknown to the journal."""
    mapped, plan = source.mapped, source.plan
    staged = assign(plan, mapped.canonical, source.as_of, pilot)
    records = _records(mapped, staged)
    entries = _entries(journal)
    groups = regroup(entries, records, mapped.survivors, mapped.splits)
    kept_back = None if destination.capabilities.refuses_bad_rows else mapped.foreseen
    held = pl.concat([groups.held, _waiting(mapped, entries, groups)])
    last = entries.select(pl.col("number").max().fill_null(0)).item()
    arranged = arrange(
        mapped.schema, staged, mapped.tables, groups.merged, groups.known, kept_back, held, plan.missing_parent, last,
        mapped.parentless,
    )  # fmt: skip
    comparison = Comparison(journal, destination, mapped.schema)
    adoption = Adoption(journal, destination, mapped.schema, _existing(mapped), strict=not source.rehearsal)
    rows = destination.capabilities.batch_rows
    names = [stage.name for stage in plan.stages]
    slices: Iterator[Slice] = frozen(mapped.schema, names, arranged, mapped.tables, rows)
    freeze(
        journal,
        _round(source, name, staged, arranged, groups, comparison, adoption),
        comparison.slices(adoption.slices(slices)),
    )
    return adoption.with_our_key


def _round(
    source: Source,
    name: str,
    staged: pl.DataFrame,
    arranged: Arrangement,
    groups: Regrouped,
    comparison: Comparison,
    adoption: Adoption,
) -> Round:
    outside = staged.filter(pl.col("stage").is_null())[RECORD]
    return Round(
        name=name,
        inputs=source.inputs,
        newest=source.mapped.newest,
        stages=[stage.name for stage in source.plan.stages],
        merged=arranged.merged.iter_rows(),
        outside=((record, IN_NO_STAGE) for record in outside),
        dropped=arranged.dropped.iter_rows(),
        speakers=groups.speakers.iter_rows(),
        parted=groups.parted.to_list(),
        gone=_gone(groups, arranged, source.mapped),
        conflicts=comparison.conflicts,
        preimages=chain(adoption.preimages, comparison.preimages),
        adopted=adoption.adopted,
    )


def _existing(mapped: Mapped) -> dict[str, str]:
    """Return record -> id of what the target has already."""
    return {} if mapped.existing is None else dict(mapped.existing.select("record", "target_id").iter_rows())


def _records(mapped: Mapped, staged: pl.DataFrame) -> pl.Series:
    """Return the records of all mapped rows that are sent."""
    nowhere = staged.filter(pl.col("stage").is_null())[RECORD]
    rows = [table.select(pl.col(RECORD).cast(pl.String)).collect()[RECORD] for table in mapped.tables.values()]
    everything = pl.concat([pl.Series(RECORD, [], dtype=pl.String), *rows])
    return everything.filter(~everything.is_in(nowhere.implode()))


def _entries(journal: Journal) -> pl.DataFrame:
    sql = """SELECT c.record, c.id, coalesce(c.into_, c.id), coalesce(s.target_id, c.target_id) IS NOT NULL
             FROM crosswalk c LEFT JOIN crosswalk s ON s.id = c.into_"""
    found = journal.database.execute(sql)
    return pl.DataFrame(((*row[:3], bool(row[3])) for row in found), schema=ENTRIES, orient="row")


def _waiting(mapped: Mapped, entries: pl.DataFrame, groups: Regrouped) -> pl.DataFrame:
    """Return the doubtful records that this target does not have yet."""
    if mapped.doubtful is None:
        return groups.held.head(0)
    there = groups.known.join(entries.filter("there").select("number"), on="number", how="semi")[RECORD]
    new = mapped.doubtful.filter(~pl.col("record").is_in(there.implode()))
    return new.select(pl.col("record").alias(RECORD), fault=pl.col("code") + " ")


def _gone(groups: Regrouped, arranged: Arrangement, mapped: Mapped) -> list[int]:
    """Return the groups that are at the target and in no export any more, whatever became of their members."""
    live = pl.concat([table.select(pl.col(RECORD).cast(pl.String)).collect() for table in mapped.canonical.values()])
    sent = arranged.order["number"]
    left = groups.known.join(live, on=RECORD, how="anti")
    still = groups.known.join(live, on=RECORD, how="semi")["number"]
    numbers = left.filter(~pl.col("number").is_in(sent.implode()) & ~pl.col("number").is_in(still.implode()))["number"]
    return numbers.unique().sort().to_list()


def _final(pairs: pl.DataFrame) -> pl.DataFrame:
    """Follow chains of merges to their end."""
    further = pairs.select(pl.col(RECORD).alias(INTO), pl.col(INTO).alias("next"))
    while True:
        followed = pairs.join(further, on=INTO, how="left", maintain_order="left").select(
            RECORD, pl.coalesce("next", INTO).alias(INTO)
        )
        if followed.equals(pairs):
            return pairs
        pairs = followed
