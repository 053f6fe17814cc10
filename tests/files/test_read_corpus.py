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
OTHER = {  # rows in languages of their own, for the code pages that hold nothing else
    "cp932": ["1", "山田 太郎", "丸の内 1-2", "first\nsecond", "東京"],
    "gb18030": ["1", "王小明", "长安街 5", "first\nsecond", "北京"],
    "iso8859_2": ["1", "Łukasz Żółć", "ulica Długa 5", "first\nsecond", "Łódź"],
}
DELIMITERS = (",", ";", "\t", "|", "^")
LINE_ENDS = ("\n", "\r\n", "\r")
MESSES = (
    "none",
    "all quoted",
    "preamble",
    "short and blank rows",
    "surplus empty cells",
    "sep line",
    "no last line end",
    "footer",
    "escaped quotes",
    "repeated and empty headers",
)
CORPUS = [
    combination
    for number, combination in enumerate(product(ENCODINGS, DELIMITERS, LINE_ENDS, MESSES))
    if number % 2 == 0 or combination[0] in ("utf-8", "cp1252")
]
CORPUS = [
    one for one in CORPUS if one[2] != "\r" or one[3] == "all quoted"
]  # else the writer leaves cells with LF bare
ELSEWHERE = [(page, *rest) for page in OTHER for rest in product(DELIMITERS, LINE_ENDS[:2], MESSES)]


def _header(mess):
    return ["Record Id", "Phone", "Phone", "", "City"] if mess == "repeated and empty headers" else HEADER


def _text(rows, delimiter, line_end, mess):
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if mess in ("all quoted", "escaped quotes") else csv.QUOTE_MINIMAL
    escaping = {"escapechar": "\\", "doublequote": False} if mess == "escaped quotes" else {}
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting, **escaping)
    if mess == "sep line":
        out.write(f"sep={delimiter}{line_end}")
    if mess == "preamble":
        out.write(f"Export of contacts{line_end}{line_end}")
    writer.writerow(_header(mess))
    for row in rows:
        writer.writerow([*row, "", ""] if mess == "surplus empty cells" and row[0] == "3" else row)
        if mess == "short and blank rows" and row[0] == "4":
            out.write(line_end + f"6{delimiter}Zoe{line_end}")
    if mess == "footer":
        out.write(
            f'{line_end}"Grand Totals (5 records)"{line_end}"Confidential Information - Do Not Distribute"{line_end}'
        )
    return out.getvalue().removesuffix(line_end) if mess == "no last line end" else out.getvalue()


def _expected(rows, mess):
    short = [["6", "Zoe", "", "", ""]] if mess == "short and blank rows" else []
    return [*rows[:4], *short, *rows[4:]]


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 300


def _wrong(path, rows, combination):
    """Return the evidence of a file that does not come back cell by cell; None where it does."""
    encoding, delimiter, line_end, mess = combination
    path.write_bytes(_text(rows, delimiter, line_end, mess).encode(encoding))
    reading = read_table(path)
    cells = [[cell or "" for cell in row] for row in reading.frame.drop("_row").collect().rows()]
    right = list(reading.header) == _header(mess) and cells == _expected(rows, mess) and not reading.rejects.height
    return None if right else (combination, reading.evidence)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_combination_comes_back_cell_by_cell(tmp_path, encoding):
    chosen = [one for one in CORPUS if one[0] == encoding]
    assert [wrong for one in chosen if (wrong := _wrong(tmp_path / "export.csv", ROWS, one))] == []


@pytest.mark.parametrize("encoding", OTHER)
def test_other_alphabets_come_back_cell_by_cell(tmp_path, encoding):
    rows = [
        OTHER[encoding],
        ["2", "Ann Lee", "1 Main St, Apt 4", 'said "yes"', ""],
        ["3", "", "", "", OTHER[encoding][4]],
    ]
    rows += [["4", OTHER[encoding][1], "=1+1", "a\tb|c", ""], ["5", "Bo", "", "", ""]]
    chosen = [one for one in ELSEWHERE if one[0] == encoding]
    assert [wrong for one in chosen if (wrong := _wrong(tmp_path / "export.csv", rows, one))] == []
