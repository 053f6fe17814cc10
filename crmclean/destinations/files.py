"""Import-ready CSV files for a CRM's own import wizard, numbered in the order to load, with a mapping sheet.

One file per batch, written whole or not at all: the same batch again gives the same file, so each row is handed over
exactly once. References carry the key of the parent, which the wizard looks up in the parent's key column.
"""

import csv
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.contract import Capabilities, Cells, Fate, Operation, Preflight, Request, Settled, Written
from crmclean.destinations.settings import Settings
from crmclean.errors import Fault
from crmclean.workspace.atomic import make_folder, replacing, write_text

FILE_ROWS = 50_000  # rows that Salesforce's import wizard takes at once; HubSpot takes more
_IDENTITY = ".crmclean"
_SHEET = ("object", "column", "label", "type", "required", "points to", "options")
_LINKS = "links"  # marks a file of the second pass: rows that are there already, only references


class FilesDestination:
    """A folder of CSV files. The id of a record at the target is not known yet: its key stands for it."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.root / (settings.url or settings.name)
        self.capabilities = Capabilities(
            key_enforced=True,
            same_transaction=True,
            keeps_answers=True,
            parents_by_key=True,
            refuses_bad_rows=False,
            deletes=False,
            updates=False,
            batch_rows=FILE_ROWS,
        )
        self._objects: dict[str, TargetObject] = {}
        self._last_read: tuple[Path, Mapping[str, Cells]] | None = None

    @property
    def calls(self) -> int:
        """Return 0: there is no API."""
        return 0

    def preflight(self, schema: TargetSchema) -> Preflight:  # noqa: ARG002
        """Say what files cannot promise."""
        hint = "in the wizard, choose to update existing records and match them by the key column"
        note = Fault(str(self.folder), "nobody here sees what the wizard does with the files", hint, "target.by-hand")
        unchecked = ("everything: the wizard is the first to look at the files",)
        known = self._identity()
        return Preflight(self.folder.name, str(self.folder), notes=(note,), unchecked=unchecked, identity=known)

    def prepare(self, schema: TargetSchema) -> str:
        """Make the folder with its mapping sheet; return the token that was drawn when it was made."""
        self._objects = dict(schema.objects)
        identity = make_folder(self.folder) / _IDENTITY
        if not identity.is_file():
            write_text(identity, uuid.uuid4().hex)
        self._write(self.folder / "mapping.csv", _SHEET, _sheet(schema))
        return self._identity()

    def _identity(self) -> str:
        identity = self.folder / _IDENTITY
        return f"files:{identity.read_text(encoding='utf-8')}" if identity.is_file() else ""

    def begin(self, request: Request) -> None:
        """Nothing to do: a file is there whole or not at all."""

    def send(self, request: Request, handle: str | None) -> bytes:  # noqa: ARG002
        """Write the file of a batch."""
        names = (self._objects[request.object].key, *request.fields)
        self._write(self._path(request), names, ((row.key, *row.cells) for row in request.rows))
        return _answer(request)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:  # noqa: ARG002
        """Look for the file."""
        return _answer(request) if self._path(request).is_file() else Settled.ABSENT

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:  # noqa: ARG002
        """Read the answer: the keys in the file."""
        return [Written(key, Fate.CREATED, key) for key in json.loads(answer)]

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read rows back by key."""
        wanted = set(keys)
        for path in self._files(object_):
            if not wanted:
                return
            rows = self._rows(path)
            for key in wanted & rows.keys():
                yield key, key, rows[key]
            wanted -= rows.keys()

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all rows of an object back, the second pass put into them."""
        later: dict[str, dict[str, str | None]] = {}
        for path in self._files(object_, links=True):
            for key, cells in self._rows(path).items():
                later.setdefault(key, {}).update(cells)
        for path in self._files(object_):
            for key, cells in self._rows(path).items():
                yield key, key, {**cells, **later.get(key, {})}

    def count(self, object_: str) -> int:
        """Return the number of rows."""
        return sum(len(self._rows(path)) for path in self._files(object_))

    def close(self) -> None:
        """Nothing stays open."""

    def _path(self, request: Request) -> Path:
        links = f".{_LINKS}" if request.operation is Operation.UPDATE else ""
        return self.folder / f"{request.batch:04}-{_plain(request.stage)}.{request.object}{links}.csv"

    def _files(self, object_: str, *, links: bool = False) -> list[Path]:
        ending = f".{object_}.{_LINKS}.csv" if links else f".{object_}.csv"
        found = sorted(path for path in self.folder.glob("*.csv") if path.name.endswith(ending))
        recent = self._last_read[0] if self._last_read else None
        return sorted(found, key=lambda path: path != recent)

    def _rows(self, path: Path) -> Mapping[str, Cells]:
        if self._last_read and self._last_read[0] == path:
            return self._last_read[1]
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        found = {row[0]: dict(zip(header[1:], (cell or None for cell in row[1:]), strict=True)) for row in rows}
        self._last_read = (path, found)
        return found

    def _write(self, path: Path, header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
        with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _answer(request: Request) -> bytes:
    return json.dumps([row.key for row in request.rows]).encode()


def _sheet(schema: TargetSchema) -> Iterator[tuple[str, ...]]:
    for object_ in schema.objects.values():
        yield (object_.name, object_.key, "Key of this import: match existing records by it", "text", "yes", "", "")
        for field in object_.writable():
            if field.name != object_.key:
                yield _line(schema, object_, field)


def _line(schema: TargetSchema, object_: TargetObject, field: TargetField) -> tuple[str, ...]:
    points = "; ".join(f"{name}.{schema.objects[name].key}" for name in field.ref)
    required = "yes" if field.required else ""
    options = "; ".join(field.picklist)
    return (object_.name, field.name, field.label, field.type, required, points, options)
