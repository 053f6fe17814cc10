"""Which exports `crmclean hygiene` reads: files, folders, dated snapshots; and the plan that loads them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from crmclean.crm.sources import header_key
from crmclean.errors import CrmcleanError, Fault, InputError
from crmclean.exports.folders import check_there, holds_nothing, tables_in
from crmclean.exports.inventory import OURS
from crmclean.exports.recognise import Recognition, recognise
from crmclean.files.at_once import at_once
from crmclean.files.opening import size_of
from crmclean.files.read import Reading, ReadOptions, read_table
from crmclean.hygiene.moves import STAGE_HISTORY
from crmclean.plan.drafting import Found, draft_sources
from crmclean.plan.model import ExtraObject, Plan, Source, SourceFile
from crmclean.plan.owner_names import with_owner_names

_DAY = re.compile(r"(?<!\d)(20\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_HISTORY = ({"opportunityid", "stagename", "createddate"}, {"opportunityid", "field", "newvalue", "createddate"})


@dataclass(frozen=True)
class Export:
    """Files that were exported together. day: that the names tell, where there are several exports."""

    files: tuple[Path, ...]
    day: date | None = None


@dataclass(frozen=True)
class Planned:
    """A plan that loads one export. unknown: files that were not recognised, with the reason. readings: the others."""

    plan: Plan
    unknown: tuple[tuple[str, str], ...]
    readings: Mapping[Path, Reading]

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Return what was read already to recognise the file."""
        known = self.readings.get(path)
        return known if known is not None and options == ReadOptions() else read_table(path, options)


def exports_of(paths: Sequence[Path], history: Path) -> tuple[Export, ...]:
    """Return the exports in time; several only where names of folders or files tell different days.

    Raises:
        InputError: a path is not there, or a folder holds no file.
    """
    check_there(paths)
    files = [(file, _day_of(file, path)) for path in paths for file in _files(path) if file.resolve() != history]
    if not files:
        raise InputError(*map(holds_nothing, paths))
    days = sorted({day for _, day in files if day})
    if len(days) < 2 or not _repeated(files):
        return (Export(tuple(file for file, _ in files)),)
    return tuple(Export(tuple(file for file, own in files if own in (day, None)), day) for day in days)


def _files(path: Path) -> Iterator[Path]:
    """A file itself; of a folder its files, and those of subfolders that are named by a day."""
    if not path.is_dir():
        yield path
        return
    for inside in sorted(path.iterdir()):
        if inside.is_file() and not inside.name.startswith(".") and not inside.name.endswith(OURS):
            yield inside
        elif inside.is_dir() and _DAY.search(inside.name):
            yield from (each for each in _files(inside) if each.parent == inside)


def _day_of(file: Path, given: Path) -> date | None:
    inside = file.relative_to(given.parent) if file.is_relative_to(given.parent) else file
    found = _DAY.search(file.name) or _DAY.search(inside.parent.name)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _undated(file: Path) -> str:
    return re.sub(r"[-_. ]+(?=\.|$)", "", _DAY.sub("", file.name)) or file.name


def _repeated(files: Sequence[tuple[Path, date | None]]) -> bool:
    """Whether the same export is there from several days; one that merely has a day in its name is none."""
    named = [_undated(file) for file, day in files if day]
    return len(set(named)) < len(named)


def planned(export: Export, plan: Plan) -> Planned:
    """Return the plan with the files of an export in place of its own.

    Raises:
        InputError: no file was recognised.
    """
    places = [place for file in export.files for place, _ in tables_in(file, file.name)]
    found: list[Found] = []
    real: dict[str, Path] = {}
    unknown: list[tuple[str, str]] = []
    histories: list[Path] = []
    readings: dict[Path, Reading] = {}
    for place, seen in zip(places, at_once(_looked_at, places, size_of), strict=True):
        if isinstance(seen, CrmcleanError):
            unknown.append((place.name, "; ".join(fault.problem for fault in seen.faults)))
            continue
        name = _unique(_undated(place), real)
        reading, known = seen
        readings[place.absolute()] = reading
        if any(wanted <= set(map(header_key, reading.header)) for wanted in _HISTORY):
            histories.append(place)
        elif not known.object or not reading.rows:
            unknown.append((place.name, "has no rows" if known.object else "was not recognised by its columns"))
        else:
            real[name] = place
            found.append(Found(name, "exports", known, reading.rows, defaultdict(int), reading.sample))
    if not found:
        hint = "export contacts, companies, deals or activities with their column names in the first row"
        raise InputError(*(Fault(name, why, hint, "hygiene.not-recognised") for name, why in unknown))
    return Planned(_with_sources(plan, with_owner_names(found), real, histories), tuple(unknown), readings)


def _looked_at(place: Path) -> tuple[Reading, Recognition] | CrmcleanError:
    try:
        reading = read_table(place)
    except CrmcleanError as error:
        return error
    return reading, recognise(_undated(place), reading.header, reading.sample)


def _unique(name: str, taken: dict[str, Path]) -> str:
    return name if name not in taken else f"{len(taken)}-{name}"


def _with_sources(plan: Plan, found: Sequence[Found], real: dict[str, Path], histories: Sequence[Path]) -> Plan:
    """Name sources by their CRM, so that a record keeps its id from one export to the next."""
    own = {source.kind: source for source in reversed(plan.sources)}
    sources: list[Source] = []
    for drafted in draft_sources(found):
        kind = drafted.kind
        place = sum(source.kind == kind for source in sources)
        name = own[kind].name if kind in own else ("list" if kind == "plain" else kind)
        files = tuple(
            SourceFile(str(real[file.path].absolute()), file.object, file.table, file.given) for file in drafted.files
        )
        region = own[kind].region if kind in own else None
        sources.append(Source(f"{name}-{place + 1}" if place else name, kind, len(sources), files, region))
    source = next((each.name for each in sources if each.kind == "salesforce"), sources[0].name)
    extras = tuple(ExtraObject(STAGE_HISTORY, source, str(path.absolute())) for path in histories)
    return replace(plan, sources=tuple(sources), objects=extras)
