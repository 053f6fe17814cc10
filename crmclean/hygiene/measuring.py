"""Works out every measure of the dictionary from one export."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain

import polars as pl

from crmclean.files.at_once import at_once
from crmclean.hygiene.computed import FIGURES, MARKING
from crmclean.hygiene.facts_companies import company_facts
from crmclean.hygiene.facts_contacts import contact_facts
from crmclean.hygiene.facts_deals import deal_facts
from crmclean.hygiene.material import MONEY, READ, Material
from crmclean.hygiene.owners import owner_table
from crmclean.hygiene.presence import missing
from crmclean.hygiene.rows import marked_rows, named, read_by
from crmclean.hygiene.values import Mark, Value, defects
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


def measured(material: Material) -> Measured:
    """Return what the measures come to; one that cannot be measured says what it needs."""
    measures = material.dictionary.measures.values()
    lacking = {measure.id: missing(measure, material) for measure in measures}
    there = [measure for measure in measures if lacking[measure.id] is None]
    known = at_once(lambda name: _with_facts(name, material, there), material.tables)
    frames = dict(zip(material.tables, known, strict=True))
    found: dict[str, Value] = {}
    marks: dict[str, list[Mark]] = {name: [] for name in frames}
    for value, own in _judged(there, material, frames):
        found[value.measure.id] = value
        marks.get(value.measure.object, []).extend(own)
    values = []
    for measure in measures:
        reason = lacking[measure.id] or f"needs {measure.object}"
        values.append(found.get(measure.id, Value(measure, None, reason=reason)))
    return Measured(tuple(values), _defects(values, marks, frames, material), frames)


def _judged(
    there: Sequence[Measure], material: Material, frames: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[Value, tuple[Mark, ...]]]:
    """Yield what measures come to and name: those that look at every record of an object together, then the others."""

    def by_rows(name: str) -> Sequence[tuple[Value, tuple[Mark, ...]]]:
        own = [measure for measure in there if measure.object == name and measure.defect]
        return [(value, (mark,)) for value, mark in marked_rows(name, frames[name], own, material.as_of)]

    def computed(measure: Measure) -> tuple[Value, tuple[Mark, ...]]:
        if (figure := FIGURES.get(str(measure.compute))) is not None:
            return figure(measure, material, frames), ()
        return MARKING[str(measure.compute)](measure, material, frames)

    yield from chain.from_iterable(at_once(by_rows, frames))
    yield from at_once(computed, [measure for measure in there if measure.compute])


def _defects(
    values: Sequence[Value],
    marks: Mapping[str, Sequence[Mark]],
    frames: Mapping[str, pl.DataFrame],
    material: Material,
) -> pl.DataFrame:
    shape = defects(material)
    found = {value.measure.id: _blamed(value, material, shape) for value in values if value.blamed is not None}
    for told in at_once(lambda name: named(frames[name], marks[name], shape), [name for name in marks if marks[name]]):
        found |= told
    return pl.concat([pl.DataFrame(schema=shape), *(found[name] for name in sorted(found))])


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
