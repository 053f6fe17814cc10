"""Legal forms of companies: which words at the end (or the front) of a name are one, and what class they are.

Sources: data/legal_forms.csv, written for this project (forms in short), and data/legal_form_names.csv, the same forms
in words (scripts/derive_legal_forms.py). An alias is a sequence of tokens in compare form. `marked`
aliases are ordinary words as well (spa): they count only when the writer marked them, by dots, by a comma in front, or
by capitals among words that are not; for `dotted` ones (pc, pa) capitals are not enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from crmclean.values.folding import without_latin_accents
from crmclean.values.lists import table

# Forms that stand in front of the name; never SA, AG, SAS, SE, AT, AS, Inc or Limited, which are names there.
FRONT = frozenset({
    "ab", "aktiebolaget", "a/s", "oy", "pt", "ooo", "oao", "zao", "uab", "sia", "cv",
    "ооо", "оао", "зао", "пао", "ао", "тов", "тоо",
})  # fmt: skip
FRONT_DOTTED = frozenset({"spa", "sp z oo", "spzoo"})
CJK = (
    "股份有限公司", "有限责任公司", "有限責任公司", "有限公司",
    "株式会社", "合同会社", "有限会社", "合資会社", "合名会社", "주식회사", "유한회사", "유한책임회사",
)  # fmt: skip
CJK_CLASS = {
    "株式会社": "KK", "合同会社": "GK", "有限会社": "YK", "合資会社": "GSHK", "合名会社": "GMK",
    "주식회사": "JUSIK", "유한회사": "YUHAN", "유한책임회사": "YUHANCHAEGIM",
    "股份有限公司": "CNJSC", "有限责任公司": "LTD", "有限責任公司": "LTD", "有限公司": "LTD",
}  # fmt: skip
ARTICLES = frozenset({
    "the", "a", "an", "le", "la", "les", "los", "las", "el", "il", "lo", "gli", "der", "die", "das", "de", "het", "den",
    "det",
})  # fmt: skip
CONNECTORS = frozenset({
    "&", "+", "and", "und", "u", "et", "y", "e", "en", "og", "och", "i", "of", "for", "de", "du", "von", "van", "del",
    "di", "da",
})  # fmt: skip

_LONGEST_ALIAS = 12
_ACCENTED = frozenset({"aş", "oü"})  # Turkish and Estonian; without their marks they are other forms or words
_DOTTED = frozenset({"a.s", "A.S"})  # Czech or Turkish; AS without dots is Norwegian
_AROUND = ".,;:()[]"
_CUT = str.maketrans(dict.fromkeys(".,;:()[]'’`\"", None))


@dataclass(frozen=True, slots=True)
class Form:
    """One legal form: its standard spelling and its class; two names of different classes are never the same."""

    display: str
    kind: str
    when: str | None = None  # "marked", "dotted", or None: always
    gap: str = " "  # what stands between it and the name


@lru_cache(maxsize=1 << 16)
def compare_form(token: str) -> str:
    """Return a token as the alias table spells it: lower case, Latin accents, dots and brackets gone."""
    dotted = token.strip(_AROUND)
    if dotted in _DOTTED:
        return dotted
    plain = token.casefold().translate(_CUT)
    return plain if plain.isascii() or plain in _ACCENTED else without_latin_accents(plain)


def suffixes(tokens: Sequence[str]) -> Iterator[tuple[int, Form]]:
    """Yield (number of tokens, form) for every alias that `tokens`, in compare form, end with; longest first."""
    table = all_forms()
    if tokens[-1] not in _last_tokens():
        return
    for size in range(min(len(tokens), _LONGEST_ALIAS), 0, -1):
        form = table.get(" ".join(tokens[-size:]))
        if form is not None:
            yield size, form


def alias_of(text: str) -> str:
    """Return a text in compare form."""
    return " ".join(map(compare_form, text.replace(",", " ").split()))


def is_form(text: str) -> bool:
    """Say whether a text is nothing but a legal form."""
    return alias_of(text) in all_forms()


def prefix(tokens: Sequence[str], first_raw: str) -> tuple[int, Form] | None:
    """Return (number of tokens, form) where `tokens` start with a form of the closed list, else None."""
    for size in (3, 1):
        alias = " ".join(tokens[:size])
        if alias in FRONT or (alias in FRONT_DOTTED and "." in first_raw):
            return size, all_forms()[alias]
    return None


@cache
def all_forms() -> dict[str, Form]:
    """Return every legal form by its alias in compare form."""
    return _read("legal_form_names") | short_forms()


@cache
def short_forms() -> dict[str, Form]:
    """Return the legal forms of our own table by alias in compare form."""
    return _read("legal_forms")


def _read(name: str) -> dict[str, Form]:
    rows = table(name).iter_rows()
    return {
        " ".join(map(compare_form, alias.split(" "))): Form(display, kind, when) for alias, display, kind, when in rows
    }


@cache
def _last_tokens() -> frozenset[str]:
    return frozenset(alias.rsplit(" ", 1)[-1] for alias in all_forms())
