"""From records to groups: every family of objects is matched, beside what the target holds and what people decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from crmclean.errors import Fault, PlanError, nearest
from crmclean.files.tables import empty
from crmclean.matching.contacts import Prepared, made_ready
from crmclean.matching.engine import match
from crmclean.matching.model import Matching, MatchSettings, Note
from crmclean.matching.ordering import WITH_AMOUNT
from crmclean.matching.rules import SIDE
from crmclean.matching.survivors import SurvivorRules, Survivors
from crmclean.matching.weights import Weights
from crmclean.pipeline.dedupe.employers import employed
from crmclean.pipeline.dedupe.enriching import Enrichment, enriches
from crmclean.pipeline.dedupe.existing import met
from crmclean.pipeline.dedupe.families import Family, families, family_of, live, together
from crmclean.pipeline.dedupe.sellers import told, with_sellers
from crmclean.pipeline.dedupe.suppression_lists import HITS, NOBODY, Lists
from crmclean.pipeline.dedupe.verdicts import Verdicts, contradicted, verdicts
from crmclean.pipeline.engagement import PEOPLE
from crmclean.pipeline.work import Work
from crmclean.plan.model import Plan
from crmclean.records import OBJECTS, OUTCOME, RECORD


@dataclass
class DedupeWork(Work):
    """The phase at work, with what the target holds, what people decided and what was not compared."""

    decisions: pl.DataFrame = field(default_factory=pl.DataFrame)
    key: bytes = b""
    existing: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    lists: Lists = NOBODY
    kept: Mapping[str, Weights] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    reopened: dict[Family, pl.DataFrame] = field(default_factory=dict)
    unapplied: list[pl.DataFrame] = field(default_factory=list)

    def own(self, family: Family) -> dict[str, pl.DataFrame]:
        """Return by object the records that are matched."""
        return {name: live(name, self.tables[name]).filter(~enriches(self.plan)) for name in family}

    def kin(self, family: Family) -> Family:
        """Return the objects whose records are matched with those of a family, be they ours or the target's."""
        return tuple(name for name in family_of(family[0]) if name in (*family, *self.plan.dedupe.objects))

    def helpers(self, family: Family) -> pl.DataFrame:
        """Return the open rows that only enrich others."""
        rows = [self.tables[name].filter(pl.col(OUTCOME).is_null() & enriches(self.plan)) for name in family]
        return together(rows)

    def judged(self, family: Family, known: Verdicts, matching: Matching, records: pl.Series) -> None:
        """Keep what people's answers came to, and say it aloud with what matching said."""
        lost = pl.concat([known.unapplied, contradicted(known, self.kin(family), matching, records)])
        self.reopened[family] = known.reopened
        self.unapplied.append(lost)
        self.notes += [*matching.notes, *replace(known, unapplied=lost).notes]


@dataclass(frozen=True)
class Matched:
    """By family: what matching found among our records, and which of them the target has; by object: what survives."""

    matchings: dict[Family, Matching] = field(default_factory=dict)
    survivors: dict[str, Survivors] = field(default_factory=dict)
    existing: dict[Family, pl.DataFrame] = field(default_factory=dict)
    enrichment: dict[Family, Enrichment] = field(default_factory=dict)
    rules: dict[str, SurvivorRules] = field(default_factory=dict)
    settings: dict[Family, MatchSettings] = field(default_factory=dict)
    suppressed: pl.DataFrame = field(default_factory=lambda: empty(HITS))


def match_all(work: DedupeWork) -> Matched:
    """Match what the plan names, companies before the people who work for them.

    People are made ready for it while their companies are matched.
    """
    found = Matched()
    _check_rules(work)
    firms: pl.DataFrame | None = None
    named = [name for name in OBJECTS if name in work.plan.dedupe.objects and name in work.tables]
    frames = {each: beside_target(work, each, together(list(work.own(each).values()))) for each in families(named)}
    people = next((frame for family, frame in frames.items() if family[0] in PEOPLE), None)
    with made_ready(people) as ready:
        for family, frame in frames.items():
            if family[0] == "companies":
                matching = _matched(work, found, family, frame, with_sellers(frame, work.tables))
                firms = matching.groups
            else:
                compared = employed(frame, _companies(work), firms)
                _matched(work, found, family, frame, compared, ready() if family[0] in PEOPLE else None)
    return found


def _matched(
    work: DedupeWork, found: Matched, family: Family, frame: pl.DataFrame, compared: pl.DataFrame,
    ready: Prepared | None = None,
) -> Matching:  # fmt: skip
    """Match one family and keep what it came to; compared: the records with what is known of them from elsewhere."""
    known = verdicts(work.decisions, work.kin(family), together([frame, work.helpers(family)]), work.key)
    settings = _settings(work, family, known)
    matching = match(family[0], compared, settings, ready)
    work.judged(family, known, matching, frame[RECORD])
    apart = met(told(matching), work.plan.target.crm, (*work.own(family).items(), *work.existing.items()))
    found.existing[family], found.matchings[family] = apart.existing, apart.matching
    found.rules.update({each: survivor_rules(work.plan, each, known.given.chosen(*family)) for each in family})
    found.settings[family] = settings
    return matching


def _check_rules(work: DedupeWork) -> None:
    """Refuse a rule over a column that no record has: it would part and merge nothing, without a word.

    Raises:
        PlanError: a rule names such a column.
    """
    bands = work.plan.dedupe
    named = {name for rule in (*bands.always, *bands.never) for _, name in SIDE.findall(rule) if name.startswith("x_")}
    there = {name for object_ in bands.objects if object_ in work.tables for name in work.tables[object_].columns}
    own = sorted(name for name in there if name.startswith("x_"))
    faults = [
        Fault("[dedupe]", f"a rule names {name}, which no record has", nearest(name, own), "dedupe.rule-field")
        for name in sorted(named - there)
    ]
    if faults:
        raise PlanError(*faults)


def _companies(work: DedupeWork) -> pl.DataFrame | None:
    return beside_target(work, ("companies",), work.tables["companies"]) if "companies" in work.tables else None


def beside_target(work: DedupeWork, family: Family, frame: pl.DataFrame) -> pl.DataFrame:
    """Put what the target holds below our records; it may have leads of ours as contacts."""
    return together([frame, *(work.existing[name] for name in work.kin(family) if name in work.existing)])


def _settings(work: DedupeWork, family: Family, known: Verdicts) -> MatchSettings:
    bands = work.plan.dedupe
    return MatchSettings(
        merge=bands.merge,
        review=bands.review,
        group_limit=bands.group_limit,
        seed=work.plan.seed,
        rejected=known.given.rejected(*work.kin(family)),
        accepted=known.given.accepted(*work.kin(family)),
        reopened=known.reopened,
        always=bands.always,
        never=bands.never,
        weights=work.kept.get(family[0]),
    )


def survivor_rules(plan: Plan, object_: str, chosen: tuple[str, ...]) -> SurvivorRules:
    """Return who survives and what, as the plan says; chosen: records that a person picked."""
    own = {name.partition(".")[2]: rule for name, rule in plan.dedupe.fields.items() if name.startswith(f"{object_}.")}
    priorities = {source.name: source.priority for source in plan.sources}
    first = (WITH_AMOUNT,) if object_ == "deals" else ()
    return SurvivorRules((*first, *plan.dedupe.survivor), priorities, own, chosen)
