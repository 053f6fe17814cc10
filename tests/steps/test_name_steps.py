"""The steps of names and places on whole columns: what they write, what they leave, and that a second run is quiet."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmclean.plan.model import Defaults
from crmclean.records import WHY_PREFIX
from crmclean.steps import companies, countries, industries, lifecycles, persons, states
from crmclean.steps.contract import Context, Learning
from crmclean.values.codes import CODES

PLAN = SimpleNamespace(defaults=Defaults())


def run(step, object_, cells, plan=PLAN):
    """Return what a step makes of columns of text."""
    frame = pl.LazyFrame(cells, schema=dict.fromkeys(cells, pl.String))
    columns = tuple(cells)
    facts = step.learn(Learning(object=object_, columns=columns, frame=frame, plan=plan)) if step.learn else None
    context = Context(object=object_, columns=columns, facts=facts, tables={}, plan=plan, as_of=date(2026, 11, 21))
    after = step.apply(frame, context).collect()
    touched = {name for name in after.columns if not name.startswith(WHY_PREFIX)} - set(columns)
    assert touched <= set(step.columns(object_, columns))
    codes = after.select(pl.col(f"^{WHY_PREFIX}.*$")).unpivot()["value"].drop_nulls().unique()
    assert set(codes) <= set(CODES)
    return after


def cells(frame):
    return {name: frame[name].to_list() for name in frame.columns if not name.startswith(WHY_PREFIX)}


def names(*values):
    return cells(run(companies.STEP, "companies", {"name": list(values)}))["name"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ('Bob "Bobby" Ray', "persons.more"),
        ("Ann Lee (Acme)", "persons.more"),
        ("Eva Muster geb. Schmidt", "persons.more"),
        ("Ann Lee", None),
        ("Dr. Hans van der Berg, PhD", None),
        ("LEE, ANN MARIE", "persons.order"),
        ("김민수", None),
    ],
)
def test_what_the_parts_of_a_full_name_do_not_say_is_told(name, why):
    after = run(persons.STEP, "contacts", {"full_name": [name]})
    assert after[f"{WHY_PREFIX}full_name"].to_list() == [why]
    assert after["last_name"].null_count() == 0


def test_one_company_in_four_spellings_becomes_one():
    assert set(names("Apple Inc", "Apple, Inc.", "APPLE INC.", "Apple")) == {"Apple"}


def test_forms_that_tell_companies_apart_stay():
    assert names("Globex", "Globex Ltd", "Globex GmbH") == ["Globex", "Globex Ltd.", "Globex GmbH"]


def test_a_form_without_a_bare_twin_stays():
    assert names("Apple Inc", "Apple, Inc.") == ["Apple Inc.", "Apple Inc."]


@pytest.mark.parametrize("name", ["AT&T", "SAS Institute", "The Limited", "H&M", "3M", "IKEA", "AB", "Yahoo!", "e.on"])
def test_names_that_look_like_forms_survive(name):
    assert names(name, "Globex", "Globex Inc.") == [name, "Globex", "Globex"]


def test_a_repaired_case_makes_no_legal_form():
    once = names(":PP:E", "PP:E PT")
    assert names(*once) == once


def test_the_column_itself_says_how_a_name_is_written():
    assert names("ikea", "Ikea", "Ikea") == ["Ikea", "Ikea", "Ikea"]
    assert names("EBAY INC", "eBay Inc", "eBay Inc.") == ["eBay Inc."] * 3
    assert names("VISA", "VISA", "Visa") == ["VISA", "VISA", "Visa"]


def test_the_order_of_rows_does_not_matter():
    values = ["Apple Inc", "APPLE", "Apple", "Globex Ltd", "GLOBEX", "globex gmbh", "Visa", "VISA"]
    forward = dict(zip(values, names(*values), strict=True))
    backward = dict(zip(reversed(values), names(*reversed(values)), strict=True))
    assert forward == backward


def test_a_full_name_fills_only_what_is_empty():
    after = run(
        persons.STEP,
        "contacts",
        {
            "full_name": ["Mr. James Bond", "James Bond", "Acme Inc", "John & Mary Smith", "Ng, ANNA"],
            "first_name": [None, "Jim", None, None, None],
            "last_name": [None, None, None, None, None],
        },
    )
    found = cells(after)
    assert found["first_name"] == ["James", "Jim", None, None, "Anna"]
    assert found["last_name"] == ["Bond", None, None, None, "Ng"]
    assert found["salutation"] == ["Mr.", None, None, None, None]
    assert found["full_name"] == ["Mr. James Bond", "James Bond", "Acme Inc", "John & Mary Smith", "ANNA Ng"]
    why = after[f"{WHY_PREFIX}full_name"].to_list()
    assert why == [None, None, "persons.organisation", "persons.two-people", "persons.order"]


@pytest.mark.parametrize(
    ("cell", "salutation", "first"),
    [
        ("Prof. Dr. Max", "Prof. Dr.", "Max"),
        ("Herr Dr. med. dent. Max", "Herr Dr. med. dent.", "Max"),
        ("Dr. h.c. Eva", "Dr. h.c.", "Eva"),
        ("Dr. H. C. Hans", "Dr.", "H. C. Hans"),
        ("Dr. Phil", "Dr.", "Phil"),
        ("Drew", None, "Drew"),
        ("Miss", None, "Miss"),
    ],
)
def test_all_titles_of_a_first_name_go(cell, salutation, first):
    found = cells(run(persons.STEP, "contacts", {"first_name": [cell], "last_name": ["Muster"], "salutation": [None]}))
    assert (found["salutation"], found["first_name"]) == ([salutation], [first])


def test_a_title_and_a_suffix_go_where_there_is_room():
    found = cells(
        run(
            persons.STEP,
            "contacts",
            {
                "first_name": ["Dr. MARY", "Dr. Mary", "Drew", "Hans", "Hans", "Rui", "Amit"],
                "last_name": ["KING, JR.", "King", "Ives", "Weiß sen.", "Weiß jun", "Silva Junior", "Das Sen"],
                "salutation": [None, "Prof.", None, None, None, None, None],
            },
        )
    )
    assert found["first_name"] == ["Mary", "Dr. Mary", "Drew", "Hans", "Hans", "Rui", "Amit"]
    assert found["last_name"] == ["King", "King", "Ives", "Weiß", "Weiß", "Silva Junior", "Das Sen"]
    assert found["salutation"] == ["Dr.", "Prof.", None, None, None, None, None]
    assert found["name_suffix"] == ["Jr.", None, None, "sen.", "jun", None, None]


def test_a_country_is_settled_by_its_own_address():
    found = cells(
        run(
            countries.STEP,
            "contacts",
            {
                "country": ["Georgia", "Georgia", "NA", "NO", "Scotland", "CA", "CA", "Atlantis", None],
                "region": ["GA", None, None, None, None, "ON", "California", None, "Texas"],
                "city": [None, "Tbilisi", None, None, None, None, None, None, None],
            },
        )
    )
    assert found["country"] == ["US", "GE", "NA", "NO", "GB", "CA", "US", "Atlantis", None]
    assert found["region"] == ["GA", None, None, None, "GB-SCT", "ON", "California", None, "Texas"]


def test_each_address_has_its_own_country():
    found = cells(
        run(
            states.STEP,
            "companies",
            {
                "region": ["CA", "Bayern", "Ontario", "CA"],
                "country": ["US", "DE", "US", None],
                "shipping_region": ["BC", "TX", None, "US-CA"],
                "shipping_country": ["CA", "US", "US", "US"],
            },
        )
    )
    assert found["region"] == ["US-CA", "DE-BY", "Ontario", "CA"]
    assert found["shipping_region"] == ["CA-BC", "US-TX", None, "US-CA"]


def test_the_plan_s_country_reads_states_without_one():
    plan = SimpleNamespace(defaults=Defaults(region="US"))
    found = run(states.STEP, "contacts", {"region": ["CA", "Bavaria"]}, plan)
    assert found["region"].to_list() == ["US-CA", "DE-BY"]
    assert found[f"{WHY_PREFIX}region"].to_list() == ["states.country-default", "states.country-from-name"]


def test_vocabularies_keep_what_they_do_not_know():
    assert cells(run(industries.STEP, "companies", {"industry": ["SaaS", "Zorbing", None]}))["industry"] == [
        "computer_software", "Zorbing", None,
    ]  # fmt: skip
    assert cells(run(lifecycles.STEP, "contacts", {"lifecycle": ["MQL", "Customer", "hot"]}))["lifecycle"] == [
        "marketing_qualified", "customer", "hot",
    ]  # fmt: skip


WORDS = "Apple APPLE apple Inc. LLC Ltd GmbH The & Dr. JR. van MARY mary O'NEIL , Georgia CA US Texas GA III PT AB"
WORD = st.sampled_from(WORDS.split(" "))
CELL = st.one_of(st.none(), st.text(max_size=8), st.lists(WORD, min_size=1, max_size=4).map(" ".join))
STEPS = {
    "companies": (companies.STEP, "companies", ("name",)),
    "persons": (persons.STEP, "contacts", ("full_name", "first_name", "last_name", "salutation")),
    "countries": (countries.STEP, "contacts", ("country", "region", "city")),
    "states": (states.STEP, "contacts", ("country", "region")),
    "industries": (industries.STEP, "leads", ("industry",)),
}


@pytest.mark.parametrize("name", sorted(STEPS))
@given(data=st.data())
@settings(max_examples=60)
def test_a_second_run_changes_nothing(name, data):
    step, object_, fields = STEPS[name]
    rows = data.draw(st.lists(st.tuples(*(CELL for _ in fields)), min_size=1, max_size=6))
    columns = {field: [row[index] or None for row in rows] for index, field in enumerate(fields)}
    once = cells(run(step, object_, columns))
    assert cells(run(step, object_, once)) == once
