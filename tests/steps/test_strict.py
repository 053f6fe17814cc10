"""Under `strict = true` the pipeline writes normal forms and repairs nothing."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.plan.model import Defaults, Plan, Target
from crmclean.records import FILE, RECORD, ROW, SOURCE
from crmclean.values.codes import REPAIRS

CELLS = {
    "first_name": "JosÃ©",
    "phone": "650-253-0000 / 650-253-0001",
    "mobile": "+1650253000O",
    "email": "mailto:a@b.com",
    "country": "Germanny",
    "industry": "Softwre",
    "website": "HTTPS://www.Acme.com",
}
PLAN = Plan(Path(), "test", Target("hubspot"), (), defaults=Defaults(region="US"))


def normalized(plan):
    place = {RECORD: "a:leads:1", SOURCE: "a", FILE: "exports/a.csv", ROW: 1}
    return normalize(plan, {"leads": pl.DataFrame(place | CELLS).lazy()})


def codes(done):
    return set(done.changes["code"]) | set(done.findings["code"])


def test_strict_leaves_every_repair_out():
    strict = normalized(replace(PLAN, defaults=replace(PLAN.defaults, strict=True)))
    assert codes(strict) & REPAIRS == set()
    row = strict.tables["leads"].row(0, named=True)
    assert {name: row[name] for name in CELLS} == CELLS | {"website": "https://www.acme.com"}


def test_without_strict_each_of_these_cells_is_repaired():
    loose = normalized(PLAN)
    assert codes(loose) >= {"texts.mojibake", "phones.several", "phones.letter-o", "emails.mailto", "countries.typo",
                            "industries.typo"}  # fmt: skip
