"""The exports that `init` is given: each file, member and sheet looked at, and which of them are snapshots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import polars as pl

from crmclean.crm.sources import PLAIN, sources
from crmclean.errors import CrmcleanError, Fault, InputError
from crmclean.exports.attachments import folder_of, is_attachment
from crmclean.exports.folders import belongs, check_there, exports_in, holds_nothing, tables_in
from crmclean.exports.recognise import Recognition, recognise
from crmclean.exports.snapshots import series
from crmclean.files.opening import container_of
from crmclean.files.read import Reading, read_table
from crmclean.reports.wording import counted
from crmclean.workspace.events import Event, Notify
from crmclean.workspace.paths import Workspace

_ATTACHMENT = "an attachment: run/load/attachments.csv lists it, nothing moves it"
_SAME_LIST = 0.5  # share of the older records that the newer export must hold, to be the same list again


@dataclass(frozen=True)
class Seen:
    """One table that was looked at; reading and recognition are None where it cannot be used, problem and hint say why.

    path: where it is. inside: where it will be in the workspace. file: the file that holds it, where it will be.
    """

    path: Path
    inside: str
    file: str
    reading: Reading | None = None
    recognition: Recognition | None = None
    problem: str = ""
    hint: str = ""

    @property
    def unknown(self) -> bool:
        """Whether nobody knows what it is."""
        return self.recognition is not None and self.recognition.table is None

    @property
    def unmoved(self) -> Recognition | None:
        """What it was recognised as, where nothing moves it."""
        known = self.recognition
        return known if known is not None and known.table is not None and known.object is None else None


def gather(workspace: Workspace, files: Sequence[Path], notify: Notify, object_: str | None = None) -> list[Seen]:
    """Look at every table in the files and folders. object_: what the rows of a plain list are, where that is known.

    Raises:
        InputError: files that are not there.
    """
    check_there(files)
    if not files:
        hint = "name exports, or a folder that holds them"
        raise InputError(Fault("FILE", "no export was named", hint, "file.missing"))
    found = {given.resolve(): tuple(exports_in(given.resolve())) for given in files}
    alike = Counter(name for inside in found.values() for _, name in inside)
    places: dict[str, Path] = {}
    for given, inside in found.items():
        several = given.is_dir() and any(alike[name] > 1 for _, name in inside)  # each keeps its folder
        for path, name in inside:
            if path not in places.values():
                places[_inside(workspace, path, f"{given.name}/{name}" if several else name, places)] = path
    if not places:
        raise InputError(*map(holds_nothing, files))
    seen = [item for inside, path in places.items() for item in _tables(path, inside, notify, object_)]
    return list({item.path: item for item in seen}.values())  # a table may be named beside the file that holds it


def unusable(item: Seen) -> Fault:
    """Say why a table cannot be the start of a migration."""
    if item.unmoved and item.unmoved.table:
        schema = sources()[item.unmoved.kind]
        problem = f"is a {schema.label} table that crmclean does not move: {schema.tables[item.unmoved.table].label}"
        hint = "name exports of contacts, companies or deals too: this table is then counted in the ledger"
        return Fault(str(item.path), problem, hint, "init.not-moved")
    return _unread(item) if item.problem else _unknown(item)


def _unread(item: Seen) -> Fault:
    hint = item.hint or "export contacts, companies, deals or activities with their column names in the first row"
    return Fault(str(item.path), item.problem, hint, "init.not-read")


def _unknown(item: Seen) -> Fault:
    problem = "does not say by its columns whether its rows are people, companies or deals"
    hint = "rename columns to what they hold, such as Email; or try `crmclean clean FILE --object companies`"
    return Fault(str(item.path), problem, hint, "init.not-recognised")


def older_snapshots(seen: Sequence[Seen]) -> Mapping[str, tuple[str, str]]:
    """Return the path of every older snapshot with the path of the newest and their pattern.

    Exports whose names differ only in a day are snapshots where the newer one holds most records of the older one; else
    they are parts of one list, such as the calls of each month, and all of them are used.
    """
    groups: dict[tuple[object, ...], list[Seen]] = {}
    for item in seen:
        known = series(item.inside)
        if known and item.recognition and item.recognition.object:
            kind = (known[0], item.recognition.kind, item.recognition.table)
            groups.setdefault(kind, []).append(item)
    found: dict[str, tuple[str, str]] = {}
    for (pattern, *_), items in groups.items():
        ordered = sorted(items, key=lambda item: (_day(item), item.inside))
        ids = [_identities(item) for item in ordered]
        if len(items) > 1 and all(_again(one, other) for one, other in pairwise(ids)):
            found |= {item.inside: (ordered[-1].inside, str(pattern)) for item in ordered[:-1]}
    return found


def _day(item: Seen) -> str:
    known = series(item.inside)
    return known[1].isoformat() if known else ""


def _again(older: pl.Series, newer: pl.Series) -> bool:
    return float(older.is_in(newer.implode()).mean() or 0) >= _SAME_LIST  # type: ignore[arg-type]


def _identities(item: Seen) -> pl.Series:
    """Return what tells the records of a table apart: ids, else emails, else whole rows."""
    if item.reading is None or item.recognition is None:
        return pl.Series(dtype=pl.String)
    fields = {verdict.field: verdict.name for verdict in item.recognition.columns}
    name = fields.get("source_id") or fields.get("email")
    cells = pl.col(name) if name else pl.concat_str(pl.col(item.reading.names).fill_null(""), separator="\x1f")
    return item.reading.frame.select(cells.alias("id")).collect().get_column("id").drop_nulls()


def folders_left_out(files: Sequence[Path]) -> list[Path]:
    """Return the folders inside the given ones that nobody looked at; they may hold anything."""
    folders = [folder for given in files if given.is_dir() for folder in sorted(given.iterdir()) if folder.is_dir()]
    return [folder for folder in folders if not belongs(folder.name)]


def _inside(workspace: Workspace, path: Path, name: str, taken: Mapping[str, Path]) -> str:
    exports = workspace.exports.resolve()
    if path.is_relative_to(exports):
        return f"exports/{path.relative_to(exports).as_posix()}"
    plain = f"exports/{name}"
    return plain if plain not in taken else f"exports/{path.parent.name}/{path.name}"


def _tables(path: Path, inside: str, notify: Notify, object_: str | None) -> list[Seen]:
    """Look at a file, or at each member, sheet or table of one that holds several."""
    tables = tables_in(path, inside)
    if len(tables) < 2:
        file = inside.removesuffix(f"/{path.relative_to(container_of(path)).as_posix()}")
        return [_look(path, inside, file, notify, object_)]
    seen = [_look(table, name, inside, notify, object_) for table, name in tables]
    usable = [item for item in seen if not item.problem]
    if len(usable) == 1 and path.suffix.lower() != ".zip":  # a workbook with one list and empty sheets
        return [replace(usable[0], path=path, inside=inside)]
    return seen


def _without_rows(item: Seen) -> Seen:
    if item.reading is None or not item.reading.rejects.height:
        return replace(item, problem="has a header but no rows")
    problem = f"no row has as many cells as the first one, which names {counted(len(item.reading.names), 'column')}"
    return replace(item, problem=problem, hint="give every column a name in the first row, and mind the delimiter")


def _look(path: Path, inside: str, file: str, notify: Notify, object_: str | None) -> Seen:
    if is_attachment(inside):
        return Seen(path, folder_of(inside) or inside, file, problem=_ATTACHMENT)
    try:
        reading = read_table(path)
        if not reading.rows:
            return _without_rows(Seen(path, inside, file, reading))
        known = recognise(inside, reading.header, reading.sample, kind=PLAIN if object_ else None, object_=object_)
    except CrmcleanError as error:
        problem = "; ".join(fault.problem for fault in error.faults)
        return Seen(path, inside, file, problem=problem, hint=error.faults[0].hint)
    notify(Event("progress", "init", inside, done=reading.rows))
    return Seen(path, inside, file, reading, known)
