"""Words that several reports and results share."""

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_LONGEST = 500  # letters of a text that a report shows


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return "1 record" or "1,204 records"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def plain(value: object) -> str:
    """Return a value as text on one line, without control codes and direction marks, cut when very long."""
    text = "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
    return _CONTROL.sub(" ", shown)
