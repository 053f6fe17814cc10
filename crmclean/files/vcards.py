"""vCard address books (RFC 6350, and the older 2.1 and 3.0) as a table of people."""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crmclean.files.encodings import detect_text, utf8_of
from crmclean.files.opening import sha256_of
from crmclean.files.reading import Reading
from crmclean.files.records_of_text import reading_of

_NAMES = ("Last Name", "First Name", "Middle Name", "Name Prefix", "Name Suffix")  # in the order of N
_ADDRESS = ("", "", "Street", "City", "State", "Postal Code", "Country")  # in the order of ADR
_SIMPLE = {
    "UID": "Contact ID", "FN": "Full Name", "TITLE": "Job Title", "URL": "Website", "BDAY": "Birthday",
    "NOTE": "Notes", "CATEGORIES": "Tags", "REV": "Updated At",
}  # fmt: skip
_FURTHER = tuple(f"Other {field}" if field else "" for field in _ADDRESS)
_PHONES = (("FAX", "Fax"), ("CELL", "Mobile"), ("IPHONE", "Mobile"), ("PAGER", "Pager"), ("HOME", "Home Phone"))
_LABEL = "X-ABLABEL"  # Apple's own name of an item: `item1.X-ABLabel:_$!<HomeFax>!$_`
_PROFILE = "X-SOCIALPROFILE"
_MARKUP = frozenset(  # what says nothing about the person
    {
        "VERSION", "PRODID", "PROFILE", "SOURCE", "CLASS", "SORT-STRING", "LABEL", "PHOTO", "LOGO", "SOUND", "KEY",
        "AGENT", "CLIENTPIDMAP", "X-ABADR", "X-ABUID", "X-ABSHOWAS", "X-IMAGEHASH", "X-IMAGETYPE",
        "X-ABCROP-RECTANGLE", "X-SHARED-PHOTO-DISPLAY-PREF", "X-ADDRESSBOOKSERVER-KIND", _LABEL,
    }
)  # fmt: skip
_NO_PREFERENCE = 100  # RFC 6350: PREF goes from 1, the most preferred, to 100
_COLUMNS = (
    "Contact ID", "Full Name", *_NAMES, "Email", "Secondary Email", "Phone", "Mobile", "Home Phone", "Fax",
    "Other Phone", "Job Title", "Company", "Department", *_ADDRESS[2:], "Website", "Birthday", "Tags", "Notes",
    "Updated At", "LinkedIn", "Pager", *_FURTHER[2:],
)  # fmt: skip


def read_vcards(path: Path, content: memoryview) -> Reading:
    """Read an address book; of several emails the preferred one is `Email`, the rest `Secondary Email`, joined by `;`.

    A property without a column of its own gets one that is called like it.
    """
    text = detect_text(path, content)
    words = utf8_of(path, content, text.encoding).decode()
    cards = [_card(lines) for lines in _cards(words)]
    names = (*_COLUMNS, *sorted({name for card in cards for name in card} - {*_COLUMNS}))
    return reading_of(cards, names, "vcard", "vCard by its first line", sha256=sha256_of(content), size=len(content))


def _cards(text: str) -> Iterator[list[str]]:
    soft = re.sub(r"=\r?\n(?=[^\n]*)", "=\n ", text)  # a quoted-printable value goes on in the next line
    unfolded = re.sub(r"\r?\n[ \t]", "", soft)
    for body in re.findall(r"(?ims)^BEGIN:VCARD\s*$(.*?)^END:VCARD\s*$", unfolded):
        yield [line for line in body.splitlines() if ":" in line]


@dataclass(frozen=True)
class _Line:
    """One property of a card. options: its parameters in capitals, and the label that Apple gave it."""

    name: str
    options: tuple[str, ...]
    value: str

    @property
    def preference(self) -> int:
        """How far back it stands among others of its kind: 1 is the preferred one."""
        found = [re.search(r"PREF(?:=(\d+))?\b", option) for option in self.options]
        return min((int(one[1] or 1) for one in found if one), default=_NO_PREFERENCE)


def _card(lines: list[str]) -> dict[str, str]:
    card: dict[str, str] = {}
    for line in sorted(_lines(lines), key=lambda one: one.preference):
        _take(card, line)
    return card


def _lines(lines: list[str]) -> list[_Line]:
    parts = [line.partition(":") for line in lines]
    heads = [(*head.upper().partition(";"), value) for head, _, value in parts]
    named = [(*name.rpartition("."), options.split(";"), value) for name, _, options, value in heads]
    labels = {group: value.upper() for group, _, name, _, value in named if name == _LABEL}
    return [
        _Line(name, (*options, labels.get(group, "")), _plain(value, options))
        for group, _, name, options, value in named
    ]


def _take(card: dict[str, str], line: _Line) -> None:
    name, value = line.name, line.value
    if name == "N":
        card.update(zip(_NAMES, map(_text, _parts(value)), strict=False))
    elif name == "ADR":
        _take_address(card, value)
    elif name == "ORG":
        card.update(zip(("Company", "Department"), map(_text, _parts(value)), strict=False))
    elif name == "EMAIL":
        _add(card, ("Email", "Secondary Email"), _text(value))
    elif name == "TEL":
        types = ",".join(line.options)
        field = next((field for mark, field in _PHONES if mark in types), "Phone")
        _add(card, (field, "Other Phone"), _text(value).removeprefix("tel:"))
    elif name in (_PROFILE, "URL"):
        linked = "LINKEDIN" in ",".join(line.options) or "linkedin.com/" in value.lower()
        first = "LinkedIn" if linked else "Website" if name == "URL" else "Social Profile"
        _add(card, (first, "Further Links"), _text(value))
    elif name in _SIMPLE:
        _add(card, (_SIMPLE[name],) * 2, _text(value))
    elif name not in _MARKUP and _text(value):
        _add(card, (name.removeprefix("X-").capitalize(),) * 2, _text(value))


def _take_address(card: dict[str, str], value: str) -> None:
    """Put an address into the first of its places that is free; a third one stands in one cell."""
    cells = [_text(part) for part in _parts(value)]
    if not any(cells):
        return
    for fields in (_ADDRESS, _FURTHER):
        told = {field: cell for field, cell in zip(fields, cells, strict=False) if field and cell}
        if not any(field in card for field in fields if field):
            card.update(told)
            return
    _add(card, ("Further Addresses",) * 2, ", ".join(filter(None, cells)))


def _add(card: dict[str, str], fields: tuple[str, str], value: str) -> None:
    first, rest = fields
    if not card.get(first):
        card[first] = value
    elif value not in (card[first], *card.get(rest, "").split(";")):
        card[rest] = ";".join(filter(None, (card.get(rest), value)))


def _plain(value: str, options: list[str]) -> str:
    if not any("QUOTED-PRINTABLE" in option for option in options):
        return value
    charset = next((option.partition("=")[2] for option in options if option.startswith("CHARSET=")), "utf-8")
    try:
        return quopri.decodestring(value.encode()).decode(charset, "replace")
    except LookupError:
        return quopri.decodestring(value.encode()).decode("utf-8", "replace")


def _parts(value: str) -> list[str]:
    return re.split(r"(?<!\\);", value)


def _text(value: str) -> str:
    lines = re.sub(r"\\[nN]", "\n", value)
    return re.sub(r"\\([,;:\\])", r"\1", lines).strip()
