"""Rows right below the header that name the columns in other words: internal names, labels, or types of their values.

Marketing and survey tools write two or three lines of names. A row is one of them only if it says so twice: its words
are names of columns, and below it stand addresses, numbers or dates where it has none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from crmclean.files.reading import Reading

NAMES_AGAIN = "row.names-again"
_ROWS = 60  # by which a row is told from the records below it
_MOST = 3  # rows of names below the header
_LEAST = 3  # columns that such a row names
_WORD = 4  # letters of a word that says something as a part of another
_SAID, _DATA = 0.5, 0.8  # shares of its cells that are names, and of the cells below that are data
_IMPORT_ID = '{"ImportId":'  # Qualtrics' third line of names
_DATUM = re.compile(r"\d|@|://")
_NO_NAME = re.compile(r"@|://|^[^a-zA-Z\u0080-\uffff]*$")
_IDENTIFIER = re.compile(r"[a-z]+\d*(?:_[a-z0-9]+)+|[A-Za-z]\w*__[cr]|[a-z]+\d*(?:[A-Z][a-z0-9]+)+|[a-z]+\d")
_TYPES = frozenset(
    {
        "text", "string", "str", "varchar", "char", "number", "numeric", "integer", "int", "decimal", "float", "double",
        "currency", "date", "datetime", "timestamp", "boolean", "bool", "checkbox", "picklist", "dropdown",
        "enumeration", "enum", "select", "multiselect", "lookup", "reference", "phone", "phonenumber", "tel", "email",
        "url", "website", "textarea", "longtext", "singlelinetext", "multilinetext", "id", "required", "optional"
    }
)  # fmt: skip


def without_names_below(reading: Reading, file: str) -> Reading:
    """Reject the rows below the header that name the columns once more in other words. file: how rejects name it."""
    if len(reading.names) < _LEAST:
        return reading
    first = reading.sample.head(_ROWS)
    rows = first.select(reading.names).rows()
    names = _names(reading.header, rows)
    if not names:
        return reading
    rejects = names_again(first.head(names), reading, file)
    return replace(
        reading,
        frame=reading.frame.filter(pl.col("_row") > rejects["row"][-1]),
        rows=reading.rows - names,
        rejects=pl.concat([rejects, reading.rejects]),
    )


def names_again(rows: pl.DataFrame, reading: Reading, file: str) -> pl.DataFrame:
    """Return rows of a reading that name its columns as rejects (reading.REJECTS). file: how rejects name it."""
    return rows.select(
        pl.lit(file).alias("file"),
        pl.lit(None, pl.Int64).alias("line"),
        pl.col("_row").alias("row"),
        pl.lit(NAMES_AGAIN).alias("reason"),
        pl.concat_str(reading.names, separator=reading.dialect.delimiter or ",", ignore_nulls=True).alias("raw"),
    )


def _names(header: Sequence[str], rows: Sequence[Sequence[str | None]]) -> int:
    """Return how many of the first rows name the columns."""
    for number, row in enumerate(rows[:_MOST]):
        below = rows[_names_from(rows, number + 1) :]
        if not below or not _name(header, row, below):
            return number
    return min(_MOST, len(rows))


def _names_from(rows: Sequence[Sequence[str | None]], start: int) -> int:
    """Return the first row from `start` on that is no line of import ids, by which nothing can be told."""
    return next((place for place in range(start, len(rows)) if not _import_ids(rows[place])), len(rows))


def _import_ids(row: Sequence[str | None]) -> bool:
    filled = [cell for cell in row if cell]
    return bool(filled) and all(cell.startswith(_IMPORT_ID) for cell in filled)


def _name(header: Sequence[str], row: Sequence[str | None], below: Sequence[Sequence[str | None]]) -> bool:
    if _import_ids(row):
        return True
    filled = {place: cell.strip() for place, cell in enumerate(row) if cell}
    named = sum(bool(head.strip()) for head in header)
    if len(filled) < max(_LEAST, named / 2) or any(map(_NO_NAME.search, filled.values())):
        return False
    others = {place: [cells[place] or "" for cells in below if cells[place]] for place in filled}
    said = sum(_says(header[place], cell, others[place]) for place, cell in filled.items())
    return said >= _SAID * len(filled) and _differs(filled, others)


def _says(header: str, cell: str, below: Sequence[str]) -> bool:
    """Whether a cell is the column's name, part of it, an internal name such as no record below has, or a type."""
    key, word = _key(header), _key(cell)
    if word == key or word in _TYPES or (min(len(word), len(key)) >= _WORD and (word in key or key in word)):
        return True
    return bool(_IDENTIFIER.fullmatch(cell)) and not any(map(_IDENTIFIER.fullmatch, below))


def _differs(filled: Mapping[int, str], others: Mapping[int, Sequence[str]]) -> bool:
    """Whether some column holds addresses, numbers or dates below, and nothing of the kind in this row."""
    return any(
        sum(bool(_DATUM.search(other)) for other in below) >= _DATA * len(below)
        for place, below in others.items()
        if below and (not _DATUM.search(filled[place]) or _IDENTIFIER.fullmatch(filled[place]))
    )


def _key(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
