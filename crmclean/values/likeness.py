"""How alike two names of fields are, by their words."""

import re

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SHORT = 3  # letters up to which a word has no typos
_LONG = 6  # letters from which one slip still leaves the name in sight


def words(name: str) -> tuple[str, ...]:
    """Return the words of a header or an API name, in small letters: `FirstName__c` is first, name."""
    return tuple(word.lower() for word in _WORD.findall(name.removesuffix("__c")))


def likeness(left: str, right: str) -> float:
    """Return 1 for the same words in any order, down to 0; words of few letters are alike only when they are equal."""
    ours, theirs = words(left), words(right)
    if not ours or not theirs:
        return 0.0
    if sorted(ours) == sorted(theirs) or "".join(ours) == "".join(theirs):
        return 1.0
    if min(len("".join(ours)), len("".join(theirs))) <= _SHORT:
        return 0.0
    return round(fuzz.token_sort_ratio(" ".join(ours), " ".join(theirs)) / 100, 4)


def one_slip(left: str, right: str) -> bool:
    """Whether two long names differ by a letter, or by two neighbours that changed places, after the same start."""
    if min(len(left), len(right)) < _LONG or left[0] != right[0] or not (left + right).isalpha():
        return False
    return int(OSA.distance(left, right, score_cutoff=1)) == 1
