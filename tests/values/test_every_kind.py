"""What every kind of value promises: an answer to any text, no repair under strict, nothing left for a second run."""

import csv
import random
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmclean.values.codes import CODES, KEPT, REPAIRS
from crmclean.values.kinds import KINDS, Options

CASES = Path(__file__).parents[1] / "cases"
STORED = ("e164", "store", "display", "iso2", "iso", "date", "value", "plain", "integer", "percent", "truth",
          "opted-out", "form", "line", "lines")  # fmt: skip
BY_STEPS_ONLY = {"texts.mojibake", "phones.further", "emails.further"}  # repairs that no form of a kind makes
REPAIRABLE = {
    "phones": ["650-253-0000 / 650-253-0001", "0044 20 7946 0958", "442079460958", "+52 1 55 1234 5678",
               "6502530000.0", "650-253-00O0", "650_253_0000"],
    "emails": ["mailto:a@b.com", "Email: a@b.com", "Bob <a@b.com>", "a@b.com;", "a @b.com", "a@b.com, c@d.com"],
    "countries": ["Germanny"],
    "industries": ["Softwre"],
}  # fmt: skip
PIECES = (
    "Acme|Inc.|GmbH|O'NEIL|van|Dr.|Jr.|John|SMITH|&|,|-|/|Georgia|US-CA|03/04/2024|2024-02-30|10:00 PM|+02:00|45385"
    "|1,234.50|(5)|$|€|kr|50%|yes|ja|x|n/a|+1 650-253-0000|x12|mobile|a@b.com|<|>|mailto:|www.acme.co.uk|https://|:80|İ|ß|１２|١٢"
    "|日本|株式会社|\u202e|\u200b|\x00|\t|\n|💥|Software > Retail|5415|e|de la|"
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES.split("|")), max_size=6).map(" ".join),
    st.lists(st.sampled_from(PIECES.split("|")), max_size=6).map("".join),
)
FORMS = [(kind, form) for kind, forms in KINDS.items() for form in forms]
REGIONS = {"phones": "US", "states": "US"}


def answers(kind, form, texts, *, strict=False, region=None):
    column = pl.Series("value", texts, dtype=pl.String)
    options = Options(region=region or REGIONS.get(kind), strict=strict)
    judged = column.to_frame().select(KINDS[kind][form](column, options).alias("answer"))
    return judged["answer"].struct.unnest().select("value", "code").rows()


def cases(kind):
    path = CASES / f"{kind}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def after(cell, answer):
    """Return what a step leaves in the cell."""
    value, code = answer
    return cell if code in KEPT else value


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_strict_repairs_nothing(kind, form):
    texts = [case["value"] for case in cases(kind) if case["value"]] + REPAIRABLE.get(kind, [])
    answered = [one for text in texts for one in answers(kind, form, [text], strict=True)]
    assert [(text, one) for text, one in zip(texts, answered, strict=True) if one[1] in REPAIRS] == []


@pytest.mark.parametrize("kind", REPAIRABLE)
def test_every_repairable_text_is_refused_or_left_under_strict(kind):
    form = next(iter(KINDS[kind]))
    loose = {code for _, code in answers(kind, form, REPAIRABLE[kind])}
    assert loose == {name for name in REPAIRS - BY_STEPS_ONLY if name.startswith(f"{kind}.")}
    assert {value for value, _ in answers(kind, form, REPAIRABLE[kind], strict=True)} == {None}


@pytest.mark.parametrize(("kind", "form"), FORMS)
@settings(max_examples=25, deadline=None)
@given(text=TEXTS)
@example(text="")
@example(text="\x00\u202e\ufeff")
@example(text="١٢٣")
@example(text="\ud7ff\U0010ffff")
def test_any_text_gets_an_answer_that_stays(kind, form, text):
    (value, code), (empty, why) = answers(kind, form, [text, None])
    assert code is None or code in CODES
    assert (empty, why) == (None, None)
    if form not in STORED or value is None or code in KEPT:
        return
    again, code_again = answers(kind, form, [value])[0]
    assert again == value or code_again in KEPT
    assert code_again is None or CODES[code_again].severity is not None


@pytest.mark.parametrize("kind", KINDS)
def test_keep_cases_outnumber_change_cases(kind):
    stored = [case for case in cases(kind) if case["form"] in STORED]
    kept = sum(after(case["value"], (case["result"], case["code"])) == case["value"] for case in stored)
    assert kept > len(stored) - kept


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_a_column_of_any_order_gets_the_same_answers(kind, form):
    texts = [case["value"] for case in cases(kind) if case["value"]]
    shuffled = random.Random(5).sample(texts, len(texts))
    assert dict(zip(texts, answers(kind, form, texts), strict=True)) == dict(
        zip(shuffled, answers(kind, form, shuffled), strict=True)
    )


HUGE = (
    "x",
    "Foo ",
    "(",
    "A.",
    "\u202e",
    "1",
    "1,",
    "日",
    "a@b.co, ",
    "@",
    "<",
    "1/",
    "a @ ",
    "O'",
    "& ",
    "GmbH ",
    ", ",
)
SIZES = (250_000, 1_000_000)  # bytes


@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_cells_of_a_megabyte_get_an_answer_in_time(kind, form):
    """Four times the length takes four times as long, not sixteen (two seconds are allowed for noise)."""
    spent = []
    for size in SIZES:
        begin = time.process_time()
        answered = answers(kind, form, [piece * (size // len(piece.encode())) for piece in HUGE])
        spent.append(time.process_time() - begin)
        assert {code for _, code in answered} <= {None, *CODES}
    assert spent[1] < spent[0] * 8 + 2
