"""Text in UTF-8 that a program once read as Windows-1252 (`JosÃ©` for José), repaired.

Only whole UTF-8 sequences are taken back, and only where Latin letters or the usual punctuation come out; `Ä‘` at the
end of a word may be a quotation mark, so that it is left alone there. What was damaged twice is repaired twice.
"""

import re
from unicodedata import category, is_normalized, normalize

import polars as pl

from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.results import unless_plain

_BYTES = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
_TAIL = "".join(letter for letter, byte in _BYTES.items() if byte < 0xC0)
_BROKEN = (
    rf"[\u00c2-\u00df][{re.escape(_TAIL)}]"
    rf"|[\u00e0-\u00ef][{re.escape(_TAIL)}]{{2}}"
    rf"|[\u00f0-\u00f4][{re.escape(_TAIL)}]{{3}}"
)
_SUSPECT = "[\u00c2-\u00f4\u0300-\u036f]"  # with the marks that compose such a letter
_HIDDEN = {"Cc", "Cf", "Cs"}  # Unicode categories of signs that one later step or another takes out
_SEEN = "\t\n\r\u200c\u200d"
_PATTERN = re.compile(_BROKEN)
_QUOTES = "‘’“”–—…•"


def repaired(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code}: the text as it was before the damage, else as it is."""
    return unless_plain(value, ~doubtful(value), lambda text: unless_plain(text, ~text.str.contains(_SUSPECT), _judged))


def doubtful(value: pl.Expr) -> pl.Expr:
    """Return whether a text is not ASCII: only then it can be damaged."""
    return value.str.len_bytes() != value.str.len_chars()


def _judged(text: pl.Expr) -> pl.Expr:
    return over_distinct(text, judge, RESULT)


def judge(text: str) -> tuple[str, str | None]:
    """Return (text, reason code) of one cell; the code is null where nothing was damaged."""
    fixed = _PATTERN.sub(_taken_back, text)
    if fixed == text:  # what later steps will join must be seen now, or a second run would find it
        joined = _joined(text)
        fixed = joined if _PATTERN.sub(_taken_back, joined) != joined else text
    if fixed == text:
        return text, None
    return judge(fixed)[0], "texts.mojibake"  # ends, as every repair makes the text shorter


def _joined(text: str) -> str:
    """Return the text in Unicode form C without the signs that nobody sees."""
    if text.isprintable() and is_normalized("NFC", text):
        return text
    return normalize("NFC", "".join(char for char in text if char in _SEEN or category(char) not in _HIDDEN))


def _taken_back(match: re.Match[str]) -> str:
    piece = match[0]
    if piece[0] in "ÄÅ" and piece[1] in _QUOTES and not match.string[match.end() : match.end() + 1].isalpha():
        return piece
    try:
        whole = bytes(_BYTES[letter] for letter in piece).decode("utf-8")
    except UnicodeDecodeError:
        return piece
    return whole if _usual(whole) else piece


def _usual(letter: str) -> bool:
    """Whether a letter is Latin, or one of the signs that texts in Latin letters have."""
    return "\xa0" <= letter <= "\u024f" or "\u2010" <= letter <= "\u203a" or letter in "€™"
