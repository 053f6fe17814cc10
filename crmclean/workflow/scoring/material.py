"""From exports to what the scorecard is worked out from: load, normalize and matching of the pipeline, nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from crmclean.files.read import read_table
from crmclean.hygiene.columns import reader
from crmclean.hygiene.duplicates import MATCHED, duplicate_groups
from crmclean.hygiene.material import REPORTED, Groups, Material, R
from crmclean.hygiene.moves import current, stage_moves, tells_entry
from crmclean.matching.decisions import Decisions
from crmclean.matching.model import MatchSettings
from crmclean.pipeline.ages import newest_timestamp
from crmclean.pipeline.caching import digest
from crmclean.pipeline.load.loading import Loaded, Read, load
from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.plan.kpi_model import Dictionary
from crmclean.plan.model import Plan
from crmclean.records import OBJECTS, OUTCOME, RECORD
from crmclean.values.codes import KEPT
from crmclean.values.places import places_among
from crmclean.workflow.scoring.verdicts import Said, standing, told_by
from crmclean.workspace.events import Event, Notify

_NO_REGION = "phones.no-region"
_UNDATED = date(1970, 1, 1)  # of exports without any day: every age is then "not measurable"


@dataclass(frozen=True)
class Prepared:
    """One export as the measures read it. inputs: a hash over its files.

    unread: file -> rows that fit no header. regionless: phones of contacts that no country tells how to read.
    """

    material: Material
    inputs: str
    unread: Mapping[str, int]
    regionless: int


def prepared(
    plan: Plan,
    dictionary: Dictionary,
    how: str,
    as_of: date | None,
    notify: Notify,
    verdicts: Said,
    read: Read = read_table,
) -> Prepared:
    """Load and normalize the files of a plan; they wait to be matched. as_of: None takes the newest timestamp in them.

    verdicts: what people decided about pairs. read: how a file is read, where that was done already.

    Raises:
        InputError: files that cannot be used, all of them at once.
    """
    raw = _raw(plan, dictionary, how, notify, read)
    phase = normalize(plan, raw.tables, REPORTED)
    tables = {name: table.lazy().collect(engine="in-memory") for name, table in phase.tables.items()}
    notify(Event("finished", "normalize", done=sum(table.height for table in tables.values())))
    newest = as_of or newest_timestamp({name: table.lazy() for name, table in tables.items()})
    day = newest or _UNDATED
    bands = plan.dedupe
    settings = MatchSettings(
        merge=bands.merge,
        review=bands.review,
        group_limit=bands.group_limit,
        seed=plan.seed,
        always=bands.always,
        never=bands.never,
    )
    told = told_by(verdicts, tables)
    said = standing(told, verdicts, tables)
    match = partial(_matched, tables, how, settings, said, notify)
    now = [current(tables["deals"], day)] if "deals" in tables else []
    moves = raw.moves
    known = pl.concat([moves, *now]).unique().sort("record", "on", "stage") if moves.height else moves
    kept, dated = _kept(phase.findings, tables), newest is not None
    material = Material(tables, dictionary, day, kept, match, known, dated=dated, reopened=said.reopened(*MATCHED))
    used: list[object] = [] if told.is_empty() else [told.sort(pl.all()).rows()]
    used += [plan.defaults.region] if plan.defaults.region else []
    regionless = phase.findings.filter(pl.col("code") == _NO_REGION).height
    return Prepared(material, digest([*raw.inputs, how, *used]), raw.unread, regionless)


def _matched(
    tables: Mapping[str, pl.DataFrame],
    how: str,
    settings: MatchSettings,
    decided: Decisions,
    notify: Notify,
    beside: Callable[[], R],
) -> tuple[Groups, R]:
    groups, other = duplicate_groups(tables, how, settings, decided, beside)
    notify(Event("finished", "dedupe", done=sum(each.height for each in groups.values())))
    return groups, other


@dataclass(frozen=True)
class _Raw:
    """What of the exports goes on: narrow tables, so that the wide ones can be let go of."""

    tables: Mapping[str, pl.LazyFrame]
    moves: pl.DataFrame
    inputs: tuple[str, ...]
    unread: Mapping[str, int]


def _raw(plan: Plan, dictionary: Dictionary, how: str, notify: Notify, read: Read) -> _Raw:
    loaded = load(plan, notify, reader(dictionary, how), read)
    headers = _headers(loaded)
    known = {name: table for name, table in loaded.tables.items() if name in OBJECTS}
    entered = [name for name, header in headers.items() if tells_entry(header)]
    there = {name: table.filter(pl.col(OUTCOME).is_null()) for name, table in known.items()}
    tables = {
        name: table.drop(entered, strict=False).collect(engine="in-memory").lazy() for name, table in there.items()
    }
    moves = stage_moves(loaded.tables, headers)
    unread = dict(loaded.rejects.group_by("file").len().sort("file").iter_rows())
    return _Raw(tables, moves, tuple(sorted(loaded.inputs.values())), unread)


def _headers(loaded: Loaded) -> Mapping[str, str]:
    """Return the header that each loaded column has in its file."""
    found: dict[str, str] = {}
    for document in loaded.columns.values():
        for column in document["columns"]:  # type: ignore[index]
            found.setdefault(column["column"], column["header"])
    return found


def _kept(findings: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> Mapping[str, pl.DataFrame]:
    """Return KEPT_CELLS, the cells that have no valid form, by object."""
    kept = findings.filter(pl.col("code").is_in(KEPT)).select("object", "record", "field")
    return {
        str(object_): cells.select(places_among(cells["record"], tables[str(object_)][RECORD]).alias("row"), "field")
        for (object_,), cells in kept.group_by("object")
    }
