"""The emails step: stored form, likely typos marked but never rewritten, several addresses."""

from pathlib import Path

import polars as pl
import pytest

from crmclean.plan.model import Defaults, Plan, Target
from crmclean.steps import emails
from crmclean.steps.contract import Context


def applied(field, value, *, strict=False):
    plan = Plan(root=Path(), name="p", target=Target("hubspot"), sources=(), defaults=Defaults(strict=strict))
    context = Context("contacts", (field,), None, {}, plan, None)
    frame = emails.STEP.apply(pl.LazyFrame({field: [value]}), context).collect()
    return frame.select(field, f"_why.{field}").row(0)


@pytest.mark.parametrize(
    ("value", "after", "why"),
    [
        ("mary@example.org", "mary@example.org", None),
        ("mary@gmail.com", "mary@gmail.com", None),
        ("mary@me.com", "mary@me.com", None),
        ("Mary@Example.ORG", "Mary@example.org", "emails.domain-case"),
        ("mary@gmial.com", "mary@gmial.com", "emails.typo-domain"),
        ("mary@nowhere", "mary@nowhere", "emails.invalid"),
    ],
)
def test_one_address(value, after, why):
    assert applied("email", value) == (after, why)


@pytest.mark.parametrize(
    ("value", "after", "why"),
    [
        ("a@example.org", "a@example.org", None),
        ("a@example.org;b@example.org", "a@example.org;b@example.org", None),
        ("A@Example.org, b@example.org", "A@example.org;b@example.org", "emails.list"),
        ("a@example.org, nonsense", "a@example.org, nonsense", "emails.invalid"),
        ("a@example.org/b@example.org", "a@example.org;b@example.org", "emails.list"),
        ("a@example.org, b@example.org/c@example.org", "a@example.org;b@example.org;c@example.org", "emails.list"),
        ("a@example.org or b@example.org", "a@example.org;b@example.org", "emails.list"),
        ("Ann <a@example.org>, Bob Ray <b@example.org>", "a@example.org;b@example.org", "emails.list"),
        ("old a@example.org, b@example.org", "old a@example.org, b@example.org", "emails.invalid"),
        ("a@example.org since 2019, b@example.org", "a@example.org since 2019, b@example.org", "emails.invalid"),
        ("a@example.org; b@example,org", "a@example.org; b@example,org", "emails.invalid"),
    ],
)
def test_several_addresses_are_all_kept_or_the_cell_stays(value, after, why):
    assert applied("email_other", value) == (after, why)


@pytest.mark.parametrize(
    ("email", "others", "after", "why"),
    [
        ("a@example.org; b@example.org", None, "b@example.org", "emails.further"),
        ("a@example.org, B@Example.org c@example.org", None, "B@example.org;c@example.org", "emails.further"),
        ("a@example.org", None, None, None),
        ("a@example.org; b@example.org", "c@example.org", "c@example.org;b@example.org", "emails.further"),
        ("a@example.org; b@example.org", "B@example.org;b@example.org", "B@example.org;b@example.org", None),
        ("a@example.org; b@example.org", "ask Mary", "ask Mary", "emails.invalid"),
        ("a@example.org/b@example.org", None, "b@example.org", "emails.further"),
        ("Ann <a@example.org>, Bob Ray <b@example.org>", None, "b@example.org", "emails.further"),
        ("a@example.org or b@example.org; nonsense@", None, "b@example.org", "emails.further"),
        ("a@example.org; a@example.org", None, None, None),
        ("a@example.org; nonsense", None, None, None),
        (None, None, None, None),
        (None, "c@example.org", "c@example.org", None),
    ],
)
def test_further_addresses_of_a_cell_go_to_the_others_where_there_are_none(email, others, after, why):
    plan = Plan(root=Path(), name="p", target=Target("hubspot"), sources=())
    context = Context("contacts", ("email", "email_other"), None, {}, plan, None)
    cells = pl.LazyFrame(
        {"email": [email], "email_other": [others]}, schema={"email": pl.String, "email_other": pl.String}
    )
    frame = emails.STEP.apply(cells, context).collect()
    assert frame.select("email_other", "_why.email_other").row(0) == (after, why)


def test_an_object_without_other_addresses_gets_none():
    assert emails.columns("users", ("email",)) == ("email",)
    assert emails.columns("contacts", ("email",)) == ("email", "email_other")


def test_strict_repairs_nothing():
    assert applied("email", "Mary <mary@example.org>", strict=True) == ("Mary <mary@example.org>", "emails.invalid")
