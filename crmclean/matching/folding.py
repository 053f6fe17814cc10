"""Text folded for comparing: case, accents, punctuation and blanks no longer count."""

from collections.abc import Iterable

import polars as pl

from crmclean.values.results import result, unless_plain

_PLAIN = "^[a-z0-9]+(?: [a-z0-9]+)*$"
_UNDECOMPOSED = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}


def folded(text: pl.Expr) -> pl.Expr:
    """Return words of plain lower-case letters and digits with single blanks between; null where nothing is left."""
    lower = text.str.to_lowercase()
    return unless_plain(lower, lower.str.contains(_PLAIN), _folded).struct.field("value")


def _folded(text: pl.Expr) -> pl.Expr:
    plain = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    plain = plain.str.replace_many(list(_UNDECOMPOSED), list(_UNDECOMPOSED.values()))
    plain = plain.str.replace_all(r"['’`´.]", "").str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return result(pl.when(plain != "").then(plain), pl.lit(None))


def letters(text: pl.Expr) -> pl.Expr:
    """Return a name folded, without digits."""
    plain = folded(text.str.replace_all(r"\d", ""))
    return pl.when(plain != "").then(plain)


_STREET_WORDS = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr", "lane": "ln",
    "court": "ct", "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy", "north": "n", "south": "s",
    "east": "e", "west": "w", "saint": "st", "suite": "ste", "strasse": "str",
}  # fmt: skip


def street(text: pl.Expr) -> pl.Expr:
    """Return an address line folded, with the common words for streets and directions in their short forms."""
    plain = folded(text).str.replace_all("strasse", "str")
    for word, short in _STREET_WORDS.items():
        plain = plain.str.replace_all(rf"\b{word}\b", short)
    return plain


_UNIT = r"(?i)[,;]?\s*(?:#|\b(?:suite|ste|unit|apt|apartment|floor|room|rm)\b\.?)\s*#?\s*[\w-]+\s*$"


def building(text: pl.Expr) -> pl.Expr:
    """Return an address line folded, without the suite, floor or room at its end."""
    plain = street(text.str.replace(_UNIT, ""))
    return pl.coalesce(plain, street(text))


def titled(text: pl.Expr) -> pl.Expr:
    """Return a firm's name folded, without a leading article."""
    return folded(text).str.replace(r"^the (\S)", "${1}").str.replace(r"(\S) the$", "${1}")


def compact(text: pl.Expr) -> pl.Expr:
    """Return a number or code folded, without blanks."""
    return folded(text).str.replace_all(" ", "")


def dialled(text: pl.Expr) -> pl.Expr:
    """Return the last ten digits of a phone number: the same with and without its country; null below seven."""
    digits = text.str.replace(r"(?i);?\s*(?:ext|x).*$", "").str.replace_all(r"\D", "")
    return pl.when(digits.str.len_chars() >= 7).then(digits.str.slice(-10))


def gathered(cells: Iterable[str | pl.Expr]) -> pl.Expr:
    """Return the cells of a row as one list without blanks; made from an array, which is ten times as quick."""
    return pl.concat_arr(cells).arr.to_list().list.filter(pl.element().is_not_null())


def hashed(text: pl.Expr) -> pl.Expr:
    """Return a number to compare instead of the text; null stays null. Never an order: hashes differ by version."""
    return pl.when(text.is_not_null()).then(text.hash(seed=0))


def sounds(name: pl.Expr) -> pl.Expr:
    """Return a rough sound of a folded name: its first letter, then up to three consonant groups."""
    plain = name.str.replace_all("ph", "f").str.replace_all("[ck]+|q", "k").str.replace_all("[sz]+", "s")
    first, rest = plain.str.slice(0, 1), plain.str.slice(1)
    bare = rest.str.replace_all(r"[aeiouyhw ]", "")
    for letter in "bdfgjklmnprstvx":
        bare = bare.str.replace_all(letter + "+", letter)
    code = pl.concat_str(first, bare.str.slice(0, 3))
    return pl.when(code.str.len_chars() > 1).then(code).otherwise(name)
