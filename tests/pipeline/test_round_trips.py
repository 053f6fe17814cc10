"""A → B → A loses nothing but what the loss report of the way there lists: the deep pairs, over any records."""

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from target_frames import plan, table

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import target
from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import Defaults

PAIRS = [("salesforce", "hubspot"), ("hubspot", "salesforce"), ("salesforce", "pipedrive")]
TEXT = st.sampled_from(["Lee", "Ünal, O'Brien", "a; b", "two\nlines", "日本", "x" * 300, "0012", "-"])
DAY = st.sampled_from(["2024-02-29", "2021-12-31"])
MOMENT = st.sampled_from(["2024-02-29T10:11:12Z", "2021-12-31T23:59:59Z"])
NUMBER = st.sampled_from(["0", "12.5", "1999.999999", "-3", "100000000000"])
FLAG = st.sampled_from(["true", "false"])
KINDS = {
    "date": DAY,
    "datetime": MOMENT,
    "decimal": NUMBER,
    "integer": st.sampled_from(["0", "7", "250"]),
    "boolean": FLAG,
}
# Fields whose values are not free; the others take whatever their type takes.
KNOWN = {
    "email": st.sampled_from(["ann@acme.example", "bo@b.example"]),
    "phone": st.just("+14155550100"), "mobile": st.just("+14155550101"), "region": st.just("US-CA"),
    "country": st.just("US"), "website": st.just("https://acme.example"), "domain": st.just("acme.example"),
    "lifecycle": st.sampled_from(["lead", "customer"]), "industry": st.sampled_from(["banking", "computer_software"]),
    "stage": st.sampled_from(["Prospecting", "Proposal/Price Quote"]), "status": st.just("open"),
    "currency": st.just("EUR"), "salutation": st.just("Ms."),
}  # fmt: skip
NEEDED = {
    "contacts": {"last_name": "Need"},
    "companies": {"name": "Need"},
    "deals": {"name": "Need", "stage": "Prospecting", "status": "open", "close_date": "2024-05-06", "currency": "EUR"},
}


def records(object_):
    fields = {
        name: KNOWN.get(name, KINDS.get(field.type, TEXT))
        for name, field in canonical()[object_].fields.items()
        if not field.ref and name not in ("source_id", "is_deleted")
    }
    row = st.fixed_dictionaries({}, optional=fields)
    return st.lists(row.map(lambda cells: NEEDED[object_] | cells), min_size=1, max_size=3)


def home(crm, object_):
    """The object and the rule that open, unconverted records of an object land in."""
    return next(
        (each, rule)
        for each, rule in target(crm).feeding(object_)
        if not rule.where or rule.where.get("status") == ("open",)
    )


def read_back(crm, object_, mapped):
    """What an export of the target says, in canonical words: each field gives back the column that fills it."""
    each, rule = home(crm, object_)
    fields = [field for field in each.writable() if field.type != "reference" and field.name != each.key]
    fields.sort(key=lambda field: not field.legacy)  # what remembers the old CRM is what its owner would go back to
    frame = mapped.tables[each.name].collect()
    cells = {}
    for field in fields:
        feed = rule.feeds(field)
        if len(feed) >= 1 and " " not in feed[0] and feed[0] in canonical()[object_].fields and field.scale is None:
            cells.setdefault(feed[0], frame[field.name])
    return pl.DataFrame([frame["_record"].alias("_record"), *(cell.alias(name) for name, cell in cells.items())])


def listed(found, crm, object_, translated):
    """Canonical columns of which the loss report, or the list of translated values, says something."""
    _, rule = home(crm, object_)
    fed = {field.name: rule.feeds(field) for field in home(crm, object_)[0].writable()}
    legacy = {name for field in home(crm, object_)[0].writable() if field.legacy for name in fed[field.name]}
    named = set(found.losses["field"].drop_nulls()) | set(found.lost_cells["field"])
    named |= {field for field in translated if not legacy & set(fed.get(field, ()))}
    return {name for field in named for feed in fed.get(field, (field,)) for name in feed.split()}


@pytest.mark.parametrize(("here", "there"), PAIRS)
@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_comes_back_differs_only_where_the_loss_report_says_so(here, there, data):
    object_ = data.draw(st.sampled_from(["contacts", "companies", "deals"]))
    rows = data.draw(records(object_))
    tables = {object_: table(object_, *rows)}
    made = plan(there, defaults=Defaults(currency="EUR"))
    away = map_tables(made, tables)
    found = validate(made, away, tables)
    back = read_back(there, object_, away).to_dicts()
    translated = set(away.changes.filter(pl.col("code") == "map.value")["field"])
    lost = listed(found, there, object_, translated)
    again = map_tables(plan(here, defaults=Defaults(currency="EUR")), {object_: table(object_, *_clean(back))})
    direct = map_tables(plan(here, defaults=Defaults(currency="EUR")), tables)
    each, own = home(here, object_)
    compared = 0
    for field in each.writable():
        feeds = {name for feed in own.feeds(field) for name in feed.split()} & set(canonical()[object_].fields)
        if field.type == "reference" or not feeds or feeds & (lost | {"source_id"}):
            continue
        came, was = _column(again, each, field), _column(direct, each, field)
        assert came.filter(was.is_not_null()).to_list() == was.drop_nulls().to_list(), (field.name, feeds)
        compared += was.drop_nulls().len()
    assert compared > 0


def _clean(rows):
    return [{name: cell for name, cell in row.items() if cell is not None and name != "_record"} for row in rows]


def _column(mapped, each, field):
    return mapped.tables[each.name].collect().sort("_record")[field.name]
