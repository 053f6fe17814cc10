"""Delimited text to a lazy frame of text columns.

A plain file goes through the polars scanner as it stands. One in another encoding, or with rows that do not fit, goes
through it as repaired bytes in memory.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crmclean.files.at_once import meanwhile
from crmclean.files.bounds import check_width
from crmclean.files.dialects import Dialect, Layout, detect_layout, unique_names
from crmclean.files.encodings import Text, detect_text, utf8_of
from crmclean.files.mending import Mended, rewrite, splice
from crmclean.files.opening import refuse, sha256_of
from crmclean.files.reading import REJECTS, REMARKS, Reading, ReadOptions
from crmclean.files.structure import scan

_SAMPLE = 1 << 19  # bytes from which the layout is told
_LF = 10
_MARK = b"\xef\xbb\xbf"
_END, _TAIL = b"\x1a", 64  # Ctrl-Z, and the bytes at the end among which it is looked for


@dataclass(frozen=True)
class _Body:
    """What to scan below the header. source: the file, or repaired bytes. skip: physical lines before the body."""

    source: Path | bytes
    skip: int
    mended: Mended


def read_delimited(path: Path, content: memoryview, options: ReadOptions, source: Path | None = None) -> Reading:
    """Read CSV, TSV and their like.

    source: the file that holds just this content, where there is one; it is scanned as it stands if it is plain.

    Raises:
        InputError: the content is no text in one encoding, or has no header.
    """
    _check_delimiter(path, options.delimiter)
    with meanwhile(sha256_of, content) as digest:
        text, layout, body = _found(path, content, options, source)
        return _reading(path, text, layout, body, digest(), len(content))


def _found(path: Path, content: memoryview, options: ReadOptions, source: Path | None) -> tuple[Text, Layout, _Body]:
    text = detect_text(path, content, options.encoding)
    plain = text.encoding in ("utf-8", "utf-8-sig")
    held = source if plain else utf8_of(path, content, text.encoding)
    utf8 = memoryview(held) if isinstance(held, bytes) else content
    if end := _end_of_file(utf8):
        utf8, held = utf8[:end], None
    start = len(_MARK) if bytes(utf8[:3]) == _MARK else 0
    sample = bytes(utf8[start : start + _SAMPLE]).decode("utf-8", "ignore")
    layout = detect_layout(sample, options.delimiter, options.quote, options.header_row)
    if not any(cell.strip() for cell in layout.header):
        raise refuse(path, "has no header row", "the first row must name the columns", "file.no-header")
    check_width(path, len(layout.header))
    begin = start + len(sample[: layout.body].encode())
    if bytes(utf8[begin : begin + 3]) == _MARK:  # a second mark, from files put together; the scanner drops it anyway
        begin, held = begin + len(_MARK), None
    return text, layout, _body(held, utf8, begin, layout, len(layout.header))


def _end_of_file(content: memoryview) -> int | None:
    """Return where the text ends before the sign by which programs of DOS ended a file; None where there is none."""
    tail = bytes(content[-_TAIL:])
    text = tail.rstrip(b"\r\n")
    return len(content) - len(tail) + len(text.rstrip(_END)) if text.endswith(_END) else None


def _check_delimiter(path: Path, given: str | None) -> None:
    if given is not None and (len(given.encode()) != 1 or given in '"\r\n\0'):
        hint = 'write one character such as ";", "|" or "\\t"'
        raise refuse(path, "its delimiter in the plan is not one ASCII character", hint, "plan.delimiter")


def _body(source: Path | bytes | None, content: memoryview, begin: int, layout: Layout, width: int) -> _Body:
    delimiter, quote = layout.delimiter, layout.quote
    with content[begin:] as rest:
        found = scan(rest, ord(delimiter), ord(quote), width)
        if not found.strict:
            plain = _unescaped(rest, layout, width)
            if plain is None:
                mended = rewrite(rest, delimiter, quote, width)
                return _Body(mended.body, 0, mended)
            body = _body(None, memoryview(b"\n" + plain), 1, layout, width)
            body.mended.notes.append("escape character \\: quotes inside cells have it in front")
            return body
        mended = splice(rest, found, delimiter, quote, width)
        if mended.body:
            return _Body(mended.body, 0, mended)
        if source and content[begin - 1] == _LF:  # the scanner skips lines that end in a line feed
            return _Body(source, bytes(content[:begin]).count(b"\n"), mended)
        return _Body(bytes(rest), 0, mended)


def _unescaped(body: memoryview, layout: Layout, width: int) -> bytes | None:
    """Return a body whose quotes are escaped with a backslash in the usual form; None where that is not the fault."""
    text = bytes(body)
    quote = layout.quote.encode()
    if b"\\" + quote not in text:
        return None
    escaped = re.compile(rb"\\([\\" + re.escape(quote) + rb"])")
    plain = escaped.sub(lambda found: quote * 2 if found[1] == quote else found[1], text)
    return plain if scan(memoryview(plain), ord(layout.delimiter), ord(layout.quote), width).strict else None


def _reading(path: Path, text: Text, layout: Layout, body: _Body, sha256: str, size: int) -> Reading:
    names, first = unique_names(layout.header), layout.header_row + 1
    mended = body.mended
    rejects = [(path.name, layout.header_row + line, first + at, why, raw) for at, line, why, raw in mended.rejects]
    return Reading(
        frame=_frame(body, layout, names, first),
        header=layout.header,
        names=tuple(names),
        dialect=Dialect(text.encoding, layout.delimiter, layout.quote, layout.line_end),
        evidence=(text.evidence, *layout.evidence, *mended.notes),
        rows=mended.records - len(mended.dropped),
        sha256=sha256,
        size=size,
        rejects=pl.DataFrame(rejects, schema=REJECTS, orient="row"),
        remarks=pl.DataFrame([(first + at, code) for at, code in mended.remarks], schema=REMARKS, orient="row"),
    )


def _frame(body: _Body, layout: Layout, names: Sequence[str], first: int) -> pl.LazyFrame:
    if body.mended.records == len(body.mended.dropped):
        return pl.LazyFrame(schema={"_row": pl.Int64, **dict.fromkeys(names, pl.String)})
    frame = pl.scan_csv(
        body.source,
        has_header=False,
        schema=dict.fromkeys(names, pl.String()),
        separator=layout.delimiter,
        quote_char=layout.quote,
        skip_lines=body.skip,
        null_values=[""],
        missing_columns="insert",  # a blank first line would count as too few columns
        glob=False,
        row_index_name="_row",
        row_index_offset=first,
    ).with_columns(pl.col("_row").cast(pl.Int64))
    dropped = [first + record for record in body.mended.dropped]
    return frame.filter(~pl.col("_row").is_in(dropped)) if dropped else frame
