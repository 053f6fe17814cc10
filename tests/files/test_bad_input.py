"""Files made to harm, or broken by accident: a clear error or a table, within bounded time and memory.

All of them are loaded in one process of its own, which tells what each took.
"""

import gzip
import io
import json
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MEMORY = 256 << 20  # bytes that the libraries take whatever the file
TIMES = 20  # of the size of the file
SECONDS = 30
CLEAN = b"First Name,Email\nAnn,ann@example.com\n"


def _zip(members, password=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    content = bytearray(out.getvalue())
    if password:  # the flag alone is what a reader sees first
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _cell(place, text):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _workbook(rows):
    """A workbook of one sheet, written by hand: no library writes what is wrong with these."""
    head = f'<row r="1">{_cell("A1", "First Name")}{_cell("B1", "Email")}</row>'
    person = f'<row r="2">{_cell("A2", "Ann")}{_cell("B2", "ann@example.com")}</row>'
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{head}{person}{rows}</sheetData></worksheet>'
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" '
            'r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": sheet,
        }
    )


def _encrypted():
    """The start of an OLE file as Office writes a workbook with a password into it."""
    name = "EncryptedPackage".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + name.ljust(512, b"\0")


def _old_encrypted():
    """An XLS stream that starts with BOF and FILEPASS."""
    stream = struct.pack("<HHHHHHHH", 0x809, 16, 0x600, 5, 0, 0, 0, 0) + bytes(4) + struct.pack("<HHH", 0x2F, 2, 1)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.ljust(4096, b"\0")


def _random_text(size):
    return random.Random(1).randbytes(size // 2).hex().encode()


# name -> content, and the code of the refusal, or the rows (loaded, left out among them)
BAD = {
    "bomb.csv.gz": (lambda: gzip.compress(CLEAN + bytes(100 << 20)), "file.zip-bomb"),
    "bomb.zip": (lambda: _zip({"a.csv": CLEAN + bytes(100 << 20)}), "file.zip-bomb"),
    "bomb.xlsx": (lambda: _workbook(f'<row r="3">{_cell("A3", "0" * (100 << 20))}</row>'), "file.zip-bomb"),
    "up.zip": (lambda: _zip({"../../etc/passwd": CLEAN}), "file.unsafe-archive"),
    "absolute.zip": (lambda: _zip({"/a.csv": CLEAN}), "file.unsafe-archive"),
    "drive.zip": (lambda: _zip({"C:/a.csv": CLEAN}), "file.unsafe-archive"),
    "locked.zip": (lambda: _zip({"a.csv": CLEAN}, password=True), "file.password"),
    "nested.zip": (lambda: _zip({"a.zip": _zip({"a.csv": CLEAN})}), (1, 0)),
    "locked.xlsx": (_encrypted, "file.password"),
    "locked.xls": (_old_encrypted, "file.damaged"),
    "rows.xlsx": (lambda: _workbook("".join(f'<row r="{row}"/>' for row in range(3, 1_048_577))), (1, 0)),
    "corner.xlsx": (lambda: _workbook(f'<row r="1048576">{_cell("XFD1048576", "x")}</row>'), "file.too-sparse"),
    "far.xlsx": (lambda: _workbook(f'<row r="900000">{_cell("C900000", "x")}</row>'), (2, 0)),
    "cut.xlsx": (lambda: _workbook("")[:700], "file.damaged"),
    "cut.csv.gz": (lambda: gzip.compress(CLEAN + _random_text(100_000))[:20_000], "file.damaged"),
    "cut.zip": (lambda: _zip({"a.csv": CLEAN + _random_text(100_000)})[:20_000], "file.damaged"),
    "cell.csv": (lambda: b'First Name,Email\nAnn,"' + b"x" * (16 << 20) + b'"\nBob,b@example.com\n', (2, 0)),
    "line.csv": (lambda: b"x" * (16 << 20), (1, 0)),
    "open-quote.csv": (lambda: CLEAN + b'Bob,"never closed\n' + CLEAN[17:] * 50_000, (50_002, 1)),
    "stray-quotes.csv": (lambda: CLEAN + b'Bob "the" Builder,"b@example.com" x\n' * 50_000, (50_001, 0)),
    "quotes.csv": (lambda: CLEAN + b'"' * (1 << 20), (2, 0)),
    "open-at-the-end.csv": (lambda: CLEAN + b'Bob,"cut off', (2, 1)),
    "delimiters.csv": (lambda: CLEAN + b"," * (1 << 20) + b"\n", (1, 0)),
    "blank-lines.csv": (lambda: CLEAN + b"\n" * (1 << 20), (1, 0)),
    "surplus.csv": (lambda: CLEAN + b"a,b,c\n" * 100_000, (100_001, 100_000)),
    "wide.csv": (lambda: b",".join(b"c%d" % number for number in range(20_000)) + b"\n1\n", "file.too-wide"),
    "columns.csv": (lambda: b",".join(b"c%d" % n for n in range(5_000)) + b"\n" + b"1," * 4_999 + b"1\n", (1, 0)),
    "keys.json": (lambda: json.dumps([{f"k{n}": 1} for n in range(9_000)]).encode(), "file.too-wide"),
    "deep.json": (lambda: b"[" * 200_000, "file.json"),
    "deeper.json": (lambda: b'[{"a":' * 50_000, "file.json"),
    "nul-first.csv": (lambda: b"First Name,Email\nAnn\0,ann@example.com\n", (1, 0)),
    "zeros.csv": (lambda: b"Name,Size\n" + b"\0\0\0\5abcd" * 500, "file.binary"),
    "nul-later.csv": (lambda: CLEAN * 4_000 + b"B\0b,b@example.com\n", (8_000, 3_999)),
    "page.csv": (lambda: b"\xef\xbb\xbf  <!DOCTYPE html>\n<html><table><tr><td>1</td></tr></table>", "file.html"),
    "page.xls": (lambda: b"<html xmlns:x='urn:x'><table>", "file.html"),
    "headless.csv": (lambda: b",,,\n,,,\n", "file.no-header"),
    "image.csv": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + random.Random(2).randbytes(5_000), "file.binary"),
    "empty.csv": (lambda: b"", "file.empty"),
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What became of each file, with seconds and bytes."""
    folder = tmp_path_factory.mktemp("bad")
    for name, (made, _) in BAD.items():
        (folder / name).write_bytes(made())
    command = [sys.executable, str(HERE / "measured_load.py"), *(str(folder / name) for name in BAD)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * 4, check=False)
    told = {line["file"]: line for line in map(json.loads, done.stdout.splitlines())}
    sizes = {name: (folder / name).stat().st_size for name in BAD}
    return told, sizes, done.stderr


@pytest.mark.parametrize("name", BAD)
def test_it_ends_as_it_should_in_bounded_time_and_memory(measured, name):
    told, sizes, stderr = measured
    assert name in told, stderr
    said, expected = told[name], BAD[name][1]
    if isinstance(expected, str):
        assert said.get("codes") == [expected], said
        assert said["names"]
    else:
        assert (said.get("rows"), said.get("rejects")) == expected, said
    assert said["seconds"] < SECONDS
    assert said["memory"] <= MEMORY + TIMES * sizes[name]
