"""Phone numbers through phonenumbers itself, for the distinct rows that the vectorised reading leaves."""

import re

import phonenumbers
import polars as pl
from phonenumbers import NumberParseException, PhoneNumberFormat

ANSWER = pl.Schema(
    {
        "e164": pl.String(),
        "valid": pl.Boolean(),
        "region": pl.String(),
        "extension": pl.String(),
        "letters": pl.String(),
        "error": pl.Int32(),
    }
)
_EXTENSION = re.compile(r"(?i)(?:;?ext?(?:ensi[oó]n?)?|xt|x|доб|anexo|int)[\W_]*\d+\W*$")
_PROTOCOL = re.compile(r"(?i)^\W*tel:|;phone-context=.*$|;isub=.*$")
_NUMBER = re.compile(r"([^\d+]*)(.*)", re.DOTALL)  # what stands before the first digit or plus is not read
NOT_A_NUMBER = NumberParseException.NOT_A_NUMBER
_VANITY = 3  # so many letters are read as digits of the keypad, fewer are left out (phonenumbers' own rule)
_MOST = 250  # longer texts are never numbers (phonenumbers' own limit)

_Answer = tuple[str | None, bool | None, str | None, str | None, str | None, int | None]


def read(rows: pl.DataFrame) -> pl.DataFrame:
    """Judge `rows` (row, value, region); return row and the shape ANSWER.

    valid is null and `error` a code of NumberParseException where the text is no number at all. letters: `vanity`,
    `dropped` or `label` where letters were read as digits, left out, or stood in front.
    """
    # Sorted by region, so that the regular expressions of one region stay in Python's cache.
    asked = rows.select("value", "region").unique().sort("region", "value")
    answers = [_judged(value, region) for value, region in asked.iter_rows()]
    known = asked.hstack(pl.DataFrame(answers, schema=ANSWER, orient="row").rename({"region": "found"}))
    joined = rows.join(known, on=["value", "region"], how="left", nulls_equal=True, maintain_order="left")
    return joined.select("row", *(("found" if name == "region" else name) for name in ANSWER)).rename(
        {"found": "region"}
    )


def _judged(value: str, region: str | None) -> _Answer:
    if len(value) > _MOST:
        return None, None, None, None, None, NumberParseException.TOO_LONG
    try:
        number = phonenumbers.parse(value, region)
    except NumberParseException as refused:
        return None, None, None, None, None, refused.error_type
    valid = phonenumbers.is_valid_number(number)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    found = phonenumbers.region_code_for_number(number) if valid else None
    return e164, valid, found, number.extension, _letters(value), None


def _letters(value: str) -> str | None:
    before, number = _NUMBER.fullmatch(_PROTOCOL.sub("", _EXTENSION.sub("", value))).groups()  # type: ignore[union-attr]
    count = sum(character.isalpha() for character in number)
    if not count:
        return "label" if any(character.isalpha() for character in before) else None
    return "vanity" if count >= _VANITY else "dropped"
