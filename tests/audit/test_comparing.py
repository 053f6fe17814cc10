"""All cells against the target, and required fields by owner and source."""

import polars as pl
import pytest

from crmclean.audit.comparing import compare
from crmclean.audit.missing import missing_required
from crmclean.crm.target_model import SourceRule, TargetField, TargetObject, TargetSchema

KEY = TargetField("key", "Key", "text", from_=("_record",))
USER = TargetObject("User", "User", "key", (SourceRule("users"),), {"key": KEY})
CONTACT = TargetObject(
    "Contact", "Contact", "key", (SourceRule("contacts"),),
    {
        "key": KEY,
        "Name": TargetField("Name", "Name", "text", required=True, from_=("name",)),
        "OwnerId": TargetField("OwnerId", "Owner", "reference", ref=("User",), from_=("owner_ref",)),
    },
)  # fmt: skip
SCHEMA = TargetSchema("small", "Small", {"User": USER, "Contact": CONTACT})
USERS = pl.DataFrame({"_key": ["a:users:1", "a:users:2"], "_id": ["u1", "u2"]})


def world(count):
    names = [f"Name {number}" for number in range(count)]
    keys = [f"{'ab'[number % 2]}:contacts:{number}" for number in range(count)]
    owners = [number % 2 for number in range(count)]
    target = pl.DataFrame({"_key": keys, "_id": [str(n) for n in range(count)], "Name": names,
                           "OwnerId": [f"u{owner + 1}" for owner in owners]})  # fmt: skip
    mapped = pl.DataFrame({"_record": keys, "key": keys, "Name": names,
                           "_ref.OwnerId": [f"a:users:{owner + 1}" for owner in owners]})  # fmt: skip
    sent = pl.DataFrame({"record": keys, "target_object": "Contact"})
    return target, mapped, sent


def compared(target, mapped, sent):
    (found,) = compare(SCHEMA, {"User": USERS, "Contact": target}, {"Contact": mapped.lazy()}, sent)
    return found


def test_equal_sides_need_no_bucket_to_be_opened():
    found = compared(*world(3000))
    assert (found.records, found.buckets, found.changed.height) == (3000, 0, 0)
    assert found.check("list.csv").count == 0


@pytest.mark.parametrize(
    ("column", "value", "field", "sent", "there"),
    [
        ("Name", "another", "Name", "Name 7", "another"),
        ("Name", None, "Name", "Name 7", None),
        ("OwnerId", "u1", "_ref.OwnerId", "a:users:2", "a:users:1"),
        ("OwnerId", None, "_ref.OwnerId", "a:users:2", None),
    ],
)
def test_one_cell_that_differs_is_found_and_nothing_else(column, value, field, sent, there):
    target, mapped, all_ = world(3000)
    other = target.with_columns(pl.when(pl.col("_id") == "7").then(pl.lit(value)).otherwise(column).alias(column))
    found = compared(other.sample(fraction=1, shuffle=True, seed=1), mapped, all_)
    assert found.buckets == 1
    assert found.changed.rows() == [("b:contacts:7", "Contact", field, sent, there)]
    assert found.check("list.csv").passed
    assert found.check("list.csv").note == "1 cell not as sent: list.csv"


def test_swapped_cells_do_not_cancel_out():
    target, mapped, sent = world(2)
    swapped = target.with_columns(pl.col("Name").reverse())
    assert compared(swapped, mapped, sent).changed.height == 2


def test_records_that_are_not_there_and_those_of_others_are_no_changes():
    target, mapped, sent = world(10)
    others = target.head(1).with_columns(_key=pl.lit(None, pl.String), _id=pl.lit("99"))
    found = compared(pl.concat([target.head(8), others]), mapped, sent)
    assert (found.records, found.changed.height) == (8, 0)


def test_missing_required_fields_by_owner_and_source():
    target, _, _ = world(6)
    gone = target.with_columns(Name=pl.when(pl.col("_id").is_in(["1", "2", "3"])).then(None).otherwise("Name"))
    unowned = gone.with_columns(OwnerId=pl.when(pl.col("_id") == "2").then(None).otherwise("OwnerId"))
    rows = missing_required(SCHEMA, {"User": USERS, "Contact": unowned}).rows()
    assert rows == [
        ("Contact", "Name", "a:users:2", "b", 2, 3),
        ("Contact", "Name", "no owner", "a", 1, 1),
    ]
