"""The vectorised readings against phonenumbers and email-validator: no difference, over all regions.

Small with a fixed and a fresh seed here; the large run (500,000 inputs each) has the marker slow.
"""

import importlib.util
import random
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from email_validator import EmailNotValidError, validate_email

from crmclean.values import emails, phone_express, phone_fast, phone_rules, phones

_spec = importlib.util.spec_from_file_location("generated", Path(__file__).with_name("generated.py"))
generated = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generated)

SMALL, LARGE = 4_000, 500_000
FIXED = 20_261_121


def library_phone(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    valid = phonenumbers.is_valid_number(number)
    return e164, valid, phonenumbers.region_code_for_number(number) if valid else None, number.extension


def library_email(text):
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def phone_differences(seed, count):
    cases = generated.phone_numbers(seed, count)
    frame = pl.DataFrame(cases, schema={"value": pl.String, "region": pl.String}, orient="row")
    rows = frame.with_row_index("row").cast({"row": pl.UInt32})
    fast, _ = phone_fast.read(rows)
    got = {row: answer for row, *answer in fast.iter_rows()}
    wanted = {row: library_phone(*cases[row]) for row in got}
    wrong = [(cases[row], wanted[row], got[row]) for row in got if wanted[row] != tuple(got[row])]
    number = phones.e164(pl.col("value"), pl.col("region"), strict=True)
    public = frame.select(number.alias("n")).unnest("n").select("value", "region", "extension", "code").rows()
    for (text, region), (*judged, code) in zip(cases, public, strict=True):
        answer = library_phone(text, region)
        good = answer is not None and answer[1]
        if code != "phones.filler" and judged != ([answer[0], answer[2], answer[3]] if good else [None] * 3):
            wrong.append(((text, region), answer, (judged, code)))
    return wrong, len(got) / count


def email_differences(seed, count):
    texts = generated.addresses(seed, count)
    frame = pl.DataFrame({"value": texts}, schema={"value": pl.String})
    got = frame.select(emails.stored(pl.col("value"), strict=True).struct.field("value")).to_series().to_list()
    return [(text, answer) for text, answer in zip(texts, got, strict=True) if library_email(text) != answer]


@pytest.mark.parametrize("seed", [FIXED, random.SystemRandom().randrange(10**9)], ids=["fixed", "fresh"])
def test_phones_equal_phonenumbers(seed):
    assert phone_differences(seed, SMALL)[0] == [], f"seed {seed}"


def test_the_fast_path_takes_nearly_all_plain_numbers(monkeypatch):
    monkeypatch.setattr(phone_express, "FEW", 1)
    wrong, share = phone_differences(FIXED + 1, SMALL)
    assert wrong == []
    assert share > 0.85


def test_numbers_of_which_nothing_tells_the_country_are_those_that_the_library_refuses_so(monkeypatch):
    monkeypatch.setattr(phone_express, "FEW", 1)
    texts = [text for text, _ in generated.phone_numbers(FIXED + 2, SMALL)]
    frame = pl.DataFrame({"value": texts}, schema={"value": pl.String}).with_columns(region=pl.lit(None, pl.String))
    homeless, _ = phone_fast.without_country(frame.with_row_index("row"))
    refused = phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
    assert homeless.height > SMALL / 4
    assert {library_error(text) for text in homeless["value"]} == {refused}


def library_error(text):
    try:
        phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as refused:
        return refused.error_type
    return None


@pytest.mark.parametrize("seed", [FIXED, random.SystemRandom().randrange(10**9)], ids=["fixed", "fresh"])
def test_emails_equal_email_validator(seed):
    assert email_differences(seed, SMALL) == [], f"seed {seed}"


@pytest.mark.slow
def test_phones_equal_phonenumbers_at_length():
    seed = random.SystemRandom().randrange(10**9)
    assert phone_differences(seed, LARGE)[0] == [], f"seed {seed}"


@pytest.mark.slow
def test_emails_equal_email_validator_at_length():
    seed = random.SystemRandom().randrange(10**9)
    assert email_differences(seed, LARGE) == [], f"seed {seed}"


def test_every_valid_number_has_a_possible_length_and_fits_the_general_pattern():
    """What phone_rules relies on: the patterns of the types imply length and general pattern."""
    for region in phone_rules.regions():
        data = phonenumbers.PhoneMetadata.metadata_for_region(region)
        for kind in range(11):
            number = phonenumbers.example_number_for_type(region, kind)
            if number and number.country_code == data.country_code:
                assert len(phonenumbers.national_significant_number(number)) in phone_rules.of_region(region).lengths
