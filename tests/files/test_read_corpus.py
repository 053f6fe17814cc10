"""A generated corpus: every dialect, encoding and kind of mess, read back cell by cell."""

import csv
import io
from itertools import product

import pytest

from crmclean.files.read import read_table

HEADER = ["Record Id", "Full Name", "Street", "Notes", "City"]
ROWS = [
    ["1", "Jürgen Müller", "Hauptstraße 5", "first\nsecond", "Köln"],
    ["2", "Bärbel Groß", "", 'said "yes"; twice', "Düsseldorf"],
    ["3", "Ann Lee", "1 Main St, Apt 4", "a\tb|c", ""],
    ["4", "Jörg Schäfer", "=1+1", "  spaced  ", "Nürnberg"],
    ["5", "", "", "", "Lübeck"],
]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman", "iso8859_2")
DELIMITERS = (",", ";", "\t", "|", "^")
LINE_ENDS = ("\n", "\r\n")
MESSES = (
    "none",
    "all quoted",
    "preamble",
    "short and blank rows",
    "surplus empty cells",
    "sep line",
    "no last line end",
    "footer",
)
CORPUS = [
    combination
    for number, combination in enumerate(product(ENCODINGS, DELIMITERS, LINE_ENDS, MESSES))
    if number % 2 == 0 or combination[0] in ("utf-8", "cp1252")
]


def _text(delimiter, line_end, mess):
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if mess == "all quoted" else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    if mess == "sep line":
        out.write(f"sep={delimiter}{line_end}")
    if mess == "preamble":
        out.write(f"Export of contacts{line_end}{line_end}")
    writer.writerow(HEADER)
    for row in ROWS:
        writer.writerow([*row, "", ""] if mess == "surplus empty cells" and row[0] == "3" else row)
        if mess == "short and blank rows" and row[0] == "4":
            out.write(line_end + f"6{delimiter}Zoe{line_end}")
    if mess == "footer":
        out.write(
            f'{line_end}"Grand Totals (5 records)"{line_end}"Confidential Information - Do Not Distribute"{line_end}'
        )
    return out.getvalue().removesuffix(line_end) if mess == "no last line end" else out.getvalue()


def _expected(mess):
    short = [["6", "Zoe", "", "", ""]] if mess == "short and blank rows" else []
    return [*ROWS[:4], *short, ROWS[4]]


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 300


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_combination_comes_back_cell_by_cell(tmp_path, encoding):
    path = tmp_path / "export.csv"
    wrong = []
    for combination in [one for one in CORPUS if one[0] == encoding]:
        _, delimiter, line_end, mess = combination
        path.write_bytes(_text(delimiter, line_end, mess).encode(encoding))
        reading = read_table(path)
        cells = [[cell or "" for cell in row] for row in reading.frame.drop("_row").collect().rows()]
        if list(reading.header) != HEADER or cells != _expected(mess) or reading.rejects.height:
            wrong.append((combination, reading.evidence))
    assert wrong == []
