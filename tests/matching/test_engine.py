import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmclean.errors import PlanError
from crmclean.matching.contacts import prepared
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.matching.weights import Weights

CONTACT = {"first_name": None, "last_name": None, "email": None, "phone": None, "company_name": None, "city": None}
COMPANY = {"name": None, "domain": None, "phone": None, "city": None, "country": None, "tax_id": None}


def contacts(*rows):
    return _frame("contacts", CONTACT, rows)


def companies(*rows):
    return _frame("companies", COMPANY, rows)


def _frame(object_, blank, rows):
    named = [
        {"_record": f"crm:{object_}:{number}", "_source": "crm", **blank, **row} for number, row in enumerate(rows)
    ]
    return pl.DataFrame(named, schema=dict.fromkeys(named[0], pl.String))


def band(object_, frame):
    """The band of the only pair of two rows; "leave" where it was no candidate."""
    pairs = match(object_, frame, MatchSettings()).pairs
    return pairs["band"].item() if pairs.height else "leave"


MARY = {"first_name": "Mary", "last_name": "Jones"}
JOHN = {"first_name": "John", "last_name": "Smith", "email": "john@acme.com", "phone": "+14155550123"}
ELSEWHERE = {"email": "j@b.org", "phone": "+14155550999", "city": "Oslo"}
ALONE = {"first_name": "John", "last_name": "Smith", "company_name": "Acme", "city": "Rome"}

PEOPLE = [
    ("the same mailbox and name", JOHN, JOHN | {"phone": None}, "merge"),
    ("the same mailbox, no name on one side", JOHN, {"email": "john@acme.com"}, "merge"),
    ("the same mailbox in other case", JOHN, {**JOHN, "email": "JOHN@acme.com", "phone": None}, "merge"),
    ("the same phone and name", JOHN, JOHN | {"email": None}, "merge"),
    ("the same phone and an initial", JOHN, JOHN | {"first_name": "J.", "email": None}, "merge"),
    ("the same mailbox, two full names", JOHN, JOHN | MARY, "review"),
    ("the same phone, two full names", JOHN, MARY | {"phone": JOHN["phone"]}, "leave"),
    ("the same family name and phone: a household", JOHN, JOHN | {"first_name": "Mary", "email": None}, "leave"),
    ("the same role mailbox, no names", {"email": "info@acme.com"}, {"email": "info@acme.com"}, "leave"),
    ("the same name, another mailbox", JOHN, JOHN | {"email": "j@b.org", "phone": None}, "review"),
    ("namesakes of whom everything else differs", JOHN | {"city": "Rome"}, JOHN | ELSEWHERE, "leave"),
    ("the same company and first name", ALONE, ALONE | {"last_name": "Jones"}, "leave"),
    ("nothing but a phone", {"phone": JOHN["phone"]}, {"phone": JOHN["phone"]}, "review"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "expected"), [case[1:] for case in PEOPLE], ids=[case[0] for case in PEOPLE])
def test_bands_of_people(left, right, expected):
    assert band("contacts", contacts(left, right)) == expected


ACME = {"name": "Acme Inc", "domain": "acme.com", "country": "US"}

FIRMS = [
    ("the same domain and name", ACME, ACME | {"name": "ACME, Inc."}, "merge"),
    ("the same domain, no country", ACME, {"name": "Acme", "domain": "www.acme.com"}, "merge"),
    ("the same name and country", ACME, ACME | {"domain": None}, "merge"),
    ("the same domain, another form", ACME, ACME | {"name": "Acme GmbH"}, "review"),
    ("the same domain, another country", ACME, ACME | {"country": "DE"}, "review"),
    ("the same domain, another tax number", ACME | {"tax_id": "1"}, ACME | {"tax_id": "2"}, "review"),
    ("the same domain, another name", ACME, ACME | {"name": "Zebra Logistics"}, "review"),
    ("the same name and nothing else", {"name": "Acme Inc"}, {"name": "Acme Inc"}, "review"),
    ("the same name, other countries", ACME | {"domain": None}, {"name": "Acme Inc", "country": "DE"}, "review"),
    ("another name in the same country", ACME, {"name": "Zebra", "country": "US"}, "leave"),
    ("the same free-mail domain", ACME | {"domain": "gmail.com"}, {"name": "Zebra", "domain": "gmail.com"}, "leave"),
]


@pytest.mark.parametrize(("left", "right", "expected"), [case[1:] for case in FIRMS], ids=[case[0] for case in FIRMS])
def test_bands_of_companies(left, right, expected):
    assert band("companies", companies(left, right)) == expected


def test_a_rejected_pair_stays_apart_also_through_a_third_record():
    frame = contacts(JOHN, JOHN | {"phone": None}, JOHN | {"email": None})
    rejected = pl.DataFrame({"left": ["crm:contacts:1"], "right": ["crm:contacts:2"]})
    groups = match("contacts", frame, MatchSettings(rejected=rejected)).groups
    together = dict(zip(groups["record"], groups["group"], strict=True))
    assert together.get("crm:contacts:1", 1) != together.get("crm:contacts:2", 2)


def test_an_accepted_pair_merges_whatever_its_score():
    frame = contacts(JOHN, {"first_name": "Mary", "last_name": "Jones"})
    accepted = pl.DataFrame({"left": ["crm:contacts:1"], "right": ["crm:contacts:0"]})
    assert match("contacts", frame, MatchSettings(accepted=accepted)).groups.height == 2


def test_a_decision_about_an_unknown_record_is_said_and_not_applied():
    accepted = pl.DataFrame({"left": ["crm:contacts:0"], "right": ["crm:contacts:99"]})
    found = match("contacts", contacts(JOHN), MatchSettings(accepted=accepted))
    assert [note.code for note in found.notes] == ["decisions.unknown-record"]
    assert found.groups.is_empty()


def test_a_group_over_the_limit_waits_for_a_person():
    found = match("contacts", contacts(*[JOHN] * 8), MatchSettings(group_limit=5))
    assert found.groups.is_empty()
    assert set(found.held["code"]) == {"dedupe.group-too-large"}
    assert found.held.height == 8


@pytest.mark.parametrize("column", ["email", "phone", "last_name"])
def test_a_file_where_everybody_shares_one_value_ends_and_says_so(column):
    rows = [{"first_name": f"N{n}", "last_name": f"L{n}x{n * 7}", column: "same@x.org"} for n in range(3000)]
    found = match("contacts", contacts(*rows), MatchSettings())
    assert found.pairs.height < 40 * len(rows)
    assert found.groups.is_empty()


names = st.sampled_from(["John", "Jon", "Mary", "J", None])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "first_name": names,
            "last_name": st.sampled_from(["Smith", "Smyth", "Jones", None]),
            "email": st.sampled_from(["a@x.org", "b@x.org", "info@x.org", None]),
            "phone": st.sampled_from(["+14155550123", "+14155550124", None]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25)
@given(rows, st.randoms())
def test_the_order_of_rows_changes_nothing(people, random):
    frame = contacts(*people)
    order = list(range(frame.height))
    random.shuffle(order)
    one, other = match("contacts", frame, MatchSettings()), match("contacts", frame[order], MatchSettings())
    assert one.pairs.equals(other.pairs)
    assert one.groups.equals(other.groups)
    assert one.held.equals(other.held)


@settings(max_examples=25)
@given(rows, st.lists(st.sampled_from(["Acme", "Acme Ltd", "Globex", None]), min_size=12, max_size=12), st.randoms())
def test_people_made_ready_before_their_companies_are_known_match_the_same(people, names, random):
    order = random.sample(range(len(people)), len(people))
    before = contacts(*people)[order]
    frame = before.with_columns(company_name=pl.Series(names[: len(people)], dtype=pl.String))
    one, other = match("contacts", frame, MatchSettings()), match("contacts", frame, MatchSettings(), prepared(before))
    assert one.pairs.equals(other.pairs)
    assert one.groups.equals(other.groups)
    assert one.notes == other.notes


@settings(max_examples=25)
@given(rows)
def test_no_two_records_with_conflicting_names_share_a_group(people):
    found = match("contacts", contacts(*people), MatchSettings())
    group = dict(zip(found.groups["record"], found.groups["group"], strict=True))
    apart = found.pairs.filter(pl.col("veto").is_not_null()).select("left", "right").rows()
    assert not [pair for pair in apart if pair[0] in group and group.get(pair[0]) == group.get(pair[1])]


def test_a_rule_of_the_plan_merges_or_keeps_apart():
    twice = contacts(JOHN | {"city": "Rome"}, JOHN | ELSEWHERE)
    assert match("contacts", twice, MatchSettings(always=("l_last_name = r_last_name",))).groups.height == 2
    same = contacts(JOHN, JOHN)
    assert match("contacts", same, MatchSettings(never=("l_email = r_email",))).groups.is_empty()
    conflict = contacts(JOHN, JOHN | MARY)
    assert match("contacts", conflict, MatchSettings(always=("l_email = r_email",))).groups.is_empty()


def test_a_rule_that_cannot_be_read_is_an_error_and_one_without_its_fields_says_nothing():
    with pytest.raises(PlanError):
        match("contacts", contacts(JOHN, JOHN), MatchSettings(never=("l_email is no SQL",)))
    found = match("contacts", contacts(JOHN, JOHN), MatchSettings(never=("l_nowhere = r_nowhere",)))
    assert found.groups.height == 2


def test_always_finds_its_pairs_itself_in_bounds_and_says_what_it_capped():
    two = contacts({"email": "one@x.example"}, {"phone": "+14155550123"}).with_columns(pl.Series("x_code", ["A", "A"]))
    always = MatchSettings(always=("l_x_code = r_x_code",))
    assert match("contacts", two, always).groups.height == 2
    many = contacts(*[{"email": f"m{n}@x{n}.example"} for n in range(3000)]).with_columns(x_code=pl.lit("A"))
    found = match("contacts", many, always)
    assert found.pairs.height < 10 * many.height
    assert ("match.rule-capped", many.height) in {(note.code, note.count) for note in found.notes}


def test_a_never_that_no_compared_pair_shows_holds_through_a_chain():
    chain = [JOHN | {"phone": None}, JOHN, JOHN | {"email": None}]
    frame = contacts(*chain).with_columns(x_branch=pl.Series(["east", None, "west"]))
    always = ("l_email = r_email", "l_phone = r_phone")
    assert match("contacts", frame, MatchSettings(always=always)).groups.height == 3
    groups = match("contacts", frame, MatchSettings(always=always, never=("l_x_branch <> r_x_branch",))).groups
    assert groups.height == 2


def crowd(start, count):
    people = [
        {
            "first_name": f"{chr(97 + n % 23)}{chr(97 + n % 19)}ra",
            "last_name": f"{chr(97 + n % 17)}o{chr(97 + n % 13)}son",
            "email": f"m{n // 2}@x{n % 7}.org",
        }
        for n in range(start, start + count)
    ]
    return contacts(*people).with_columns(
        pl.format("crm:contacts:{}", pl.int_range(start, start + count)).alias("_record")
    )


def test_kept_weights_give_the_same_groups_when_rows_are_added():
    before = match(
        "contacts", pl.concat([crowd(0, 300), crowd(0, 60).with_columns(pl.col("_record") + "b")]), MatchSettings()
    )
    assert before.groups.height
    kept = Weights.of(json.loads(json.dumps(before.weights.document())))
    assert kept == before.weights
    more = pl.concat([crowd(0, 310), crowd(0, 60).with_columns(pl.col("_record") + "b")])
    after = match("contacts", more, MatchSettings(weights=kept))
    old = set(before.groups.select("record", "group").rows())
    assert old <= set(after.groups.select("record", "group").rows())
    assert after.weights == kept


def test_weights_of_other_columns_are_learned_anew():
    kept = match("contacts", contacts(JOHN, JOHN), MatchSettings()).weights
    found = match("contacts", contacts(JOHN, JOHN).drop("phone"), MatchSettings(weights=kept))
    assert found.groups.height == 2
    assert found.weights.fields != kept.fields


DEAL = {"name": "Renewal 2026", "_ref.company_ref": "crm:companies:1", "amount": "100.00", "close_date": "2026-01-31"}
DEALS = [
    ("all the same", DEAL, DEAL, "review"),
    ("another amount", DEAL, DEAL | {"amount": "90.00"}, "review"),
    ("another amount and close", DEAL, DEAL | {"amount": "90.00", "close_date": "2027-01-31"}, "leave"),
    ("another company", DEAL, DEAL | {"_ref.company_ref": "crm:companies:2"}, "leave"),
    ("another name", DEAL, DEAL | {"name": "Upgrade"}, "leave"),
    ("no company", DEAL | {"_ref.company_ref": None}, DEAL | {"_ref.company_ref": None}, "leave"),
]


@pytest.mark.parametrize(("left", "right", "expected"), [case[1:] for case in DEALS], ids=[case[0] for case in DEALS])
def test_deals_are_a_question_at_most(left, right, expected):
    assert band("deals", _frame("deals", dict.fromkeys(DEAL), (left, right))) == expected


def test_a_series_of_deals_is_said_not_compared():
    found = match("deals", _frame("deals", dict.fromkeys(DEAL), [DEAL] * 30), MatchSettings())
    assert ([note.code for note in found.notes], found.pairs.height) == (["match.series"], 0)


PLACE = {"street": "12224 Ventura Blvd.", "city": "Studio City"}
NAMED = [
    ("a longer form of a word", "Art's Deli", "Art's Delicatessen", "merge"),
    ("other order", "Hotel Bel-Air", "Bel-Air Hotel", "merge"),
    ("two houses under one roof", "Ritz-Carlton Cafe", "Ritz-Carlton Dining Room", "review"),
    ("nothing in common", "Citrus", "Campanile", "review"),
]


@pytest.mark.parametrize(("left", "right", "expected"), [case[1:] for case in NAMED], ids=[case[0] for case in NAMED])
def test_names_of_companies_at_one_phone_and_street(left, right, expected):
    others = [
        {"name": f"{word} House", "street": f"{n} Elm St", "city": "Ames"} for n, word in enumerate(["Oak", "Elm"])
    ]
    at = PLACE | {"phone": "818/762-1221"}
    frame = _frame("companies", COMPANY | PLACE, [at | {"name": left}, at | {"name": right}, *others])
    pairs = match("companies", frame, MatchSettings()).pairs
    assert pairs.filter(pl.col("right") == "crm:companies:1")["band"].to_list() == [expected]
