"""Every case table of tests/cases for the kinds of value: a form of a kind, a value, what it becomes and why."""

import csv
from pathlib import Path

import polars as pl
import pytest

from crmclean.values.codes import CODES
from crmclean.values.kinds import KINDS, Options

CASES = Path(__file__).parents[1] / "cases"
DERIVED = ("match", "class", "suggest", "extension", "domain", "parse", "base", "key")  # not what is stored
TABLES = (
    "phones",
    "emails",
    "urls",
    "dates",
    "money",
    "numbers",
    "booleans",
    "texts",
    "companies",
    "persons",
    "countries",
    "states",
    "industries",
)


def cases(kind):
    with (CASES / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answer(kind, form, values, region=None):
    column = pl.Series("value", values, dtype=pl.String)
    judged = column.to_frame().select(KINDS[kind][form](column, Options(region=region)).alias("answer"))
    return judged["answer"].struct.unnest().select("value", "code").rows()


@pytest.mark.parametrize("kind", TABLES)
def test_every_case(kind):
    wrong = []
    for case in cases(kind):
        value = case["value"] or None
        got = answer(kind, case["form"], [value], case["region"] or None)[0]
        if got != (case["result"] or None, case["code"] or None):
            wrong.append((case, got))
    assert wrong == []


@pytest.mark.parametrize("kind", TABLES)
def test_a_second_run_changes_nothing(kind):
    wrong = []
    for case in cases(kind):
        if case["form"] in DERIVED or not case["result"]:
            continue
        again, code = answer(kind, case["form"], [case["result"]], case["region"] or None)[0]
        if again != case["result"] or (code is not None and code != "dates.epoch"):
            wrong.append((case, again, code))
    assert wrong == []


@pytest.mark.parametrize("kind", TABLES)
def test_every_code_is_in_the_list(kind):
    assert {case["code"] for case in cases(kind) if case["code"]} <= set(CODES)
