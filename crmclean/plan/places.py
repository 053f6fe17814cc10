"""Where the rows of a `[[source.file]]` are: a file, the newest of dated snapshots, or a database."""

import re
from dataclasses import dataclass
from pathlib import Path

from crmclean.exports.snapshots import DATE, snapshots
from crmclean.files.databases import all_of
from crmclean.plan.model import Database
from crmclean.plan.secrets import holds_password, variable
from crmclean.plan.toml_table import TomlTable
from crmclean.workspace.paths import Workspace

_SELECT = re.compile(r"(?is)\s*(?:select|with)\b")


@dataclass(frozen=True)
class Place:
    """path: what load opens. series: the path with `{date}`, of which it is the newest. database: where it is from."""

    path: str
    series: str | None = None
    database: Database | None = None


def read_place(root: Path, entry: TomlTable, copy: str) -> Place:
    """Read `path`, or `database` with `table` or `query`. copy: name for what is read from a database."""
    if "database" in entry.body:
        return _database(root, entry, copy)
    path = entry.text("path", required=True) or ""
    if DATE not in path:
        return Place(path)
    found = snapshots(root, path)
    if not found:
        hint = "write {date} where the files have a day such as 2026-01-31, 2026_01_31 or 20260131"
        entry.fault("path", f"no file fits {path}", hint, "plan.no-snapshot")
    return Place(found[-1].path if found else path, path)


def _database(root: Path, entry: TomlTable, copy: str) -> Place:
    url = entry.text("database") or ""
    table, query = entry.text("table"), entry.text("query")
    if holds_password(url):
        wanted = variable(copy.partition("/")[0], "password")
        hint = f"take it out, change it where it is used, and put the new one into {wanted}"
        entry.fault("database", "holds a password", hint, "plan.password")
    if "path" in entry.body:
        entry.fault("path", "stands beside database", "keep one of the two", "plan.wrong-value")
        entry.text("path")
    if (table is None) == (query is None):
        hint = 'write table = "contacts", or query = "SELECT ..."'
        entry.fault("database", "needs either table or query", hint, "plan.missing-key")
    elif query and (not _SELECT.match(query) or ";" in query.rstrip().removesuffix(";")):
        hint = "write one SELECT; the database is only read"
        entry.fault("query", "is not one SELECT", hint, "plan.query")
    statement = (query or "").rstrip().removesuffix(";") or all_of(*(table or "").split("."))
    stem = re.sub(r"\W+", "_", (table or entry.body.get("object") or "query"))
    path = (Workspace(root).run / "database" / f"{copy}-{stem}.parquet").relative_to(root).as_posix()
    return Place(path, database=Database(url, statement))
