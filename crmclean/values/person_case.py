"""Repair the case of a person's name that is written in one case throughout; mixed case stays as typed (DeShawn)."""

import re
from collections.abc import Sequence
from functools import cache

from crmclean.values.company_case import capitalised, is_dotted, lowered
from crmclean.values.lists import column, table

_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWEL = re.compile(r"[aeiouyà-öø-ÿœ]")
_INITIALS = re.compile(r"[^\W\d_aeiouyà-öø-ÿœ]{3}")  # JRR Tolkien
_ALWAYS_CAPITAL = frozenset({"al", "bat", "ben", "san", "santa", "st", "st."})
_ARTICLES = frozenset({"el", "la", "las", "le", "lo", "los"})
_PORTUGUESE = frozenset({"da", "das", "de", "do", "dos"})
_CREDENTIALS = {
    "phd": "PhD", "ph.d.": "Ph.D.", "edd": "EdD", "psyd": "PsyD", "pharmd": "PharmD", "jr": "Jr", "sr": "Sr",
    "jr.": "Jr.", "sr.": "Sr.", "jnr": "Jnr", "snr": "Snr", "esq": "Esq", "esq.": "Esq.", "msc": "MSc", "bsc": "BSc",
    "beng": "BEng", "meng": "MEng", "mbchb": "MBChB", "junior": "Junior", "senior": "Senior", "2nd": "2nd",
    "3rd": "3rd", "4th": "4th", "esquire": "Esquire", "ret": "Ret",
}  # fmt: skip
_SHORT_NAMES = frozenset({
    "al", "an", "bo", "cy", "di", "ed", "ho", "hu", "ip", "jo", "ko", "le", "li", "lo", "lu", "ma", "mo", "ng", "oh",
    "su", "ty", "vo", "vu", "wu", "xu", "ye", "yi", "yu", "st", "jr", "sr", "mr", "ms", "dr",
})  # fmt: skip


def person_cased(name: str) -> str:
    """Return a one-case name in the usual case: particles small behind the first word, Mc, O', hyphens, initials."""
    if len(name) < 2 or not (name.isupper() or name.islower()):
        return name
    if name.isupper() and len(name) == 2 and name.lower() not in _SHORT_NAMES:
        return name  # AJ and JP are initials, and nothing says that this is not
    dotted = is_dotted(name)
    words = lowered(name, dotted=dotted).split(" ")
    return " ".join(_word(words, index, dotted=dotted) for index in range(len(words)))


def _word(words: Sequence[str], index: int, *, dotted: bool) -> str:
    low, last = words[index], len(words) - 1
    bare = low.rstrip(",")
    if bare in suffix_words() and (index or not last):
        return _suffix(bare) + low[len(bare) :]
    if _is_small(words, index):
        return low
    if not index and _INITIALS.fullmatch(low):
        return low.upper()
    return _PART.sub(lambda found: _capital(found[0], dotted=dotted), low)


def _is_small(words: Sequence[str], index: int) -> bool:
    """Whether a word is a particle that is written small; in front only where the family name stands first."""
    low, inside = words[index], index < len(words) - 1
    if not (index or _family_first(words)) or low not in particles() or low in _ALWAYS_CAPITAL:
        return False
    if low == "e":  # an initial, unless the name is Portuguese
        return inside and not _PORTUGUESE.isdisjoint(words)
    if low == "y":
        return inside and index > 1
    if low in _ARTICLES:  # Le Pen and El Fassi, but de la Cruz
        return inside and index > 0 and words[index - 1] in particles()
    return inside or "'" in low


def _family_first(words: Sequence[str]) -> bool:
    """`van gogh, vincent`: a comma that a given name follows."""
    ends = [index for index, word in enumerate(words[:-1]) if word.endswith(",")]
    return bool(ends) and words[ends[0] + 1].rstrip(",") not in suffix_words()


def _capital(part: str, *, dotted: bool) -> str:
    initials = len(part) == 2 and part not in _SHORT_NAMES and (part[1] == "j" or not _VOWEL.search(part))
    return part.upper() if initials else capitalised(part, dotted=dotted)


def _suffix(low: str) -> str:
    if low in _CREDENTIALS:
        return _CREDENTIALS[low]
    return low.upper()


@cache
def particles() -> frozenset[str]:
    """Return the particles of family names that are one word (van, de, la), lower case."""
    return frozenset(word for particle in column("surname_particles", "particle") for word in particle.split())


@cache
def suffix_words() -> frozenset[str]:
    """Return generational and credential suffixes, lower case, with and without dots; roman numerals from II on."""
    known = set(column("name_suffixes", "suffix")) - {"i", "v", "do", "ma", "ba", "ms", "ca", "om", "pe"}
    return frozenset(known | {f"{word}." for word in known if word.isalpha()})


@cache
def words_of(kind: str) -> frozenset[str]:
    """Return the words of one kind in data/name_words.csv, such as "title" and "organisation"."""
    words = table("name_words")
    return frozenset(words.filter(words["kind"] == kind)["word"])
