"""Works out every measure of the dictionary from one export."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import chain

import polars as pl

from crmclean.files.at_once import at_once
from crmclean.hygiene.computed import DUPLICATES, FIGURES, MARKING, duplicates
from crmclean.hygiene.facts_companies import company_facts
from crmclean.hygiene.facts_contacts import contact_facts
from crmclean.hygiene.facts_deals import deal_facts
from crmclean.hygiene.material import MONEY, READ, Material
from crmclean.hygiene.owners import owner_table
from crmclean.hygiene.presence import missing
from crmclean.hygiene.rows import marked_rows, named, read_by
from crmclean.hygiene.values import Mark, Marked, Value, defects
from crmclean.plan.kpi_model import Measure

_FACTS: Mapping[str, Callable[[Material, Set[str]], pl.DataFrame]] = {
    "contacts": contact_facts,
    "companies": company_facts,
    "deals": deal_facts,
}


@dataclass(frozen=True)
class Measured:
    """Every measure in the dictionary's order, the exceptions, and the records with their facts.

    defects: values.defects, by measure, record and field.
    """

    values: tuple[Value, ...]
    defects: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class _Told:
    """What measures come to, and what they name (values.defects), by their ids."""

    values: Mapping[str, Value]
    defects: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class _Apart:
    """What is told without groups. lacking: measure -> what it needs, None where it can be measured."""

    lacking: Mapping[str, str | None]
    frames: Mapping[str, pl.DataFrame]
    told: _Told


def measured(material: Material) -> Measured:
    """Return what the measures come to; one that cannot be measured says what it needs."""
    groups, apart = material.match(partial(_apart, material))
    measures = material.dictionary.measures.values()
    twice = [measure for measure in measures if measure.compute == DUPLICATES and apart.lacking[measure.id] is None]
    told = _told((duplicates(measure, groups, apart.frames) for measure in twice), apart.frames, material)
    found, defective = {**apart.told.values, **told.values}, {**apart.told.defects, **told.defects}
    values = []
    for measure in measures:
        reason = apart.lacking[measure.id] or f"needs {measure.object}"
        values.append(found.get(measure.id, Value(measure, None, reason=reason)))
    parts = [pl.DataFrame(schema=defects(material)), *(defective[name] for name in sorted(defective))]
    return Measured(tuple(values), pl.concat(parts, rechunk=True), apart.frames)  # many pieces slow down what follows


def _apart(material: Material) -> _Apart:
    """Work out all that needs no groups of records that are the same."""
    measures = material.dictionary.measures.values()
    lacking = {measure.id: missing(measure, material) for measure in measures}
    there = [measure for measure in measures if lacking[measure.id] is None and measure.compute != DUPLICATES]
    known = at_once(lambda name: _with_facts(name, material, there), material.tables)
    frames = dict(zip(material.tables, known, strict=True))
    return _Apart(lacking, frames, _told(_judged(there, material, frames), frames, material))


def _judged(there: Sequence[Measure], material: Material, frames: Mapping[str, pl.DataFrame]) -> Iterator[Marked]:
    """Yield what measures come to and name: those that look at every record of an object together, then the others."""

    def by_rows(name: str) -> Sequence[Marked]:
        own = [measure for measure in there if measure.object == name and measure.defect]
        return [(value, (mark,)) for value, mark in marked_rows(name, frames[name], own, material.as_of)]

    def computed(measure: Measure) -> Marked:
        if (figure := FIGURES.get(str(measure.compute))) is not None:
            return figure(measure, material, frames), ()
        return MARKING[str(measure.compute)](measure, material, frames)

    yield from chain.from_iterable(at_once(by_rows, frames))
    yield from at_once(computed, [measure for measure in there if measure.compute])


def _told(marked: Iterable[Marked], frames: Mapping[str, pl.DataFrame], material: Material) -> _Told:
    values: dict[str, Value] = {}
    found: dict[str, pl.DataFrame] = {}
    marks: dict[str, list[Mark]] = {}
    shape = defects(material)
    for value, own in marked:
        values[value.measure.id] = value
        if value.blamed is not None:
            found[value.measure.id] = _blamed(value, material, shape)
        if own:
            marks.setdefault(value.measure.object, []).extend(own)
    for told in at_once(lambda name: named(frames[name], material.order(name), marks[name], shape), marks):
        found |= told
    return _Told(values, found)


def _blamed(value: Value, material: Material, shape: pl.Schema) -> pl.DataFrame:
    """Return the owner whom a figure is about as an exception; known by the id, as nothing is wrong with the record."""
    owners = owner_table(material).filter(pl.col("owner") == value.blamed)
    row = {"measure": value.measure.id, "object": "users", "record": owners["id"][0], "owner": value.blamed}
    return pl.DataFrame([row], schema=shape)


def _with_facts(name: str, material: Material, there: Sequence[Measure]) -> pl.DataFrame:
    facts = _FACTS.get(name)
    if facts is not None:
        return facts(material, read_by([measure for measure in there if measure.object == name]))
    frame = material.whole(name) if name in READ else material.tables[name]
    if name == "activities":  # moments stay texts: conditions ask for their times
        frame = frame.with_columns(day for day in material.activity_days if day.name == "due_date")
    return frame.with_columns(material.owned[name], pl.lit(None, pl.Float64).alias(MONEY))
