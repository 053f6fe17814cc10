"""The manifest of attachments: what hangs on which record, and whether its body is there. Nothing moves them.

Salesforce's weekly export lists them in Attachment.csv, Document.csv and ContentVersion.csv (ContentDocumentLink.csv
tells on which records a version hangs) and keeps their bodies in folders of these names, each called by its id.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from crmclean.crm.sources import header_key
from crmclean.errors import CrmcleanError
from crmclean.exports.identity import clean_id
from crmclean.files.archives import unzipped_blocks
from crmclean.files.opening import container_of, opened
from crmclean.files.read import read_table

MANIFEST = pl.Schema(
    {
        "path": pl.String,  # of the body, relative to the workspace
        "name": pl.String,
        "size": pl.Int64,  # bytes
        "sha256": pl.String,
        "parent": pl.String,  # ids of the records that it hangs on, joined by ;
        "id": pl.String,  # its own
        "listed_in": pl.String,
        "problem": pl.String,
    }
)
_LISTS, _LINKS = ("attachment", "contentversion", "document"), "contentdocumentlink"
_FOLDERS = ("attachment", "attachments", "contentversion", "contentversions", "document", "documents")
_NAMES = ("name", "title", "pathonclient")
_SIZES = ("bodylength", "contentsize")
_PARENTS = ("parentid", "firstpublishlocationid", "folderid")
_ENDINGS = frozenset(
    [
        ".pdf",
        ".doc",
        ".docx",
        ".odt",
        ".rtf",
        ".ppt",
        ".pptx",
        ".odp",
        ".msg",
        ".eml",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".svg",
        ".webp",
        ".heic",
        ".mp3",
        ".mp4",
        ".m4a",
        ".mov",
        ".avi",
        ".wav",
        ".ics",
        ".pages",
        ".key",
    ]
)


@dataclass(frozen=True)
class _Body:
    """A file in the exports folder, or a member of an archive."""

    path: str
    size: int
    sha256: str | None = None  # None where it cannot be read


def manifest(root: Path, paths: Sequence[str], used: Iterable[str]) -> pl.DataFrame:
    """List the attachments among the files and archive members of the exports folder, in the shape MANIFEST.

    paths: all of them, as the inventory names them. used: those that are tables and not looked at.
    """
    listings = {path: header_key(PurePosixPath(path).stem) for path in paths}
    listings = {path: table for path, table in listings.items() if table in (*_LISTS, _LINKS)}
    listed = [row for path, table in listings.items() if table in _LISTS for row in _listed(root, path)]
    links = _links(root, [path for path, table in listings.items() if table == _LINKS])
    bodies = [_body(root, path) for path in paths if path not in {*used, *listings} and is_attachment(path)]
    by_id = {key: body for body in bodies if (key := _id_of(body.path))}
    rows = [_joined(row, by_id, links) for row in listed]
    told = {row["path"] for row in rows}
    rows += [_alone(body) for body in bodies if body.path not in told]
    return pl.DataFrame(rows, schema=MANIFEST, orient="row").sort("path", "id", nulls_last=True)


def _listed(root: Path, path: str) -> Iterator[dict[str, str | None]]:
    """Give one row per attachment that a table lists: id, name, size, parent, document."""
    wanted = {"id": ("id",), "name": _NAMES, "size": _SIZES, "parent": _PARENTS, "document": ("contentdocumentid",)}
    for row in _rows(root, path, wanted):
        yield {**row, "listed_in": path}


def _links(root: Path, paths: Sequence[str]) -> Mapping[str, str]:
    """Return the records that each document hangs on, joined by `;`."""
    found: dict[str, list[str]] = {}
    for path in paths:
        for row in _rows(root, path, {"document": ("contentdocumentid",), "parent": ("linkedentityid",)}):
            if row["document"] and row["parent"]:
                found.setdefault(row["document"], []).append(row["parent"])
    return {document: ";".join(sorted(set(parents))) for document, parents in found.items()}


def _rows(root: Path, path: str, wanted: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str | None]]:
    try:
        reading = read_table(root / path)
    except CrmcleanError:
        return  # load tells what is wrong with it, where the plan uses it
    keys = {header_key(header): name for header, name in zip(reading.header, reading.names, strict=True)}
    columns = {field: next((keys[key] for key in known if key in keys), None) for field, known in wanted.items()}
    cells = [
        pl.col(name).alias(field) if name else pl.lit(None, pl.String).alias(field) for field, name in columns.items()
    ]
    ids = [name for name in ("id", "parent", "document") if name in columns]
    frame = reading.frame.select(cells).with_columns(clean_id(pl.col(name), "salesforce").alias(name) for name in ids)
    yield from frame.collect().iter_rows(named=True)


def _joined(row: Mapping[str, str | None], bodies: Mapping[str, _Body], links: Mapping[str, str]) -> dict[str, object]:
    body = bodies.get(row["id"] or "")
    size = int(row["size"]) if row["size"] and row["size"].isdigit() else None
    problem = None if body else "its body is not in the exports"
    if body and body.sha256 is None:
        problem = "its body is damaged"
    elif body and size is not None and size != body.size:
        problem = "its body has another size than listed"
    return {
        "path": body.path if body else None,
        "name": row["name"],
        "size": body.size if body else size,
        "sha256": body.sha256 if body else None,
        "parent": links.get(row["document"] or "") or row["parent"],
        "id": row["id"],
        "listed_in": row["listed_in"],
        "problem": problem,
    }


def _alone(body: _Body) -> dict[str, object]:
    return {
        "path": body.path,
        "name": PurePosixPath(body.path).name,
        "size": body.size,
        "sha256": body.sha256,
        "parent": None,
        "id": _id_of(body.path),
        "listed_in": None,
        "problem": "no table of the exports lists it" if _id_of(body.path) else None,
    }


def is_attachment(path: str) -> bool:
    """Whether a file is no table: it stands in a folder of attachments, or its ending says so."""
    return folder_of(path) is not None or PurePosixPath(path).suffix.casefold() in _ENDINGS


def folder_of(path: str) -> str | None:
    """Return the folder of attachments that a file stands in, None where it stands in none."""
    folder = PurePosixPath(path).parent
    return folder.as_posix() if folder.name.casefold() in _FOLDERS else None


def _id_of(path: str) -> str | None:
    """Return the id that a body is called by, in 18 characters, where it stands in a folder of attachments."""
    if folder_of(path) is None:
        return None
    return str(pl.select(clean_id(pl.lit(PurePosixPath(path).stem), "salesforce")).item())


def _body(root: Path, path: str) -> _Body:
    whole = root / path
    container = container_of(whole)
    if container == whole:
        with whole.open("rb") as file:
            return _Body(path, whole.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
    digest, size = hashlib.sha256(), 0
    try:
        with opened(container) as content:
            for block in unzipped_blocks(container, content, whole.relative_to(container).as_posix()):
                digest.update(block)
                size += len(block)
    except CrmcleanError:
        return _Body(path, size)
    return _Body(path, size, digest.hexdigest())
