"""mappings/kpi.toml, the [hygiene] table of a plan and a file of the user's, one over the other, to a Dictionary."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crmclean.crm.canonical import canonical
from crmclean.errors import Fault, PlanError, nearest
from crmclean.plan.expressions import faults_of
from crmclean.plan.kpi_limits import check_countries, check_quota, check_settings, check_target, check_thresholds
from crmclean.plan.kpi_model import (
    AREAS,
    DIMENSIONS,
    FACTS,
    NEEDS,
    UNITS,
    Dictionary,
    Measure,
    Quota,
    StageRule,
    Territory,
)
from crmclean.plan.roi import read_roi
from crmclean.plan.toml_table import TomlTable, read_toml
from crmclean.workspace.shipped import shipped

Body = Mapping[str, Any]
_NO_FILE = "name your KPI file: TOML with what differs from the shipped dictionary, mappings/kpi.toml"
_PLACE = re.compile(r"\{(\w+)\}")
# The figures of the shipped dictionary that code works out; hygiene.computed has a function for each.
COMPUTED = (
    "balance", "calls", "completeness", "conversion", "coverage", "cycle", "daily_active", "deal_size", "duplicates",
    "emails", "forecast", "lead_conversion", "response", "revenue_per_rep", "weekly_active", "win_rate",
)  # fmt: skip


def read_dictionary(path: Path | None = None, plan: Body | None = None) -> Dictionary:
    """Read the shipped dictionary, what the plan's [hygiene] says over it, and what the user's file says over both.

    Raises:
        InputError: the file is missing or cannot be read. PlanError: unknown keys and wrong values, all of them.
    """
    shipped_body = read_toml(shipped("mappings") / "kpi.toml")
    layers: list[tuple[str, Body]] = [("kpi.toml", shipped_body)]
    layers += [("migration.toml [hygiene]", plan)] if plan else []
    layers += [(path.name, read_toml(path, _NO_FILE))] if path else []
    body: dict[str, Any] = {}
    for where, layer in layers:
        _check_version(where, layer)
        body = _over(body, layer)
    faults: list[Fault] = []
    dictionary = _dictionary(TomlTable(body, layers[-1][0], faults), shipped_body)
    if faults:
        raise PlanError(*faults)
    return dictionary


def _check_version(where: str, layer: Body) -> None:
    if layer.get("version", 1) != 1:
        hint = "this crmclean reads version = 1; a newer dictionary needs a newer crmclean"
        raise PlanError(Fault(where, "is of another version", hint, "plan.version"))


def _over(body: Body, layer: Body) -> dict[str, Any]:
    """Put one TOML document over another, table by table; lists are replaced."""
    merged = dict(body)
    for key, value in layer.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def _dictionary(table: TomlTable, standard: Body) -> Dictionary:
    table.number("version", 1)
    settings = table.table("settings")
    thresholds = _thresholds(table.table("thresholds"), standard["thresholds"])
    quota = table.table("quota")
    dictionary = Dictionary(
        measures=_measures(table.table("measure"), thresholds, standard["measure"]),
        thresholds=thresholds,
        required=_required(table.table("required")),
        locale=settings.text("locale", "en_US") or "en_US",
        currency=settings.text("currency") or None,
        region=(settings.text("region") or "").upper() or None,
        tolerance=settings.number("tolerance", 0),
        top=int(settings.number("top", 40)),
        quota=_quota(quota),
        territories=tuple(map(_territory, table.tables("territory"))),
        stages=tuple(map(_stage, table.tables("stage"))),
        roi=read_roi(table.table("roi")),
    )
    check_settings(settings, dictionary)
    check_quota(quota, dictionary)
    settings.finish()
    table.finish()
    return dictionary


def _thresholds(table: TomlTable, standard: Body) -> Mapping[str, float]:
    found = {name: table.number(name, value) for name, value in standard.items()}
    check_thresholds(table, found)
    table.finish()
    return {name: max(value, 0) for name, value in found.items()}  # one fault is enough: not in every formula again


def _required(table: TomlTable) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for object_ in ("contacts", "companies", "deals", "leads"):
        found[object_] = table.texts(object_)
        _check_fields(table, object_, object_, found[object_])
    table.finish()
    return found


def _check_fields(table: TomlTable, key: str, object_: str, names: Sequence[str]) -> None:
    known = tuple(canonical()[object_].fields)
    for name in names:
        if name not in known and not name.startswith("x_"):
            table.fault(key, f"{object_} has no field {name}", nearest(name, known), "plan.unknown-field")


def _quota(table: TomlTable) -> Quota:
    quota = Quota(table.optional_number("amount"), table.day("from"), table.day("until"))
    table.finish()
    return quota


def _territory(entry: TomlTable) -> Territory:
    found = Territory(entry.text("name", required=True) or "", entry.texts("countries"), entry.texts("owners"))
    check_countries(entry, found.countries)
    entry.finish()
    return found


def _stage(entry: TomlTable) -> StageRule:
    required = entry.texts("required")
    _check_fields(entry, "required", "deals", required)
    name = entry.text("name", required=True) or ""
    found = StageRule(name, entry.text("pipeline"), entry.optional_number("days"), required)
    entry.finish()
    return found


def _measures(table: TomlTable, thresholds: Mapping[str, float], standard: Body) -> Mapping[str, Measure]:
    found: dict[str, Measure] = {}
    for area in table.body:
        if area not in AREAS:
            table.fault(area, "is no part of the scorecard", nearest(area, AREAS), "plan.unknown-key")
            continue
        measures = table.table(area)
        for name in measures.body:
            known = tuple(standard.get(area, {}))
            measure = _measure(measures.table(name), f"{area}.{name}", thresholds, known)
            found |= {measure.id: measure} if measure else {}
    order = {area: place for place, area in enumerate(AREAS)}
    return dict(sorted(found.items(), key=lambda item: order[item[1].area]))


def _measure(entry: TomlTable, id_: str, thresholds: Mapping[str, float], known: tuple[str, ...]) -> Measure | None:
    name = id_.partition(".")[2]
    if name not in known and not {"label", "definition", "object", "defect"} <= set(entry.body):
        hint = nearest(name, known) + " (a measure of your own needs label, definition, object and defect)"
        entry.fault("", f"there is no measure {id_}", hint, "plan.unknown-key")
        return None
    enabled = entry.flag("enabled", default=True)
    measure = Measure(
        id=id_,
        label=entry.text("label") or "",
        definition=_filled(entry, "definition", thresholds) or "",
        object=entry.text("object") or "",
        defect=_filled(entry, "defect", thresholds),
        among=_filled(entry, "among", thresholds),
        complement=entry.flag("complement", default=False),
        compute=entry.text("compute"),
        unit=entry.text("unit", "percent") or "",
        direction=entry.text("direction", "down") or "",
        fields=entry.texts("fields"),
        needs=entry.text("needs"),
        ageing=entry.flag("ageing", default=False),
        target=entry.optional_number("target"),
        weight=entry.number("weight", 0),
        refresh=entry.text("refresh", "every run") or "",
        owner=entry.text("owner") or "",
        fix=entry.text("fix") or "",
        by=entry.texts("by"),
    )
    entry.finish()
    _check(entry, measure)
    check_target(entry, measure)
    return measure if enabled else None


def _filled(entry: TomlTable, key: str, thresholds: Mapping[str, float]) -> str | None:
    """Return a text with the numbers of its {thresholds}."""
    text = entry.text(key)
    for name in dict.fromkeys(_PLACE.findall(text or "")):
        if name not in thresholds:
            entry.fault(key, f"unknown threshold {name}", nearest(name, tuple(thresholds)), "plan.unknown-key")
            return None
    return _PLACE.sub(lambda match: f"{thresholds[match[1]]:g}", text) if text else None


def _check(entry: TomlTable, measure: Measure) -> None:
    choices: list[tuple[str, str | None, Sequence[str]]] = [
        ("object", measure.object, tuple(canonical())),
        ("unit", measure.unit, UNITS),
        ("direction", measure.direction, ("up", "down")),
        ("compute", measure.compute, COMPUTED),
        ("needs", measure.needs, NEEDS),
        *(("by", name, DIMENSIONS) for name in measure.by),
    ]
    for key, value, known in choices:
        if value is not None and value not in known:
            entry.fault(key, f"{value} is not known", nearest(value, tuple(known)), "plan.wrong-value")
    if bool(measure.defect) == bool(measure.compute):
        entry.fault("", "needs either defect or compute", "write one of them", "plan.wrong-value")
    if measure.object in canonical():
        extra = tuple(FACTS.get(measure.object, ()))
        for key in ("defect", "among"):
            sql = getattr(measure, key)
            entry.faults.extend(faults_of(sql, measure.object, f"{entry.where}.{key}", extra) if sql else ())
