"""`crmclean audit --against`: an export of the target, as its own pages or loaders write it, in place of the target."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from crmclean.audit.export_columns import Table
from crmclean.audit.exported import Exported, Sent, read_exported
from crmclean.destinations.outcomes import crosswalk, reading
from crmclean.errors import Fault, InputError
from crmclean.exports.folders import check_there, tables_in
from crmclean.files.read import read_table
from crmclean.pipeline.map.mapping import Mapped
from crmclean.workspace.paths import Workspace


def read_against(paths: Sequence[Path], workspace: Workspace, mapped: Mapped, kind: str, to: str) -> Exported:
    """Read an export of the target. paths: files, folders of files, workbooks or archives of several tables.

    Raises:
        InputError: a file is not there or cannot be read, none was recognised, or one names its records by nothing.
    """
    with reading(workspace.journal(to)) as database:
        known = pl.DataFrame(
            crosswalk(database), schema={"object": pl.String, "id": pl.String, "record": pl.String}, orient="row"
        )
    return read_exported(list(tables_of(paths)), Sent(mapped.schema, known, mapped.tables), kind)


def tables_of(paths: Sequence[Path]) -> Iterator[Table]:
    """Read what a CRM's pages have exported. paths: as for `read_against`.

    Raises:
        InputError: a file is not there or cannot be read.
    """
    check_there(paths)
    files = [file for path in paths for file in (sorted(_visible(path)) if path.is_dir() else [path])]
    if not files:
        raise InputError(
            *(Fault(str(path), "holds no files", "name a folder with exports", "file.missing") for path in paths)
        )
    for file in files:
        for place, name in tables_in(file, file.name):
            read = read_table(place)
            yield Table(name, read.header, read.names, read.frame.collect())


def _visible(folder: Path) -> Iterator[Path]:
    return (file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
