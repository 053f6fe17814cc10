"""The dedupe phase: companies before contacts before leads, then every reference and link follows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import polars as pl

from crmclean.files.tables import empty
from crmclean.matching.decisions import Decisions
from crmclean.matching.engine import match
from crmclean.matching.model import GROUPS, HELD, MERGE, PAIRS, REVIEW, Matching, MatchSettings, Note
from crmclean.matching.recording import LOSERS, MEMBERS, ORIGINS
from crmclean.matching.review import questions
from crmclean.matching.survivors import SurvivorRules, Survivors, resolve
from crmclean.matching.weights import Weights
from crmclean.pipeline.employers import employed
from crmclean.pipeline.enriching import Enrichment, all_unused, enriches, enrichment, fills
from crmclean.pipeline.existing import met, stacked
from crmclean.pipeline.store import Phase
from crmclean.pipeline.suppressing import possible, spread, without
from crmclean.pipeline.suppression_lists import HITS, NOBODY, Lists, hits
from crmclean.pipeline.verdicts import UNAPPLIED, Verdicts, contradicted, verdicts
from crmclean.pipeline.weights import KEPT, weighed
from crmclean.pipeline.work import Work
from crmclean.plan.model import Plan
from crmclean.records import OBJECTS, OUTCOME, RECORD, Outcome
from crmclean.steps.links import converted_leads, equal_links, merged_into
from crmclean.steps.merges import follow_step, merge_step
from crmclean.steps.suppress import suppress_step
from crmclean.steps.unused import unused_step


@dataclass
class _Work(Work):
    """The phase at work, with what the target holds, what people decided and what was not compared."""

    decisions: pl.DataFrame = field(default_factory=pl.DataFrame)
    key: bytes = b""
    existing: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    lists: Lists = NOBODY
    kept: Mapping[str, Weights] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    reopened: dict[str, pl.DataFrame] = field(default_factory=dict)
    unapplied: dict[str, pl.DataFrame] = field(default_factory=dict)

    def judged(self, object_: str, known: Verdicts, matching: Matching, records: pl.Series) -> None:
        """Keep what people's answers came to, and say it aloud with what matching said."""
        lost = pl.concat([known.unapplied, contradicted(known, object_, matching, records)])
        self.reopened[object_], self.unapplied[object_] = known.reopened, lost
        self.notes += [*matching.notes, *replace(known, unapplied=lost).notes]


def dedupe(
    plan: Plan,
    normalized: Mapping[str, pl.LazyFrame],
    decisions: pl.DataFrame,
    key: bytes,
    existing: Mapping[str, pl.DataFrame] = MappingProxyType({}),
    lists: Lists = NOBODY,
    kept: Mapping[str, Weights] = MappingProxyType({}),
) -> Phase:
    """Find records that are the same entity and merge the certain ones; the doubtful ones wait for a person.

    decisions: reviewers' answers, see matching.decisions. key: of the hashes over the values that they saw. existing:
    what the target holds already, see pipeline.existing. lists: people who must not come along; their groups are not
    merged, and the frame `suppressed` names them.
    """
    standard = {name: normalized[name].collect() for name in OBJECTS if name in normalized}
    work = _Work(plan, standard, decisions=decisions, key=key, existing=existing, lists=lists, kept=kept)
    named = hits(lists, standard)
    matched = _without_suppressed(work, _match_all(work), named)
    _resolve_all(work, matched)
    asked = {
        f"questions-{name}": questions(found, _beside_target(work, name, work.tables[name]), work.reopened[name])
        for name, found in matched.matchings.items()
    }
    _merge_all(work, matched.survivors)
    return _phase(work, normalized, matched, _fill_all(work, matched), asked)


@dataclass(frozen=True)
class _Matched:
    """By object: what matching found among our records, what survives, and which of them the target has."""

    matchings: dict[str, Matching] = field(default_factory=dict)
    survivors: dict[str, Survivors] = field(default_factory=dict)
    existing: dict[str, pl.DataFrame] = field(default_factory=dict)
    enrichment: dict[str, Enrichment] = field(default_factory=dict)
    rules: dict[str, SurvivorRules] = field(default_factory=dict)
    settings: dict[str, MatchSettings] = field(default_factory=dict)
    suppressed: pl.DataFrame = field(default_factory=lambda: empty(HITS))


def _match_all(work: _Work) -> _Matched:
    found = _Matched()
    firms: pl.DataFrame | None = None
    for object_ in (name for name in OBJECTS if name in work.plan.dedupe.objects and name in work.tables):
        live = work.tables[object_].filter(pl.col(OUTCOME).is_null())
        own, helpers = live.filter(~enriches(work.plan)), live.filter(enriches(work.plan))
        frame = _beside_target(work, object_, own)
        known = verdicts(work.decisions, object_, pl.concat([frame, helpers], how="diagonal"), work.key)
        compared = frame if object_ == "companies" else employed(frame, _companies(work), firms)
        matching = match(object_, compared, _settings(work, object_, known))
        firms = matching.groups if object_ == "companies" else firms
        work.judged(object_, known, matching, frame[RECORD])
        apart = met(matching)
        found.existing[object_], found.matchings[object_] = apart.existing, apart.matching
        found.rules[object_] = _survivor_rules(work.plan, object_, known.given)
        found.settings[object_] = _settings(work, object_, known)
    return found


def _without_suppressed(work: _Work, matched: _Matched, named: pl.DataFrame) -> _Matched:
    """Mark the people that lists name, with all of their groups, and take them out of what matching found."""
    leads = work.tables.get("leads", pl.DataFrame())
    with_others = pl.concat([converted_leads(leads), *(_served(work, matched) if named.height else ())])
    found = spread(named, matched.matchings, with_others, work.tables)
    if work.lists.unusable:
        work.notes.append(Note("suppress.unusable", "lines of suppression lists name nobody", work.lists.unusable))
    if found.is_empty():
        return matched
    for object_ in tuple(work.tables):
        work.apply(object_, [suppress_step(found)])
    for object_, matching in matched.matchings.items():
        work.note_findings(possible(object_, work.tables[object_], matching, found["record"]))
        matched.matchings[object_] = without(matching, found["record"])
    return replace(matched, suppressed=found)


def _served(work: _Work, matched: _Matched) -> Iterator[pl.DataFrame]:
    """Yield the rows that only enrich, with the group that they belong to: what a list says of it, it says of them."""
    for object_, matching in matched.matchings.items():
        live = work.tables[object_].filter(pl.col(OUTCOME).is_null())
        own, helpers = live.filter(~enriches(work.plan)), live.filter(enriches(work.plan))
        if helpers.height:
            members = matching.groups.select("record", survivor="group")
            yield enrichment(object_, own, helpers, members, matched.settings[object_]).served


def _resolve_all(work: _Work, matched: _Matched) -> None:
    """Choose the survivors of every group, and what sources that only enrich can fill in."""
    for object_, matching in matched.matchings.items():
        live = work.tables[object_].filter(pl.col(OUTCOME).is_null())
        own, helpers = live.filter(~enriches(work.plan)), live.filter(enriches(work.plan))
        survivors = resolve(object_, own, matching.groups, matched.rules[object_])
        matched.survivors[object_] = survivors
        if helpers.height:
            settings = matched.settings[object_]
            matched.enrichment[object_] = enrichment(object_, own, helpers, survivors.members, settings)


def _fill_all(work: _Work, matched: _Matched) -> dict[str, Survivors]:
    """Fill the blanks that merging left from the sources that only enrich; every row of theirs gets its outcome."""
    filled: dict[str, Survivors] = {}
    for object_, table in tuple(work.tables.items()):
        helpers = table.filter(pl.col(OUTCOME).is_null() & enriches(work.plan))
        if helpers.is_empty():
            continue
        found = matched.enrichment.get(object_) or all_unused(helpers)
        work.notes += found.notes
        steps = [unused_step(found.unused)]
        if found.served.height:
            filled[object_] = fills(object_, table, found, _survivor_rules(work.plan, object_, Decisions()))
            steps.append(merge_step(filled[object_]))
        work.apply(object_, steps)
    return filled


def _companies(work: _Work) -> pl.DataFrame | None:
    return _beside_target(work, "companies", work.tables["companies"]) if "companies" in work.tables else None


def _beside_target(work: _Work, object_: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Put what the target holds below our records."""
    theirs = work.existing.get(object_)
    return frame if theirs is None else pl.concat([frame, theirs], how="diagonal")


def _settings(work: _Work, object_: str, known: Verdicts) -> MatchSettings:
    bands = work.plan.dedupe
    return MatchSettings(
        merge=bands.merge,
        review=bands.review,
        group_limit=bands.group_limit,
        seed=work.plan.seed,
        rejected=known.given.rejected(object_),
        accepted=known.given.accepted(object_),
        reopened=known.reopened,
        always=bands.always,
        never=bands.never,
        weights=work.kept.get(object_),
    )


def _survivor_rules(plan: Plan, object_: str, given: Decisions) -> SurvivorRules:
    own = {name.partition(".")[2]: rule for name, rule in plan.dedupe.fields.items() if name.startswith(f"{object_}.")}
    priorities = {source.name: source.priority for source in plan.sources}
    return SurvivorRules(plan.dedupe.survivor, priorities, own, given.chosen(object_))


def _merge_all(work: _Work, survivors: Mapping[str, Survivors]) -> None:
    follow = follow_step(_moved(survivors))
    for object_ in tuple(work.tables):
        merged = survivors.get(object_)
        work.apply(object_, [follow] if merged is None else [merge_step(merged), follow])
    if "leads" in work.tables:
        became = converted_leads(work.tables["leads"])
        work.apply("leads", [merged_into("leads.converted", became)])
        for object_ in ("activities", "links", "deals"):
            if object_ in work.tables:
                work.apply(object_, [follow_step(became)])
    if "links" in work.tables:
        work.apply("links", [merged_into("links.equal", equal_links(work.tables["links"]))])


def _moved(survivors: Mapping[str, Survivors]) -> pl.DataFrame:
    members = [merged.members for merged in survivors.values()]
    return pl.concat([pl.DataFrame(schema=MEMBERS), *members]).select("record", "survivor")


def _phase(
    work: _Work,
    normalized: Mapping[str, pl.LazyFrame],
    matched: _Matched,
    filled: Mapping[str, Survivors],
    asked: Mapping[str, pl.DataFrame],
) -> Phase:
    matchings, survivors = matched.matchings, matched.survivors
    frames = {
        "pairs": _stacked(PAIRS, {name: found.pairs for name, found in matchings.items()}),
        "groups": _stacked(GROUPS, {name: found.groups for name, found in matchings.items()}),
        "held": _stacked(HELD, {name: found.held for name, found in matchings.items()}),
        "members": _stacked(MEMBERS, {name: merged.members for name, merged in survivors.items()}),
        "losers": _listed(LOSERS, "losers", survivors, filled),
        "origins": _listed(ORIGINS, "origins", survivors, filled),
        "fills": _stacked(MEMBERS, {name: merged.members for name, merged in filled.items()}),
        "existing": stacked(matched.existing),
        "unapplied": _stacked(UNAPPLIED, work.unapplied),
        "suppressed": matched.suppressed,
        **asked,
    }
    changes, findings = work.changes, work.findings
    counts = _counts(work, frames) | {"changes": changes.height, "findings": findings.height}
    return Phase({**normalized, **work.tables}, changes, findings, frames, {KEPT: weighed(matchings)}, counts)


def _listed(shape: pl.Schema, name: str, *parts: Mapping[str, Survivors]) -> pl.DataFrame:
    """Stack a list that merges and fills both make."""
    return pl.concat(_stacked(shape, {key: getattr(made, name) for key, made in part.items()}) for part in parts)


def _stacked(shape: pl.Schema, parts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    named = [part.with_columns(object=pl.lit(object_)) for object_, part in parts.items()]
    return pl.concat([pl.DataFrame(schema=shape).with_columns(object=pl.lit(None, pl.String)), *named])


def _counts(work: _Work, frames: Mapping[str, pl.DataFrame]) -> dict[str, object]:
    return {
        "merged": work.counted(Outcome.MERGED),
        "doubtful_pairs": frames["pairs"].filter(pl.col("band") == REVIEW).height,
        "held_records": frames["held"].height,
        "suppressed": dict(frames["suppressed"].group_by("reason").len().sort("reason").iter_rows()),
        "at_target": frames["existing"].filter(pl.col("band") == MERGE)["record"].n_unique(),
        "notes": [{"code": note.code, "problem": note.problem, "count": note.count} for note in work.notes],
    }
