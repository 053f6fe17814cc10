"""Arbitrary bytes end in a table or in a clear refusal, never in a traceback."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmclean.errors import InputError
from crmclean.files.read import read_table

MAGIC = [
    b"",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"PAR1",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
]
STARTS = [
    *MAGIC,
    b"sep=;\n",
    b"[{",
    b"{",
    b"BEGIN:VCARD\n",
    b"From a@b.example Thu\n",
    b"a,b\n",
    b'"a","b"\r\n',
    b"SQLite format 3\0",
]
PIECES = [
    b",",
    b";",
    b"\t",
    b'"',
    b'""',
    b"\n",
    b"\r\n",
    b"\r",
    b"a",
    b"1",
    b" ",
    b"\xc3\xa9",
    b"\xe9",
    b"\x81",
    b"\0",
    b"=",
    b"|",
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("any") / "file.csv"


@settings(max_examples=400)
@given(
    st.sampled_from(STARTS),
    st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)),
)
def test_bytes_become_a_table_or_a_refusal(path, start, rest):
    path.write_bytes(start + rest)
    try:
        reading = read_table(path)
    except InputError:
        return  # the fault itself is checked where each refusal is tested
    frame = reading.frame.collect()
    assert frame.height == reading.rows
    assert set(frame.columns) == {"_row", *reading.names}


CELL = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\0\r\ufeff\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"),
    max_size=8,
)


@settings(max_examples=200)
@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=3, max_size=20)
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_tables_come_back_cell_by_cell(path, rows, delimiter, line_end, encoding):
    header = [f"Column {number}" for number in range(len(rows[0]))]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    reading = read_table(path)
    cells = [[cell or "" for cell in row] for row in reading.frame.drop("_row").collect().rows()]
    assert cells == rows
