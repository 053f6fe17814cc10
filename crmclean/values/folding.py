"""The folded form of a word or name, under which spellings are looked up in our tables.

Lower case, compatibility forms made plain, accents dropped from Latin letters only (marks are letters in Indic and
Khmer scripts: dropping them would merge Togo and Tonga), `&` read as "and", dots and apostrophes away, any other
punctuation a blank.
"""

import re
import unicodedata
from collections.abc import Callable

from crmclean.values import mojibake

LONGEST = 400  # a cell longer than this is no name; it is not looked up

_LATIN_MARK = re.compile(r"([A-Za-z\u00c0-\u024f\u1e00-\u1eff])[\u0300-\u036f]+")
_DROPPED = re.compile(r"[.'’‘ʼ`´\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BREAK = re.compile(r"[^\w\u0300-\u036f\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]+|_+")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"})


def fold(text: str) -> str:
    """Return the look-up form of `text`; "" where nothing of it is a letter or digit."""
    if text.isascii():
        plain = text.lower()
    else:
        plain = without_latin_accents(unicodedata.normalize("NFKC", text).casefold()).translate(_LETTERS)
    plain = _DROPPED.sub("", plain.replace("&", " and ").replace("+", " and "))
    return _BREAK.sub(" ", plain).strip()


def without_latin_accents(text: str) -> str:
    """Return `text` without the accents of Latin letters, composed again; other scripts keep their marks."""
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _LATIN_MARK.sub(r"\1", apart))


def tidy(text: str) -> str:
    """Return `text` in composed form, with controls and invisible characters gone and single blanks between words."""
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(_shown(char) for char in composed) if not composed.isprintable() else composed
    return " ".join(shown.split())


def at_rest(spell: Callable[[str], str], text: str) -> str:
    """Return `spell(text)`, tidied, where a second run would change nothing more; else `text`, which is tidy.

    In capitals, letters may look like damaged ones: `å§` is none, `Å§` would be repaired.
    """
    spelled = tidy(spell(text))
    if spelled == text:
        return text
    rests = bool(spelled) and tidy(spell(spelled)) == spelled and mojibake.judge(spelled)[1] is None
    return spelled if rests else text


def _shown(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in {"Zs", "Zl", "Zp"} or char in "\t\n\r\v\f":
        return " "
    return "" if kind in {"Cc", "Cf", "Cs"} and char not in "\u200c\u200d" else char
