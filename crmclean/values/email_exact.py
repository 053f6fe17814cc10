"""Email addresses through email-validator, one text at a time, with the repairs of what people type around them."""

import re
from collections.abc import Callable, Mapping

from email_validator import EmailNotValidError, validate_email

from crmclean.values import email_shapes

Found = tuple[str | None, str | None]  # the address in stored form, and the reason code

AROUND = " ,;:.<>()[]\"'`|"  # what people leave around an address
_MOST = 2_000  # longer cells are no addresses; 254 is the longest address (RFC 5321)
_SEPARATORS = re.compile(r"[;,|\s]+|\s+(?:or|and)\s+")
_BETWEEN = re.compile(r"[;,|/\s<>]+")
_BLANKS = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LABEL = re.compile(
    r"(?i)^(?:(?:home|work|office|private|personal|business)\s*)?(?:(?:e[ -]?)?mail)?(?:[\s-]*(?:address|adresse))?"
    r"\s*:\s*(?=\S)"
)
_ASIDE = re.compile(r"^(\S+@\S+)\s*\(([^()@\d]*[^\W\d_][^()@\d]*)\)$")
# Said of an address, not of its owner: then the brackets are no name, and to drop them would lose what they say.
_REMARK = re.compile(
    r"(?i)\b(?:do|don'?t|not?|never|old|new|former\w*|ex|invalid|bounc\w*|opt\w*|out|unsub\w*|left|wrong|inactive|dead"
    r"|deceased|bad|stop\w*|remov\w*|delet\w*|spam|until|since|longer|unknown|test|only|use\w*|hard|soft|blocked"
    r"|work|home|private|personal|office|alt|kein\w*|nicht|ungültig\w*|falsch\w*)\b"
)
_FAR_AT = str.maketrans({"\uff20": "@", "\ufe6b": "@"})


def first_address(text: str, *, strict: bool = False) -> Found:
    """Return (address, code), after the first repair that makes an address of the text; else (None, code)."""
    if len(text) > _MOST or ("@" not in text and text.isascii()):
        return None, "emails.invalid"
    exact = _normalized(text)
    if exact is not None:
        return exact, None if exact == text else "emails.form"
    for code, repair in () if strict else _REPAIRS:
        address = _normalized(repair(text))
        if address is not None:
            return address, code
    told = {} if strict else _addresses(text)
    several = _valid(told)
    if not several:
        return None, "emails.invalid"
    return several[0], "emails.several" if several[1:] or None in told.values() else "emails.punctuation"


def listed_addresses(text: str, *, strict: bool = False) -> Found:
    """Return (addresses joined by `;`, code); (None, code) when one of them is no address, so that none is lost."""
    found = [first_address(part, strict=strict) for part in _SEPARATORS.split(text) if part]
    listed = [address for address, code in found if address and code != "emails.several"]
    if not found or len(listed) < len(found):
        listed = [] if strict else _named_addresses(text)
    if not listed:
        address, code = first_address(text, strict=strict)
        return (None, "emails.invalid") if code == "emails.several" else (address, code)
    joined = ";".join(dict.fromkeys(listed))
    return joined, None if joined == text else "emails.list"


def further_addresses(text: str) -> Found:
    """Return all valid addresses of the text but the one that `first_address` takes, joined by `;`."""
    return ";".join(_valid(_addresses(text))[1:]) or None, None


def _normalized(text: str | None) -> str | None:
    if text is None:
        return None
    sure = email_shapes.judged(text)
    if sure is None:
        return _by_library(text)
    local, _, domain = text.partition("@")
    return f"{local}@{domain.lower()}" if sure else None


def _by_library(text: str) -> str | None:
    try:
        return str(validate_email(text, check_deliverability=False).normalized)
    except EmailNotValidError:
        return None


def _trimmed(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()
    return _INVISIBLE.sub("", _BLANKS.sub(" ", text).translate(_FAR_AT)).strip()


def _without_mailto(text: str) -> str:
    return re.sub(r"(?i)^<?\s*mailto:\s*", "", _trimmed(text)).split("?")[0].rstrip("> ")


def _inside_brackets(text: str) -> str | None:
    inside = re.findall(r"<([^<>]+)>", _trimmed(text))
    return re.sub(r"(?i)^mailto:", "", inside[0].strip()) if len(inside) == 1 else None


def _without_label(text: str) -> str:
    return _LABEL.sub("", _trimmed(text))


def _without_aside(text: str) -> str | None:
    """`bob@acme.com (Bob)`: a name in brackets behind the address, as RFC 5322 allows; a remark stays."""
    found = _ASIDE.match(_trimmed(text))
    return found[1] if found and not _REMARK.search(found[2]) else None


def _without_punctuation(text: str) -> str:
    return _trimmed(text).strip(AROUND)


def _without_blanks(text: str) -> str | None:
    return re.sub(r"\s*([@.])\s*", r"\1", _trimmed(text)) if text.count("@") == 1 else None


_REPAIRS: tuple[tuple[str, Callable[[str], str | None]], ...] = (
    ("emails.form", _trimmed),
    ("emails.mailto", _without_mailto),
    ("emails.label", _without_label),
    ("emails.display-name", _inside_brackets),
    ("emails.display-name", _without_aside),
    ("emails.punctuation", _without_punctuation),
    ("emails.blanks", _without_blanks),
)


def _addresses(text: str) -> dict[str, str | None]:
    """Return each part of a text of several addresses that has an @, with its stored form, null where it has none."""
    if text.count("@") <= 1:
        return {}
    parts = [part for part in _BETWEEN.split(_trimmed(text)) if "@" in part]
    return {part: _normalized(_without_punctuation(_without_mailto(part))) for part in parts}


def _valid(told: Mapping[str, str | None]) -> list[str]:
    return list(dict.fromkeys(address for address in told.values() if address))


def _named_addresses(text: str) -> list[str]:
    """Return the addresses of a text that holds nothing else but names and words such as `or`; else none of them."""
    told = _addresses(text)
    words = " ".join(part for part in _BETWEEN.split(_trimmed(text)) if "@" not in part)
    plain = not any(letter.isdigit() for letter in words) and not _REMARK.search(words)
    return _valid(told) if plain and None not in told.values() else []
