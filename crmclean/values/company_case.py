"""Repair the case of a name that is written in one case throughout; a name in mixed case stays as typed."""

import re
from functools import cache, lru_cache

from crmclean.values.lists import column, table

_TURKISH = frozenset("İĞığ")
_SHORT = 2  # letters of each word of AT & T
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
    dotted, tokens = is_dotted(name), name.split(" ")
    cased = (
        token if _beside_and(tokens, index) else _token(token, upper=upper, first=not index, dotted=dotted)
        for index, token in enumerate(tokens)
    )
    return " ".join(cased)


def _beside_and(tokens: list[str], index: int) -> bool:
    """AT & T and A & E: two short words around an `&` are as likely initials as AT&T is."""
    ands = [place for place in (index - 1, index + 1) if tokens[place : place + 1] == ["&"]]
    return any(place > 0 and max(map(len, tokens[place - 1 : place + 2])) <= _SHORT for place in ands)


@lru_cache(maxsize=1 << 16)
def _token(token: str, *, upper: bool, first: bool, dotted: bool) -> str:
    if any(char.isdigit() or char in "&@." for char in token.rstrip(".")):
        return token.upper() if "&" in token and len(token) <= 5 else token
    return _WORD.sub(
        lambda found: _word(found[0], upper=upper, first=first and found.start() == 0, dotted=dotted), token
    )


def _word(word: str, *, upper: bool, first: bool, dotted: bool) -> str:
    low = lowered(word, dotted=dotted)
    if not first and low in _words("small"):
        return low
    if low in _words("short"):
        return capitalised(low, dotted=dotted)
    if low in _words("capitals") or not _VOWEL.search(low) or (upper and len(word) <= 3):
        return word if upper else word.upper()
    return capitalised(low, dotted=dotted)


def capitalised(low: str, *, dotted: bool = False) -> str:
    """Return a lower-case word with a capital first letter: O'Neil, McGregor, L'Oréal, but McDonald's and Levi's.

    dotted: the capital of i is İ, as is_dotted says.
    """
    for mark in "'’":
        head, found, rest = low.partition(mark)
        if found and len(head) <= 2 and len(rest) > 2:
            return f"{_capital(head, dotted)}{mark}{capitalised(rest, dotted=dotted)}"
        if found:
            return f"{capitalised(head, dotted=dotted)}{mark}{rest}"
    if low.startswith("mc") and len(low) > 3:
        return "Mc" + _capital(low[2:], dotted)
    if low.startswith("mac") and low in _mac_names():
        return "Mac" + _capital(low[3:], dotted)
    return _capital(low, dotted)


def is_dotted(text: str) -> bool:
    """Say whether a text is surely Turkish or Azeri, where I without a dot is another letter than İ."""
    return not _TURKISH.isdisjoint(text)


def lowered(text: str, *, dotted: bool) -> str:
    """Return a text in small letters; dotted: İ becomes i, and I becomes ı."""
    return text.replace("İ", "i").replace("I", "ı").lower() if dotted else text.lower()


def _capital(low: str, dotted: bool) -> str:
    first = "İ" if dotted and low[:1] == "i" else low[:1].upper()
    return (first if len(first) == 1 else low[:1]) + low[1:]  # ß and ligatures have no capital of one letter


@cache
def _mac_names() -> frozenset[str]:
    return frozenset(column("mac_names", "name"))


@cache
def _words(kind: str) -> frozenset[str]:
    """Words of one kind: small inside a name, always capitals, or short and still no initials."""
    words = table("name_words")
    return frozenset(words.filter(words["kind"] == kind)["word"])
