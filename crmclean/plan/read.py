"""migration.toml to a Plan, or one error that lists every fault."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crmclean.crm.canonical import canonical
from crmclean.errors import Fault, PlanError, nearest
from crmclean.plan.checks import read_checks
from crmclean.plan.columns import read_columns
from crmclean.plan.completeness import read_complete
from crmclean.plan.destinations import read_destinations, read_parent_rules
from crmclean.plan.expressions import faults_of
from crmclean.plan.fields import read_fields
from crmclean.plan.kpi import read_dictionary
from crmclean.plan.matching_rules import read_bands, read_group_limit, read_pair_rules
from crmclean.plan.model import (
    DEFAULT_GATES,
    DEFAULT_STAGES,
    Dedupe,
    Defaults,
    ExtraObject,
    Ignored,
    Plan,
    Rule,
    Stage,
    Stale,
    Target,
)
from crmclean.plan.roi import read_roi
from crmclean.plan.sources import read_existing, read_existing_from, read_sources
from crmclean.plan.suppress import read_suppress
from crmclean.plan.survivorship import read_field_rules, read_order
from crmclean.plan.toml_table import TomlTable, read_toml, toml_of
from crmclean.plan.values import read_values
from crmclean.values.currencies import tender
from crmclean.workspace.shipped import shipped

_NAME = "migration.toml"
_MATCHED = ("companies", "contacts", "leads", "deals")
_VERSION = 1


def read_plan(root: Path) -> Plan:
    """Read the plan of the workspace at `root`.

    Raises:
        InputError: there is no migration.toml, or it cannot be read.
        PlanError: it has faults; all of them are listed, each with its key and the nearest known name.
    """
    return _checked(root, read_toml(root / _NAME), _NAME)


def read_plan_text(root: Path, text: str, name: str = _NAME) -> Plan:
    """Read a plan that is not the workspace's own; faults tell its `name`.

    Raises:
        PlanError: it has faults, or is not TOML.
    """
    return _checked(root, toml_of(text, name), name)


def _checked(root: Path, document: Mapping[str, Any], name: str) -> Plan:
    faults: list[Fault] = []
    table = TomlTable(document, name, faults)
    plan = _plan(root, table)
    table.finish()
    if faults:
        raise PlanError(*faults)
    return plan


def _plan(root: Path, table: TomlTable) -> Plan:
    _check_version(table)
    sources = read_sources(root, table)
    values = read_values(table.table("values"))
    parents = read_parent_rules(table.table("import"))
    return Plan(
        root=root,
        name=table.text("name") or root.resolve().name,
        target=_target(root, table.table("target"), tuple(table.body.get("destinations", {}))),
        sources=sources,
        as_of=table.day("as_of"),
        seed=int(table.number("seed", 1)),
        defaults=_defaults(table.table("defaults")),
        objects=_objects(table, {source.name for source in sources}),
        ignored=_ignored(table),
        suppress=read_suppress(table),
        lifecycle=_lifecycle(table.table("lifecycle")),
        dedupe=_dedupe(table.table("dedupe")),
        derive_companies=_derives(table.table("companies")),
        stale=_stale(table.table("stale")),
        complete=read_complete(table.table("complete")),
        columns=read_columns(table.table("columns")),
        fields=read_fields(table.table("fields")),
        values=values.tables,
        unlisted=values.unlisted,
        stages=_stages(table),
        checks=read_checks(table),
        territories=_territories(table.table("territories")),
        gates=_gates(table.table("gates")),
        spot_check=int(table.number("spot_check", 50)),
        audit_sample=int(table.number("audit_sample", 100)),
        hygiene=_hygiene(table.table("hygiene")),
        roi=read_roi(table.table("roi")),
        destinations=read_destinations(table.table("destinations")),
        missing_parent=parents[0],
        rejected_parent=parents[1],
    )


def _check_version(table: TomlTable) -> None:
    version = table.number("version", _VERSION)
    if version != _VERSION:
        hint = f"this crmclean reads version = {_VERSION}; a newer plan needs a newer crmclean"
        table.fault("version", f"is {version}", hint, "plan.version")


def _target(root: Path, table: TomlTable, destinations: Sequence[str]) -> Target:
    crm = table.text("crm", required=True) or ""
    known = sorted(path.stem for path in (shipped("mappings") / "targets").glob("*.toml"))
    if crm and crm not in known:
        table.fault("crm", f"no mapping for the target {crm}", nearest(crm, known), "plan.unknown-target")
    held = table.table("existing")
    existing, existing_from = read_existing(root, held, crm), read_existing_from(held, destinations)
    schema, currencies = table.text("schema"), _currencies(table)
    target = Target(crm, table.text("fallback_owner"), existing, existing_from, schema, currencies)
    table.finish()
    return target


def _currencies(table: TomlTable) -> tuple[str, ...]:
    codes, known = table.texts("currencies"), sorted(tender())
    for code in codes:
        if code not in known:
            table.fault("currencies", f"{code} is no currency in use", nearest(code, known), "plan.wrong-value")
    return codes


def _defaults(table: TomlTable) -> Defaults:
    defaults = Defaults(table.text("region"), table.text("currency"), table.flag("strict", default=False))
    if defaults.region and not (len(defaults.region) == 2 and defaults.region.isupper()):
        hint = 'write the ISO code of the country in capitals, such as "US" or "GB"'
        table.fault("region", "is not a country code", hint, "plan.wrong-value")
    table.finish()
    return defaults


def _objects(table: TomlTable, sources: set[str]) -> tuple[ExtraObject, ...]:
    return tuple(_object(entry, sources) for entry in table.tables("object"))


def _object(entry: TomlTable, sources: set[str]) -> ExtraObject:
    extra = ExtraObject(
        name=entry.text("name", required=True) or "",
        source=entry.text("source", required=True) or "",
        path=entry.text("path", required=True) or "",
        reason=entry.text("reason") or "object.not-migrated",
    )
    if extra.source not in sources:
        entry.fault(
            "source",
            f"there is no source {extra.source}",
            nearest(extra.source, sorted(sources)),
            "plan.unknown-source",
        )
    if extra.name in canonical():
        hint = "exports of standard objects stand under [[source.file]]; choose another name here"
        entry.fault("name", f"{extra.name} is a standard object", hint, "plan.wrong-value")
    entry.finish()
    return extra


def _ignored(table: TomlTable) -> tuple[Ignored, ...]:
    ignored = []
    for entry in table.tables("ignore"):
        path, reason = entry.text("path", required=True), entry.text("reason", required=True)
        ignored.append(Ignored(path or "", reason or ""))
        entry.finish()
    return tuple(ignored)


def _lifecycle(table: TomlTable) -> Mapping[str, tuple[Rule, ...]]:
    lifecycle = {}
    for object_ in table.body:
        if object_ not in ("contacts", "leads", "companies"):
            known = ["contacts", "leads", "companies"]
            table.fault(object_, "has no lifecycle", nearest(object_, known), "plan.unknown-object")
            continue
        lifecycle[object_] = tuple(_rule(entry, object_) for entry in table.tables(object_))
    return lifecycle


def _rule(entry: TomlTable, object_: str) -> Rule:
    value, where = entry.text("value", required=True) or "", entry.text("where", required=True) or ""
    allowed = canonical()[object_].fields["lifecycle"].values
    if value and value not in allowed:
        entry.fault("value", f"{value} is not a lifecycle stage", nearest(value, allowed), "plan.wrong-value")
    extra = ("has_open_deal", "has_won_deal", "company_type")
    entry.faults.extend(faults_of(where, object_, f"{entry.where}.where", extra) if where else ())
    entry.finish()
    return Rule(value, where)


def _dedupe(table: TomlTable) -> Dedupe:
    standard = Dedupe()
    objects = table.texts("objects", standard.objects)
    merge, review = read_bands(table)
    dedupe = Dedupe(
        objects=objects,
        merge=merge,
        review=review,
        group_limit=read_group_limit(table, standard.group_limit),
        survivor=read_order(table, standard.survivor),
        fields=read_field_rules(table.table("fields")),
        never=read_pair_rules(table, "never", objects),
        always=read_pair_rules(table, "always", objects),
    )
    for object_ in dedupe.objects:
        if object_ not in _MATCHED:
            hint = nearest(object_, _MATCHED)
            table.fault("objects", f"{object_} cannot be de-duplicated", hint, "plan.unknown-object")
    table.finish()
    return dedupe


def _derives(table: TomlTable) -> bool:
    derives = table.flag("derive", default=False)
    table.finish()
    return derives


def _stale(table: TomlTable) -> Stale:
    standard = Stale()
    stale = Stale(
        months=int(table.number("months", standard.months)),
        new_days=int(table.number("new_days", standard.new_days)),
        protect=table.text("protect"),
    )
    if stale.protect:
        table.faults.extend(faults_of(stale.protect, "contacts", f"{table.where}.protect"))
    table.finish()
    return stale


def _territories(table: TomlTable) -> Mapping[str, tuple[str, ...]]:
    return {name: table.texts(name) for name in table.body}


def _stages(table: TomlTable) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for entry in table.tables("stage"):
        name, where = entry.text("name", required=True) or "", entry.text("where", required=True) or ""
        entry.faults.extend(faults_of(where, "contacts", f"{entry.where}.where") if where else ())
        if name in [stage.name for stage in stages]:
            entry.fault("name", f"a second stage is called {name}", "give every stage its own name", "plan.twice")
        stages.append(Stage(name, where))
        entry.finish()
    return tuple(stages) or DEFAULT_STAGES


def _gates(table: TomlTable) -> Mapping[str, float]:
    gates = {name: float(table.number(name, threshold)) for name, threshold in DEFAULT_GATES.items()}
    table.finish()
    return gates


def _hygiene(table: TomlTable) -> Mapping[str, Any]:
    """Read it once, so that its faults are told with the rest; what it says stands over the shipped dictionary."""
    try:
        if table.body:
            read_dictionary(plan=table.body)
    except PlanError as error:
        table.faults.extend(error.faults)
    return table.body
