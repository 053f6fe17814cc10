"""The open gold cases of phones and emails, read in place."""

import csv

import polars as pl
import pytest

from crmclean.values import email_kinds, emails, phones

VALUE = pl.col("value")


@pytest.fixture(scope="module")
def gold(reference_data):
    with (reference_data / "gold_normalize_dev.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check(cases, expression):
    """Return the cases whose result is not accepted."""
    wrong = []
    for case in cases:
        frame = pl.DataFrame({"value": [case["input"]], "context": [case["context"] or None]})
        got = frame.select(expression).item()
        accepted = [None if text in ("INVALID", "") else text for text in case["expected"].split(" OR ")]
        if got not in accepted:
            wrong.append((case, got))
    return wrong


def test_phones(gold):
    cases = [case for case in gold if case["kind"] == "phone"]
    assert len(cases) >= 30
    assert check(cases, phones.e164(VALUE, pl.col("context")).struct.field("value")) == []


@pytest.mark.parametrize(
    ("form", "expression"),
    [
        ("store", lambda stored: stored),
        ("match", emails.match_key),
        ("class", email_kinds.classify),
        ("suggest", email_kinds.suggest),
    ],
)
def test_emails(gold, form, expression):
    cases = [case for case in gold if case["kind"] == "email" and case["context"] == form]
    assert cases
    assert check(cases, expression(emails.stored(VALUE).struct.field("value"))) == []
