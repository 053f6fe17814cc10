"""Addresses of roles: what is_role names, begins_as_role lets through."""

import polars as pl

from crmclean.values.email_kinds import begins_as_role, is_role
from crmclean.values.lists import column


def test_every_way_of_writing_a_role_begins_as_one():
    roles = column("email_role_names", "local_part").to_list()
    writings = ["{}@firm.example", "{}1@firm.example", "{}.uk@firm.example", "{}+x@firm.example", "{}-2@firm.example"]
    told = pl.DataFrame({"address": [form.format(role) for role in roles for form in writings]})
    told = told.with_columns(upper=pl.col("address").str.to_uppercase())
    assert told.select(is_role(pl.col("address", "upper")).all()).row(0) == (True, True)
    assert told.select(begins_as_role(pl.col("address", "upper")).all()).row(0) == (True, True)
    assert told.select(begins_as_role(pl.col("address").str.replace("@.*", "")).all()).item()


def test_most_people_do_not_begin_as_a_role():
    people = pl.DataFrame(
        {
            "address": [
                "ute.brandt@firm.example",
                "j.smith@firm.example",
                "x@firm.example",
                "inform@firm.example",
                "arthur@firm.example",
                "info.desk@firm.example",
                None,
            ]
        }
    )
    assert not people.select(begins_as_role(pl.col("address")).any()).item()
