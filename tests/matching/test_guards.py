"""Rows as exports have them that must stay apart, each beside enough others that the file can tell what is common."""

import os
import subprocess
import sys
from itertools import combinations

import polars as pl
import pytest

from benchmarks.matching_data import contacts
from crmclean.matching.engine import match
from crmclean.matching.grouping import grouped
from crmclean.matching.model import MatchSettings
from tests.matching.test_never_alone import CROWD, people

OFFICE = {"company_name": "Brandt & Söhne GmbH", "street": "Hafenstr. 12", "city": "Bremen", "postal_code": "28195"}
HOME = {"street": "Lindenweg 4", "city": "Celle", "postal_code": "29221", "phone": "+495141555010"}


def named(*names, **shared):
    return [dict(zip(("first_name", "last_name"), name.split(" ", 1), strict=True)) | shared for name in names]


PERSONS = {
    "role mailbox": named("Ute Brandt", "Kai Lorenz", "Mia Voss", email="info@brandt-soehne.example", **OFFICE),
    "role mailbox without names": [{"email": "office@brandt.example", "city": city} for city in ("Kiel", "Bonn")],
    "sales desk": named("Ana Ruiz", "Tom Weir", email="sales@weir.example", phone="+441632960100"),
    "shared mailbox": named("Olga Petrov", "Ivan Petrov", "Nina Petrov", email="familie.petrov@mail.example"),
    "assistant's mailbox": named("Bea Kurz", "Dr. Lang", email="kurz@praxis.example", phone="+49305550123"),
    "switchboard": named("Ute Brandt", "Kai Lorenz", "Mia Voss", "Jan Adler", phone="+49421555000", **OFFICE),
    "switchboard, same family name": named("Ute Brandt", "Kai Brandt", phone="+49421555000", **OFFICE),
    "household": named("Petra Vogel", "Dieter Vogel", "Lena Vogel", **HOME),
    "household with initials": named("P. Vogel", "D. Vogel", **HOME),
    "father and son": [
        *named("Karl Vogel", birthdate="1948-03-02", **HOME), *named("Karl Vogel", birthdate="1979-11-20", **HOME),
    ],
    "junior and senior": [*named("Sam Reed", name_suffix="Sr.", **HOME), *named("Sam Reed", name_suffix="Jr", **HOME)],
    "filler mailbox": named("Ida Noll", "Max Roth", "Eva Lind", email="noreply@example.com"),
    "filler phone": named("Ida Noll", "Max Roth", "Eva Lind", phone="+10000000000"),
    "filler names": [
        *named("Test Test", email="a@one.example"), *named("Test Test", email="b@two.example"),
        *named("Test Test", email="c@three.example"),
    ],
    "namesakes": [
        *named("Thomas Müller", email="t.mueller@ost.example", company_name="Ost AG", city="Jena"),
        *named("Thomas Müller", email="thomas@west.example", company_name="West KG", city="Köln"),
    ],
    "namesakes in one town": [
        *named("Thomas Müller", email="t.mueller@ost.example", phone="+493641555001", company_name="Ost", city="Jena"),
        *named("Thomas Müller", email="thomas@west.example", phone="+493641555944", company_name="West", city="Jena"),
    ],
    "successor at a desk": named("Ruth Amsel", "Gerd Falke", title="Einkauf", phone="+494215550177", **OFFICE),
    "siblings at one firm": named("Anna Falke", "Hanna Falke", "Johanna Falke", **OFFICE),
}  # fmt: skip
CHAIN = {"name": "Bäckerei Korn", "domain": "korn.example", "country": "DE"}
ACME = {"name": "Acme Holding", "country": "US", "city": "Ames"}
FIRMS = {
    "branches of a chain": [
        CHAIN | {"street": f"Markt {n}", "city": city, "postal_code": f"1011{n}", "phone": f"+4930555010{n}"}
        for n, city in enumerate(("Jena", "Kiel", "Bonn", "Köln"), start=1)
    ],
    "numbered branches": [{"name": f"Kita Sonnenschein {n}", "city": "Jena", "country": "DE"} for n in (1, 2, 12)],
    "stores of a franchise": [
        {"name": f"Burgerhaus {city}", "domain": "burgerhaus.example", "city": city, "country": "DE"}
        for city in ("Jena", "Kiel", "Bonn")
    ],
    "parent and subsidiary": [ACME, ACME | {"name": "Acme Holding", "_ref.parent_ref": "s:companies:0"}],
    "subsidiaries by name": [ACME | {"name": "Acme Logistics Inc"}, ACME | {"name": "Acme Finance Inc"}],
    "other legal form": [ACME | {"name": "Acme GmbH"}, ACME | {"name": "Acme AG"}],
    "other country": [ACME, ACME | {"country": "DE"}],
    "other customer number": [ACME | {"account_number": "4711"}, ACME | {"account_number": "4712"}],
    "other tax number": [ACME | {"tax_id": "US-11"}, ACME | {"tax_id": "US-99"}],
    "one domain, two names": [
        {"name": "Zebra Logistik", "domain": "zebra.example"}, {"name": "Nordlicht Energie", "domain": "zebra.example"}
    ],
    "one hosted domain": [
        {"name": "Café Klee", "website": "facebook.com/klee"}, {"name": "Café Moor", "website": "facebook.com/moor"}
    ],
    "one free-mail domain": [{"name": "Café Klee", "domain": "gmail.com"}, {"name": "Moor", "domain": "gmail.com"}],
    "one office building": [
        {"name": name, "street": "Hafenstr. 12", "city": "Bremen", "postal_code": "28195", "phone": "+49421555000"}
        for name in ("Kanzlei Ahrens", "Praxis Dr. Bohm", "Steuerbüro Cordes")
    ],
    "sister firms at one address": [
        {"name": f"Brenner {unit}Ltd", "street": "4 Mill Ln", "city": "York", "postal_code": "YO1 7HH"}
        for unit in ("", "Trading ", "Holdings ", "(UK) ", "Pension Trustees ")
    ],
    "departments of one university": [
        {"name": name, "street": "1 College Way", "city": "Ames", "phone": "+15155550100", "domain": "ames.example"}
        for name in ("University of Ames", "University of Ames Library", "Department of Physics, University of Ames",
                     "University of Ames, School of Law")
    ],
    "one name within two others": [
        {"name": name, "street": "8 Quay Rd", "city": "Hull", "phone": "+441482550100"}
        for name in ("Larkin", "Larkin Marine Paint", "Larkin Diesel Repair")
    ],
    "branches on one call center's number": [
        {"name": "Rent-a-Van", "domain": "van.example", "phone": "+18005550100", "street": f"{n} Main St", "city": city}
        for n, city in enumerate(("Jena", "Kiel", "Bonn"), start=11)
    ],
    "two branches in one town on that number": [
        {"name": "Rent-a-Van", "domain": "van.example", "phone": "+18005550100", "street": street, "city": city}
        for street, city in (("1 Elm St", "Jena"), ("94 Oak St", "Jena"), ("3 Ash St", "Kiel"), ("5 Fir St", "Bonn"))
    ],
    "no names at one address": [
        {"street": "1 Plaza", "city": "Ames", "phone": "+15155550100", "x_fax": f"1515555{n}"} for n in (100, 101)
    ],
    "part of a name at one website": [
        {"name": "Stevens", "domain": "stevens.example"}, {"name": "Stevens Energy", "domain": "stevens.example"}
    ],
    "common words": [{"name": "Deutsche Bank", "city": "Jena"}, {"name": "Deutsche Bahn", "city": "Jena"}],
}  # fmt: skip
OTHERS = [
    {"name": f"{a}{b} {c}", "domain": f"{a}{b}.example".lower(), "city": "Ames", "country": "US"}
    for a in ("Bel", "Cor", "Dun", "Fal")
    for b in ("ton", "wick", "ham")
    for c in ("Works", "Tools")
]


def of_firms(rows):
    frame = people(*rows)
    return frame.with_columns(pl.col("_record").str.replace("contacts", "companies"))


def merged(object_, frame, rows):
    """The pairs of the first rows that stand in one group."""
    groups = dict(match(object_, frame, MatchSettings()).groups.select("record", "group").iter_rows())
    ids = [f"s:{object_}:{number}" for number in range(rows)]
    return [(one, other) for one, other in combinations(ids, 2) if one in groups and groups[one] == groups.get(other)]


@pytest.mark.parametrize("rows", PERSONS.values(), ids=PERSONS.keys())
@pytest.mark.parametrize("crowd", [[], CROWD], ids=["alone", "in a crowd"])
def test_these_people_stay_apart(rows, crowd):
    assert merged("contacts", people(*rows, *crowd), len(rows)) == []


@pytest.mark.parametrize("rows", FIRMS.values(), ids=FIRMS.keys())
@pytest.mark.parametrize("crowd", [[], OTHERS], ids=["alone", "in a crowd"])
def test_these_firms_stay_apart(rows, crowd):
    assert merged("companies", of_firms([*rows, *crowd]), len(rows)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("Ute Brandt", email="ute@brandt.example")[0], named("Ute Brandt", email="UTE@brandt.example")[0]),
        (named("Ute Brandt", phone="+494215550177")[0], named("U. Brandt", phone="+494215550177")[0]),
        (
            named("Robert Vogel", **HOME)[0] | {"email": "rob@vogel.example"},
            named("Bob Vogel", **HOME)[0] | {"email": "rob@vogel.example"},
        ),
    ],
    ids=["mailbox", "phone and initial", "nickname"],
)
def test_copies_among_them_merge(one, other):
    rows = [one, other, *PERSONS["switchboard"], *PERSONS["household"], *CROWD]
    assert merged("contacts", people(*rows), 2) == [("s:contacts:0", "s:contacts:1")]


SCHOOL = {"name": "Larkspur School", "street": "12 W Mill Road", "city": "Ames", "postal_code": "50010"}
COPIES = {
    "name and address": SCHOOL,
    "another suite": SCHOOL | {"street": "12 W Mill Rd, Suite 4"},
    "a leading article": SCHOOL | {"name": "The Larkspur School"},
    "name and town": {"name": "LARKSPUR SCHOOL", "city": "Ames"},
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES.keys())
def test_one_name_at_one_place_merges(copy):
    assert merged("companies", of_firms([SCHOOL, copy, *OTHERS]), 2) == [("s:companies:0", "s:companies:1")]


def test_nobody_is_asked_about_the_tenants_of_one_house():
    tenants = [
        {"name": f"{name} Partners", "street": "1 Plaza", "city": "Ames", "phone": "+15155550100"}
        for name in ("Abel", "Brandt", "Corvin", "Dahl", "Ekman", "Falk", "Gruber")
    ]
    found = match("companies", of_firms([*tenants, *OTHERS]), MatchSettings())
    assert found.pairs.filter(pl.col("band") != "leave").is_empty()


def test_a_bridge_is_named_in_the_question_and_joins_nothing():
    sure, bridge = 0.999, 0.97
    edges = [(0, 1, sure), (1, 2, bridge), (2, 3, sure), (7, 8, bridge)]
    pairs = pl.DataFrame(edges, schema=["left", "right", "probability"], orient="row").with_columns(
        rule=pl.lit("name"), band=pl.lit("merge"), reasons=pl.lit("same name"), soft=pl.lit(value=False),
        veto=pl.lit(None, pl.String),
    )  # fmt: skip
    accepted = pairs.select("left", "right").clear()
    found = grouped(pairs, accepted, 50, lambda asked: pl.Series([False] * asked.height, dtype=pl.Boolean))
    asked = found.pairs.filter(pl.col("band") == "review").select("left", "right", "reasons").rows()
    assert asked == [(1, 2, "same name; alone joins two groups")]
    assert found.groups.select("record", "group").rows() == [(0, 0), (1, 0), (2, 2), (3, 2), (7, 7), (8, 7)]
    assert found.held["record"].to_list() == [0, 1, 2, 3]


def test_a_small_file_gives_the_same_groups_with_one_thread(tmp_path):
    path = tmp_path / "list.parquet"
    contacts(500, seed=12).drop("truth").write_parquet(path)
    code = (
        "import sys, polars as pl\n"
        "from crmclean.matching.engine import match\n"
        "from crmclean.matching.model import MatchSettings\n"
        "found = match('contacts', pl.read_parquet(sys.argv[1]), MatchSettings())\n"
        "print(found.groups.write_csv(), found.pairs.write_csv(), found.held.write_csv())\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, str(path)],
            env=os.environ | {"POLARS_MAX_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    ]
    assert said[0] == said[1] != b""
