"""Names of companies and persons, places and vocabularies: laws that hold for any text, and the open gold cases."""

import csv

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmclean.values import (
    companies,
    company_keys,
    countries,
    currencies,
    industries,
    lifecycles,
    nicknames,
    persons,
    states,
)
from crmclean.values.codes import CODES
from crmclean.values.folding import fold

VALUE = pl.col("value")
PIECES = (
    "Apple|ACME|inc|Inc.|LLC|GmbH|& Co.|KG|Ltd|(UK)|the|THE/|S.p.A.|AB|Oy|株式会社|d/b/a|van|der|O'NEIL|mcgregor|Dr."
    "|Jr.|John|SMITH|&|,|-|/|Georgia|US|ca|of|'x'"
)
WORDS = st.sampled_from(PIECES.split("|"))
TEXTS = st.one_of(
    st.text(),
    st.lists(WORDS, max_size=6).map(" ".join),
    st.text(alphabet="aA .,&()'\"-/\t\u200b\u202e١İßǅ", max_size=12),
)

JUDGES = {
    "company": companies.displayed,
    "person": persons.displayed,
    "name part": lambda text: tuple(pl.DataFrame({"value": [text]}).select(persons.cased(VALUE)).item().values()),
    "country": countries.judge,
    "state": lambda text: states.judge(text, "US"),
    "state without country": lambda text: states.judge(text, None),
    "industry": industries.judge,
    "lifecycle": lifecycles.judge,
    "currency": currencies.judge,
    "currency of a country": lambda text: currencies.judge(text, "SE"),
}


def gold(reference_data, kind):
    with (reference_data / "gold_normalize_dev.csv").open(encoding="utf-8", newline="") as file:
        return [case for case in csv.DictReader(file) if case["kind"] == kind]


def one(expression, **cells):
    """Return the one answer of an expression over one row of text."""
    return (
        pl.DataFrame({name: [cell] for name, cell in cells.items()}, schema=dict.fromkeys(cells, pl.String))
        .select(expression)
        .item()
    )


@pytest.mark.parametrize("kind", sorted(JUDGES))
@given(text=TEXTS)
@example(text="")
@example(text="\x00\u202e\ufeff")
@example(text="١٢٣")
def test_any_text_gets_an_answer_that_stays(kind, text):
    judge = JUDGES[kind]
    value, code = judge(text)
    assert code is None or code in CODES
    if code is None:
        assert value in {text, None}
    if value is not None and not (code and CODES[code].kept):
        again, code_again = judge(value)
        assert again == value
        assert code_again is None or CODES[code_again].severity is not None


@pytest.mark.parametrize("kind", sorted(JUDGES))
@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "Foo " * 250_000, "(" * 1_000_000, "A." * 500_000, "\u202e" * 1_000_000]
)
def test_a_cell_of_a_megabyte_gets_an_answer(kind, text):
    JUDGES[kind](text)


@given(text=TEXTS)
def test_a_company_keeps_its_words(text):
    value, _ = companies.displayed(text)
    core = companies.base_of(text)
    if value is not None:
        letters = [char for char in fold(core) if char.isalnum()]
        shown = iter([char for char in fold(value) if char.isalnum()])
        assert all(char in shown for char in letters)


@given(text=TEXTS)
def test_the_display_form_of_a_company_has_the_same_key_and_class(text):
    value, _ = companies.displayed(text)
    if value is not None and any(char.isalnum() for char in text):
        assert company_keys.match_key(value) == company_keys.match_key(text)


def test_gold_companies(reference_data):
    wrong = []
    for case in gold(reference_data, "company"):
        if case["context"] == "base":
            got = one(companies.base(VALUE), value=case["input"])
            matches = got.casefold() == case["expected"].casefold()
        else:
            left, right = (companies_key(name) for name in case["input"].split(" || "))
            classes = {left[1], right[1]} - {None}
            got = "different" if left[0] != right[0] else "review" if len(classes) > 1 else "same"
            matches = got == case["expected"]
        if not matches:
            wrong.append((case, got))
    assert wrong == []


def companies_key(name):
    return one(companies.key(VALUE), value=name), one(companies.form_class(VALUE), value=name)


def test_gold_persons(reference_data):
    wrong = []
    for case in gold(reference_data, "person"):
        if case["context"] == "parse":
            found = one(persons.parse(VALUE), value=case["input"])
            got = "|".join(found[part] or "" for part in persons.PARTS)
        elif case["context"] == "case":
            got = one(persons.cased(VALUE), value=case["input"])["value"]
        else:
            left, right = (name.split(" ")[0] for name in case["input"].split(" || "))
            grade = nicknames.grade(pl.Series([left]), pl.Series([right]))[0]
            got = "compatible" if grade else "incompatible"
        if got != case["expected"]:
            wrong.append((case, got))
    assert wrong == []


def test_gold_places(reference_data):
    wrong = []
    for case in gold(reference_data, "country"):
        got = one(countries.iso2(VALUE), value=case["input"])["value"] or "UNKNOWN"
        if got not in case["expected"].split(" OR "):
            wrong.append((case, got))
    for case in gold(reference_data, "state"):
        got = one(states.iso(VALUE, pl.col("country")), value=case["input"], country=case["context"])["value"]
        if got != case["expected"]:
            wrong.append((case, got))
    assert wrong == []


def translated(text, vocabulary):
    ours = industries.normalised(VALUE).struct.field("value")
    return one(industries.translated(ours, vocabulary).struct.field("value"), value=text) or ""


def test_gold_industries(reference_data):
    cases = gold(reference_data, "industry")
    assert [
        (case, got) for case in cases if (got := translated(case["input"], case["context"])) != case["expected"]
    ] == []


def test_every_value_of_both_vocabularies_comes_back_as_itself(reference_data):
    for vocabulary in industries.VOCABULARIES:
        with (reference_data / f"industry_{vocabulary}.csv").open(encoding="utf-8", newline="") as file:
            values = [row["value"] for row in csv.DictReader(file)]
        assert len(values) in {32, 148}
        assert [value for value in values if translated(value, vocabulary) != value] == []


def test_the_known_synonyms_reach_their_salesforce_value(reference_data):
    with (reference_data / "industry_synonyms_to_salesforce.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row for row in rows if translated(row["synonym"], "salesforce") != row["salesforce_value"]] == []
