"""Cells of a megabyte, and texts that trip up careless patterns: an answer or a refusal, quickly."""

import time

import polars as pl
import pytest

from crmclean.values.kinds import KINDS, Options

SIZE = 1_000_000
HUGE = {
    "blanks": " " * SIZE + "x",
    "digits": "1" * SIZE,
    "commas": "1," * (SIZE // 2),
    "addresses": "a@b.co, " * (SIZE // 8),
    "ats": "@" * SIZE,
    "brackets": "<" * SIZE,
    "dots": "a." * (SIZE // 2),
    "slashes": "1/" * (SIZE // 2),
    "letters": "x" * SIZE,
    "han": "日" * (SIZE // 3),
    "blank at": "a @ " * (SIZE // 4),
}
KIND_FORMS = [
    (kind, form)
    for kind in ("phones", "emails", "urls", "dates", "money", "numbers", "booleans", "texts")
    for form in KINDS[kind]
]


@pytest.mark.parametrize(("kind", "form"), KIND_FORMS)
def test_a_megabyte_in_a_cell_gets_an_answer(kind, form):
    column = pl.Series("value", list(HUGE.values()))
    begin = time.perf_counter()
    answers = column.to_frame().select(KINDS[kind][form](column, Options(region="US")).alias("a"))["a"]
    assert len(answers) == len(HUGE)
    assert time.perf_counter() - begin < 60
