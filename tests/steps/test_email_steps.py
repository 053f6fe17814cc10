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
    assert frame.columns == [field, f"_why.{field}"]
    return frame.row(0)


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
    ],
)
def test_several_addresses_are_all_kept_or_the_cell_stays(value, after, why):
    assert applied("email_other", value) == (after, why)


def test_strict_repairs_nothing():
    assert applied("email", "Mary <mary@example.org>", strict=True) == ("Mary <mary@example.org>", "emails.invalid")
