"""The money step: amounts as plain decimals, and the currency that stands beside them."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from crmclean.plan.model import Defaults, Plan, Target
from crmclean.steps import money
from crmclean.steps.contract import Context, Learning

PLAN = Plan(root=Path(), name="p", target=Target("hubspot"), sources=())


def applied(object_, cells, plan=PLAN):
    frame = pl.LazyFrame({"_file": ["a.csv"], **{name: [cell] for name, cell in cells.items()}}).cast(pl.String)
    present = tuple(cells)
    facts = money.STEP.learn(Learning(object=object_, columns=present, frame=frame, plan=plan))
    return money.STEP.apply(frame, Context(object_, present, facts, {}, plan, None)).collect().row(0, named=True)


@pytest.mark.parametrize(
    ("cells", "region", "currency", "told"),
    [
        ({"amount": "$20"}, "US", "USD", False),
        ({"amount": "$20", "country": None}, "CA", "CAD", False),
        ({"amount": "$20", "country": "US"}, "CA", "USD", False),
        ({"amount": "$20"}, None, None, True),
        ({"amount": "kr 20"}, "US", None, True),
        ({"amount": "$20", "currency": "NZD"}, None, "NZD", False),
        ({"amount": "€20"}, None, "EUR", False),
        ({"amount": "20"}, None, None, False),
        ({"amount": "20 pcs"}, None, None, False),
    ],
)
def test_a_sign_of_several_currencies_is_settled_by_the_country_or_told(cells, region, currency, told):
    plan = replace(PLAN, defaults=Defaults(region=region))
    row = applied("deals", cells, plan)
    assert (row["amount"], row["currency"]) == ("20", currency)
    assert (row["_why.amount"] == "money.which-currency") is told


@pytest.mark.parametrize(
    ("cells", "amount", "currency"),
    [
        ({"amount": "500 GBP"}, "500", "GBP"),
        ({"amount": "€ 1.234,50"}, "1234.50", "EUR"),
        ({"amount": "(5 EUR)", "currency": None}, "-5", "EUR"),
        ({"amount": "$20", "country": "US"}, "20", "USD"),
        ({"amount": "$20"}, "20", None),
        ({"amount": "20"}, "20", None),
        ({"amount": "2 Mio"}, "2000000", None),
        ({"amount": "500 GBP", "currency": "EUR"}, "500", "EUR"),
        ({"amount": "5 pcs"}, "5", None),
    ],
)
def test_the_currency_beside_an_amount_fills_its_field_and_overrules_nothing(cells, amount, currency):
    row = applied("deals", cells)
    assert (row["amount"], row["currency"]) == (amount, currency)
    said = {name: row[name] for name in row if name in cells} | {"currency": currency}
    again = applied("deals", said)
    assert (again["amount"], again["currency"]) == (amount, currency)


def test_an_object_without_amounts_gets_no_currency():
    assert money.columns("deals", ("name",)) == ()
    assert money.columns("deals", ("amount",)) == ("amount", "currency")
