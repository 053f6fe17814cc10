"""Which encoding a text file has, with the evidence for it.

Order (facts on real exports): byte order mark, UTF-16 by its zero bytes, valid UTF-8, then the legacy code pages,
told apart by which of them makes words out of the bytes.
"""

import codecs
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crmclean.files.codepages import code_page
from crmclean.files.opening import HEAD, refuse

_MARKS = (  # the longer mark first: UTF-32 LE starts like UTF-16 LE
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLOCK = 1 << 20
_ASCII = 0x7F
_HIGH_BITS = np.uint64(0x8080808080808080)
_ASCII_LEAST = 40  # bytes of which one at least is a zero: delimiters and line ends of a text without other ASCII
_STRAY = 20  # so many times more bytes of text than control codes: some program has padded cells with zeros
_SAMPLE = 1 << 16  # bytes of lines with non-ASCII letters that the guess between code pages looks at


MIXED = "utf-8 with cp1252"  # files put together from several sources
_AS_CP1252 = "crmclean.cp1252"
_LINES, _LINES_LEAST = 5, 2  # lines in UTF-8: a fifth of those with special letters, and more than one
_MOSTLY = 10  # so many times more letters in UTF-8 than broken bytes: the few are from elsewhere


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_CP1252, _as_cp1252)


@dataclass(frozen=True)
class Text:
    """What the bytes of a file are. encoding: a Python codec or MIXED; utf-8 when it is readable as it stands."""

    encoding: str
    evidence: str


def detect_text(path: Path, content: memoryview, encoding: str | None = None) -> Text:
    """Go over the content once to tell its encoding, unless that is given.

    Raises:
        InputError: the content is binary, or there is no such encoding.
    """
    head = bytes(content[:HEAD])
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    guess = encoding or marked or _wide(head)
    if not guess and b"\0" in head and not _mends(head):
        hint = "name a CSV, TSV, XLSX, XLS, ODS, JSON or Parquet file"
        raise refuse(path, "is not text: it holds zero bytes", hint, "file.binary")
    valid, odd = _survey(content)
    if encoding:
        return Text(_known(path, encoding), f"encoding {encoding}: given in the plan")
    mixed = None if valid or (guess and guess != "utf-8-sig") else _mixed(odd, guess)
    if mixed:
        return Text(MIXED, mixed)
    if guess:
        why = "byte order mark" if marked else "every second byte is zero"
        return Text(guess, f"encoding {guess}: {why}")
    if valid:
        return Text("utf-8", "encoding utf-8: the whole file is valid UTF-8")
    name, why = code_page(odd)
    return Text(name, f"encoding {name}: not valid UTF-8; {why}")


def utf8_of(path: Path, content: memoryview, encoding: str) -> bytes:
    """Return the whole text in UTF-8 without a byte order mark, block by block: the memory holds it once.

    Raises:
        InputError: some bytes mean nothing in this encoding.
    """
    codec, errors = ("utf-8", _AS_CP1252) if encoding == MIXED else (encoding, "strict")
    decoder, text = codecs.getincrementaldecoder(codec)(errors), io.BytesIO()
    for start in range(0, len(content), _BLOCK):
        begun = len(decoder.getstate()[0])
        try:
            block = decoder.decode(bytes(content[start : start + _BLOCK]), final=start + _BLOCK >= len(content))
        except UnicodeDecodeError as error:
            problem = f"byte {start - begun + error.start} means nothing in {encoding}"
            hint = "give the right `encoding` for this file in the plan"
            raise refuse(path, problem, hint, "file.encoding") from error
        text.write((block if start else block.removeprefix("\ufeff")).encode())
    return text.getvalue()


def _wide(head: bytes) -> str | None:
    """Tell UTF-16 without a mark: of ASCII letters every second byte is zero, and all of it reads as text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    enough = max(4, len(head) // _ASCII_LEAST)
    if odd >= enough and even * 10 < odd and _reads(head, "utf-16-le"):
        return "utf-16-le"
    if even >= enough and odd * 10 < even and _reads(head, "utf-16-be"):
        return "utf-16-be"
    return None


def _mends(head: bytes) -> bool:
    """Say whether zero bytes stand in what is text otherwise; binary files are full of control codes."""
    return _strange(head.decode("latin-1")) * _STRAY <= len(head)


def _reads(head: bytes, encoding: str) -> bool:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[: len(head) // 2 * 2])
    return _strange(text) * 100 <= len(text)


def _strange(text: str) -> int:
    return sum(not (letter.isprintable() or letter in "\r\n\t") or letter == "\ufffd" for letter in text)


def _survey(content: memoryview) -> tuple[bool, bytes]:
    """Return whether all of it is UTF-8, and a sample of what is not ASCII."""
    valid, odd = True, bytearray()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), _BLOCK):
        block = content[start : start + _BLOCK]
        letters = np.frombuffer(block, np.uint8)
        plain = int(letters.max()) <= _ASCII
        valid = valid and (_decodes(decoder, _abridged(letters)) if not plain or decoder.getstate()[0] else True)
        if not plain and len(odd) < _SAMPLE:
            odd += b"\n".join(line for line in bytes(block).split(b"\n") if not line.isascii())
    return valid and not decoder.getstate()[0], bytes(odd[:_SAMPLE])


def _abridged(letters: NDArray[np.uint8]) -> bytes:
    """Return a block without most of its ASCII: it is UTF-8 exactly where the whole block is.

    Eight bytes stay together, and those behind them stay, too: what is broken off before ASCII remains broken off.
    """
    whole = len(letters) // 8 * 8
    eights = letters[:whole].view(np.uint64)
    special: NDArray[np.bool_] = (eights & _HIGH_BITS) != 0
    special[1:] |= special[:-1].copy()
    special[:1] = True  # what a block before has begun
    return bytes(eights[special]) + bytes(letters[whole:])


def _mixed(sample: bytes, guess: str | None) -> str | None:
    """Return the evidence that a text is UTF-8 but for a few bytes, or for some of its lines; None where it is not."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    letters = sum(ord(letter) > 0x7F for letter in text) - broken
    if guess == "utf-8-sig" or letters >= broken * _MOSTLY:
        return f"encoding utf-8: {broken} bytes of the first lines with special letters are not; read as cp1252"
    lines = sample.split(b"\n")
    whole = sum(_in_utf8(line) for line in lines)
    if whole >= _LINES_LEAST and whole * _LINES >= len(lines):  # no other code page makes whole lines of UTF-8
        return f"encoding utf-8 in {whole} of the first {len(lines)} lines with special letters; the others are cp1252"
    return None


def _in_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _known(path: Path, encoding: str) -> str:
    try:
        bytes(4).decode(encoding)  # Python also knows codecs that make no text, such as hex
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError) as error:
        hint = "use a name such as utf-8, utf-16-le, cp1252, latin-1, shift_jis, gb18030"
        raise refuse(path, f"there is no encoding {encoding}", hint, "plan.encoding") from error
