"""The headers of an mbox mailbox as a table of people: who wrote or was written to, and when last; no bodies."""

import re
from collections.abc import Iterator
from datetime import UTC
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.parser import HeaderParser
from email.utils import getaddresses, parsedate_to_datetime

from crmclean.files.reading import Reading
from crmclean.files.records_of_text import reading_of

_COLUMNS = ("Email", "Full Name", "Last Contacted", "First Seen", "Messages Received", "Messages Sent")
_START = re.compile(rb"(?:\A|\n\r?\n)From \S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} [^\n]*\d{4}[^\n]*\n")
_BLANK = re.compile(rb"\r?\n\r?\n")
_LONGEST = 1 << 18  # bytes of headers of one message


def read_mailbox(content: memoryview, sha256: str) -> Reading:
    """Read a mailbox: one row per address. Received are messages from it, sent those to it."""
    people: dict[str, dict[str, str]] = {}
    for headers in _headers(content):
        message = HeaderParser().parsestr(headers.decode("utf-8", "replace"))
        when = _moment(message.get("Date"))
        senders = message.get_all("From", [])
        for field, lines in (("Messages Received", senders), ("Messages Sent", _receivers(message))):
            for name, address in getaddresses([str(line) for line in lines]):
                if "@" in address:
                    _note(people.setdefault(address.lower(), {"Email": address.lower()}), field, _words(name), when)
    rows = [people[address] for address in sorted(people)]
    return reading_of(rows, _COLUMNS, "mbox", "mailbox by its first line", sha256=sha256, size=len(content))


def _receivers(message: object) -> list[str]:
    get = message.get_all  # type: ignore[attr-defined]
    return [*get("To", []), *get("Cc", [])]


def _headers(content: memoryview) -> Iterator[bytes]:
    text = bytes(content)
    for start in _START.finditer(text):
        piece = text[start.end() : start.end() + _LONGEST]
        end = _BLANK.search(piece)
        yield piece[: end.start()] if end else piece


def _note(person: dict[str, str], field: str, name: str, when: str) -> None:
    person[field] = str(int(person.get(field, "0")) + 1)
    if name and "@" not in name:
        person["Full Name"] = name
    if when:
        person["Last Contacted"] = max(person.get("Last Contacted", ""), when)
        person["First Seen"] = min(person.get("First Seen", when), when)


def _words(name: str) -> str:
    try:
        return str(make_header(decode_header(name))).strip()
    except (HeaderParseError, LookupError, ValueError):
        return name.strip()


def _moment(date: str | None) -> str:
    try:
        moment = parsedate_to_datetime(str(date))
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return known.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError, OverflowError):
        return ""
