"""Writes what `crmclean clean` hands over: import files within the wizard's caps, sheets for people, and the page."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.target_model import TargetSchema, Wizard
from crmclean.crm.targets import target
from crmclean.exports.columns import BY_NAME
from crmclean.exports.inventory import USED
from crmclean.files.dialects import numbered
from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.files.workbooks import NOT_CALCULATED
from crmclean.matching.decisions import review_key
from crmclean.matching.review import seen_in
from crmclean.matching.sheets import write_workbook
from crmclean.pipeline.store import frame, tables
from crmclean.records import CHANGES, FINDINGS
from crmclean.reports.pages import page
from crmclean.reports.wording import counted
from crmclean.values.codes import CODES
from crmclean.workflow.cleaning.columns import about_owners
from crmclean.workflow.cleaning.parts import Part, columns
from crmclean.workflow.running.session import Session, exports_inventory
from crmclean.workspace.atomic import write_text

PAGE = "READ-ME-FIRST.html"
_OURS = ("1-import*", "2-check-these*", "3-merged-away*", "4-left-out*", "5-opt-outs*", PAGE)
_MOST_CHANGES = 12  # lines of the table of changes
_NO_REGION = "phones.no-region"
_FIRST_ROWS = 5  # named of those with a cell that nothing can read
_SLIVER = 0.6  # percent; narrower pieces of a bar cannot be seen


@dataclass(frozen=True)
class Column:
    """One column of the list. field: label of what it was taken for, None where it keeps its name. why: how we know."""

    header: str
    field: str | None
    why: str

    @property
    def guessed(self) -> bool:
        """Whether something else than the plain name of the column told what it is."""
        return self.field is not None and self.why != BY_NAME


@dataclass(frozen=True)
class Cleaned:
    """One list after cleaning: its parts by object, and how often each kind of change was made."""

    name: str
    schema: TargetSchema
    parts: tuple[Part, ...]
    changes: tuple[tuple[str, int], ...]
    session: Session

    @classmethod
    def of(cls, session: Session, parts: tuple[Part, ...]) -> Self:
        """Gather what the files need."""
        name = Path(session.plan.sources[0].files[0].path).name
        return cls(name, target(session.plan.target.crm), parts, tuple(_changes(session)), session)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column of the list, and what it was taken for."""
        return tuple(_columns(self.session))

    @cached_property
    def nameless(self) -> bool:
        """Whether no row of the list names its columns."""
        return tuple(column.header for column in self.columns) == numbered(len(self.columns))

    @cached_property
    def not_read(self) -> tuple[str, ...]:
        """Sheets and files within the list that are no list of records, or are empty."""
        entries = exports_inventory(self.session.plan)
        return tuple(entry.path.rsplit("/", 1)[-1] for entry in entries if entry.status != USED)

    @cached_property
    def _kept(self) -> pl.DataFrame:
        """Cells that nothing could be made of: code, len, rows; the most frequent code first."""
        phases = ("load", "normalize")
        told = pl.concat([frame(self.session.workspace, phase, "findings", FINDINGS) for phase in phases])
        codes = [NOT_CALCULATED, *(code for code, told in CODES.items() if told.kept)]
        rows = pl.col("row").unique().sort()
        by_code = told.filter(pl.col("code").is_in(codes)).group_by("code").agg(pl.len(), rows=rows)
        return by_code.sort(pl.col("len"), "code", descending=[True, False]).collect()

    @property
    def unread(self) -> tuple[tuple[str, int, str], ...]:
        """Cells that nothing could be made of: (why, how many, the first rows)."""
        return tuple((CODES[code].meaning, cells, _few(rows)) for code, cells, rows in self._kept.iter_rows())

    @cached_property
    def left_out(self) -> tuple[tuple[str, int], ...]:
        """Why rows are not in the import, and how many."""
        return tuple(row for part in self.parts for row in _reasons(part))

    @property
    def without_region(self) -> int:
        """Phone numbers that nobody can read, because neither a + nor a country stands beside them."""
        return int(self._kept.filter(pl.col("code") == _NO_REGION)["len"].sum())

    @cached_property
    def most_are_in(self) -> str | None:
        """The country of most rows that name one; None where none does."""
        frames = tables(self.session.workspace, "normalize").values()
        named = [frame.select("country") for frame in frames if "country" in frame.collect_schema()]
        told = pl.concat(named).drop_nulls().collect() if named else pl.DataFrame({"country": []})
        ranked = told.group_by("country").len().sort("len", "country", descending=[True, False])
        return str(ranked["country"][0]) if ranked.height else None

    @cached_property
    def pairs(self) -> int:
        """Doubtful pairs of all objects."""
        return sum(part.doubtful.height for part in self.parts)

    def suffix(self, part: Part) -> str:
        """Return what tells the files of several objects apart."""
        return "" if len(self.parts) == 1 else f"-{part.title}"


def write_cleaned(cleaned: Cleaned, out: Path) -> tuple[str, ...]:
    """Write every file, in place of those of an earlier time; return their names in the order of use.

    Raises:
        InputError: a file cannot be written, or is open in a spreadsheet.
    """
    before = {path for pattern in _OURS for path in out.glob(pattern)}
    files = [name for part in cleaned.parts for name in _write(part, cleaned, out)]
    write_text(out / PAGE, _page(cleaned, files))
    for path in sorted(before - {out / name for name in (*files, PAGE)}):
        path.unlink()
    return (PAGE, *sorted(files))


def _write(part: Part, cleaned: Cleaned, out: Path) -> Iterator[str]:
    suffix = cleaned.suffix(part)
    if part.ready.height:
        yield from _write_import(part.ready, out, f"1-import{suffix}", cleaned.schema.wizard)
    if part.doubtful.height:
        signed = part.doubtful.with_columns(seen_in(part.doubtful, review_key(cleaned.session.workspace)))
        write_workbook(signed, out / f"2-check-these{suffix}.xlsx")
        yield f"2-check-these{suffix}.xlsx"
    for name, rows in (("3-merged-away", part.merged), ("4-left-out", part.left_out)):
        if rows.height:
            write_xlsx(out / f"{name}{suffix}.xlsx", {name[2:]: rows})
            yield f"{name}{suffix}.xlsx"
    if part.opt_outs.height:
        write_csv(part.opt_outs, out / f"5-opt-outs{suffix}.csv")
        yield f"5-opt-outs{suffix}.csv"


def _write_import(ready: pl.DataFrame, out: Path, name: str, wizard: Wizard) -> Iterator[str]:
    """Write one file, or several where one would hold more rows or bytes than the wizard takes."""
    pieces = tuple(within_caps(ready, wizard))
    for number, rows in enumerate(pieces, start=1):
        file = f"{name}.csv" if len(pieces) == 1 else f"{name}-part-{number}-of-{len(pieces)}.csv"
        write_csv(rows, out / file)
        yield file


def within_caps(rows: pl.DataFrame, wizard: Wizard) -> Iterator[pl.DataFrame]:
    """Cut a frame into equal parts until each of them is a file that the wizard takes; keeps the order."""
    size = len(rows.write_csv(line_terminator="\n").encode())
    count = max(math.ceil(rows.height / wizard.rows), math.ceil(size / wizard.bytes))
    if count <= 1 or rows.height <= 1:
        yield rows
        return
    for piece in rows.iter_slices(math.ceil(rows.height / count)):
        yield from within_caps(piece, wizard)


def _columns(session: Session) -> Iterator[Column]:
    fields = {
        name: field for table in tables(session.workspace, "load") for name, field in canonical()[table].fields.items()
    }
    for column in columns(session):
        field = fields.get(column["column"])
        yield Column(column["header"], field.label if field else None, column["evidence"])


def _changes(session: Session) -> Iterator[tuple[str, int]]:
    """Yield (what was done, cells) of the most frequent changes."""
    told = frame(session.workspace, "normalize", "changes", CHANGES)
    counts = told.group_by("code").len().sort(pl.col("len"), "code", descending=[True, False]).collect()
    for code, count in counts.head(_MOST_CHANGES).iter_rows():
        yield CODES[code].meaning if code in CODES else code, count


def _page(cleaned: Cleaned, files: Sequence[str]) -> str:
    return page("cleaned").render(
        name=cleaned.name,
        crm=cleaned.schema.label,
        parts=[_bar(part) for part in cleaned.parts],
        pairs=counted(cleaned.pairs, "doubtful pair") if cleaned.pairs else "",
        sheets=[name for name in files if name.startswith("2-")],
        imports=[name for name in files if name.startswith("1-")],
        opt_outs=[name for name in files if name.startswith("5-")],
        wizard=cleaned.schema.wizard,
        owners=[told for part in cleaned.parts if (told := _owners(part, cleaned.schema))],
        files=[(name, _FILES[name[0]]) for name in sorted(files)],
        reasons=cleaned.left_out,
        unread=cleaned.unread,
        changes=cleaned.changes,
        columns=cleaned.columns,
        not_read=cleaned.not_read,
    )


def _owners(part: Part, schema: TargetSchema) -> str | None:
    return about_owners(part.object, schema, part.ready.columns)


_FILES: Mapping[str, str] = {
    "1": "what to import; the column names are the CRM's own",
    "2": "pairs that may be the same person or company; you decide",
    "3": "rows that were certainly the same as another row, and which row they went into",
    "4": "rows that are not in the import, each with the reason",
    "5": "addresses that must not get mail",
}


def _bar(part: Part) -> Mapping[str, object]:
    pieces = [("ready", part.ready.height), ("merged", part.merged.height), ("excluded", part.left_out.height)]
    shares = [(colour, count, max(100 * count / max(part.read, 1), _SLIVER)) for colour, count in pieces if count]
    return {
        **part.counts,
        "pieces": [(colour, count, f"{share:.2f}") for colour, count, share in shares],
    }


def _few(rows: Sequence[int]) -> str:
    shown = ", ".join(f"{row:,}" for row in rows[:_FIRST_ROWS])
    return shown if len(rows) <= _FIRST_ROWS else f"{shown} and {len(rows) - _FIRST_ROWS:,} more"


def _reasons(part: Part) -> Iterator[tuple[str, int]]:
    if part.left_out.height:
        counts = part.left_out.group_by("reason").len().sort(pl.col("len"), "reason", descending=[True, False])
        yield from counts.iter_rows()
