"""Owners are told by name where their ids say nothing to anybody, and by id where an export says whose they are."""

import polars as pl
import pytest

from crmclean.exports.recognise import recognise
from crmclean.plan.drafting import Found
from crmclean.plan.owner_names import with_owner_names

ID, NAME = "Contact Owner.id", "Contact Owner"


def found(*owners, headers=(ID, NAME), kind="zoho", name="Contacts.csv"):
    header = ["Contact Id", "First Name", "Last Name", "Email", "Mailing Street", *headers]
    rows = [[f"zcrm_{n}", "Ida", "Ash", f"ida{n}@oak.com", "Elm 1", *owner] for n, owner in enumerate(owners)]
    cells = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    known = recognise(name, header, cells, kind=kind)
    assert known.object == "contacts"
    return Found(name, "exports", known, cells.height, {}, cells)


def owner_of(*files):
    given = with_owner_names(files)[0]
    return [name for name, field in given.names.items() if field == "owner_ref"]


def users():
    header = ["Id", "Username", "FirstName", "LastName", "Email", "IsActive", "ProfileId", "UserRoleId"]
    cells = pl.DataFrame([["005A0", "ann", "Ann", "One", "a@us.com", "true", "1", "2"]], schema=header, orient="row")
    known = recognise("User.csv", header, cells, kind="salesforce")
    assert known.object == "users"
    return Found("User.csv", "exports", known, 1, {}, cells)


def test_names_go_before_ids_that_nobody_can_read():
    file = found(("zcrm_44", "Ann One"), ("zcrm_45", "Ütz Çelik"), (None, None))
    assert owner_of(file) == [NAME]
    assert with_owner_names([file])[0].names[ID] == "x_contact_owner_id"


def test_ids_stay_where_an_export_says_whose_they_are():
    file = found(("005A0", "Ann One"), headers=("OwnerId", "Contact Owner"), kind="salesforce", name="Contact.csv")
    assert owner_of(file) == ["Contact Owner"]
    assert owner_of(file, users()) == ["OwnerId"]


@pytest.mark.parametrize(
    "owners",
    [
        [("zcrm_44", None)],
        [("zcrm_44", "Ann One"), ("zcrm_45", None)],
        [("zcrm_44", "Ann One"), ("zcrm_44", "Bob Two")],
        [("zcrm_44", "4400044")],
        [("zcrm_44", "Team 7")],
        [("zcrm_44", "ann@us.com")],
        [("ann@us.com1", "Ann One")],
        [("Ann One 1", "Ann One")],
        [("Ann", "Ann One")],
        [],
    ],
)
def test_ids_stay_where_the_other_column_names_not_each_of_them(owners):
    assert owner_of(found(*owners)) == [ID]


def test_a_name_stays_where_the_other_column_is_an_id():
    headers = ("Owner", "ownerid")
    assert owner_of(found(("Ann One", "4400"), headers=headers, kind="dynamics365", name="contacts.csv")) == ["Owner"]


def test_one_column_is_all_there_is():
    assert owner_of(found(("zcrm_44",), headers=(ID,))) == [ID]
    assert owner_of(found(("Ann One",), headers=(NAME,))) == [NAME]
