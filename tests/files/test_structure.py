"""The scan of bytes agrees with Python's csv module wherever a file is strict."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from crmclean.files import structure

CELLS = st.text(alphabet='ab,;"\n é', max_size=5)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12)


def _odd(content, width):
    found = structure.scan(memoryview(content), ord(","), ord('"'), width)
    odd = zip(found.indexes.tolist(), found.starts.tolist(), found.ends.tolist(), found.widths.tolist(), strict=True)
    return found, list(odd)


@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.integers(1, 4))
def test_records_of_another_width_are_found_where_they_are(rows, line_end, quoting, width):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end, quoting=quoting).writerows(rows)
    content = text.getvalue().encode()
    found, odd = _odd(content, width)
    assert found.strict
    assert found.records == len(rows)
    assert [(place, len(row)) for place, row in enumerate(rows) if len(row) != width] == [
        (one[0], one[3]) for one in odd
    ]
    for place, start, end, _ in odd:
        piece = content[start:end].decode().removesuffix("\r")
        assert next(csv.reader(io.StringIO(piece, newline=""))) == rows[place]


@given(st.binary(max_size=300).map(lambda raw: bytes(b'a,"\n\r x\xc3'[byte % 8] for byte in raw)), st.integers(1, 200))
def test_the_size_of_a_block_changes_nothing(content, blocks):
    whole = _odd(content, 2)
    size, structure._BLOCK = structure._BLOCK, 64 * (1 + blocks % 3)
    try:
        pieces = _odd(content, 2)
    finally:
        structure._BLOCK = size
    assert (whole[0].strict, whole[0].records, whole[1]) == (pieces[0].strict, pieces[0].records, pieces[1])


@given(st.lists(st.sampled_from(['a"b', '12"', '"x"y', ' "z"', "plain", '"fine"', "\rx"]), min_size=1, max_size=6))
def test_bare_quotes_and_lone_returns_are_not_strict(cells):
    content = ",".join(cells).encode()
    bad = any(cell in ('a"b', '12"', '"x"y', ' "z"', "\rx") for cell in cells)
    assert _odd(content, len(cells))[0].strict is not bad
