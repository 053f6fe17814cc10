"""Repair the case of a person's name that is written in one case throughout; mixed case stays as typed (DeShawn)."""

import re
from functools import cache

from crmclean.values.company_case import capitalised
from crmclean.values.lists import column, table

_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWEL = re.compile(r"[aeiouyà-öø-ÿœ]")
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
    upper = name.isupper()
    if upper and len(name) == 2 and name.lower() not in _SHORT_NAMES:
        return name  # AJ and JP are initials, and nothing says that this is not
    words = name.split(" ")
    return " ".join(_word(word, upper=upper, index=index, last=len(words) - 1) for index, word in enumerate(words))


def _word(word: str, *, upper: bool, index: int, last: int) -> str:
    low = word.lower()
    bare = low.rstrip(",")
    comma = low[len(bare) :]
    if index and bare in suffix_words():
        return _suffix(bare) + comma
    if index and bare in particles() and (index < last or "'" in bare):
        return low
    return _parts(low, upper=upper)


def _parts(low: str, *, upper: bool) -> str:
    return _PART.sub(lambda found: _capital(found[0], upper=upper), low)


def _capital(part: str, *, upper: bool) -> str:
    initials = upper and len(part) == 2 and not _VOWEL.search(part) and part not in _SHORT_NAMES
    return part.upper() if initials else capitalised(part)


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
