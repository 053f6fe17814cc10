"""Names of persons: title, first, middle, last and suffix out of one cell; casing; what is no person's name.

Two plain words, or two with an initial between them, are split by expressions; everything else goes to nameparser
(https://pypi.org/project/nameparser), each distinct name once.
"""

import re
from collections import Counter
from functools import lru_cache

import polars as pl
from nameparser import HumanName

from crmclean.values.company_case import is_dotted, lowered
from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.fillers import is_placeholder, placeholders
from crmclean.values.folding import LONGEST, at_rest, fold, tidy
from crmclean.values.nicknames import given_names, known_names
from crmclean.values.person_case import particles, person_cased, suffix_words, words_of
from crmclean.values.results import unless_plain

PARTS = ("title", "first", "middle", "last", "suffix")
PARSED = pl.Struct({**dict.fromkeys(PARTS, pl.String), "code": pl.String})

_NOTHING = (None,) * len(PARTS)
_NAME = r"\p{L}\p{L}+(?:[-'’]\p{L}\p{L}+)*"
_PLAIN = rf"^{_NAME} (?:\p{{L}}\.? )?{_NAME}$"
# Scripts in which the family name stands first, and the legal form that might be a family name.
_NATIVE = r"^[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}々ー]+$"
_NOT_PLAIN = r"\p{Han}|\p{Hangul}|\p{Hiragana}|\p{Katakana}| AG$"
_PAIR_PATTERN = r"(?i)\s(?:&|and|und|et|or|oder)\s|\s[/+]\s|;|[a-zà-ÿ]{2}/[a-zà-ÿ]{2}"
_PAIR = re.compile(_PAIR_PATTERN)
_BRACKETS = re.compile(r"\([^()]*\)")
_WORDS = re.compile(r"[^\W\d_]+", re.UNICODE)
_NO_NAME = re.compile(r"[\d@&/_]|[^\W\d_]{2}\.[^\W\d_]{2}")  # john.smith and john_smith are user names
_MORE_THAN_A_NAME = re.compile(r"\d|\s[-–—|]\s|[|=*<>:]|\b(?:CEO|CFO|CTO|COO|CIO|CMO|EVP|SVP|VP)\b")
_MARK = r"(?:h\. ?c\.|[eE]\. ?h\.)(?: ?mult\.)?"  # of an honorary doctor; in capitals: initials (H. C. Andersen)
_FACULTY = r"(?: (?:med|dent|vet|rer|nat|phil|jur|iur|ing|oec|pol|theol|techn|agr|habil)\.)*"
_WORD = rf"(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|mme|sra|srta)\b\.?{_FACULTY}(?-i: {_MARK})?"
_TITLE = rf"(?i)^({_WORD}(?:\s+{_WORD})*)\s+(\p{{L}}.*)$"
_GENERATION = r"jun\.|sen\.|(?-i:jun|sen|junior|senior)"  # Jun and Sen are names of people, too
_SUFFIX = (
    rf"(?i)^(.*\p{{L}}),?\s+(jr\.?|sr\.?|jnr\.?|snr\.?|{_GENERATION}|ii|iii|iv|ph\.?d\.?|m\.?d\.?|esq\.?|mba|cpa)$"
)
_BEHIND_A_NAME = re.compile(rf"(?<=\S),? \(?({_GENERATION})\)?(?=$|,)", re.IGNORECASE)
_AGNOMES = frozenset({"filho", "neto", "bisneto", "sobrinho"})  # Portuguese: parts of the family name
_HONORARY = re.compile(rf"\b(?P<title>(?:Dr|Prof)\.?(?: Ing\.)?) ?(?P<mark>{_MARK}) ")  # nameparser knows no such
_UNIVERSITY = re.compile(r"^(?P<mark>(?:Univ\.|Hon\.|Ao\.|O\.)(?: |-| -)?(?=Prof\b))", re.IGNORECASE)
_SURELY_TITLES = frozenset({"mr", "mrs", "ms", "mx", "dr", "prof", "rev", "sgt", "capt", "lt", "hon"})
_NAMES_TOO = frozenset({"junior", "senior", "ret", "np", "rn"})
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LEGAL = re.compile(
    r"[^\W\d_](?:&[^\W\d_]|\.(?:com|net|org|io)\b| (?i:of) [^\W\d_]| & [Cc][Oo]\b)|[^\W\d_]{2} AG$", re.UNICODE
)


def parse(value: pl.Expr) -> pl.Expr:
    """Return Struct{title, first, middle, last, suffix, code} of full names; parts that a name lacks are null.

    The code says why nothing was read (a company, an email address), or that there is more to it (two people).
    """
    first, middle, last = (value.str.extract(pattern, 1) for pattern in (r"^([^ ]+)", r" (\p{L}\.?) ", r"([^ ]+)$"))
    usual = value.str.contains(_PLAIN) & ~value.str.contains(_NOT_PLAIN)
    plain = usual & _ordinary(first) & _ordinary(last) & ~_one_case(value) & ~is_placeholder(value)
    none = pl.lit(None, dtype=pl.String)
    quick = pl.struct(
        none.alias("title"), first.alias("first"), middle.alias("middle"), last.alias("last"),
        none.alias("suffix"), pl.when(first == last).then(pl.lit("persons.repeated")).alias("code"),
    )  # fmt: skip
    slow = over_distinct(pl.when(~plain).then(value), parsed, PARSED)
    return pl.when(plain).then(quick).otherwise(slow)


def cased(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of a name in the usual case, where the whole cell is in one case; else as it is."""
    doubtful = _one_case(value) | _untidy(value)
    return unless_plain(value, ~doubtful, lambda text: over_distinct(text, _cased, RESULT))


def display(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of a full name in reading order and usual case: `BOND, JAMES` is `James Bond`."""
    doubtful = _one_case(value) | _untidy(value) | value.str.contains(",", literal=True)
    return unless_plain(value, ~doubtful, lambda text: over_distinct(text, displayed, RESULT))


def joined(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Return the full name of its parts, null or null; where the script says so 山田 stands before 太郎."""
    parts = pl.concat_str(first, last, separator=" ", ignore_nulls=True)
    family_first = first.str.contains(_NATIVE) & last.str.contains(_NATIVE)
    return (
        pl.when(family_first).then(pl.concat_str(last, first, separator=" "))
        .when(parts != "").then(parts)
    )  # fmt: skip


def title_apart(value: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return (title, first name) of a first name such as `Dr. Mary`; both null without a title."""
    return value.str.extract(_TITLE, 1), value.str.extract(_TITLE, 2)


def suffix_apart(value: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return (suffix, last name) of a last name such as `King, Jr.`; both null without a suffix."""
    return value.str.extract(_SUFFIX, 2), value.str.extract(_SUFFIX, 1)


def is_organisation(value: pl.Expr) -> pl.Expr:
    """Return Boolean: the cell names a company or a department, not a person."""
    bare = value.str.replace_all(".", "", literal=True)
    worded = bare.str.contains_any(sorted(words_of("organisation")), ascii_case_insensitive=True)
    marked = value.str.contains(r"&|\.(?i:com|net|org|io)\b|(?i: of )| AG$") | (
        value.str.len_bytes() != value.str.len_chars()
    )
    candidate = worded | marked
    found = over_distinct(pl.when(candidate).then(value), names_organisation, pl.Boolean())
    return pl.when(value.is_not_null()).then(found.fill_null(value=False))


def two_people(value: pl.Expr) -> pl.Expr:
    """Return Boolean: two people stand in one cell, such as `John & Mary Smith`."""
    paired = value.str.replace_all(_BRACKETS.pattern, "").str.contains(_PAIR_PATTERN)
    return paired & ~is_organisation(pl.when(paired).then(value)).fill_null(value=False)


def parsed(name: str) -> tuple[str | None, ...]:
    """Return (title, first, middle, last, suffix, code) of one full name."""
    text = tidy(name)
    if "@" in text:
        return *_NOTHING, "persons.email"
    if not any(char.isalpha() for char in text) or len(text) > LONGEST:
        return *_NOTHING, "persons.not-a-name" if text else None
    if text.casefold() in placeholders("sign", "phrase"):
        return *_NOTHING, "fillers.placeholder"
    if names_organisation(text):
        return *_NOTHING, "persons.organisation"
    if _MORE_THAN_A_NAME.search(text):
        return *_NOTHING, "persons.not-a-name"
    if _PAIR.search(_BRACKETS.sub("", text)) and not _couple(text):
        return *_NOTHING, "persons.two-people"
    return _read(text)


def displayed(name: str) -> tuple[str | None, str | None]:
    """Return (full name in reading order and usual case, code) of one cell."""
    text = tidy(name)
    spelled = at_rest(_displayed, text)
    if not text or spelled == name:
        return text or None, None if text == name else "texts.trimmed"
    if spelled == text:
        return text, "texts.trimmed"
    dotted = is_dotted(text)
    recased = lowered(spelled, dotted=dotted) == lowered(text, dotted=dotted)
    return spelled, "persons.case" if recased else "persons.order"


def _displayed(text: str) -> str:
    title, first, middle, last, suffix, refused = parsed(text)
    if refused is not None or not (first and last) or "," not in text:
        return _usual_case(text)
    ordered = " ".join(part for part in (title, first, middle, last, suffix) if part)
    dotted = is_dotted(text)
    before, after = (lowered(each, dotted=dotted) for each in (text, ordered))
    whole = sorted(_WORDS.findall(before)) == sorted(_WORDS.findall(after))
    turned = before.rfind(lowered(first, dotted=dotted)) > text.index(",")
    return ordered if whole and turned else _usual_case(text)


@lru_cache(maxsize=1 << 16)
def names_organisation(text: str) -> bool:
    """Say whether one cell names a company or a department."""
    words = [word.casefold() for word in _WORDS.findall(text.replace(".", ""))]
    return len(text) <= LONGEST and (not words_of("organisation").isdisjoint(words) or bool(_LEGAL.search(text)))


def _couple(text: str) -> bool:
    """`Mr. and Mrs. John Smith` has one name; nameparser reads it."""
    before = _PAIR.split(text, maxsplit=1)[0]
    return before.strip(". ").casefold() in words_of("title")


def _read(text: str) -> tuple[str | None, ...]:
    if "," not in text and len(text.split()) == 1 and not _native(text):
        alone = _beside_a_name(text)
        return (
            (*_NOTHING, "persons.not-a-name") if alone else (None, _usual_case(text), *_NOTHING[2:], "persons.unsplit")
        )
    spelled, before, behind = _unmarked(_usual_case(text))
    spelled, generation = _without_generation(spelled)
    name = HumanName(spelled)
    if "," in text and (refused := _order_refused(name)):
        return *_NOTHING, refused
    title, first, middle, last, suffix = (getattr(name, part) or None for part in PARTS)
    if title and last and not first and _abbreviated_name(title):
        title, first = None, title  # "Wm. Tell": an abbreviated first name, not a title
    if not (first or last) or (title and _is_occupation(title, text)):
        return *_NOTHING, "persons.not-a-name"
    title = f"{before}{title}{behind}" if title else None
    suffix = ", ".join(filter(None, (generation, suffix))) or None
    middle, last = _with_agnome(middle, last)
    if not (first and last):
        return title, first, middle, last, suffix, "persons.unsplit"
    if first.casefold() == last.casefold():
        return title, first, middle, last, suffix, "persons.repeated"
    return title, first, middle, last, suffix, "persons.more" if _says_more(spelled, name) else None


def _unmarked(text: str) -> tuple[str, str, str]:
    """Return a name without the marks of an honorary or a university title, and what they add before and behind it."""
    university, honorary = _UNIVERSITY.search(text), _HONORARY.search(text)
    before = university["mark"] if university else ""
    behind = " " + honorary["mark"].replace(". ", ".").replace(".mult", ". mult") if honorary else ""
    return _HONORARY.sub(r"\g<title> ", text.removeprefix(before)), before, behind


def _without_generation(text: str) -> tuple[str, str | None]:
    """Return a name without the jun. or sen. behind it or behind its last name, and that; nameparser knows neither."""
    found = _BEHIND_A_NAME.search(text)
    rest = text.replace(found[0], "", 1) if found else text
    return (rest, found[1]) if found and " " in rest else (text, None)


def _with_agnome(middle: str | None, last: str | None) -> tuple[str | None, str | None]:
    """Return middle and last name of `Carlos Pereira`, `Neto`: `Carlos`, `Pereira Neto`; a known given name stays."""
    words = (middle or "").split()
    if not words or (last or "").casefold() not in _AGNOMES or fold(words[-1]) in known_names():
        return middle, last
    return " ".join(words[:-1]) or None, f"{words[-1]} {last}"


def _says_more(text: str, name: HumanName) -> bool:
    """Say whether letters of a text are in none of its parts: a nickname, an earlier name, what brackets say."""
    told = Counter(_letters("".join(getattr(name, part) or "" for part in PARTS)))
    return bool(Counter(_letters(text)) - told)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))


def _native(text: str) -> bool:
    return _HANGUL.search(text) is not None  # a family name of one syllable in front, without a blank


def _beside_a_name(word: str) -> bool:
    """`Mr.` and `III` alone are no name; `Don` and `Major` are."""
    low = word.casefold()
    return low.strip(".") in _SURELY_TITLES or (low in suffix_words() and low.strip(".") not in _NAMES_TOO)


def _is_occupation(title: str, text: str) -> bool:
    """`John Smith, Manager`: behind a comma, and none of the words that stand in front of a name."""
    known = all(word.replace(".", "") in words_of("title") for word in title.casefold().split())
    return not known and text.casefold().rfind(title.casefold()) > text.find(",") > 0


def _order_refused(name: HumanName) -> str | None:
    """Why `John Smith, Acme` and `John Smith, Mary Jones` are not read as a family name and a given name behind it.

    A family name of several words needs a given name behind the comma that is known as one.
    """
    family = [word for word in name.last.casefold().split() if word not in particles()]
    given = name.first.casefold().split()
    if len(family) < 2 or not given or (len(given[0].strip(".")) == 1 and family[0] not in given_names()):
        return None
    if given[0] not in given_names():
        return "persons.not-a-name"
    if family[0] not in given_names():
        return None
    return "persons.two-people" if len(name.middle.strip(".")) > 1 else "persons.not-a-name"


def _abbreviated_name(word: str) -> bool:
    return word.endswith(".") and word[:-1].isalpha() and word[:-1].casefold() not in words_of("title")


@lru_cache(maxsize=1 << 16)
def _cased(name: str) -> tuple[str | None, str | None]:
    text = tidy(name)
    better = at_rest(_usual_case, text)
    if better == name:
        return name, None
    return better or None, "persons.case" if better != text else "texts.trimmed"


def _usual_case(text: str) -> str:
    return text if len(text) > LONGEST or _NO_NAME.search(text) else person_cased(text)


def _one_case(value: pl.Expr) -> pl.Expr:
    return ((value == value.str.to_uppercase()) != (value == value.str.to_lowercase())) & (value.str.len_chars() > 1)


def _untidy(value: pl.Expr) -> pl.Expr:
    return value.str.contains(r"[^\x20-\x7E\p{L}]|^ | $|  ")


def _ordinary(word: pl.Expr) -> pl.Expr:
    special = words_of("title") | words_of("organisation") | particles() | suffix_words() | {"and", "und", "et"}
    return ~word.str.to_lowercase().is_in(sorted(special))
