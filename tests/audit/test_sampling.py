"""Following records back to their source: every broken link of the chain is found, and nothing else."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.audit.sampling import Trail, follow, upper_bound
from crmclean.crm.target_model import SourceRule, TargetField, TargetObject, TargetSchema
from crmclean.files.tables import schema_of
from crmclean.records import CHANGES

KEY = TargetField("key", "Key", "text", required=True, unique=True, from_=("_record",))
ACCOUNT = TargetObject(
    "Account",
    "Account",
    "key",
    (SourceRule("companies"),),
    {"key": KEY, "Name": TargetField("Name", "Name", "text", from_=("name",))},
)
CONTACT = TargetObject(
    "Contact",
    "Contact",
    "key",
    (SourceRule("contacts", constants={"Kind": "person"}),),
    {
        field.name: field
        for field in (
            KEY,
            TargetField("Name", "Name", "text", from_=("first_name last_name",)),
            TargetField("Email", "Email", "text", from_=("email", "email_other")),
            TargetField("State", "State", "text", from_=("region",)),
            TargetField("Kind", "Kind", "text"),
            TargetField("Level", "Level", "text", from_=("level",), default="none"),
            TargetField("AccountId", "Account", "reference", ref=("Account",)),
        )
    },
)
SCHEMA = TargetSchema("small", "Small", {"Account": ACCOUNT, "Contact": CONTACT})
IMPORTED = pl.DataFrame({"record": ["c1", "p1", "p2"], "target_object": ["Account", "Contact", "Contact"]})


def changes(*rows):
    names = ("object", "record", "field", "before", "after", "step", "code")
    filled = [(*row, "step", "code") for row in rows]
    return pl.DataFrame(filled, schema={name: schema_of(CHANGES)[name] for name in names}, orient="row").lazy()


def person(record, **cells):
    row = {
        "_record": record,
        "first_name": "Ann",
        "last_name": "Lee",
        "email": f"{record}@example.com",
        "email_other": None,
        "region": "US-CA",
        "level": None,
    }
    return row | cells


def mapped(record, **cells):
    row = {
        "_record": record,
        "_object": "contacts",
        "key": record,
        "Name": "Ann Lee",
        "Email": f"{record}@example.com",
        "State": "CA",
        "Kind": "person",
        "Level": "none",
        "_ref.AccountId": "c1",
    }
    return row | cells


def there(record, number, **cells):
    row = {name: text for name, text in mapped(record).items() if not name.startswith("_") and name != "key"}
    return {"_key": record, "_id": str(number)} | row | {"AccountId": "1"} | cells


def frame(*rows):
    return pl.DataFrame(list(rows), infer_schema_length=None).cast(pl.String)


def trail(**changed):
    company = {"_record": "c1", "name": "Acme"}
    parts = {
        "schema": SCHEMA,
        "target": {
            "Account": frame({"_key": "c1", "_id": "1", "Name": "Acme"}),
            "Contact": frame(there("p1", 2), there("p2", 3)),
        },
        "mapped": {
            "Account": frame({"_record": "c1", "_object": "companies", "key": "c1", "Name": "Acme"}).lazy(),
            "Contact": frame(mapped("p1"), mapped("p2")).lazy(),
        },
        "final": {"companies": frame(company).lazy(), "contacts": frame(person("p1"), person("p2")).lazy()},
        "loaded": {
            "companies": frame(company).lazy(),
            "contacts": frame(person("p1", email="P1@Example.com "), person("p2")).lazy(),
        },
        "cleaning": changes(
            ("contacts", "p1", "email", "P1@Example.com ", "P1@Example.com"),
            ("contacts", "p1", "email", "P1@Example.com", "p1@example.com"),
        ),
        "mapping": changes(*((("Contact", record, "State", "US-CA", "CA")) for record in ("p1", "p2"))),
    }
    return Trail(**(parts | changed))


def links(trail_):
    return [row[:1] + row[2:] for row in follow(trail_, IMPORTED, 1, 100).mismatches.rows()]


def test_a_chain_that_holds():
    sample = follow(trail(), IMPORTED, 1, 100)
    assert sample.mismatches.rows() == []
    assert (sample.records, sample.wrong) == (3, 0)
    assert sample.upper_bound == pytest.approx(1 - 0.05 ** (1 / 3))


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"Email": "other@example.com"}, "Email"),
        ({"Email": None}, "Email"),
        ({"AccountId": None}, "_ref.AccountId"),
        ({"AccountId": "99"}, "_ref.AccountId"),
    ],
)
def test_a_target_that_says_something_else(cells, field):
    target = trail().target | {"Contact": frame(there("p1", 2, **cells), there("p2", 3))}
    assert links(trail(target=target)) == [("p1", field, "target")]


def test_a_record_that_is_gone_differs_in_every_cell():
    target = trail().target | {"Contact": frame(there("p1", 2))}
    assert {(record, where) for record, _, where in links(trail(target=target))} == {("p2", "target")}


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"Name": "Ann Lea"}, "Name"),
        ({"State": "US-CA"}, "State"),  # the recorded change says otherwise
        ({"Email": None}, "Email"),
        ({"Kind": "robot"}, "Kind"),
    ],
)
def test_a_mapped_cell_that_nothing_explains(cells, field):
    rows = frame(mapped("p1", **cells), mapped("p2"))
    target = frame(there("p1", 2, **cells), there("p2", 3))
    found = links(trail(mapped=trail().mapped | {"Contact": rows.lazy()}, target=trail().target | {"Contact": target}))
    assert found == [("p1", field, "map")]


def test_the_second_choice_of_a_field_and_constants_and_defaults_are_explained():
    other = person("p1", email=None, email_other="p1@example.com")
    final = trail().final | {"contacts": frame(other, person("p2")).lazy()}
    loaded = trail().loaded | {"contacts": frame(other, person("p2")).lazy()}
    assert links(trail(final=final, loaded=loaded, cleaning=changes())) == []


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [("P1@Example.com ", "P1@Example.com")],
        [("P1@Example.com ", "P1@Example.com"), ("p1@Example.com", "p1@example.com")],
        [("P1@example.com", "p1@example.com")],
    ],
)
def test_changes_that_do_not_lead_from_the_loaded_cell_to_the_cleaned_one(steps):
    told = changes(*(("contacts", "p1", "email", *step) for step in steps))
    assert links(trail(cleaning=told)) == [("p1", "email", "history")]


def test_the_sample_is_the_same_for_the_same_seed_and_never_larger_than_asked():
    imported = pl.DataFrame({"record": ["c1", "p1", "p2"], "target_object": ["Account", "Contact", "Contact"]})
    shuffled = imported.reverse()
    assert follow(trail(), imported, 3, 2).records == 2
    assert follow(trail(), imported, 3, 2).cells == follow(trail(), shuffled, 3, 2).cells


@pytest.mark.parametrize(
    ("wrong", "size", "rate"),
    [(0, 100, 0.0295), (1, 100, 0.0466), (5, 100, 0.1023), (0, 50, 0.0582), (3, 3, 1.0), (0, 0, 1.0)],
)
def test_the_upper_bound_agrees_with_published_tables(wrong, size, rate):
    assert upper_bound(wrong, size) == pytest.approx(rate, abs=0.0003)


@given(st.integers(1, 300), st.data())
def test_the_upper_bound_lies_above_the_share_that_was_found(size, data):
    wrong = data.draw(st.integers(0, size))
    assert wrong / size <= upper_bound(wrong, size) <= 1
