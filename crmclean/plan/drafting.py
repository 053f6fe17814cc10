"""Recognised exports to a Draft in which every column is decided, so that nothing is lost without a word."""

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import header_key, sources
from crmclean.crm.target_model import TargetSchema
from crmclean.exports.naming import without_brackets
from crmclean.exports.profile import ColumnProfile, profiled
from crmclean.exports.recognise import Recognition, column_names
from crmclean.exports.verdicts import ColumnVerdict
from crmclean.plan.draft import DraftColumn, DraftDecision, DraftExtra, DraftFile, DraftSource

EMPTY = "empty in every row"
_PLAIN = "plain"
_FEW = 12  # different values that read like a list of options


@dataclass(frozen=True)
class Found:
    """One export as it was looked at. path: inside the workspace. folder: where it came from. cells: its first rows.

    given: header -> field, where the plan says it.
    """

    path: str
    folder: str
    recognition: Recognition
    rows: int
    filled: Mapping[str, int]
    cells: pl.DataFrame
    given: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """The loaded name of each column."""
        return column_names(self.recognition, self.given)


def in_one_spelling(found: Sequence[Found]) -> list[Found]:
    """Give unknown columns of an object one name where only case and underscores differ: RecordTypeId, RECORDTYPEID."""
    spelled: dict[tuple[str | None, str], str] = {}
    for file in found:
        for name in file.names.values():
            key = (file.recognition.object, header_key(name))
            spelled[key] = max(spelled.get(key, name), name, key=lambda one: one.count("_"))
    return [replace(file, given=_respelled(file, spelled)) for file in found]


def _respelled(file: Found, spelled: Mapping[tuple[str | None, str], str]) -> Mapping[str, str]:
    names = file.names
    wished = {
        verdict.header: spelled[file.recognition.object, header_key(names[verdict.name])]
        for verdict in file.recognition.columns
        if names[verdict.name].startswith("x_")
    }
    return {header: name for header, name in wished.items() if name not in names.values()}


def draft_sources(found: Sequence[Found]) -> tuple[DraftSource, ...]:
    """Group files into sources: one per system and folder; of plain lists, one per list of the same object."""
    groups: dict[tuple[str, ...], list[Found]] = {}
    for file in sorted(found, key=_order):
        groups.setdefault(_group(file, groups), []).append(file)
    kinds = Counter(kind for kind, *_ in groups)
    names = _unique([_source_name(key, files, again=kinds[key[0]] > 1) for key, files in groups.items()])
    return tuple(
        DraftSource(name, files[0].recognition.kind, tuple(map(_file, files)))
        for name, files in zip(names, groups.values(), strict=True)
    )


def draft_extras(left: Sequence[tuple[str, Recognition]], drafted: Sequence[DraftSource]) -> tuple[DraftExtra, ...]:
    """Give each recognised table that nothing moves a name of its own and the source that it most likely is of."""
    taken = [*canonical()]
    extras = []
    for path, recognition in left:
        stem = _slug(PurePosixPath(path).stem).replace("-", "_")
        name = _unique([*taken, stem])[-1]
        extras.append(DraftExtra(name, _source_of(path, recognition.kind, drafted).name, path))
        taken.append(name)
    return tuple(extras)


def _source_of(path: str, kind: str, drafted: Sequence[DraftSource]) -> DraftSource:
    """Return the source of a kind that has files in the folder of a path, else any of its kind, else the first."""
    beside = PurePosixPath(path).parent
    same = [source for source in drafted if source.kind == kind]
    near = [source for source in same if any(PurePosixPath(file.path).parent == beside for file in source.files)]
    return (near or same or list(drafted))[0]


def draft_decisions(found: Sequence[Found], target: TargetSchema) -> Mapping[str, tuple[DraftDecision, ...]]:
    """Propose what becomes of each column that neither the source's mapping nor the target's has a field for."""
    proposed: dict[str, dict[str, DraftDecision]] = {}
    for object_, field, header, file in _columns(found):
        if _is_open(object_, field, target):
            known = proposed.setdefault(object_, {})
            known[field] = _stronger(known.get(field), _proposal(field, header, file, _taken(target, object_)))
    return {object_: tuple(fields.values()) for object_, fields in proposed.items()}


def draft_dropped(found: Sequence[Found], target: TargetSchema) -> Mapping[str, tuple[DraftDecision, ...]]:
    """Say which filled columns the target's own mapping leaves behind, and why."""
    dropped: dict[str, dict[str, DraftDecision]] = {}
    for object_, field, header, file in _columns(found):
        if field in fed_fields(target, object_):
            continue
        reason = target.dropped.get(object_, {}).get(field)
        if reason and file.filled[header]:
            dropped.setdefault(object_, {})[field] = DraftDecision(field, "drop", reason, _filled(file, header))
    return {object_: tuple(fields.values()) for object_, fields in dropped.items()}


def _order(file: Found) -> tuple[bool, str, str, str]:
    return file.recognition.kind == _PLAIN, file.recognition.kind, file.folder, file.path


def _group(file: Found, groups: Mapping[tuple[str, ...], Sequence[Found]]) -> tuple[str, ...]:
    """Ids of two lists of the same object have nothing to do with each other, so each list is a source of its own."""
    key = (file.recognition.kind, file.folder)
    if file.recognition.kind != _PLAIN:
        return key
    twin = any(other.recognition.object == file.recognition.object for other in groups.get(key, ()))
    return (*key, file.path) if twin else key


def _source_name(key: tuple[str, ...], files: Sequence[Found], *, again: bool) -> str:
    """Return a CRM's name, with that of its folder where there are several of its kind; of a list, the list's."""
    if key[0] != _PLAIN:
        return f"{key[0]}-{_slug(PurePosixPath(files[0].folder).name)}" if again else key[0]
    return _slug(PurePosixPath(files[0].path).stem if len(files) == 1 else PurePosixPath(files[0].folder).name)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "list"


def _unique(names: Sequence[str]) -> list[str]:
    taken: list[str] = []
    for name in names:
        tries = (name if number == 1 else f"{name}-{number}" for number in range(1, len(names) + 1))
        taken.append(next(candidate for candidate in tries if candidate not in taken))
    return taken


def _file(found: Found) -> DraftFile:
    names = found.names
    columns = tuple(
        DraftColumn(
            verdict.header, names[verdict.name], found.filled[verdict.name], verdict.because, _made(verdict, found)
        )
        for verdict in found.recognition.columns
    )
    why = "; ".join(found.recognition.evidence)
    known = found.recognition
    return DraftFile(found.path, str(known.object), known.table, found.rows, why, columns, found.given)


def _made(verdict: ColumnVerdict, found: Found) -> tuple[str, ...]:
    """Return the fields that load makes of a column, where no column is called so."""
    table = sources()[found.recognition.kind].tables.get(str(found.recognition.table))
    keys = {header_key(verdict.header), without_brackets(verdict.header)}
    made = [name for name, rule in (table.derive if table else {}).items() if not keys.isdisjoint(rule.headers)]
    return tuple(name for name in made if name not in found.names.values())


def _columns(found: Sequence[Found]) -> list[tuple[str, str, str, Found]]:
    """Every (object, loaded column, name in the frame, file)."""
    return [(str(file.recognition.object), field, name, file) for file in found for name, field in file.names.items()]


def _is_open(object_: str, field: str, target: TargetSchema) -> bool:
    return field not in fed_fields(target, object_) and field not in target.dropped.get(object_, {})


def _is_link(header: str, file: Found) -> bool:
    table = sources()[file.recognition.kind].tables.get(str(file.recognition.table))
    return table is not None and header_key(header) in table.links


def fed_fields(target: TargetSchema, object_: str) -> frozenset[str]:
    """Return the canonical fields of an object that fill some field of the target."""
    fed: set[str] = set()
    for aim in target.objects.values():
        for rule in aim.sources:
            if rule.object == object_:
                fed.update(word for each in aim.fields.values() for feed in rule.feeds(each) for word in feed.split())
                fed.update(rule.where)
    return frozenset(fed)


def _taken(target: TargetSchema, object_: str) -> frozenset[str]:
    """Return the fields of every target object that records of a canonical object become, in small letters."""
    fed = [aim for aim in target.objects.values() if any(rule.object == object_ for rule in aim.sources)]
    return frozenset(name.removesuffix(target.custom_suffix).casefold() for aim in fed for name in aim.fields)


def _proposal(field: str, header: str, file: Found, taken: frozenset[str]) -> DraftDecision:
    if not file.filled[header]:
        return DraftDecision(field, "drop", EMPTY, "")
    if _is_link(header, file):
        return DraftDecision(field, "drop", "its ids are moved as links", _filled(file, header))
    looks = _looks(profiled(file.cells[header]))
    return DraftDecision(field, "custom", _custom_name(field, taken), f"{_filled(file, header)}; {looks}")


def _looks(column: ColumnProfile) -> str:
    if column.date_format:
        return f"{column.kind}, {column.date_format}"
    if column.distinct == 1:
        return f"{column.kind}, always the same"
    return f"{column.kind}, {column.distinct} different values" if column.distinct <= _FEW else column.kind


def _custom_name(field: str, taken: frozenset[str]) -> str:
    plain = field.removeprefix("x_").removesuffix("_c")  # Salesforce marks its custom fields with __c
    named = plain if plain.startswith("legacy_") else f"legacy_{plain}"
    return f"{named}_export" if named.casefold() in taken else named


def _filled(file: Found, header: str) -> str:
    return f"{file.filled[header]:,} of {file.rows:,} filled"


def _stronger(known: DraftDecision | None, new: DraftDecision) -> DraftDecision:
    """A column that is empty in one file and filled in another is kept."""
    return new if known is None or known.action == "drop" else known
