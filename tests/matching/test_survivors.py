import polars as pl
import pytest

from crmclean.matching.surviving import RULES as RULES_THERE
from crmclean.matching.survivors import SurvivorRules, resolve
from crmclean.plan import survivorship as plan_rules

RULES = SurvivorRules(priorities={"crm": 1, "list": 2})


def merged(*rows, rules=RULES, object_="contacts"):
    """Resolve rows as one group; the survivor's row as a dict."""
    names = sorted({name for row in rows for name in row})
    identity = [
        {"_record": f"r:{object_}:{number}", "_source": row.get("_source", "crm")} for number, row in enumerate(rows)
    ]
    named = [dict.fromkeys(names) | row | own for row, own in zip(rows, identity, strict=True)]
    frame = pl.DataFrame(named, schema=dict.fromkeys(named[0], pl.String))
    groups = pl.DataFrame({"record": frame["_record"], "group": [frame["_record"][0]] * frame.height})
    return resolve(object_, frame, groups, rules)


def cells(survivors):
    return survivors.values.row(0, named=True)


CASES = [
    ("the survivor keeps its own", "title", ["CEO", "CTO"], "CEO", None),
    ("a blank is filled", "title", [None, "CTO"], "CTO", "merge.filled-from-loser"),
    ("unmapped columns, too", "x_note", [None, "vip"], "vip", "merge.filled-from-loser"),
    ("nobody knows", "title", [None, None], None, None),
    ("one opt-out is enough", "email_opt_out", ["false", "true"], "true", "merge.strictest-consent"),
    ("a blank is no consent and no refusal", "email_opt_out", ["false", None], "false", None),
    ("blank consent is filled, not guessed", "email_opt_out", [None, "false"], "false", "merge.strictest-consent"),
    ("unknown stays unknown", "email_opt_out", [None, None], None, None),
    ("oldest creation", "created_at", ["2024-01-02", "2019-05-01T10:00:00Z"], "2019-05-01T10:00:00Z", "merge.oldest"),
    ("newest activity", "last_activity", ["2024-01-02", None], "2024-01-02", None),
    ("newest activity of the loser", "last_activity", ["2024-01-02", "2025-01-01"], "2025-01-01", "merge.newest"),
    ("tags are joined", "tags", ["a;b", "b;c"], "a;b;c", "merge.union"),
    ("the furthest lifecycle", "lifecycle", ["lead", "customer"], "customer", "merge.furthest"),
    ("other says nothing", "lifecycle", ["lead", "other"], "lead", None),
    ("a customer is not unmade", "lifecycle", ["customer", "former_customer"], "customer", None),
    ("the longest description", "description", ["hi", "hello there"], "hello there", "merge.longest"),
    ("ids are never filled", "source_id", ["1", "2"], "1", None),
    ("nor invented", "source_id", [None, "2"], None, None),
]  # fmt: skip


@pytest.mark.parametrize(("field", "given", "kept", "why"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_value_of_a_field(field, given, kept, why):
    rows = [{field: cell, "fax": "1" if n == 0 else None} for n, cell in enumerate(given)]
    row = cells(merged(*rows))
    assert row[field] == kept
    assert row[f"_why.{field}"] == why


def test_an_address_comes_whole_from_one_record():
    row = cells(merged({"city": "Rome", "country": "IT", "title": "x"}, {"street": "1 Main St", "city": "Austin"}))
    assert (row["street"], row["city"], row["country"]) == ("1 Main St", "Austin", None)


def test_a_better_spelt_name_wins_whole():
    row = cells(
        merged({"first_name": "J.", "last_name": "Smith", "title": "x"}, {"first_name": "John", "last_name": "Smith"})
    )
    assert (row["first_name"], row["last_name"]) == ("John", "Smith")


def test_a_bounced_address_gives_way_and_stays_as_another_one():
    row = cells(merged({"email": "a@x.org", "email_bounced": "true", "title": "x"}, {"email": "b@x.org"}))
    assert (row["email"], row["email_bounced"], row["email_other"]) == ("b@x.org", None, "a@x.org")


def test_every_other_address_is_kept():
    row = cells(
        merged({"email": "a@x.org", "email_other": "c@x.org", "title": "x"}, {"email": "B@x.org"}, {"email": "A@x.org"})
    )
    assert (row["email"], row["email_other"]) == ("a@x.org", "c@x.org;B@x.org")


def test_a_number_of_a_loser_goes_to_the_free_phone_field_and_a_second_one_is_listed():
    one, other, third = ({"phone": f"+1415555010{n}", "title": "x" if n == 0 else None} for n in range(3))
    survivors = merged(one, other, third)
    assert (cells(survivors)["phone"], cells(survivors)["phone_other"]) == ("+14155550100", "+14155550101")
    assert survivors.losers.select("record", "field", "value").rows() == [("r:contacts:2", "phone", "+14155550102")]


@pytest.mark.parametrize("other", ["+14155550100", "+1 415 555-0100", None])
def test_the_same_number_is_not_kept_twice(other):
    row = cells(merged({"phone": "+14155550100", "title": "x"}, {"phone": other}))
    assert (row["phone"], row["phone_other"]) == ("+14155550100", None)


def test_a_spare_field_that_is_taken_is_not_overwritten():
    rows = {"phone": "+14155550100", "phone_other": "+14155550109", "title": "x"}, {"phone": "+14155550101"}
    assert cells(merged(*rows))["phone_other"] == "+14155550109"


CONSENTS = [
    ("a yes for another address is no yes for this one", ("a@x.org", None), ("b@x.org", "false"), None),
    ("a yes for the same address holds", ("a@x.org", None), ("A@x.org", "false"), "false"),
    ("a yes of somebody without an address holds", ("a@x.org", None), (None, "false"), "false"),
    ("the own yes holds", ("a@x.org", "false"), ("b@x.org", None), "false"),
    ("a no for another address is a no of the person", ("a@x.org", "false"), ("b@x.org", "true"), "true"),
    ("nobody said anything", ("a@x.org", None), ("b@x.org", None), None),
]


@pytest.mark.parametrize(("one", "other", "kept"), [case[1:] for case in CONSENTS], ids=[case[0] for case in CONSENTS])
def test_consent_belongs_to_an_address_and_a_refusal_to_the_person(one, other, kept):
    first = {"email": one[0], "email_opt_out": one[1], "title": "x", "city": "Rome"}
    since = "2024-01-01" if other[1] == "false" else None
    second = {"email": other[0], "email_opt_out": other[1], "opted_in_at": since}
    row = cells(merged(first, second))
    assert (row["email"], row["email_opt_out"]) == ("a@x.org", kept)
    assert (row["opted_in_at"] is not None) == (kept == "false" and other[1] == "false")


def test_the_date_of_a_refusal_comes_along():
    refusal = {"email_opt_out": "true", "opted_out_at": "2024-05-01"}
    row = cells(merged({"email_opt_out": "false", "title": "x"}, refusal))
    assert (row["email_opt_out"], row["opted_out_at"]) == ("true", "2024-05-01")


def test_a_cell_from_another_member_names_it():
    survivors = merged({"title": None, "city": "Rome", "fax": "1"}, {"title": "CTO"}, {"title": "CTO"})
    assert survivors.origins.rows() == [("r:contacts:0", "r:contacts:1", "title", "merge.filled-from-loser")]


def test_the_rules_of_the_plan_are_those_that_there_are():
    assert set(plan_rules.RULES) <= RULES_THERE.keys()


def test_a_company_reference_travels_with_its_name():
    known = {"company_ref": "7", "_ref.company_ref": "crm:companies:7", "company_name": "Acme"}
    row = cells(merged({"company_name": "ACME Corp", "title": "x"}, known))
    assert (row["company_ref"], row["_ref.company_ref"], row["company_name"]) == ("7", "crm:companies:7", "Acme")


def test_values_that_stand_in_no_cell_of_the_survivor_are_listed():
    survivors = merged({"title": "CEO", "city": "Rome", "fax": "1"}, {"title": "CTO", "tags": "a", "email": "b@x.org"})
    assert survivors.losers.select("record", "field", "value").rows() == [("r:contacts:1", "title", "CTO")]


@pytest.mark.parametrize(
    ("order", "survivor"),
    [(("source_priority",), 2), (("most_complete",), 1), (("most_recent",), 0), (("oldest",), 1)],
)
def test_who_survives(order, survivor):
    rows = (
        {"_source": "list", "title": None, "updated_at": "2025-01-02T10:00:00Z", "created_at": "2024-01-01"},
        {"_source": "list", "title": "x", "updated_at": "2025-01-02", "created_at": "2020-01-01"},
        {"_source": "crm", "title": None, "updated_at": "2024-01-02T10:00:00Z", "created_at": "2024-01-01"},
    )
    survivors = merged(*rows, rules=SurvivorRules(order, {"crm": 1, "list": 2}))
    assert survivors.members["survivor"].unique().to_list() == [f"r:contacts:{survivor}"]


def test_a_person_picks_the_survivor():
    survivors = merged({"title": "CEO", "city": "Rome"}, {"title": None}, rules=SurvivorRules(chosen=("r:contacts:1",)))
    assert survivors.members["survivor"].unique().to_list() == ["r:contacts:1"]


@pytest.mark.parametrize(
    ("rule", "kept"),
    [("first", "313"), ("source_priority", "1"), ("most_complete", "313"), ("longest", "313"),
     ("max", "313"), ("min", "1"), ("most_frequent", "2"), ("most_recent", "1"),
     ("never_overwrite", None), ("union", "313;2;1")],
)  # fmt: skip
def test_a_rule_of_the_plan(rule, kept):
    rows = [{"x_n": cell, "updated_at": "2025" if cell == "1" else "2024"} for cell in (None, "2", "313", "2", "1")]
    rows[0] |= {"fax": "1", "city": "Rome"}
    rows[2] |= {"fax": "1"}
    rows[1:4] = [row | {"_source": "list"} for row in rows[1:4]]
    assert cells(merged(*rows, rules=SurvivorRules(("most_complete",), {"crm": 1}, {"x_n": rule})))["x_n"] == kept


def test_groups_do_not_mix():
    frame = pl.DataFrame(
        {"_record": list("abcd"), "_source": ["crm"] * 4, "title": [None, "x", None, "y"]},
        schema_overrides={"title": pl.String},
    )
    groups = pl.DataFrame({"record": list("abcd"), "group": list("aacc")})
    rules = SurvivorRules(order=(), priorities={})
    assert resolve("contacts", frame, groups, rules).values.select("_record", "title").rows() == [
        ("a", "x"),
        ("c", "y"),
    ]


def test_no_groups_give_no_survivors():
    frame = pl.DataFrame({"_record": ["a"], "_source": ["crm"], "title": ["x"]})
    empty = pl.DataFrame(schema={"record": pl.String, "group": pl.String})
    survivors = resolve("contacts", frame, empty, RULES)
    assert (survivors.members.height, survivors.values.height, survivors.losers.height) == (0, 0, 0)
