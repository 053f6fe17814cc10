"""Dates of two files of one object, each in its own order; what the plan says about an ambiguous one."""

from pathlib import Path

import polars as pl

from crmclean.plan.model import Plan, Source, SourceFile, Target
from crmclean.steps import dates
from crmclean.steps.contract import Context, Learning

DAYS = {"us.csv": ["03/04/2024", "12/31/2024"], "eu.csv": ["03/04/2024", "31/12/2024"], "odd.csv": ["03/04/2024"]}
FRAME = pl.DataFrame([(file, day) for file, days in DAYS.items() for day in days], ["_file", "birthdate"], orient="row")


def read(**of_odd):
    files = (SourceFile("us.csv", "contacts"), SourceFile("odd.csv", "contacts", **of_odd))
    plan = Plan(root=Path(), name="p", target=Target("hubspot"), sources=(Source("s", "plain", 1, files),))
    facts = dates.STEP.learn(Learning("contacts", tuple(FRAME.columns), FRAME.lazy(), plan))
    context = Context("contacts", tuple(FRAME.columns), facts, {}, plan, None)
    return dates.STEP.apply(FRAME.lazy(), context).collect()


def test_each_file_has_its_own_order():
    frame = read()
    assert frame["birthdate"].to_list() == ["2024-03-04", "2024-12-31", "2024-04-03", "2024-12-31", "03/04/2024"]
    assert frame["_why.birthdate"].to_list()[-1] == "dates.ambiguous"


def test_the_plan_settles_an_ambiguous_file():
    assert read(dates="mdy")["birthdate"].to_list()[-1] == "2024-03-04"
    assert read(dates="dmy")["birthdate"].to_list()[-1] == "2024-04-03"
