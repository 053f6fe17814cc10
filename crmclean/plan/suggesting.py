"""What could become of a column that nobody has decided: by synonyms of its header, its values, and names alike.

A suggestion is for a person to accept: nothing here changes the plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import sources
from crmclean.crm.targets import TargetField, TargetSchema
from crmclean.exports.profile import ColumnProfile
from crmclean.values.likeness import likeness, words

_LIKELY = 0.72  # likeness from which a field is proposed
_MISFIT = 0.4  # of a name that fits, where the values do not
_FITS = 0.05
_CUSTOM = 0.5
# What the cells are -> types and formats of fields that take them; other kinds go into text.
_KINDS: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone",),
    "url": ("url",),
    "domain": ("url",),
    "date": ("date", "datetime"),
    "datetime": ("date", "datetime"),
    "integer": ("integer", "decimal"),
    "decimal": ("decimal",),
    "money": ("decimal",),
    "boolean": ("boolean",),
}
_STRICT = frozenset({"email", "phone", "url", "date", "datetime", "integer", "decimal", "boolean"})


@dataclass(frozen=True)
class Suggestion:
    """A proposal for one column. sure: from 0 to 1. why: in words; no cell value."""

    object: str
    column: str
    action: str
    to: str | None
    sure: float
    why: str


def suggest(schema: TargetSchema, object_: str, profile: ColumnProfile, taken: frozenset[str]) -> Suggestion:
    """Propose what becomes of a column. taken: fields of the target that other filled columns of the object fill."""
    name = profile.name
    if not profile.filled:
        return Suggestion(object_, name, "drop", None, 1.0, "empty in every row")
    ranked = sorted(_candidates(schema, object_, profile), key=lambda found: (-found[0], found[1].name))
    for score, field, why in ranked:
        if score < _LIKELY:
            break
        if field.name not in taken:
            return Suggestion(object_, name, "map", field.name, round(min(score, 1.0), 2), why)
        if field.type == "text" and not (field.picklist or field.format or field.unique):
            because = f"{why}; another column fills the field: joined behind it"
            return Suggestion(object_, name, "merge", field.name, round(score * _LIKELY, 2), because)
    custom = "_".join(words(name.removeprefix("x_"))) or "field"
    return Suggestion(object_, name, "custom", custom, _CUSTOM, f"no field is called alike; holds {profile.kind}")


def _candidates(schema: TargetSchema, object_: str, profile: ColumnProfile) -> Iterator[tuple[float, TargetField, str]]:
    header = profile.name.removeprefix("x_")
    for each, rule in schema.feeding(object_):
        for field in each.writable():
            if field.type == "reference" or field.legacy or field.name == each.key:
                continue
            score, called = max(
                (likeness(header, known), known) for known in _called(object_, field, rule.feeds(field))
            )
            fit = _fit(profile.kind, field)
            why = f"called {called}" if score == 1.0 else f"like {called}"
            told = {_MISFIT: f"; but its cells are {profile.kind}", _FITS: f"; its cells are {profile.kind}"}
            yield score * fit if fit == _MISFIT else score + fit, field, why + told.get(fit, "")


def _fit(kind: str, field: TargetField) -> float:
    """Return what the cells say of the field: _FITS, _MISFIT, or nothing."""
    wanted = field.format or field.type
    if wanted in _KINDS.get(kind, ()):
        return _FITS
    return _MISFIT if wanted in _STRICT else 0.0


def _called(object_: str, field: TargetField, feeds: tuple[str, ...]) -> tuple[str, ...]:
    known = tuple(name for feed in feeds for name in _synonyms(object_, feed))
    return (field.name, field.label, *known)


@cache
def _synonyms(object_: str, name: str) -> tuple[str, ...]:
    """Return what a canonical field is called in the exports that we know, spaces kept where headers have them."""
    if name not in canonical()[object_].fields:
        return ()
    headers = {
        header
        for source in sources().values()
        for table in source.tables.values()
        if table.object == object_
        for header, meant in table.columns.items()
        if any(field == name for field, _ in meant)
    }
    return (canonical()[object_].fields[name].label, name, *sorted(headers))
