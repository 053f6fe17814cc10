"""Every measure of the shipped dictionary on a few invented records, with the value worked out by hand."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.hygiene.facts_companies import company_facts
from crmclean.hygiene.facts_contacts import contact_facts
from crmclean.hygiene.facts_deals import deal_facts
from crmclean.hygiene.history import KNOWN_DEALS
from crmclean.hygiene.measuring import measured
from crmclean.plan.kpi import read_dictionary
from crmclean.plan.kpi_model import FACTS
from tests.hygiene.invented import AS_OF, KPI, material, measure

FRESH, OLD = "2026-03-20", "2024-06-01"


def contacts(*rows):
    return [{"id": str(number), **row} for number, row in enumerate(rows, start=1)]


deals = contacts
CONTACT_CASES = {
    "contacts.email": (
        {
            "contacts": contacts({"email": "a@b.example"}, {"email": "broken"}, {"phone": "1"}),
            "kept": {"contacts": [("2", "email")]},
        },
        0.5,
        ["2"],
    ),
    "contacts.phone": (
        {
            "contacts": contacts(
                {"phone": "+14155550173"},
                {"phone": "12", "mobile": None},
                {"mobile": "+14155550174"},
                {"email": "x@y.example"},
            ),
            "kept": {"contacts": [("2", "phone")]},
        },
        2 / 3,
        ["2"],
    ),
    "contacts.company": (
        {
            "contacts": contacts(
                {"company_name": "Acme"}, {"company_ref": "9", "company_name": None}, {"email": "a@b.example"}
            )
        },
        1 / 3,
        ["3"],
    ),
    "contacts.stale": (
        {
            "contacts": contacts(
                {"last_activity": FRESH, "created_at": OLD},
                {"last_activity": OLD, "created_at": OLD},
                {"created_at": OLD},  # never a sign of life, and old
                {"created_at": FRESH},  # never, but new
                {"last_activity": OLD, "last_engaged": FRESH, "created_at": OLD},
                {"last_activity": "2027-01-01", "created_at": OLD},  # the future is no sign of life
            )
        },
        3 / 6,
        ["2", "3", "6"],
    ),
    "contacts.unreachable": (
        {
            "contacts": contacts(
                {"email": "a@b.example", "email_bounced": "true"},
                {"email": "a@b.example", "email_bounced": "true", "phone": "+14155550173"},
                {"email": "broken"},
                {"email": "c@d.example"},
            ),
            "kept": {"contacts": [("3", "email")]},
        },
        0.5,
        ["1", "3"],
    ),
    "contacts.consent": (
        {"contacts": contacts({"email_opt_out": "false"}, {"opted_in_at": FRESH}, {"email": "a@b.example"})},
        1 / 3,
        ["3"],
    ),
    "contacts.role_mailbox": (
        {"contacts": contacts({"email": "info@b.example"}, {"email": "ann.info@b.example"}, {"email": None})},
        1 / 3,
        ["1"],
    ),
    "contacts.lifecycle": (
        {
            "contacts": contacts(
                {"lifecycle": "lead"},  # on a won deal
                {"lifecycle": "customer"},  # on no deal
                {"lifecycle": "customer"},  # on a won deal
                {"lifecycle": "lead"},  # on no deal
                {"lifecycle": "opportunity"},  # on an open one
            ),
            "deals": deals(
                {"status": "won", "ref.contact_ref": "s:contacts:1", "contact_ref": "1"},
                {"status": "won", "ref.contact_ref": "s:contacts:3", "contact_ref": "3"},
                {"status": "open", "ref.contact_ref": "s:contacts:5", "contact_ref": "5"},
            ),
        },
        2 / 5,
        ["1", "2"],
    ),
    "contacts.territory": (
        {
            "contacts": contacts(
                {"country": "US", "owner_ref": "Ann"},
                {"country": "CA", "owner_ref": "bo "},  # written otherwise, still the wrong one
                {"country": "DE", "owner_ref": "Ann"},
                {"country": "FR", "owner_ref": "Ann"},  # in no territory
                {"country": "US", "owner_ref": None},  # nobody's
            )
        },
        2 / 3,
        ["2", "3"],
    ),
    "contacts.leavers": (
        {
            "contacts": contacts(
                {"owner_ref": "u1", "ref.owner_ref": "s:users:u1"},
                {"owner_ref": "u2", "ref.owner_ref": "s:users:u2"},
                {"owner_ref": None},
            ),
            "users": [{"id": "u1", "is_active": "true"}, {"id": "u2", "is_active": "false"}],
        },
        0.5,
        ["2"],
    ),
    "contacts.duplicates": (
        {
            "contacts": contacts(
                {"email": "a@b.example"}, {"email": "a@b.example"}, {"email": "c@d.example"}, {"email": "a@b.example"}
            ),
            "groups": {"contacts": [["1", "2", "4"]]},
        },
        0.5,
        ["1", "2", "4"],
    ),
    "contacts.required": (
        {
            "contacts": contacts(
                {"first_name": "A", "last_name": "B", "email": "a@b.example"},
                {"first_name": "C", "last_name": None, "email": None},
            )
        },
        4 / 6,
        ["2.email", "2.last_name"],
    ),
}
COMPANY_CASES = {
    "companies.duplicates": (
        {"companies": contacts({"name": "A"}, {"name": "A Inc."}), "groups": {"companies": [["1", "2"]]}},
        0.5,
        ["1", "2"],
    ),
    "companies.required": (
        {"companies": contacts({"name": "A", "domain": "a.example"}, {"name": "B", "domain": None})},
        3 / 4,
        ["2.domain"],
    ),
    "companies.contacts": (
        {
            "companies": contacts({"contact_count": "2"}, {"contact_count": "0"}, {"contact_count": "0"}),
            "contacts": [{"id": "c", "company_ref": "3", "ref.company_ref": "s:companies:3"}],
        },
        1 / 3,
        ["2"],
    ),
    "companies.industry": ({"companies": contacts({"industry": "retail"}, {"industry": None})}, 0.5, ["2"]),
    "companies.domain": (
        {"companies": contacts({"domain": "a.example"}, {"website": "https://b.example"}, {"domain": None})},
        1 / 3,
        ["3"],
    ),
    "companies.vocabulary": (
        {
            "companies": contacts({"industry": "retail"}, {"industry": "Stuff"}, {"industry": None}),
            "kept": {"companies": [("2", "industry")]},
        },
        0.5,
        ["2"],
    ),
}
OPEN = {"status": "open"}
DEAL_CASES = {
    "deals.quiet": (
        {
            "deals": deals(
                OPEN | {"updated_at": "2026-03-16"},  # 15 days ago
                OPEN | {"updated_at": "2026-03-17"},  # 14
                OPEN | {"updated_at": OLD, "last_activity": FRESH},
                {"status": "won", "updated_at": OLD},
            )
        },
        1 / 3,
        ["1"],
    ),
    "deals.stale": (
        {
            "deals": deals(
                OPEN | {"last_activity": "2026-01-29"},  # 61 days ago
                OPEN | {"last_activity": "2026-01-30"},
                OPEN | {"last_activity": OLD},  # but see the call
                OPEN | {"created_at": FRESH},
            ),
            "activities": [
                {"id": "a", "kind": "call", "done_at": FRESH, "parent_ref": "3", "ref.parent_ref": "s:deals:3"},
                {"id": "b", "kind": "task", "done": "false", "due_date": FRESH, "ref.parent_ref": "s:deals:1"},
            ],
        },
        1 / 4,
        ["1"],
    ),
    "deals.past_close": (
        {
            "deals": deals(
                OPEN | {"close_date": "2026-03-30"},
                OPEN | {"close_date": "2026-03-31"},
                OPEN,
                {"status": "lost", "close_date": OLD},
            )
        },
        1 / 3,
        ["1"],
    ),
    "deals.amount": ({"deals": deals(OPEN | {"amount": "0"}, OPEN | {"amount": None})}, 0.5, ["2"]),
    "deals.close_date": ({"deals": deals(OPEN | {"close_date": "2026-05-01"}, OPEN)}, 0.5, ["2"]),
    "deals.owner": ({"deals": deals(OPEN | {"owner_ref": "Ann"}, OPEN, {"status": "won"})}, 0.5, ["2"]),
    "deals.contact": (
        {
            "deals": deals(OPEN | {"contact_ref": "7"}, OPEN, OPEN | {"contact_ref": None}),
            "links": [
                {
                    "id": "l",
                    "from_object": "deals",
                    "to_object": "contacts",
                    "ref.from_ref": "s:deals:2",
                    "ref.to_ref": "s:contacts:1",
                }
            ],
        },
        1 / 3,
        ["3"],
    ),
    "deals.leavers": (
        {
            "deals": deals(OPEN | {"owner_ref": "u", "ref.owner_ref": "s:users:u"}, OPEN | {"owner_ref": "Ann"}),
            "users": [{"id": "u", "is_active": "false"}],
        },
        0.5,
        ["1"],
    ),
    "deals.stuck": (
        {
            "deals": deals(
                OPEN | {"stage": "New", "stage_entered_at": "2026-03-20"},  # 11 days, 10 allowed
                OPEN | {"stage": "new ", "stage_entered_at": "2026-03-21"},
                OPEN | {"stage": "Offer", "stage_entered_at": "2026-01-30"},  # 60 days, 60 allowed
                OPEN | {"stage": "Offer", "stage_entered_at": "2026-01-29"},
            )
        },
        0.5,
        ["1", "4"],
    ),
    "deals.stage_fields": (
        {
            "deals": deals(
                OPEN | {"stage": "New", "amount": "1"},
                OPEN | {"stage": "Offer"},
                OPEN | {"stage": "Signing", "close_date": FRESH},  # the amount that the offer asked for
                OPEN | {"stage": "Elsewhere"},
            )
        },
        2 / 3,
        ["2", "3"],
    ),
    "deals.reversals": (
        {
            "deals": deals(OPEN | {"stage": "New"}, OPEN | {"stage": "Offer"}, OPEN | {"stage": "New"}),
            "moves": [
                ("1", "Offer", "2026-01-01"),
                ("1", "New", "2026-02-01"),
                ("2", "New", "2026-01-01"),
                ("2", "Offer", "2026-02-01"),
            ],
        },
        0.5,
        ["1"],
    ),
    "deals.won_probability": (
        {
            "deals": deals(
                {"status": "won", "probability": "89.9"}, {"status": "won", "probability": "100"}, {"status": "won"}
            )
        },
        0.5,
        ["1"],
    ),
}
USERS = [{"id": "ann", "is_active": "true"}, {"id": "bo", "is_active": "true"}, {"id": "cy", "is_active": "false"}]


def activity(id_, kind, on, owner, **more):
    return {"id": id_, "kind": kind, "starts_at": on, "owner_ref": owner, "ref.owner_ref": f"s:users:{owner}", **more}


WORK = [
    activity("1", "call", "2026-03-31T10:00:00Z", "ann"),
    activity("2", "call", "2026-03-30T10:00:00Z", "ann", direction="outbound"),
    activity("3", "email", "2026-03-10T10:00:00Z", "bo", direction="outbound"),
    activity("4", "email", "2026-03-31T10:00:00Z", "bo", is_bulk="true"),
    activity("5", "call", "2026-03-31T10:00:00Z", "cy"),
    activity("6", "call", "2026-03-31T11:00:00Z", "bo", direction="inbound"),
    activity("7", "call", "2026-04-01T10:00:00Z", "bo"),
]
ADOPTION_CASES = {
    "adoption.weekly": ({"activities": WORK, "users": USERS}, 1 / 2, []),
    "adoption.daily": ({"activities": WORK, "users": USERS}, 2 / 10, []),
    "adoption.calls": ({"activities": WORK, "users": USERS}, 2 / 4 / 2, []),
    "adoption.emails": ({"activities": WORK, "users": USERS}, 1 / 4 / 2, []),
    "adoption.tasks": (
        {
            "activities": [
                {"id": "1", "kind": "task", "done": "true", "due_date": "2026-03-30"},
                {"id": "2", "kind": "task", "done": "false", "due_date": "2026-03-31"},
                {"id": "3", "kind": "task", "done": "false", "due_date": "2026-04-01"},
                {"id": "4", "kind": "task", "done": "false", "due_date": "2026-03-03"},
                {"id": "5", "kind": "call", "done": "false", "due_date": "2026-03-30"},
            ]
        },
        0.5,
        ["2"],
    ),
    "adoption.response": (
        {
            "activities": [
                {
                    "id": "1",
                    "kind": "email",
                    "direction": "inbound",
                    "starts_at": "2026-03-01T08:00:00Z",
                    "person_ref": "p",
                    "ref.person_ref": "s:contacts:p",
                },
                {
                    "id": "2",
                    "kind": "call",
                    "direction": "outbound",
                    "starts_at": "2026-03-01T10:00:00Z",
                    "ref.person_ref": "s:contacts:p",
                },
                {
                    "id": "3",
                    "kind": "form",
                    "direction": "inbound",
                    "starts_at": "2026-03-01T08:00:00Z",
                    "ref.person_ref": "s:contacts:q",
                },
                {
                    "id": "4",
                    "kind": "email",
                    "is_bulk": "true",
                    "starts_at": "2026-03-01T09:00:00Z",
                    "ref.person_ref": "s:contacts:q",
                },
                {
                    "id": "5",
                    "kind": "email",
                    "direction": "outbound",
                    "starts_at": "2026-03-01T12:00:00Z",
                    "ref.person_ref": "s:contacts:q",
                },
            ]
        },
        3.0,
        [],
    ),
}
CLOSED = deals(
    {
        "status": "won",
        "amount": "100",
        "currency": "USD",
        "created_at": "2026-01-01",
        "close_date": "2026-01-11",
        "owner_ref": "Ann",
        "lead_source": "Web",
    },
    {
        "status": "won",
        "amount": "300",
        "currency": "USD",
        "created_at": "2026-01-01",
        "close_date": "2026-01-31",
        "owner_ref": "Bo",
    },
    {
        "status": "won",
        "amount": "9000",
        "currency": "EUR",
        "created_at": "2026-01-02",
        "close_date": "2026-01-01",
        "owner_ref": "Bo",
    },
    {"status": "lost", "owner_ref": "Ann"},
    {"status": "open", "amount": "300", "close_date": "2026-06-30"},
    {"status": "open", "amount": "5000", "close_date": "2026-07-01"},
)
EARLIER = pl.DataFrame(
    [
        (date(2025, 12, 31), "s:deals:1", "Offer", "open", 100.0, None, date(2026, 1, 15), 50.0),
        (date(2025, 12, 31), "s:deals:2", "Offer", "open", 300.0, None, date(2026, 1, 31), 100.0),
        (date(2025, 12, 31), "s:deals:4", "Offer", "open", 50.0, None, date(2026, 8, 1), 100.0),
    ],
    schema={"on": pl.Date, **KNOWN_DEALS},
    orient="row",
)
PIPELINE_CASES = {
    "pipeline.win_rate": ({"deals": CLOSED}, 3 / 4, []),
    "pipeline.deal_size": ({"deals": CLOSED}, 200.0, []),
    "pipeline.cycle": ({"deals": CLOSED}, 20.0, []),
    "pipeline.revenue_per_rep": ({"deals": CLOSED}, 200.0, []),
    "pipeline.coverage": (
        {"deals": [each for each in CLOSED if each.get("currency") != "EUR"]},
        300 / (1000 - 400),
        [],
    ),
    "pipeline.lead_conversion": (
        {"leads": contacts({"is_converted": "true"}, {"is_converted": "false"}, {"converted_at": FRESH}, {})},
        0.5,
        [],
    ),
    "pipeline.conversion": (
        {
            "deals": deals({"status": "won"}, {"status": "lost"}, {"status": "open"}),
            "moves": [
                ("1", "New", "2026-01-01"),
                ("1", "Offer", "2026-01-05"),
                ("2", "New", "2026-01-01"),
                ("3", "New", "2026-01-01"),
                ("3", "Offer", "2026-01-02"),
            ],
        },
        3 / 4,  # New: 1 and 3 went on, 2 was lost; Offer: 1 was won, 3 is still there
        [],
    ),
    "pipeline.forecast": ({"deals": CLOSED[:2], "earlier": EARLIER}, 1 - (400 - 350) / 400, []),
}
ALL_CASES = {**CONTACT_CASES, **COMPANY_CASES, **DEAL_CASES, **ADOPTION_CASES, **PIPELINE_CASES}


@pytest.mark.parametrize("name", ALL_CASES)
def test_a_measure_is_what_one_works_out_by_hand(name):
    known, expected, exceptions = ALL_CASES[name]
    value, named = measure(name, **known)
    assert value.reason is None
    assert value.value == pytest.approx(expected)
    assert named == exceptions


def test_every_measure_of_the_dictionary_has_a_case():
    assert set(read_dictionary().measures) - set(ALL_CASES) == {"contacts.balance"}


@pytest.mark.parametrize(
    ("owners", "share", "unfair"),
    [
        (["a"] * 8 + ["b"] * 2, 0.8, False),  # b has 20 %
        (["a"] * 9 + ["b"], 0.9, True),
        (["a"] * 5 + ["b"] * 4 + ["c"], 0.5, False),  # not over half
        (["a"] * 10, 1.0, False),  # nobody else to give any to
    ],
)
def test_an_owner_has_too_many_only_where_another_one_has_next_to_none(owners, share, unfair):
    value, named = measure("contacts.balance", contacts=contacts(*({"owner_ref": each} for each in owners)))
    assert value.value == pytest.approx(share)
    assert (value.met is False, len(named)) == (unfair, int(unfair))


def test_amounts_of_several_currencies_are_never_added():
    value, _ = measure("pipeline.deal_size", deals=CLOSED)
    told = {part.key: part.value for part in value.parts if part.dimension == "currency"}
    assert (value.currency, told) == ("USD", {"USD": 200.0, "EUR": 9000.0})


def test_a_breakdown_adds_up_to_the_whole():
    value, _ = measure("pipeline.win_rate", deals=CLOSED)
    by_owner = [part for part in value.parts if part.dimension == "owner"]
    assert {part.key: part.value for part in by_owner} == {"Ann": 0.5, "Bo": 1.0}
    assert sum(part.numerator for part in by_owner) == value.numerator
    assert sum(part.denominator for part in by_owner) == value.denominator


def test_nothing_is_measured_from_nothing():
    found = measured(material(contacts=contacts({"first_name": "A"})))
    told = {each.measure.id: each for each in found.values}
    silent = [name for name, each in told.items() if each.value is None]
    assert set(told) - set(silent) == {"contacts.required"}
    assert all(told[name].reason.startswith("needs ") for name in silent)
    assert "deals" in told["deals.stale"].reason
    assert "Email of contacts" in told["contacts.email"].reason


def test_a_territory_table_of_strangers_tells_nothing():
    """Owners that are written otherwise than in the export would put every contact outside its territory."""
    tables = {"contacts": contacts({"country": "US", "owner_ref": "Ann Lee"}, {"country": "DE", "owner_ref": "Bo Roe"})}
    found = {each.measure.id: each for each in measured(material(**tables)).values}
    told = found["contacts.territory"]
    assert (told.value, told.reason) == (
        None,
        "needs owners in [[territory]] as the export names them: name, email or id",
    )


def test_users_of_whom_none_owns_anything_tell_nothing():
    """A list of users from elsewhere: nobody has left, and nobody works in the CRM, as far as it can say."""
    tables = {
        "contacts": contacts({"owner_ref": "Ann"}, {"owner_ref": "Bo"}),
        "deals": [{"id": "1", "status": "open", "owner_ref": "Ann"}],
        "activities": [{"id": "1", "kind": "call", "owner_ref": "Ann", "starts_at": "2026-03-30T10:00:00Z"}],
        "users": [{"id": "u1", "is_active": "true"}, {"id": "u2", "is_active": "false"}],
    }
    found = measured(material(**tables))
    values = {row.measure.id: row for row in found.values}
    for name, object_ in (
        ("contacts.leavers", "contacts"),
        ("deals.leavers", "deals"),
        ("adoption.calls", "activities"),
    ):
        assert values[name].value is None
        assert values[name].reason == f"needs users among whom the owners of {object_} are"


def test_an_export_without_days_has_no_ages():
    rows = deals(OPEN | {"close_date": "2026-01-01", "amount": "1"})
    found = {each.measure.id: each for each in measured(material(deals=rows, dated=False)).values}
    assert found["deals.past_close"].value is None
    assert "--as-of" in found["deals.past_close"].reason
    assert found["deals.amount"].value == 0


ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "email": st.sampled_from([None, "info@b.example", "a@b.example"]),
            "phone": st.sampled_from([None, "+14155550173", "1"]),
            "company_name": st.sampled_from([None, "Acme"]),
            "country": st.sampled_from([None, "US", "DE"]),
            "owner_ref": st.sampled_from([None, "Ann", "Bo", "Cy"]),
            "lifecycle": st.sampled_from([None, "lead", "customer"]),
            "last_activity": st.sampled_from([None, FRESH, OLD]),
            "created_at": st.sampled_from([None, FRESH, OLD]),
        },
    ),
    max_size=12,
)


@given(ROWS)
def test_shares_lie_between_0_and_1_and_exceptions_are_no_more_than_records(rows):
    found = measured(material(KPI, contacts=contacts(*rows))) if rows else None
    for value in found.values if found else ():
        if value.value is not None and value.measure.unit == "percent":
            assert 0 <= value.value <= 1
            assert 0 <= value.numerator <= value.denominator
    if found:
        per_record = found.defects.filter(pl.col("field").is_null() & (pl.col("object") == "contacts"))
        assert per_record.group_by("measure", "record").len()["len"].to_list().count(1) == per_record.height
        assert date(2026, 3, 31) == AS_OF


@pytest.mark.parametrize("rows", [[], [{"id": "1"}]], ids=["no rows", "one row"])
def test_every_fact_that_conditions_may_name_is_worked_out_when_it_is_used(rows):
    known = material(contacts=rows, companies=rows, deals=rows, activities=rows, users=rows)
    made = {"contacts": contact_facts, "companies": company_facts, "deals": deal_facts}
    for object_, facts in made.items():
        frame = facts(known, set(FACTS[object_]))
        assert frame.height == len(rows)
        assert set(FACTS[object_]) <= set(frame.columns)
        assert not set(FACTS[object_]) & set(facts(known, set()).columns)
