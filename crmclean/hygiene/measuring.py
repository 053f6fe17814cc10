"""Works out every measure of the dictionary from one export."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.hygiene.computed import COMPUTE
from crmclean.hygiene.facts_companies import company_facts
from crmclean.hygiene.facts_contacts import contact_facts
from crmclean.hygiene.facts_deals import deal_facts
from crmclean.hygiene.material import MONEY, READ, Material, owner
from crmclean.hygiene.presence import missing
from crmclean.hygiene.rows import measured_rows
from crmclean.hygiene.values import Value, no_defects

_FACTS: Mapping[str, Callable[[Material], pl.DataFrame]] = {
    "contacts": contact_facts,
    "companies": company_facts,
    "deals": deal_facts,
}


@dataclass(frozen=True)
class Measured:
    """Every measure in the dictionary's order, the exceptions (DEFECTS), and the records with their facts."""

    values: tuple[Value, ...]
    defects: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]


def measured(material: Material) -> Measured:
    """Return what the measures come to; one that cannot be measured says what it needs."""
    frames = {name: _with_facts(name, material) for name in material.tables}
    lacking = {measure.id: missing(measure, material) for measure in material.dictionary.measures.values()}
    there = [measure for measure in material.dictionary.measures.values() if lacking[measure.id] is None]
    found: dict[str, tuple[Value, pl.DataFrame]] = {}
    for name, frame in frames.items():
        by_rows = [measure for measure in there if measure.object == name and measure.defect]
        found |= measured_rows(name, frame, by_rows, material.as_of)
    for measure in (measure for measure in there if measure.compute):
        found[measure.id] = COMPUTE[str(measure.compute)](measure, material, frames)
    values = []
    for measure in material.dictionary.measures.values():
        reason = lacking[measure.id] or f"needs {measure.object}"
        values.append(found[measure.id][0] if measure.id in found else Value(measure, None, reason=reason))
    defects = pl.concat([no_defects(), *(each[1] for each in found.values())])
    return Measured(tuple(values), defects, frames)


def _with_facts(name: str, material: Material) -> pl.DataFrame:
    facts = _FACTS.get(name)
    if facts is not None:
        return facts(material)
    frame = material.whole(name) if name in READ else material.tables[name]
    return frame.with_columns(owner(frame), pl.lit(None, pl.Float64).alias(MONEY))
