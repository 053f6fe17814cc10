"""Blanks filled from sources that only enrich: what such a record knows, and our record does not."""

from collections.abc import Mapping, Sequence

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.matching.ordering import ordered
from crmclean.matching.surviving import CHANNELS, RULES, Rule, cells_of, taken_from, with_addresses
from crmclean.matching.survivors import SurvivorRules, Survivors, group_of, merged

RULE = "enrichment"
CODE = "fill.enrichment"
# What a record says of its own story, or of the system that it stands in: nothing of it can be another record's.
OWN = (
    "source_id", "is_deleted", "merged_ids", "created_at", "updated_at", "owner_ref", "lifecycle", "lead_source",
    "lead_status",
)  # fmt: skip
REFUSALS = ("consent",)
FILL = Rule(CODE, lambda name: pl.col(name).drop_nulls().first())


def filled(object_: str, frame: pl.DataFrame, served: pl.DataFrame, rules: SurvivorRules) -> Survivors:
    """Fill the blanks of records from those that enrich them; an address or a name is filled whole or not at all.

    served: (record, survivor): an enriching record and the one that it matches. A refusal counts whoever recorded it,
    and a consent only where the address is the same.
    """
    survivors = served["survivor"].unique().sort()
    every = pl.concat(
        [served.select("record", group="survivor"), pl.DataFrame({"record": survivors, "group": survivors})]
    )
    part = ordered(
        frame,
        every.with_columns(rule=pl.lit(RULE)),
        order=rules.order,
        priorities=rules.priorities,
        chosen=tuple(survivors),
        leads_last=False,
    )
    plans = _rules(object_, [name for name in frame.columns if not name.startswith("_") and name not in OWN])
    part = with_addresses(part, plans)
    return merged(part, cells_of(part, plans), plans, list(plans))


def _rules(object_: str, columns: Sequence[str]) -> Mapping[str, Rule]:
    fields = canonical()[object_].fields
    known = [name for name in columns if name in fields or name.startswith("x_")]
    groups: dict[str, list[str]] = {}
    for name in known:
        if (group := group_of(name, fields)) is not None:
            groups.setdefault(group, []).append(name)
    wholes = [(names, _whole(names)) for names in groups.values()]
    together = {name: rule for names, rule in wholes for name in names}
    consents = {name: RULES[fields[name].merge or "first"] for name in known if _is_consent(object_, name)}
    return {name: consents.get(name) or together.get(name, FILL) for name in known if not name.endswith("_ref")}


def _is_consent(object_: str, name: str) -> bool:
    own = canonical()[object_].fields.get(name)
    return own is not None and (own.kind in REFUSALS or name in CHANNELS or name == "opted_out_at")


def _whole(names: Sequence[str]) -> Rule:
    """Return the rule by which all fields of a group come from the first record that has any of them."""
    place = pl.col("_rank").filter(pl.any_horizontal(pl.col(name).is_not_null() for name in names)).first()
    return taken_from(CODE, pl.coalesce(place, pl.lit(0, pl.Int64)))
