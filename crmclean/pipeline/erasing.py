"""Takes the cells of erased records out of every table that a run has written; a hash of their id is all that stays.

Rows stay where they are, with file and row of the export, so that the ledger counts them. References to an erased
record are emptied, and where its emails, phones or full name stand in the text of other records, and nobody else has
them, they are replaced.
"""

import hashlib
import hmac
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.files.guards import guard_texts
from crmclean.files.tables import write_csv, write_parquet
from crmclean.pipeline.engagement import PEOPLE
from crmclean.pipeline.store import stored
from crmclean.records import CODE, INTO, OUTCOME, PROVENANCE, RECORD, REF_PREFIX, Outcome
from crmclean.steps.suppress import ERASED_CODE
from crmclean.workspace.atomic import replacing_folder
from crmclean.workspace.paths import Workspace

INSTEAD = "[erased]"
MARK = "erased-"  # an erased record's id: source:object:erased-<keyed hash of the id that it had>
_SHORTEST = 6  # characters of a text that is looked for in other records
_DIGITS = 16
_RAW = "raw"
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Erasure:
    """Whose cells go. ids: record -> the id that stays; texts: what is replaced in other records."""

    ids: Mapping[str, str]
    texts: tuple[str, ...]

    def table(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return a table of records without the cells, in the same order."""
        gone = pl.Series(list(self.ids), dtype=pl.String).implode()
        erased = pl.col(RECORD).is_in(gone)
        cells = [name for name in table.columns if name not in (*PROVENANCE, OUTCOME, CODE)]
        return table.with_columns(
            pl.col(RECORD).replace(self.ids),
            *(pl.when(~erased).then(self._other(name, table.columns, gone)).alias(name) for name in cells),
            pl.when(erased).then(pl.lit(Outcome.ERASED.value)).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
            pl.when(erased).then(pl.lit(ERASED_CODE)).otherwise(pl.col(CODE)).alias(CODE),
        ).select(table.columns)

    def _other(self, name: str, columns: list[str], gone: pl.Series) -> pl.Expr:
        """Return a cell of a record that stays."""
        if name.startswith(REF_PREFIX) or REF_PREFIX + name in columns:
            parent = pl.col(REF_PREFIX + name.removeprefix(REF_PREFIX))
            return pl.when(~parent.is_in(gone) | parent.is_null()).then(pl.col(name))
        return pl.col(name) if name == INTO else self.text(name)

    def text(self, name: str) -> pl.Expr:
        """Return a column of texts with what identifies erased people replaced."""
        if not self.texts:
            return pl.col(name)
        return pl.col(name).str.replace_many(list(self.texts), [INSTEAD], ascii_case_insensitive=True)

    def pairs(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame of pairs without those that name an erased record; any other frame as it is."""
        sides = [name for name in ("left", "right") if name in frame.columns]
        gone = pl.Series(list(self.ids), dtype=pl.String).implode()
        return frame.filter(~pl.any_horizontal(pl.col(sides).is_in(gone))) if sides else frame

    def changes(self, changes: pl.DataFrame) -> pl.DataFrame:
        """Return changes (or findings) without those of erased records and of references to them."""
        gone = pl.Series(list(self.ids), dtype=pl.String).implode()
        kept = changes.filter(~pl.col("record").is_in(gone).fill_null(value=False))
        if "before" not in changes.columns:
            return kept
        other = ~pl.any_horizontal(pl.col("before").is_in(gone), pl.col("after").is_in(gone)).fill_null(value=False)
        return kept.filter(other).with_columns(self.text("before"), self.text("after"))


def erasure(records: pl.Series, tables: Tables, further: Tables, key: bytes) -> Erasure:
    """Return what has to go. tables, further: canonical objects in two forms, as loaded and as normalized."""
    ids = {record: _hashed(record, key) for record in records.to_list()}
    gone, others = set[str](), set[str]()
    for name in PEOPLE:
        for form in (tables, further):
            if name in form:
                gone |= _texts(name, form[name].filter(pl.col(RECORD).is_in(records.implode())))
                others |= _texts(name, form[name].filter(~pl.col(RECORD).is_in(records.implode())))
    return Erasure(ids, tuple(sorted(gone - others, key=lambda text: (-len(text), text))))


def _hashed(record: str, key: bytes) -> str:
    if record.rpartition(":")[2].startswith(MARK):
        return record
    source, object_, _ = record.split(":", 2)
    return f"{source}:{object_}:{MARK}{hmac.new(key, record.encode(), hashlib.sha256).hexdigest()[:_DIGITS]}"


def _texts(object_: str, people: pl.DataFrame) -> set[str]:
    """Return what tells who somebody is wherever it stands: emails, phones, the full name; in small letters."""
    schema = canonical()[object_]
    names = [name for name in schema.of_kind("email", "emails", "phone", "full_name") if name in people.columns]
    cells = [people[name].drop_nulls().str.split(";").explode() for name in names]
    if {"first_name", "last_name"} <= set(people.columns):
        for first, last in (("first_name", "last_name"), ("last_name", "first_name")):
            cells += [people.select(pl.concat_str(first, pl.lit(gap), last)).to_series() for gap in (" ", ", ")]
    texts = pl.concat([pl.Series([], dtype=pl.String), *(cell.rename("") for cell in cells)]).drop_nulls()
    return {text for text in texts.str.strip_chars().str.to_lowercase().unique() if len(text) >= _SHORTEST}


def rewrite(workspace: Workspace, phase: str, gone: Erasure) -> None:
    """Write the folder of a phase anew without the cells; whole or not at all."""
    known = stored(workspace, phase)
    if known is None:
        return
    old = workspace.phase(phase)
    with replacing_folder(old) as folder:
        for path in sorted(old.iterdir()):
            if path.suffix == ".parquet":
                write_parquet(_without(pl.read_parquet(path), path.stem, known.objects, gone), folder / path.name)
            elif path.suffix == ".json" and path.stem != "profile":  # made of cells: the caller makes it again
                shutil.copyfile(path, folder / path.name)
            elif path.suffix == ".csv" and path.stem != "quarantine":
                listed = pl.read_csv(path, infer_schema=False)
                write_csv(listed.with_columns(gone.text(name) for name in listed.columns), folder / path.name)
        if (folder / "rejects.parquet").is_file():
            rejects = pl.read_parquet(folder / "rejects.parquet").select("file", "line", "reason", _RAW)
            write_csv(guard_texts(rejects), folder / "quarantine.csv")


def _without(frame: pl.DataFrame, name: str, objects: tuple[str, ...], gone: Erasure) -> pl.DataFrame:
    if name in objects:
        return gone.table(frame)
    if _RAW in frame.columns:
        named = pl.col(_RAW).str.contains_any(list(gone.texts), ascii_case_insensitive=True)
        return frame.with_columns(pl.when(~named).then(pl.col(_RAW)).otherwise(pl.lit(INSTEAD)).alias(_RAW))
    return gone.changes(frame) if "record" in frame.columns else frame


def clear_archive(folder: Path, gone: Erasure) -> None:
    """Take erased records out of what earlier runs archived."""
    for path in sorted(folder.glob("*.parquet")):
        table = pl.read_parquet(path).filter(~pl.col(RECORD).is_in(list(gone.ids)))
        write_parquet(gone.table(table), path)
    for path in sorted(folder.glob("*.csv")):
        table = pl.read_csv(path, infer_schema=False)
        if "Record" in table.columns:
            write_csv(table.filter(~pl.col("Record").is_in(list(gone.ids)).fill_null(value=False)), path)


def leftovers(workspace: Workspace) -> Iterator[Path]:
    """Return what later phases and rehearsals left behind; all of it is made again."""
    later = ("dedupe", "stale", "map", "validate", "import", "audit", "review", "report")
    yield from (workspace.phase(name) for name in later)
    yield workspace.previous
    yield from (workspace.journal("rehearsal").parent, workspace.state / "rehearsal.previous")
    yield from sorted(workspace.root.glob("rehearsal.sqlite*"))
