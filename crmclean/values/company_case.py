"""Repair the case of a name that is written in one case throughout; a name in mixed case stays as typed."""

import re
from functools import cache, lru_cache

from crmclean.values.lists import column, table

_INITIALS = 4  # a lone word of so many capitals stays
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWEL = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœаеёиоуыэюяєії]", re.IGNORECASE)


def one_case(text: str) -> bool:
    """Say whether the letters of `text` that have a case all have the same one, and there are at least two."""
    return len(text) > 1 and (text.isupper() or text.islower())


def company_cased(name: str) -> str:
    """Return a one-case company name in the usual case; initials, numbers and domains stay as they are."""
    if not one_case(name):
        return name
    upper = name.isupper()
    if upper and len(name) <= _INITIALS and " " not in name:
        return name  # LEGO and ACME: a word or initials, who knows
    words = [_token(word, upper=upper, first=index == 0) for index, word in enumerate(name.split(" "))]
    return " ".join(words)


@lru_cache(maxsize=1 << 16)
def _token(token: str, *, upper: bool, first: bool) -> str:
    if any(char.isdigit() or char in "&@." for char in token.rstrip(".")):
        return token.upper() if "&" in token and len(token) <= 5 else token
    return _WORD.sub(lambda found: _word(found[0], upper=upper, first=first and found.start() == 0), token)


def _word(word: str, *, upper: bool, first: bool) -> str:
    low = word.lower()
    if not first and low in _words("small"):
        return low
    if low in _words("short"):
        return capitalised(low)
    if low in _words("capitals") or not _VOWEL.search(low) or (upper and len(word) <= 3):
        return word.upper()
    return capitalised(low)


def capitalised(low: str) -> str:
    """Return a lower-case word with a capital first letter: O'Neil, McGregor, L'Oréal, but McDonald's and Levi's."""
    for mark in "'’":
        head, found, rest = low.partition(mark)
        if found and len(head) <= 2 and len(rest) > 2:
            return f"{head.capitalize()}{mark}{capitalised(rest)}"
        if found:
            return f"{capitalised(head)}{mark}{rest}"
    if low.startswith("mc") and len(low) > 3:
        return "Mc" + low[2:].capitalize()
    if low.startswith("mac") and low in _mac_names():
        return "Mac" + low[3:].capitalize()
    return low.capitalize()


@cache
def _mac_names() -> frozenset[str]:
    return frozenset(column("mac_names", "name"))


@cache
def _words(kind: str) -> frozenset[str]:
    """Words of one kind: small inside a name, always capitals, or short and still no initials."""
    words = table("name_words")
    return frozenset(words.filter(words["kind"] == kind)["word"])
