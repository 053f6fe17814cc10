"""Works out every measure of the dictionary from one export."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import polars as pl

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
    frames = {name: _with_facts(name, material, there) for name in material.tables}
    found: dict[str, Value] = {}
    marks: dict[str, list[Mark]] = {name: [] for name in frames}
    for measure, value, own in _judged(there, material, frames):
        found[measure.id] = value
        marks.get(measure.object, []).extend(own)
    values = []
    for measure in measures:
        reason = lacking[measure.id] or f"needs {measure.object}"
        values.append(found.get(measure.id, Value(measure, None, reason=reason)))
    return Measured(tuple(values), _defects(values, marks, frames, material), frames)


def _judged(
    there: Sequence[Measure], material: Material, frames: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[Measure, Value, tuple[Mark, ...]]]:
    for name, frame in frames.items():
        by_rows = [measure for measure in there if measure.object == name and measure.defect]
        for value, mark in marked_rows(name, frame, by_rows, material.as_of):
            yield value.measure, value, (mark,)
    for measure in there:
        if (figure := FIGURES.get(str(measure.compute))) is not None:
            yield measure, figure(measure, material, frames), ()
        elif (marking := MARKING.get(str(measure.compute))) is not None:
            yield measure, *marking(measure, material, frames)


def _defects(
    values: Sequence[Value],
    marks: Mapping[str, Sequence[Mark]],
    frames: Mapping[str, pl.DataFrame],
    material: Material,
) -> pl.DataFrame:
    shape = defects(material)
    found = {value.measure.id: _blamed(value, material, shape) for value in values if value.blamed is not None}
    for name, own in marks.items():
        if own:
            found |= named(frames[name], own, shape)
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
    return frame.with_columns(material.owned[name], pl.lit(None, pl.Float64).alias(MONEY))
