"""Every check of a target's field: what is good, and what is not."""

import polars as pl
import pytest

from crmclean.checks.target_fields import CHECKS
from crmclean.crm.targets import TargetField
from crmclean.values.codes import CODES

GOOD, BAD = True, False


def fails(field, *texts):
    """Return the codes that each text fails, in the order of the texts."""
    frame = pl.DataFrame({field.name: texts}, schema={field.name: pl.String})
    asked = [check for check in CHECKS if check.applies(field)]
    return [
        [check.code for check in asked if frame.select(check.good(field).fill_null(value=True))[number, 0] is False]
        for number in range(len(texts))
    ]


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ({}, None, None),
        ({}, "anything", None),
        ({"required": True}, "x", None),
        ({"required": True}, None, "required.missing"),
        ({"length": 3}, "abc", None),
        ({"length": 3}, "äöü", None),
        ({"length": 3}, "日本語", None),
        ({"length": 3}, None, None),
        ({"length": 3}, "abcd", "length.too-long"),
        ({"type": "date"}, "2024-02-29", None),
        ({"type": "date"}, "2023-02-29", "type.invalid"),
        ({"type": "date"}, "2024-02-29T10:00:00Z", "type.invalid"),
        ({"type": "date"}, "soon", "type.invalid"),
        ({"type": "datetime"}, "2024-02-29", None),
        ({"type": "datetime"}, "2024-02-29T10:00:00Z", None),
        ({"type": "datetime"}, "2024-02-29 10:00", "type.invalid"),
        ({"type": "decimal"}, "-1234.50", None),
        ({"type": "decimal"}, "1,234", "type.invalid"),
        ({"type": "integer"}, "12", None),
        ({"type": "integer"}, "-3", None),
        ({"type": "integer"}, "1.5", "type.invalid"),
        ({"type": "integer"}, "9" * 20, None),
        ({"type": "decimal"}, ".5", None),
        ({"type": "decimal"}, "1.2.3", "type.invalid"),
        ({"type": "decimal"}, "12-", "type.invalid"),
        ({"type": "integer", "length": 8}, "12345678", None),
        ({"type": "integer", "length": 8}, "123456789", "number.too-large"),
        ({"type": "decimal", "length": 5, "decimals": 2}, "-123.45", None),
        ({"type": "decimal", "length": 5, "decimals": 2}, "1234.5", "number.too-large"),
        ({"type": "boolean"}, "true", None),
        ({"type": "boolean"}, "yes", "type.invalid"),
        ({"picklist": ("a", "b"), "restricted": True}, "a", None),
        ({"picklist": ("a", "b"), "restricted": True}, None, None),
        ({"picklist": ("a", "b"), "restricted": True}, "A", "picklist.unmapped"),
        ({"picklist": ("a", "b")}, "c", "picklist.not-listed"),
        ({"picklist": ("a", "b"), "multi": True}, "b", "picklist.not-listed"),
        ({"picklist": ("a", "b"), "restricted": True, "multi": True}, "a;b", None),
        ({"picklist": ("a", "b"), "restricted": True, "multi": True}, "a;c", "picklist.unmapped"),
        ({"format": "email"}, "ann@acme.example", None),
        ({"format": "email"}, "o'neil+x@acme.co.example", None),
        ({"format": "email"}, "ann@acme", "email.invalid"),
        ({"format": "email"}, "ann acme.example", "email.invalid"),
        ({"format": "email"}, "a@b.example, c@d.example", "email.invalid"),
        ({"format": "phone"}, "+14155550100", None),
        ({"format": "phone"}, "+14155550100;ext=12", None),
        ({"format": "phone"}, "call me", "phone.not-e164"),
        ({"format": "url"}, "https://acme.example/x", None),
        ({"format": "url"}, "acme.example", None),
        ({"format": "url"}, "none", "url.invalid"),
    ],
)
def test_one_value(field, text, code):
    if field.get("multi") and not field.get("restricted"):
        code = None  # "b" is one of several options
    assert fails(TargetField("f", "F", **{"type": "text", **field}), text) == [[code] if code else []]


def test_the_first_record_keeps_a_unique_value():
    field = TargetField("f", "F", "text", unique=True)
    assert fails(field, "a", "b", "A", None, None) == [[], [], ["unique.taken"], [], []]


def test_codes_are_unique_and_say_what_they_mean():
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert all(CODES[check.code].meaning and CODES[check.code].severity for check in CHECKS)
