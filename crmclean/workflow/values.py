"""One column through one kind of value, without a plan: value in, result and reason out, in the same order."""

import csv
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import polars as pl

from crmclean.errors import Fault, InputError, UsageError, nearest
from crmclean.files.read import read_table
from crmclean.values import countries
from crmclean.values.industries import VOCABULARIES
from crmclean.values.kinds import KINDS, Form, Options
from crmclean.values.phones import regions

_NO_OPTIONS = Options()
_USED_BY = {"region": ("phones", "states"), "vocabulary": ("industries",)}


def values(
    kind: str,
    source: Path | BinaryIO,
    *,
    form: str | None = None,
    column: str | None = None,
    options: Options = _NO_OPTIONS,
) -> pl.DataFrame:
    """Return a frame of `value`, `result`, `code`, one row per row of a list with a header.

    source: a file or a binary stream. column: the header to read, else the first. form: one of KINDS[kind].

    Raises:
        UsageError: unknown kind, form, region or vocabulary. InputError: the CSV cannot be read, or lacks the column.
    """
    judge = _form(kind, form)
    _check(kind, options)
    cells = _cells(source, column)
    answers = cells.to_frame("value").lazy().select("value", judge(cells, options).alias("answer")).collect()
    answer = pl.col("answer").struct
    return answers.select("value", result=answer.field("value"), code=answer.field("code"))


def written(frame: pl.DataFrame) -> bytes:
    r"""Return the CSV of an answer: UTF-8, \n at line ends, an empty cell for null."""
    buffer = BytesIO()
    frame.write_csv(buffer, line_terminator="\n")
    return buffer.getvalue()


def _form(kind: str, form: str | None) -> Form:
    if kind not in KINDS:
        raise UsageError(_unknown("KIND", kind, KINDS))
    forms = KINDS[kind]
    if form is not None and form not in forms:
        raise UsageError(_unknown("--form", form, forms))
    return forms[form] if form else next(iter(forms.values()))


def _check(kind: str, options: Options) -> None:
    """Refuse an option that the kind has no use for, or a value of it that nobody knows."""
    for name, kinds in _USED_BY.items():
        if getattr(options, name) is not None and kind not in kinds:
            fault = f"{kind} have no use for it"
            raise UsageError(Fault(f"--{name}", fault, f"it is for {' and '.join(kinds)}", "usage.unused-option"))
    if options.region is not None and options.region not in regions():
        meant = countries.judge(options.region)[0]
        hint = f"did you mean {meant}?" if meant else "give the two letters of ISO 3166-1, such as US"
        raise UsageError(Fault("--region", f"{options.region} is not known", hint, "usage.unknown-name"))
    if options.vocabulary is not None and options.vocabulary not in VOCABULARIES:
        raise UsageError(_unknown("--vocabulary", options.vocabulary, VOCABULARIES))


def _unknown(where: str, given: str, known: Iterable[str]) -> Fault:
    return Fault(where, f"{given} is not known", nearest(given, known), "usage.unknown-name")


def _cells(source: Path | BinaryIO, column: str | None) -> pl.Series:
    name = str(source) if isinstance(source, Path) else "standard input"
    try:
        content = source.read_bytes() if isinstance(source, Path) else source.read()
        table = pl.read_csv(BytesIO(content), infer_schema=False) if _is_plain(content) else _read(name, content)
    except OSError as error:
        raise InputError(
            Fault(name, f"cannot be read: {error.strerror}", "check the path and its permissions", "input.unreadable")
        ) from error
    except pl.exceptions.NoDataError as error:
        raise InputError(Fault(name, "is empty", "give a list with a header line", "input.not-csv")) from error
    except pl.exceptions.PolarsError as error:
        hint = "save it as UTF-8 CSV with a header, and put cells that contain commas in double quotes"
        problem = "is not a CSV whose rows have as many cells as its header"
        raise InputError(Fault(f"{name}{_uneven(content)}", problem, hint, "input.not-csv")) from error
    if column is not None and column not in table.columns:
        raise InputError(_unknown(f"{name}, --column", column, table.columns))
    return table[column] if column is not None else table.to_series(0)


def _uneven(content: bytes) -> str:
    """Say which row of a CSV is the first with other cells than the header; nothing where none is."""
    rows = csv.reader(content.decode("utf-8-sig", errors="replace").splitlines(keepends=True))
    try:
        expected = len(next(rows, []))
        bad = next((rows.line_num for row in rows if len(row) > expected), None)
    except csv.Error:  # a cell too long for this reader
        return ""
    return "" if bad is None else f", line {bad}"


def _is_plain(content: bytes) -> bool:
    """Whether a list is CSV in UTF-8, whose blank lines are blank values; anything else is read like an export."""
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _read(name: str, content: bytes) -> pl.DataFrame:
    with TemporaryDirectory(prefix="crmclean-") as folder:
        copy = Path(folder) / Path(name).name
        copy.write_bytes(content)
        return read_table(copy).frame.drop("_row").collect()
