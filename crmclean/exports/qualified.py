"""Headers made of a thing and of which one it is: `Work Phone 2`, `City - Home`, `Telefon (privat)`, `Address City`.

Only addresses, phone numbers and emails come in several kinds. What is private goes last: a list of business addresses
with private ones beside them keeps the business address as its own, a list of private ones has no other.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import TableSchema, header_key
from crmclean.exports.columns import spaced
from crmclean.values.folding import fold

_PLACES = ("street", "city", "region", "postal_code", "country")
_OWN_PLACE = frozenset({"street", "city", "postal_code"})  # a list with one of them has an address of its own


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


_WORK = _words(
    "work business office direct main primary default job professional geschäftlich geschäftl dienstlich beruflich büro"
    " bureau travail pro trabajo lavoro ufficio werk zakelijk arbeit arbete jobb służbowy haupt principal preferred"
)
_HOME = _words("home private personal privat domicile personnel personnelle maison casa particular privé privato thuis")
_OTHER = _words(
    "other alternate alternative secondary second tertiary additional weitere weiterer weiteres weiterest autre otro"
    " otra altro altra andere annan andra inny"
)
_NUMBERED = _words("2 3 4 5 two three")
_FIRST = _words("1 one first")
_MOBILE = _words(
    "mobile cell cellular mobil handy portable gsm móvil celular cellulare mobiel mobilny komórkowy komórka telemóvel"
)
_ABOUT_ADDRESS = _words(
    "address adresse addr anschrift dirección indirizzo adres adress endereço mail mailing person line physical"
    " location lines zeile"
)
_LINKS = _words("of de du des del della der the do da")


@dataclass(frozen=True)
class Qualified:
    """The fields that a column may be, the first free one first. private: it stands behind those that are not."""

    fields: tuple[str, ...]
    private: bool


def qualified(header: str, table: TableSchema, own: Set[str]) -> Qualified | None:
    """Return what a header says of which address, phone or email of a record it holds; None where it does not.

    own: the fields that the list has by other columns.
    """
    words = _split(header)
    marks = {mark for word in words for mark, known in _marks(header) if fold(word) in known}
    rest = [word for word in words if not any(fold(word) in known for _, known in _marks(header))]
    field = _field(rest, table)
    if not marks and _named(rest, table) is not None:
        return None  # the header says just this
    if field is None and "mobile" in marks and not rest:
        field = "mobile"
    fields = _choices(field, marks, table, own) if field else ()
    return Qualified(fields, bool(marks & {"home", "other", "number"})) if fields else None


def _split(header: str) -> list[str]:
    text = re.sub(r"[()\[\],;]", " ", spaced(header))
    text = re.sub(r"(?i)\be[ -]?mails?\b", "email", text)
    return re.sub(r"(?<=[^\W\d_]{3})(?=\d\b)", " ", text).split()


def _marks(header: str) -> Sequence[tuple[str, frozenset[str]]]:
    kinds = [("work", _WORK), ("home", _HOME), ("other", _OTHER), ("number", _NUMBERED), ("first", _FIRST)]
    return kinds if "/" in header else [*kinds, ("mobile", _MOBILE)]  # `Tel / mobile` is either


def _field(rest: Sequence[str], table: TableSchema) -> str | None:
    """Return the field of the words that are left, if need be without those that only say that it is an address."""
    named = _named(rest, table)
    if named:
        return named
    bare = [word for word in rest if fold(word) not in _ABOUT_ADDRESS | _LINKS]
    if rest and not bare and any(fold(word).startswith(("addr", "adr", "ansch", "dir", "ind", "end")) for word in rest):
        return "street"
    return _named(bare, table)


def _named(words: Sequence[str], table: TableSchema) -> str | None:
    choices = table.columns.get(header_key("".join(words))) if words else None
    return choices[0][0] if choices else None


def _choices(field: str, marks: Set[str], table: TableSchema, own: Set[str]) -> tuple[str, ...]:
    known = canonical()[table.object].fields if table.object else {}
    if field in _PLACES:
        if "number" in marks:  # `Street 2` and `Address 2` are the second line of an address, no other one
            return ()
        aside = "other" in marks or ("home" in marks and bool(_OWN_PLACE & own))
        choices: tuple[str, ...] = (f"other_{field}",) if aside else (field,)
    elif field in known and known[field].kind == "email":
        choices = ("email", "email_other")
    elif field in known and known[field].kind == "phone":
        choices = _phones(field, marks)
    else:
        return ()
    return tuple(one for one in choices if one in known)


def _phones(field: str, marks: Set[str]) -> tuple[str, ...]:
    if field == "fax":
        return () if marks & {"home", "other", "number"} else ("fax",)
    if "mobile" in marks or field == "mobile":
        return ("mobile", "phone_other")
    if "home" in marks:
        return ("phone_home", "phone_other")
    return ("phone_other",) if marks & {"other", "number"} else ("phone", "phone_other")
