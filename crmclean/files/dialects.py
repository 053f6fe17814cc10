"""How a delimited file separates cells and where its header stands, told from its first records."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|", "^", "`", "~")  # the six of Salesforce Bulk 2.0 and one more
_SEPARATOR_LINE = re.compile(r'^"?sep=([\t !#$%&()*+,./:;<=>?@\[\\\]^_`{|}~-])"?(?:\r\n?|\n)', re.IGNORECASE)
_SAMPLE_RECORDS = 60
_WRAPPED = 0.9  # share of the cells that stand in apostrophes, where these are the quotes
_PREAMBLE = 30  # records among which the header is looked for
_VALUE = re.compile(r"[^\s@,;]+@[^\s@]+\.\w{2,}|https?://\S+|\+\d[\d\s()./-]{6,}\d")  # no column is called so
_DATA = re.compile(r"[\d@]|://")
NAMELESS = "no row names the columns: the first one holds values like those below it"

csv.field_size_limit(1 << 30)  # HubSpot cells of 180 KB exist; the file's own size is the bound


@dataclass(frozen=True)
class Dialect:
    """How a file is written. line_end: LF, CRLF, CR or mixed."""

    encoding: str
    delimiter: str
    quote: str | None
    line_end: str


@dataclass(frozen=True)
class Layout:
    """Where things stand in the text. skip: characters before the header record, which is record `header_row`.

    Where no record names the columns, `header_row` is the one before the first, and the body begins at `skip`.
    """

    delimiter: str
    quote: str
    line_end: str
    header: tuple[str, ...]
    header_row: int
    skip: int
    body: int  # characters before the first record below the header
    evidence: tuple[str, ...]


def detect_layout(sample: str, delimiter: str | None, quote: str | None, header_row: int | None) -> Layout:
    """Work out the layout from the first characters of a text; what is given is not questioned."""
    separator = _SEPARATOR_LINE.match(sample)
    evidence = []
    start = separator.end() if separator else 0
    if separator:
        evidence.append(f"delimiter {separator[1]!r}: the first line says so (sep=)")
        delimiter = delimiter or separator[1]
    elif delimiter:
        evidence.append(f"delimiter {delimiter!r}: given in the plan")
    else:
        delimiter, why = _delimiter(sample)
        evidence.append(f"delimiter {delimiter!r}: {why}")
    mark = quote or _quote(sample[start:], delimiter)
    evidence += ["quote character ': most cells stand in it"] if mark == "'" and not quote else []
    rows = _records(sample[start:], delimiter, mark)
    number, why_header = _header_row(rows, header_row, 1 if separator else 0)
    evidence += [why_header] if why_header else []
    chosen = rows[number] if number < len(rows) else Row(start, start, ())
    nameless = not header_row and lacks_names([row.cells for row in rows[number:]])
    evidence += [NAMELESS] if nameless else []
    return Layout(
        delimiter=delimiter,
        quote=mark,
        line_end=_line_end(sample),
        header=numbered(len(chosen.cells)) if nameless else chosen.cells,
        header_row=number + (1 if separator else 0) + (not nameless),
        skip=start + chosen.start,
        body=start + (chosen.start if nameless else chosen.end),
        evidence=tuple(evidence),
    )


@dataclass(frozen=True)
class Row:
    """One record of the sample with its place in it."""

    start: int
    end: int
    cells: tuple[str, ...]


def _records(text: str, delimiter: str, quote: str, limit: int = _SAMPLE_RECORDS) -> list[Row]:
    lines = io.StringIO(text, newline="").readlines()
    rows, place, taken = [], 0, 0
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    for cells in reader:
        end = place + sum(map(len, lines[taken : reader.line_num]))
        rows.append(Row(place, end, tuple(cells)))
        place, taken = end, reader.line_num
        if len(rows) >= limit:
            break
    return rows


def _delimiter(sample: str) -> tuple[str, str]:
    """Choose the delimiter under which most records have the same number of cells, and more than one."""
    scores = {mark: _agreement(sample, mark) for mark in DELIMITERS if mark in sample}
    best = max(scores, key=lambda mark: scores[mark], default=",")
    share, cells = scores.get(best, (0.0, 1))
    if cells < 2:
        return ",", "one column only; the usual one is taken"
    return best, f"{share:.0%} of the first records have {cells} cells"


def _quote(sample: str, delimiter: str) -> str:
    """Return the apostrophe where cells stand in it and none in double quotes, else the double quote."""
    lines = [line.strip("\r\n") for line in sample.split("\n")[:_SAMPLE_RECORDS] if line.strip()]
    edges = sum(line.startswith("'") or line.endswith("'") for line in lines)
    if '"' in sample or edges * 2 < len(lines):
        return '"'
    rows = _records(sample, delimiter, "'")
    plain = [cell for row in _records(sample, delimiter, '"') for cell in row.cells if cell]
    wrapped = sum(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in plain)
    better = _agreement(sample, delimiter, "'") > _agreement(sample, delimiter)
    return "'" if rows and (better or wrapped >= _WRAPPED * len(plain)) else '"'


def _agreement(sample: str, delimiter: str, quote: str = '"') -> tuple[float, int]:
    widths = [len(row.cells) for row in _records(sample, delimiter, quote) if row.cells]
    if not widths:
        return 0.0, 1
    width, count = max(Counter(widths).items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    return (round(count / len(widths), 1), width) if width > 1 else (0.0, 1)


def _header_row(rows: Sequence[Row], given: int | None, before: int) -> tuple[int, str]:
    """Find the header: the first record that fills more than half of the table, unless it is given (1: first row)."""
    if given:
        return given - 1 - before, f"header in row {given}: given in the plan"
    filled = [[bool(cell.strip()) for cell in row.cells] for row in rows]
    widths = Counter(len(cells) - cells[::-1].index(True) for cells in filled if any(cells))
    usual = max(widths, key=lambda width: (widths[width], width), default=1)
    for number, cells in enumerate(filled[:_PREAMBLE]):
        if sum(cells) * 2 > usual:
            place = names_above([row.cells for row in rows], number)
            return place, f"header in row {place + 1 + before}: lines above it are no table" if place else ""
    return next((number for number, cells in enumerate(filled) if any(cells)), 0), ""


def names_above(rows: Sequence[Sequence[str | None]], place: int) -> int:
    """Return the row that names columns although most of them have no name, above the first full one; else `place`."""
    if lacks_names(rows[place:]):
        for number in range(place - 1, -1, -1):
            names = [cell for cell in rows[number] if cell and cell.strip()]
            if names:
                return number if len(names) > 1 and not any(map(_DATA.search, names)) else place
    return place


def lacks_names(rows: Sequence[Sequence[str | None]]) -> bool:
    """Say whether the first row is one of the records: an address or number in it stands above others of its kind."""
    first, below = rows[0] if rows else (), rows[1:]
    if below and not any(_DATA.search(cell) for cell in below[0] if cell):
        return False  # these are the names, and a line about the export stands above them
    for place, cell in enumerate(first):
        if cell and _VALUE.fullmatch(cell.strip()):
            others = [row[place].strip() for row in below if place < len(row) and row[place]]  # type: ignore[union-attr]
            if sum(bool(_VALUE.fullmatch(other)) for other in others) * 2 >= len(others):
                return True
    return False


def numbered(width: int) -> tuple[str, ...]:
    """Return names for columns that have none."""
    return tuple(f"column {number}" for number in range(1, width + 1))


def _line_end(sample: str) -> str:
    both, lone = sample.count("\r\n"), sample.count("\n")
    if both:
        return "CRLF" if both == lone else "mixed"
    return "LF" if lone or "\r" not in sample else "CR"


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Name columns by position: trimmed, `Phone` and `Phone~2` for repeats, `column 3` where the name is empty.

    `_row` counts as a repeat: the column of row numbers is called so. `*` and `^…$` count as empty: polars takes them
    for patterns of names.
    """
    seen = Counter(["_row"])
    names = []
    for number, cell in enumerate(header, start=1):
        name = " ".join(cell.split()).removeprefix("\ufeff")
        if not name or name == "*" or (name.startswith("^") and name.endswith("$")):
            name = f"column {number}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return tuple(names)
