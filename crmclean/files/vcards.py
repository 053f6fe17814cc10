"""vCard address books (RFC 6350, and the older 2.1 and 3.0) as a table of people."""

import quopri
import re
from collections.abc import Iterator
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
_PHONES = (("FAX", "Fax"), ("CELL", "Mobile"), ("HOME", "Home Phone"))
_COLUMNS = (
    "Contact ID", "Full Name", *_NAMES, "Email", "Secondary Email", "Phone", "Mobile", "Home Phone", "Fax",
    "Other Phone", "Job Title", "Company", "Department", *_ADDRESS[2:], "Website", "Birthday", "Tags", "Notes",
    "Updated At",
)  # fmt: skip


def read_vcards(path: Path, content: memoryview) -> Reading:
    """Read an address book; of several emails the first is `Email`, the rest `Secondary Email`, joined by `;`."""
    text = detect_text(path, content)
    words = utf8_of(path, content, text.encoding).decode()
    cards = [_card(lines) for lines in _cards(words)]
    return reading_of(cards, _COLUMNS, "vcard", "vCard by its first line", sha256=sha256_of(content), size=len(content))


def _cards(text: str) -> Iterator[list[str]]:
    soft = re.sub(r"=\r?\n(?=[^\n]*)", "=\n ", text)  # a quoted-printable value goes on in the next line
    unfolded = re.sub(r"\r?\n[ \t]", "", soft)
    for body in re.findall(r"(?ims)^BEGIN:VCARD\s*$(.*?)^END:VCARD\s*$", unfolded):
        yield [line for line in body.splitlines() if ":" in line]


def _card(lines: list[str]) -> dict[str, str]:
    card: dict[str, str] = {}
    for line in lines:
        head, _, value = line.partition(":")
        name, *options = head.upper().split(";")
        _take(card, name.rsplit(".", 1)[-1], options, _plain(value, options))
    return card


def _take(card: dict[str, str], name: str, options: list[str], value: str) -> None:
    if name == "N":
        card.update(zip(_NAMES, map(_text, _parts(value)), strict=False))
    elif name == "ADR" and "Street" not in card:
        card.update({field: _text(part) for field, part in zip(_ADDRESS, _parts(value), strict=False) if field})
    elif name == "ORG":
        card.update(zip(("Company", "Department"), map(_text, _parts(value)), strict=False))
    elif name == "EMAIL":
        _add(card, ("Email", "Secondary Email"), _text(value))
    elif name == "TEL":
        types = ",".join(options)
        field = next((field for mark, field in _PHONES if mark in types), "Phone")
        _add(card, (field, "Other Phone"), _text(value).removeprefix("tel:"))
    elif name in _SIMPLE:
        card.setdefault(_SIMPLE[name], _text(value))


def _add(card: dict[str, str], fields: tuple[str, str], value: str) -> None:
    first, rest = fields
    if first not in card:
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
