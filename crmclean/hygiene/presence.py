"""Whether the exports hold what a measure needs, and what to say where they do not: never 0 or 100 percent."""

from collections.abc import Iterator, Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.hygiene.material import Material
from crmclean.hygiene.territories import owners_known
from crmclean.plan.kpi_model import Measure
from crmclean.records import RECORD, REF_PREFIX

_NEEDS = {
    "territory": "a [[territory]] table in the plan or KPI file",
    "stage": "[[stage]] entries in the plan or KPI file",
    "quota": "amount under [quota] in the plan or KPI file",
    "snapshots": "an earlier run in the history that expected deals to close since then",
}


def missing(measure: Measure, material: Material) -> str | None:
    """Return what a measure needs and the exports do not have; None where it can be measured."""
    wanted = [need.split("|") for need in measure.fields]
    lacking = [_told(parts, material) for parts in wanted if not any(_there(part, material) for part in parts)]
    strangers = [] if lacking else list(_strangers(measure, material))
    told = dict.fromkeys([*lacking, *strangers, *_unsaid(measure, material)])
    return f"needs {' and '.join(told)}" if told else None


def _strangers(measure: Measure, material: Material) -> Iterator[str]:
    """Say where owners and users were exported, but not one owner is among the users: nobody would be a leaver."""
    parts = [part.partition(".") for need in measure.fields for part in need.split("|")]
    if "users" not in {object_ for object_, _, _ in parts}:
        return
    users = material.tables["users"][RECORD].implode()
    for object_ in (object_ for object_, _, field in parts if field == "owner_ref"):
        if not material.owners[object_][0].is_in(users).any():
            yield f"users among whom the owners of {object_} are"


def _unsaid(measure: Measure, material: Material) -> Iterator[str]:
    said = {
        "territory": bool(material.dictionary.territories),
        "stage": bool(material.dictionary.stages),
        "quota": material.dictionary.quota.amount is not None,
        "snapshots": material.earlier.height > 0,
    }
    if measure.ageing and not material.dated:
        yield "a day to count from, which the exports do not tell: --as-of DATE"
    if measure.needs is not None and not said[measure.needs]:
        yield _NEEDS[measure.needs]
    elif measure.needs == "territory" and "contacts" in material.tables and not owners_known(material):
        yield "owners in [[territory]] as the export names them: name, email or id"


def _there(part: str, material: Material) -> bool:
    object_, _, field = part.partition(".")
    if object_ == "history":
        return material.moves.height > 0
    table = material.tables.get(object_)
    if table is None or not table.height:
        return False
    if object_ == "links" and field:
        ends = pl.concat_str(pl.col("from_object"), pl.lit(" "), pl.col("to_object"))
        return bool(table.select(ends.is_in([f"{field} contacts", f"contacts {field}"]).any()).item())
    return not field or _filled(table, field) or _filled(table, REF_PREFIX + field)


def _filled(table: pl.DataFrame, name: str) -> bool:
    return name in table.columns and table[name].null_count() < table.height


def _told(parts: Sequence[str], material: Material) -> str:
    """Say what one of the parts would give; a whole object where none of it was exported."""
    objects = [part.partition(".")[0] for part in parts]
    absent = [object_ if object_ not in (*material.tables, "history", "links") else None for object_ in objects]
    named = [object_ or _label(part) for object_, part in zip(absent, parts, strict=True)]
    return " or ".join(dict.fromkeys(named))


def _label(part: str) -> str:
    object_, _, field = part.partition(".")
    if object_ == "history":
        return "stages over time (an earlier run, `Date entered` columns or OpportunityHistory)"
    if object_ == "links" and field:
        return f"links between contacts and {field}"
    label = canonical()[object_].fields[field].label if field in canonical()[object_].fields else field
    return f"{label} of {object_}" if field else object_
