"""Region evidence and extensions of the phones step."""

from pathlib import Path

import polars as pl
import pytest

from crmclean.plan.model import Defaults, Plan, Source, Target
from crmclean.steps import phones
from crmclean.steps.contract import Context

PLAN = Plan(
    root=Path(),
    name="phones",
    target=Target("hubspot"),
    sources=(Source("uk", "plain", 1, (), region="GB"), Source("us", "plain", 2, ())),
    defaults=Defaults(region="US"),
)
COMPANIES = pl.DataFrame({"_record": ["us:companies:1"], "country": ["DE"]})


def applied(object_="contacts", **columns):
    given = {"_source": ["us"], "country": [None], "_ref.company_ref": [None], **columns}
    frame = pl.DataFrame(given, schema=dict.fromkeys(given, pl.String))
    context = Context(object_, tuple(frame.columns), None, {"companies": COMPANIES}, PLAN, None)
    return phones.STEP.apply(frame.lazy(), context).collect().row(0, named=True)


def test_the_first_known_evidence_gives_the_region_and_the_reason_says_which():
    number = ["020 7946 0018"]
    assert applied(phone=["+44 20 7946 0018"], country=["US"])["_why.phone"] == "phones.own-plus"
    by_country = applied(phone=number, country=["GB"])
    assert (by_country["phone"], by_country["_why.phone"]) == ("+442079460018", "phones.from-country")
    by_company = applied(phone=["030 123456"], **{"_ref.company_ref": ["us:companies:1"]})
    assert (by_company["phone"], by_company["_why.phone"]) == ("+4930123456", "phones.from-company")
    by_source = applied(phone=number, _source=["uk"])
    assert (by_source["phone"], by_source["_why.phone"]) == ("+442079460018", "phones.from-source")
    by_default = applied(phone=["212 555 0123"])
    assert (by_default["phone"], by_default["_why.phone"]) == ("+12125550123", "phones.from-default")


def test_a_country_that_is_no_region_is_no_evidence():
    assert applied(phone=["212 555 0123"], country=["Atlantis"])["phone"] == "+12125550123"


def test_an_invalid_number_stays_as_it_was_and_a_filler_goes():
    kept = applied(phone=["212 555"])
    assert (kept["phone"], kept["_why.phone"]) == ("212 555", "phones.invalid")
    gone = applied(phone=["555-555-5555"])
    assert (gone["phone"], gone["_why.phone"]) == (None, "phones.filler")


def test_the_extension_moves_to_its_field_where_there_is_room():
    row = applied(phone=["212 555 0123 x12"])
    assert (row["phone"], row["phone_extension"]) == ("+12125550123", "12")
    taken = applied(phone=["212 555 0123 x12"], phone_extension=["99"])
    assert (taken["phone"], taken["phone_extension"]) == ("+12125550123;ext=12", "99")


def test_a_field_without_room_for_an_extension_keeps_it_inline_and_a_second_run_changes_nothing():
    row = applied(mobile=["212 555 0123 x12"])
    assert (row["mobile"], row["_why.mobile"]) == ("+12125550123;ext=12", "phones.extension-inline")
    again = applied(mobile=[row["mobile"]])
    assert (again["mobile"], again["_why.mobile"]) == (row["mobile"], None)


TWO = ["212 555 0123 / 212 555 0188"]


def test_further_numbers_of_a_cell_go_to_empty_phone_fields():
    row = applied(phone=TWO, mobile=[None], phone_other=[None])
    assert (row["phone"], row["_why.phone"]) == ("+12125550123", "phones.several")
    assert (row["phone_other"], row["_why.phone_other"]) == ("+12125550188", "phones.further")
    assert row["mobile"] is None
    three = applied(phone=["212 555 0123; 212 555 0188; 212 555 0199"], mobile=[None], phone_other=[None])
    assert (three["phone_other"], three["mobile"]) == ("+12125550188", "+12125550199")


@pytest.mark.parametrize(
    ("others", "further"),
    [
        ({"mobile": ["+12125550147"]}, "+12125550188"),  # taken
        ({"mobile": ["020"]}, "+12125550188"),  # taken, if by no number
        ({"mobile": ["+12125550188"]}, None),  # there already
        ({"fax": [None]}, "+12125550188"),  # for other things
        ({"phone_home": [None]}, "+12125550188"),
        ({}, "+12125550188"),
    ],
)
def test_a_further_number_has_room_in_every_list_and_takes_no_other_field(others, further):
    row = applied(phone=TWO, **others)
    assert (row["phone"], row["phone_other"]) == ("+12125550123", further)
    assert {name: row[name] for name in others} == {name: cell for name, (cell,) in others.items()}


def test_companies_have_no_room_for_further_numbers():
    row = applied("companies", phone=TWO)
    assert row["phone"] == "+12125550123"
    assert "phone_other" not in row


@pytest.mark.parametrize("number", ["212 555 0123", "212 555 0123 x12", "212 555 0123 / none", "212 555 0123, ext. 5"])
def test_one_number_leaves_the_spare_fields_empty(number):
    row = applied(phone=[number], mobile=[None], phone_other=[None])
    assert (row["mobile"], row["phone_other"]) == (None, None)


def test_several_faxes_are_no_phones():
    row = applied(fax=TWO, mobile=[None])
    assert (row["fax"], row["mobile"]) == ("+12125550123", None)
