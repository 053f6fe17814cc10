"""Phase folders: what a phase leaves behind for the next one, written whole or not at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from crmclean.files.guards import guard_texts
from crmclean.files.tables import empty, scan_parquet, write_csv, write_parquet
from crmclean.records import CHANGES, FINDINGS
from crmclean.workspace.atomic import replacing_folder, write_json, write_text
from crmclean.workspace.paths import Workspace

Table = pl.DataFrame | pl.LazyFrame
_RESERVED = ("changes", "findings")


@dataclass(frozen=True)
class Phase:
    """What a phase made.

    tables: object -> rows. changes, findings: shapes of crmclean.records. frames: further tables by file name;
    documents: further JSON documents by file name; counts: the numbers that the command shows. lists: tables that
    people open, as guarded CSV by file name. texts: text files by their whole name.
    """

    tables: Mapping[str, Table]
    changes: pl.DataFrame = field(default_factory=lambda: empty(CHANGES))
    findings: pl.DataFrame = field(default_factory=lambda: empty(FINDINGS))
    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    documents: Mapping[str, object] = field(default_factory=dict)
    counts: Mapping[str, object] = field(default_factory=dict)
    lists: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """What is known of a phase that has run: the key of its inputs and its counts."""

    key: str
    counts: Mapping[str, object]
    objects: tuple[str, ...]


def save(workspace: Workspace, name: str, phase: Phase, key: str) -> None:
    """Write the folder of a phase in place of the old one."""
    with replacing_folder(workspace.phase(name)) as folder:
        for table, frame in {**phase.tables, **phase.frames}.items():
            write_parquet(frame, folder / f"{table}.parquet")
        write_parquet(phase.changes, folder / "changes.parquet")
        write_parquet(phase.findings, folder / "findings.parquet")
        for title, rows in phase.lists.items():
            write_csv(guard_texts(rows), folder / f"{title}.csv")
        for title, text in phase.texts.items():
            write_text(folder / title, text)
        for document, body in phase.documents.items():
            write_json(folder / f"{document}.json", body)
        stamp = {"key": key, "counts": dict(phase.counts), "objects": list(phase.tables)}
        write_json(folder / "phase.json", stamp)


def restamp(workspace: Workspace, name: str, key: str) -> None:
    """Say that what a phase left behind is also what it would make of other inputs, whose key this is."""
    path = workspace.phase(name) / "phase.json"
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), "key": key})


def stored(workspace: Workspace, name: str) -> Stored | None:
    """Return what is known of a phase that has run, or None where it has not."""
    path = workspace.phase(name) / "phase.json"
    if not path.is_file():
        return None
    body = json.loads(path.read_text(encoding="utf-8"))
    return Stored(body["key"], body["counts"], tuple(body["objects"]))


def tables(workspace: Workspace, name: str) -> Mapping[str, pl.LazyFrame]:
    """Scan the tables of a phase that has run."""
    known = stored(workspace, name)
    objects = known.objects if known else ()
    return {object_: scan_parquet(workspace.table(name, object_)) for object_ in objects}


def frame(workspace: Workspace, phase: str, name: str, shape: Mapping[str, str] | None = None) -> pl.LazyFrame:
    """Scan a further table of a phase, such as changes; empty in `shape` where there is none."""
    path = workspace.phase(phase) / f"{name}.parquet"
    if shape is not None and not path.is_file():
        return empty(shape).lazy()
    return scan_parquet(path)
