"""Duplicates at a target by the matching of `crmclean dedupe`, over all that was read back; only what it would merge.

Pairs that people told apart are none, nor those that matching has looked at before the import and did not merge: it
knew more of them then than a target keeps. A verdict of people ends where somebody has changed, at the target, what the
reviewer saw: such a pair is matched anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from crmclean.audit.edits import before_edits, edited
from crmclean.audit.readback import ID
from crmclean.audit.result import Check
from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.outcomes import crosswalk, reading
from crmclean.matching.decisions import PAIR, Decisions, ordered_sides, read_decisions
from crmclean.matching.engine import match
from crmclean.matching.model import GROUPS, MERGE, MatchSettings
from crmclean.pipeline.dedupe.employers import employed
from crmclean.pipeline.dedupe.families import family_of, together
from crmclean.pipeline.load.loading import load
from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.pipeline.store import frame
from crmclean.plan.model import Plan
from crmclean.records import FILE, RECORD
from crmclean.reports.wording import counted
from crmclean.workflow.running.session import Session
from crmclean.workflow.scoring.target import files_of, read_back
from crmclean.workspace.paths import Workspace

MATCHED = "that matching would merge"
_ENTITIES = ("companies", "contacts")  # companies first: who works for one and the same is evidence
_FAMILIES = tuple(name for first in _ENTITIES for name in family_of(first))
_LISTED = ("full_name", "first_name", "last_name", "name", "email", "phone", "mobile", "company_name", "domain")
LISTED = pl.Schema(dict.fromkeys(("object", "group", "id", "record", "rule", *_LISTED), pl.String()))


@dataclass(frozen=True)
class Found:
    """What matching says of a target. listed: every record of every group that it would merge (LISTED)."""

    checks: tuple[Check, ...] = ()
    listed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LISTED))


def matched_at_target(
    session: Session, to: str, schema: TargetSchema, target: Mapping[str, pl.DataFrame], changed: pl.DataFrame,
    allowed: float,
) -> Found:  # fmt: skip
    """Match the companies and the people of a target among each other, each object for itself.

    target: object -> records as they were read back, without those that an export lacks. changed: cells that are not as
    they were sent (audit.comparing.CHANGED). allowed: share of an object's records that may be duplicates.
    """
    filled = {name for name, rows in target.items() if rows.height}
    tables = _canonical(session.plan, to, schema, target)
    touched = edited(tables, _canonical(session.plan, to, schema, before_edits(target, changed)))
    apart, again = _apart(session, to, tables, touched)
    firms: list[pl.DataFrame] = [pl.DataFrame(schema=GROUPS)]
    checks, listed = list[Check](), [pl.DataFrame(schema=LISTED)]
    for canonical in _ENTITIES:
        for object_ in (each for each in schema.objects.values() if each.name in filled and _fed_by(each, canonical)):
            own = _own(tables, object_)
            if own.is_empty():  # its records are of other objects of ours
                continue
            people = employed(own, tables.get("companies"), pl.concat(firms)) if canonical == "contacts" else own
            groups = match(canonical, people, _settings(session.plan, apart)).groups
            firms += [groups] if canonical == "companies" else []
            reopened = again.filter(pl.col("left").is_in(own[RECORD].implode())).height
            checks.append(_check(object_, groups, own.height, allowed, reopened))
            listed.append(_listed(object_, own, groups, target[object_.name]))
    return Found(tuple(checks), pl.concat(listed))


def _canonical(
    plan: Plan, to: str, schema: TargetSchema, target: Mapping[str, pl.DataFrame]
) -> Mapping[str, pl.DataFrame]:
    """Return the records of a target as the tables of an export of it, in canonical form."""
    with TemporaryDirectory(prefix="crmclean-") as scratch:
        files = tuple(file for file in files_of(schema, target, Path(scratch)) if file.object in _FAMILIES)
        if not files:
            return {}
        back = read_back(plan, to, files)
        return {name: table.lazy().collect() for name, table in normalize(back, load(back).tables, {}).tables.items()}


def _fed_by(object_: TargetObject, canonical: str) -> bool:
    return any(rule.object in family_of(canonical) for rule in object_.sources)


def _own(tables: Mapping[str, pl.DataFrame], object_: TargetObject) -> pl.DataFrame:
    """Return the records of one object of the target; its people may be contacts and leads of ours."""
    place = pl.col(FILE).str.split("/").list.last().str.starts_with(f"{object_.name}-")
    found = [tables[name].filter(place) for name in _FAMILIES if name in tables]
    return together(found) if found else pl.DataFrame()


def _settings(plan: Plan, apart: pl.DataFrame) -> MatchSettings:
    bands = plan.dedupe
    return MatchSettings(
        merge=bands.merge,
        review=bands.review,
        group_limit=bands.group_limit,
        seed=plan.seed,
        rejected=apart,
        always=bands.always,
        never=bands.never,
    )


def _apart(
    session: Session, to: str, tables: Mapping[str, pl.DataFrame], touched: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pairs (left < right) of records there that are known to be two, and the verdicts that ended.

    touched: records of which somebody has changed, there, what reviewers see.
    """
    workspace = session.workspace
    judged = frame(workspace, "dedupe", "pairs").filter((pl.col("band") != MERGE) | pl.col("veto").is_not_null())
    decisions = read_decisions(workspace.decisions / "pairs.csv")
    rejected = Decisions(decisions).rejected(*_FAMILIES)
    there = _there(session, to, tables)
    known = _at_target(pl.concat([judged.select(PAIR).collect(), rejected.select(PAIR)]), there)
    seen = ordered_sides(decisions.filter(pl.col("seen").is_not_null()))
    told = _at_target(rejected.join(seen, on=PAIR, how="semi").select(PAIR), there)
    ended = told.filter(pl.any_horizontal(pl.col(PAIR).is_in(touched.implode())))
    return known.join(ended, on=PAIR, how="anti", maintain_order="left"), ended


def known_to_be_two(workspace: Workspace) -> pl.DataFrame:
    """Return the pairs (left < right) that matching or people told apart, as the records that these became."""
    judged = frame(workspace, "dedupe", "pairs").filter(pl.col("veto").is_not_null()).select(PAIR).collect()
    rejected = Decisions(read_decisions(workspace.decisions / "pairs.csv")).rejected(*_FAMILIES).select(PAIR)
    members = frame(workspace, "dedupe", "members").select("record", "survivor").collect()
    pairs = pl.concat([judged, rejected])
    for side in PAIR:
        into = members.rename({"record": side, "survivor": "_into"})
        pairs = pairs.join(into, on=side, how="left").with_columns(pl.coalesce("_into", side).alias(side)).drop("_into")
    return ordered_sides(pairs.filter(pl.col("left") != pl.col("right"))).select(PAIR).unique().sort(PAIR)


def _at_target(pairs: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of our records as pairs (left < right) of the records there that they became, each once."""
    for side in PAIR:
        pairs = pairs.join(there.rename({"record": side}), on=side).with_columns(pl.col("now").alias(side)).drop("now")
    return ordered_sides(pairs.filter(pl.col("left") != pl.col("right"))).select(PAIR).unique().sort(PAIR)


def _there(session: Session, to: str, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return (record, now): which record there each of ours became, the losers of merges, too."""
    with reading(session.workspace.journal(to)) as database:
        rows = crosswalk(database)
    known = pl.DataFrame(rows, schema={"object": pl.String, "id": pl.String, "record": pl.String}, orient="row")
    members = frame(session.workspace, "dedupe", "members").select("record", "survivor").collect()
    lost = members.join(known, left_on="survivor", right_on="record").select("object", "id", "record")
    ids = [
        table.select(now=RECORD, id="source_id", object=pl.col(FILE).str.split("/").list.last().str.split("-").list[0])
        for table in tables.values()
    ]
    empty = pl.DataFrame(schema={"now": pl.String, "id": pl.String, "object": pl.String})
    every = pl.concat([known, lost]).unique()
    return every.join(pl.concat([empty, *ids]), on=["object", "id"]).select("record", "now").unique()


def _check(object_: TargetObject, groups: pl.DataFrame, records: int, allowed: float, reopened: int) -> Check:
    extra = groups.height - groups["group"].n_unique()
    note = f"{counted(reopened, 'verdict')} on values that have changed there since" if reopened else ""
    return Check("duplicates", f"{object_.name} {MATCHED}", extra, records, extra <= allowed * max(records, 1), note)


def _listed(object_: TargetObject, own: pl.DataFrame, groups: pl.DataFrame, target: pl.DataFrame) -> pl.DataFrame:
    """Return the members of groups (LISTED), each group under the first id of it."""
    named = groups.join(own, left_on="record", right_on=RECORD, maintain_order="left")
    keys = target.select(source_id=ID, _key="_key").unique("source_id", keep="first", maintain_order=True)
    told = named.join(keys, on="source_id", how="left", maintain_order="left")
    shown = [name for name in _LISTED if name in own.columns]
    absent = [pl.lit(None, pl.String).alias(name) for name in _LISTED if name not in own.columns]
    rows = told.select(
        pl.col("source_id").min().over("group").alias("group"), "rule", *shown, *absent,
        object=pl.lit(object_.name), id="source_id", record="_key",
    )  # fmt: skip
    return rows.select(LISTED.names()).sort("group", "id")
