"""The dedupe phase: companies before people before deals, then every reference and link follows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import polars as pl

from crmclean.matching.model import GROUPS, HELD, MERGE, PAIRS, REVIEW, Matching, Note
from crmclean.matching.recording import LOSERS, MEMBERS, ORIGINS
from crmclean.matching.review import questions
from crmclean.matching.survivors import Survivors
from crmclean.matching.weights import Weights
from crmclean.pipeline.dedupe.enriching import Enrichment, all_unused, enrichment, fills
from crmclean.pipeline.dedupe.existing import stacked
from crmclean.pipeline.dedupe.families import Family, family_of, resolved, together
from crmclean.pipeline.dedupe.grouping import DedupeWork, Matched, beside_target, match_all, survivor_rules
from crmclean.pipeline.dedupe.suppressing import possible, spread, without
from crmclean.pipeline.dedupe.suppression_lists import NOBODY, Lists, hits
from crmclean.pipeline.dedupe.verdicts import UNAPPLIED
from crmclean.pipeline.dedupe.weights import KEPT, weighed
from crmclean.pipeline.record_ids import object_of, object_of_pair
from crmclean.pipeline.store import Phase
from crmclean.plan.model import Plan
from crmclean.records import OBJECTS, Outcome
from crmclean.steps.contract import Patch
from crmclean.steps.links import converted_leads, equal_links, merged_into
from crmclean.steps.merges import absorbed_patch, follow_patch, merge_patch
from crmclean.steps.suppress import suppress_patch
from crmclean.steps.unused import unused_patch


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
    standard = {name: normalized[name].collect(engine="in-memory") for name in OBJECTS if name in normalized}
    work = DedupeWork(plan, standard, decisions=decisions, key=key, existing=existing, lists=lists, kept=kept)
    named = hits(lists, standard)
    matched = _without_suppressed(work, match_all(work), named)
    _resolve_all(work, matched)
    asked = {
        f"questions-{name}": rows
        for family, found in matched.matchings.items()
        for name, rows in _questions(work, family, found)
    }
    _merge_all(work, matched.survivors)
    return _phase(work, normalized, matched, _fill_all(work, matched), asked)


def _without_suppressed(work: DedupeWork, matched: Matched, named: pl.DataFrame) -> Matched:
    """Mark the people that lists name, with all of their groups, and take them out of what matching found."""
    leads = work.tables.get("leads", pl.DataFrame())
    with_others = pl.concat([converted_leads(leads), *(_served(work, matched) if named.height else ())])
    found = spread(named, matched.matchings.values(), with_others, work.tables)
    if work.lists.unusable:
        work.notes.append(Note("suppress.unusable", "lines of suppression lists name nobody", work.lists.unusable))
    if found.is_empty():
        return matched
    for object_ in tuple(work.tables):
        work.patch(object_, [suppress_patch(found)])
    for family, matching in matched.matchings.items():
        for object_ in family:
            work.note_findings(possible(object_, work.tables[object_], matching, found["record"]))
        matched.matchings[family] = without(matching, found["record"])
    return replace(matched, suppressed=found)


def _served(work: DedupeWork, matched: Matched) -> Iterator[pl.DataFrame]:
    """Yield the rows that only enrich, with the group that they belong to: what a list says of it, it says of them."""
    for family, matching in matched.matchings.items():
        members = matching.groups.select("record", survivor="group")
        yield _enrichment(work, matched, family, members).served


def _resolve_all(work: DedupeWork, matched: Matched) -> None:
    """Choose the survivors of every group, and what sources that only enrich can fill in."""
    for family, matching in matched.matchings.items():
        survivors = resolved(work.own(family), matching.groups, matched.rules, work.plan.target.crm)
        matched.survivors.update(survivors)
        members = pl.concat(merged.members for merged in survivors.values())
        matched.enrichment[family] = _enrichment(work, matched, family, members)


def _enrichment(work: DedupeWork, matched: Matched, family: Family, members: pl.DataFrame) -> Enrichment:
    own, settings = together(list(work.own(family).values())), matched.settings[family]
    return enrichment(family[0], own, work.helpers(family), members, settings)


def _fill_all(work: DedupeWork, matched: Matched) -> dict[str, Survivors]:
    """Fill the blanks that merging left from the sources that only enrich; every row of theirs gets its outcome."""
    filled: dict[str, Survivors] = {}
    unmatched = [(name,) for name in work.tables if not any(name in family for family in matched.enrichment)]
    for family in (*matched.enrichment, *unmatched):
        helpers = work.helpers(family)
        if helpers.is_empty():
            continue
        found = matched.enrichment.get(family) or all_unused(helpers)
        work.notes += found.notes
        rules = {name: survivor_rules(work.plan, name, ()) for name in family}
        filled |= fills(work.tables, found, rules, work.plan.target.crm)
        for object_ in family:
            work.patch(object_, [unused_patch(found.unused), *_merge_patches(object_, filled)])
    return filled


def _merge_all(work: DedupeWork, survivors: Mapping[str, Survivors]) -> None:
    follow = follow_patch(_moved(survivors))
    for object_ in tuple(work.tables):
        work.patch(object_, [*_merge_patches(object_, survivors), follow])
    if "leads" in work.tables:
        became = converted_leads(work.tables["leads"])
        work.patch("leads", [merged_into("leads.converted", became)])
        for object_ in ("activities", "links", "deals"):
            if object_ in work.tables:
                work.patch(object_, [follow_patch(became)])
    if "links" in work.tables:
        work.patch("links", [merged_into("links.equal", equal_links(work.tables["links"]))])


def _merge_patches(object_: str, survivors: Mapping[str, Survivors]) -> Iterator[Patch]:
    """Yield the patches that merge the records of an object into their survivors, of whatever object these are."""
    for name in family_of(object_):
        if name in survivors and survivors[name].members.height:
            yield merge_patch(survivors[name]) if name == object_ else absorbed_patch(survivors[name])


def _moved(survivors: Mapping[str, Survivors]) -> pl.DataFrame:
    members = [merged.members for merged in survivors.values()]
    return pl.concat([pl.DataFrame(schema=MEMBERS), *members]).select("record", "survivor")


def _phase(
    work: DedupeWork,
    normalized: Mapping[str, pl.LazyFrame],
    matched: Matched,
    filled: Mapping[str, Survivors],
    asked: Mapping[str, pl.DataFrame],
) -> Phase:
    matchings, survivors, record = matched.matchings.values(), matched.survivors, object_of("record")
    frames = {
        "pairs": _stacked(PAIRS, (found.pairs for found in matchings), object_of_pair()),
        "groups": _stacked(GROUPS, (found.groups for found in matchings), record),
        "held": _stacked(HELD, (found.held for found in matchings), record),
        "members": _stacked(MEMBERS, (merged.members for merged in survivors.values()), record),
        "losers": _listed(LOSERS, "losers", survivors, filled),
        "origins": _listed(ORIGINS, "origins", survivors, filled),
        "fills": _stacked(MEMBERS, (merged.members for merged in filled.values()), record),
        "existing": stacked(matched.existing.values()),
        "unapplied": _stacked(UNAPPLIED, work.unapplied, object_of("left")),
        "suppressed": matched.suppressed,
        **asked,
    }
    changes, findings = work.changes, work.findings
    counts = _counts(work, frames) | {"changes": changes.height, "findings": findings.height}
    kept = {KEPT: weighed({family[0]: found for family, found in matched.matchings.items()})}
    return Phase({**normalized, **work.tables}, changes, findings, frames, kept, counts)


def _listed(shape: pl.Schema, name: str, *parts: Mapping[str, Survivors]) -> pl.DataFrame:
    """Stack a list that merges and fills both make."""
    return _stacked(shape, (getattr(made, name) for part in parts for made in part.values()), object_of("survivor"))


def _stacked(shape: pl.Schema, parts: Iterable[pl.DataFrame], object_: pl.Expr) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=shape), *parts]).with_columns(object=object_)


def _questions(work: DedupeWork, family: Family, matching: Matching) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield by object what a person is asked; a question about a lead and a contact stands with the contacts."""
    frame = beside_target(work, family, together([work.tables[name] for name in family]))
    for object_ in family:
        pairs = matching.pairs.filter(object_of_pair() == object_)
        yield object_, questions(replace(matching, pairs=pairs), frame, work.reopened[family])


def _counts(work: DedupeWork, frames: Mapping[str, pl.DataFrame]) -> dict[str, object]:
    return {
        "merged": work.counted(Outcome.MERGED),
        "doubtful_pairs": frames["pairs"].filter(pl.col("band") == REVIEW).height,
        "held_records": frames["held"].height,
        "suppressed": dict(frames["suppressed"].group_by("reason").len().sort("reason").iter_rows()),
        "at_target": frames["existing"].filter(pl.col("band") == MERGE)["record"].n_unique(),
        "notes": [{"code": note.code, "problem": note.problem, "count": note.count} for note in work.notes],
    }
