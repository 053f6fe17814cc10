"""Rows of a file that are no records: empty ones, and the names of the columns once more."""

from dataclasses import replace

import polars as pl

from crmclean.files.names_below import names_again
from crmclean.files.reading import Reading

_LEAST = 2  # columns with a name; in a list of one column a cell may well be called like it


def only_records(reading: Reading, file: str) -> Reading:
    """Leave out empty rows, told in the evidence, and reject rows that repeat the header, as files put together have.

    file: how rejects name it.
    """
    return _without_names(_without_empty_rows(reading), file)


def _without_empty_rows(reading: Reading) -> Reading:
    """Leave out rows in which every cell is empty, such as a spreadsheet writes below a table."""
    empty_rows = reading.frame.select(pl.all_horizontal(pl.col(reading.names).is_null()).sum()).collect().item()
    if not empty_rows:
        return reading
    frame = reading.frame.filter(pl.any_horizontal(pl.col(reading.names).is_not_null()))
    note = f"{empty_rows} rows without any value left out"
    return replace(reading, frame=frame, rows=reading.rows - empty_rows, evidence=(*reading.evidence, note))


def _without_names(reading: Reading, file: str) -> Reading:
    """Reject rows that hold the name of every column that has one, in any case, and nothing else."""
    pairs = zip(reading.names, reading.header, strict=True)
    named = {name: " ".join(header.split()).lower() for name, header in pairs if header.strip()}
    if len(named) < _LEAST:
        return reading
    first, *others = (_plain(name) == word for name, word in named.items())
    unnamed = [pl.col(name).is_null() for name in reading.names if name not in named]
    again = reading.frame.filter(first).collect().filter(pl.all_horizontal(*others, *unnamed))
    if again.is_empty():
        return reading
    rejects = names_again(again, reading, file)
    return replace(
        reading,
        frame=reading.frame.filter(~pl.col("_row").is_in(again["_row"].implode())),
        rows=reading.rows - again.height,
        rejects=pl.concat([reading.rejects, rejects]).sort("row"),
    )


def _plain(name: str) -> pl.Expr:
    return pl.col(name).str.replace_all(r"[\s\x{feff}]+", " ").str.strip_chars().str.to_lowercase()
