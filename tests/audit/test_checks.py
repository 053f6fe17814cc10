"""Checks on the whole target: what they count, and what they leave alone."""

import polars as pl
import pytest

from crmclean.audit.checks import all_checks
from crmclean.audit.doubled import doubled
from crmclean.crm.target_model import SourceRule, TargetField, TargetObject, TargetSchema


def _object(name, canonical, *fields, **rules):
    key = TargetField("key", "Key", "text", from_=("_record",))
    return TargetObject(name, name, "key", (SourceRule(canonical),), {f.name: f for f in (key, *fields)}, **rules)


SCHEMA = TargetSchema(
    "small",
    "Small",
    {
        "Account": _object(
            "Account",
            "companies",
            TargetField("Name", "Name", "text", required=True, from_=("name",)),
            TargetField("Domain", "Domain", "text", from_=("domain",)),
            TargetField("Country", "Country", "text", from_=("country",)),
            TargetField("City", "City", "text", from_=("city",)),
            TargetField("State", "State", "text", from_=("region",)),
        ),
        "Contact": _object(
            "Contact",
            "contacts",
            TargetField("Email", "Email", "text", from_=("email",)),
            TargetField("Phone", "Phone", "text", from_=("phone",)),
            TargetField("AccountId", "Account", "reference", ref=("Account",)),
            one_of=("Email", "Phone"),
        ),
    },
)


def checks(accounts=(), contacts=(), written=None, allowed=0.0, apart=()):
    names = {"Account": ("Name", "Domain", "Country", "City", "State"), "Contact": ("Email", "Phone", "AccountId")}
    given = {"Account": accounts, "Contact": contacts}
    found = {
        object_: pl.DataFrame(
            [
                (f"k{object_}{number}", str(number), *row, *[None] * (len(names[object_]) - len(row)))
                for number, row in enumerate(given[object_])
            ],
            schema=dict.fromkeys(("_key", "_id", *names[object_]), pl.String),
            orient="row",
        )
        for object_ in names
    }
    known = pl.DataFrame(apart, schema={"left": pl.String, "right": pl.String}, orient="row")
    counts = {object_: len(rows) for object_, rows in given.items()} if written is None else written
    twice = doubled(SCHEMA, found, allowed, known)
    return {(check.area, check.name): check for check in all_checks(SCHEMA, found, counts, twice.checks)}


ONE = ("Acme", "acme.com", "US")


def test_a_clean_target_passes_every_check():
    found = checks([ONE, ("Bolt", "bolt.com", "US")], [("a@x.com", None, "0"), (None, "+14155550100", "1")])
    assert all(check.passed for check in found.values())
    assert {area for area, _ in found} == {"counts", "duplicates", "required", "references"}


@pytest.mark.parametrize(
    ("emails", "count"),
    [
        (["a@x.com", "A@X.com", "b@x.com"], 1),
        (["a@x.com", "a@x.com", "a@x.com"], 2),
        (["a@x.com", "b@x.com", None], 0),
        ([None, None, None], 0),
        (["a@x.com", "a@x.com.au", "aa@x.com"], 0),
        (["info@x.com", "info@x.com"], 0),
    ],
)
def test_people_with_the_same_email(emails, count):
    found = checks(contacts=[(email, "+1", None) for email in emails])
    assert found["duplicates", "Contact with the same email"].count == count


@pytest.mark.parametrize(
    ("other", "domain", "country"),
    [
        (("ACME Inc.", "acme.com", "DE"), 1, 0),
        (("Acme, Inc", "acme.org", "US"), 0, 1),
        (("Bolt", "acme.com", "US"), 0, 0),  # a subsidiary may share the domain
        (("Acme", None, "DE"), 0, 0),
        (("Acme", None, None), 0, 0),
    ],
)
def test_companies_with_the_same_name_and_domain_or_country(other, domain, country):
    found = checks([ONE, other])
    assert found["duplicates", "Account with the same name and domain"].count == domain
    assert found["duplicates", "Account with the same name and country"].count == country


@pytest.mark.parametrize(
    ("cities", "count"),
    [
        (["Austin", "austin", "Boston"], 1),
        (["Austin", "Boston", "Denver"], 0),
        (["Portland, OR", "Portland, ME"], 0),
        (["Portland, OR", "Portland, OR"], 1),
        (["Austin", None, "Boston"], 1),
        ([None, None, None], 2),
        (["Austin", "Austin", "Austin"], 2),
    ],
)
def test_companies_of_one_name_in_two_towns_are_two(cities, count):
    found = checks([("Holiday Inn", None, "US", *(city.split(", ") if city else [])) for city in cities])
    assert found["duplicates", "Account with the same name and country"].count == count


def test_records_of_a_group_are_listed():
    rows = [("k0", "7", "Ann@x.com"), ("k1", "5", "ann@x.com"), ("k2", "6", "bo@x.com"), ("k3", "8", "info@x.com")]
    frame = pl.DataFrame(rows, schema={"_key": pl.String, "_id": pl.String, "Email": pl.String}, orient="row")
    listed = doubled(SCHEMA, {"Contact": frame}, 0.0).listed
    assert listed.select("group", "id", "record", "rule", "email").rows() == [
        ("5", "5", "k1", "the same email", "ann@x.com"),
        ("5", "7", "k0", "the same email", "Ann@x.com"),
    ]


def test_a_share_of_duplicates_may_be_allowed():
    emails = ["a@x.com", "a@x.com", *(f"{number}@x.com" for number in range(8))]
    contacts = [(email, None, None) for email in emails]
    assert not checks(contacts=contacts, allowed=0.05)["duplicates", "Contact with the same email"].passed
    assert checks(contacts=contacts, allowed=0.10)["duplicates", "Contact with the same email"].passed


def test_missing_required_cells_are_counted():
    found = checks([ONE, (None, "x.com", None)], [(None, None, None), ("a@x.com", None, None)])
    assert found["required", "Account.Name"].count == 1
    assert found["required", "Contact: one of Email, Phone"].count == 1


def test_a_reference_to_nobody_is_an_orphan():
    found = checks([ONE], [("a@x.com", None, "0"), ("b@x.com", None, "77"), ("c@x.com", None, None)])
    orphans = found["references", "Contact.AccountId"]
    assert (orphans.count, orphans.total, orphans.passed) == (1, 2, False)


@pytest.mark.parametrize("written", [1, 3])
def test_counts_must_agree_with_the_journal(written):
    found = checks([ONE, ("Bolt", "bolt.com", "US")], written={"Account": written})
    assert not found["counts", "Account"].passed


@pytest.mark.parametrize(
    ("apart", "left"),
    [
        ([], 2),
        ([("kContact0", "kContact1")], 1),
        ([("kContact0", "kContact1"), ("kContact0", "kContact2")], 0),
        ([("kContact0", "kContact3")], 2),
    ],
)
def test_records_that_are_known_to_be_two_are_no_duplicates(apart, left):
    shared = [("ann@x.com", None, None)] * 3
    found = checks(contacts=[*shared, ("other@x.com", None, None)], apart=apart)
    assert found["duplicates", "Contact with the same email"].count == left
