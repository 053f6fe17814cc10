"""Rows of a worksheet as XML, made of whole columns: the library that makes workbooks visits cell by cell."""

from collections.abc import Iterator
from datetime import date

import polars as pl
import polars.selectors as cs

from crmclean.files.guards import guard_texts

LETTERS = 32_767  # letters that an Excel cell holds
MARK = "\x01"  # where the number of a style goes, which the form knows; no text holds it after escaping
_CONTROLS = [chr(code) for code in (*range(9), *range(11, 32), 0xFFFE, 0xFFFF)]
_SPECIAL = [*"&<>", *_CONTROLS]
_WRITTEN_AS = ["&amp;", "&lt;", "&gt;", *(f"_x{ord(letter):04X}_" for letter in _CONTROLS)]
_FIRST_DAY = date(1899, 12, 30)  # of Excel's calendar


def rows_of(frame: pl.DataFrame, number: pl.Expr) -> pl.Series:
    """Return each row of a frame as XML, cells guarded and texts longer than a cell cut; number: of the row."""
    texts = guard_texts(frame).with_columns((~(cs.numeric() | cs.date())).cast(pl.String).str.slice(0, LETTERS))
    cells = [_cell(column, _letters(place)) for place, column in enumerate(texts.get_columns())]
    line = pl.concat_str(pl.lit('<row r="'), "_row", pl.lit('">'), *cells, pl.lit("</row>"))
    return texts.with_columns(_row=number.cast(pl.String)).select(line.alias("rows")).to_series()


def _cell(column: pl.Series, letters: str) -> pl.Expr:
    start, value = pl.concat_str(pl.lit(f'<c r="{letters}'), "_row"), pl.col(column.name)
    if not (column.dtype.is_numeric() or column.dtype == pl.Date):
        opened, closed = pl.lit('" t="inlineStr"><is><t xml:space="preserve">'), pl.lit("</t></is></c>")
        return pl.concat_str(start, opened, _escaped(value), closed).fill_null("")
    number = (value - _FIRST_DAY).dt.total_days() if column.dtype == pl.Date else value
    style = "" if column.dtype.is_integer() else f' s="{MARK}{letters}{MARK}"'
    cell = pl.concat_str(start, pl.lit(f'"{style}><v>'), number.cast(pl.String), pl.lit("</v></c>"))
    return cell.fill_null("")


def _escaped(text: pl.Expr) -> pl.Expr:
    """Write what XML cannot hold as Excel does, _x000D_, and what looks like that as a text."""
    return text.str.replace_all(r"_x([0-9a-fA-F]{4}_)", "_x005F_x${1}").str.replace_many(_SPECIAL, _WRITTEN_AS)


def _letters(place: int) -> str:
    """Return the name of a column by its number from 0."""
    return "".join(reversed(list(_backwards(place))))


def _backwards(place: int) -> Iterator[str]:
    while place >= 0:
        yield chr(ord("A") + place % 26)
        place = place // 26 - 1
