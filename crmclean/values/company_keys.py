"""The keys by which names of companies are compared, of one name at a time; company_fast knows the plain shapes."""

import re
import unicodedata

from crmclean.values.company_parts import take_apart
from crmclean.values.folding import fold

_WRITTEN_OUT = re.compile("([aou])e")
_WEAK_ENDS = frozenset({"co", "company", "corp", "corporation", "group", "grp", "holding", "holdings"})
_TRADEMARKS = str.maketrans("™®©℠", "    ")


def match_key(name: str) -> str | None:
    """Return the match key of one name."""
    parts = take_apart(name)
    return _joined(f"{parts.core} {parts.aside}") or None


def loose_key(name: str) -> str | None:
    """Return the looser key of one name."""
    words = _key_words(take_apart(name).core.translate(_TRADEMARKS))
    while len(words) > 1 and words[-1] in _WEAK_ENDS:
        words.pop()
        while len(words) > 1 and words[-1] == "and":
            words.pop()
    return _without_umlauts("".join(words)) or match_key(name)


def _without_umlauts(key: str) -> str:
    """Return a key in which Mueller, Müller and Muller are the same; blue is blu, but in every name alike."""
    return _WRITTEN_OUT.sub(r"\1", key)


def _joined(text: str) -> str:
    text = text.translate(_TRADEMARKS)
    return "".join(_key_words(text)) or "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _key_words(text: str) -> list[str]:
    words = fold(text.replace("+", " plus ") if " + " not in text else text).split()
    return words[1:] if len(words) > 1 and words[0] == "the" else words
