"""Rows of one record id are one record for the system that exported them, unless they say that they are two."""

import polars as pl
import pytest

from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings

ANN = {"first_name": "Ann", "last_name": "Reed", "email": "ann@reed.example"}
ACME = {"name": "Acme Inc", "city": "Ames", "street": "1 Main St", "phone": "+15125550100", "country": "US"}
DEAL = {"name": "Renewal", "company_name": "Acme", "amount": "100"}


def versions(object_, *rows, ids=("7", "7~2", "7~3")):
    names = list(dict.fromkeys(name for row in rows for name in row))
    whole = [
        {"_record": f"crm:{object_}:{id_}", "_source": "crm", **dict.fromkeys(names), **row}
        for id_, row in zip(ids, rows, strict=False)
    ]
    return pl.DataFrame(whole, schema=dict.fromkeys(whole[0], pl.String))


def banded(object_, frame):
    found = match(object_, frame, MatchSettings())
    return found.groups["record"].to_list(), found.pairs.select("band", "rule").unique().sort("band").rows()


@pytest.mark.parametrize(
    ("object_", "one", "other"),
    [
        ("contacts", ANN, {"first_name": "Ann", "last_name": "Reed"}),
        ("contacts", {"last_name": "Reed"}, {"email": "ann@reed.example"}),
        ("contacts", ANN, ANN | {"email": "ann@other.example", "phone": "+15125550100", "city": "Ames"}),
        ("contacts", ANN, {"first_name": "A.", "last_name": "Reed", "email": "reed@other.example"}),
        ("leads", ANN, {"first_name": "Ann"}),
        ("companies", ACME, {"name": "ACME, Inc."}),
        ("companies", ACME, ACME | {"city": "Rome", "street": "9 Side St", "phone": "+15125550999"}),
        ("deals", DEAL, DEAL | {"stage": "won"}),
    ],
    ids=["less known", "nothing in common", "moved", "initial", "leads", "spelling", "moved firm", "deal"],
)
def test_rows_of_one_record_id_are_one_record(object_, one, other):
    records, bands = banded(object_, versions(object_, one, other))
    assert records == [f"crm:{object_}:7", f"crm:{object_}:7~2"]
    assert bands == [("merge", "record-id")]


@pytest.mark.parametrize(
    ("object_", "one", "other"),
    [
        ("contacts", ANN, {"first_name": "Bob", "last_name": "Cole"}),
        ("contacts", ANN, ANN | {"first_name": "Bob"}),
        ("contacts", ANN, ANN | {"last_name": "Cole"}),
        ("contacts", ANN | {"birthdate": "1950-02-03"}, ANN | {"birthdate": "1981-09-14"}),
        ("contacts", ANN | {"name_suffix": "Sr."}, ANN | {"name_suffix": "Jr."}),
        ("leads", ANN, {"first_name": "Bob", "last_name": "Cole"}),
        ("companies", ACME, ACME | {"name": "Zebra Logistics"}),
        ("companies", ACME, ACME | {"name": "Acme GmbH"}),
        ("companies", ACME, ACME | {"country": "DE"}),
        ("companies", ACME | {"tax_id": "11"}, ACME | {"tax_id": "99"}),
        ("companies", ACME | {"name": "Acme 2"}, ACME | {"name": "Acme 22"}),
        ("deals", DEAL, DEAL | {"name": "Upgrade"}),
        ("deals", DEAL, DEAL | {"amount": "900"}),
    ],
)
def test_rows_of_one_record_id_that_contradict_each_other_are_asked_about(object_, one, other):
    records, bands = banded(object_, versions(object_, one, other))
    assert records == []
    assert [band for band, _ in bands] == ["review"]


@pytest.mark.parametrize("ids", [("#0123456789abcdef", "#0123456789abcdef~2"), ("7~2", "8~2"), ("7", "77"), ("7", "8")])
def test_other_ids_prove_nothing(ids):
    nameless = {"first_name": "Ann"}
    assert banded("contacts", versions("contacts", nameless, nameless, ids=ids))[0] == []


def test_ids_of_two_sources_prove_nothing():
    frame = versions("contacts", ANN, {"first_name": "Ann"})
    other = frame.with_columns(_record=pl.format("mail:contacts:{}", pl.int_range(pl.len())), _source=pl.lit("mail"))
    assert match("contacts", pl.concat([frame.head(1), other.tail(1)]), MatchSettings()).groups.is_empty()


def test_a_third_row_of_another_name_does_not_come_along():
    frame = versions("contacts", ANN, ANN | {"email": None}, {"first_name": "Bob", "last_name": "Cole"})
    found = match("contacts", frame, MatchSettings())
    assert found.groups["record"].to_list() == ["crm:contacts:7", "crm:contacts:7~2"]
    assert found.held["record"].to_list() == ["crm:contacts:7", "crm:contacts:7~2", "crm:contacts:7~3"]


def test_a_column_that_is_no_id_is_asked_about_in_bounds():
    people = [{"first_name": f"{a}a", "last_name": f"{b}son"} for a in "bdfgklm" for b in "Abcdefghij"]
    ids = ["7", *(f"7~{number}" for number in range(2, len(people) + 1))]
    found = match("contacts", versions("contacts", *people, ids=ids), MatchSettings())
    assert found.groups.is_empty()
    assert found.pairs.filter(pl.col("band") == "review").height <= 6 * len(people)
