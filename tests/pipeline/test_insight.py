"""What a report pictures: worked out by hand on small tables."""

from datetime import date

import polars as pl

from crmclean.files.tables import schema_of
from crmclean.pipeline.engagement import last_engaged
from crmclean.pipeline.insight import NEVER, NOT_E164, ages, duplicates, examples, phones, quality
from crmclean.records import CHANGES, FINDINGS, OUTCOME, RECORD

CELLS = {"object": "contacts", "record": "r", "before": "x", "after": "y", "step": "s"}


def lazy(**columns):
    return pl.LazyFrame(columns, schema_overrides=dict.fromkeys(columns, pl.String))


def aged(tables, as_of):
    people = {name: table.collect() for name, table in tables.items()}
    return ages(people, as_of, last_engaged(people, as_of))


def changes(*rows):
    return pl.LazyFrame([CELLS | row for row in rows], schema=schema_of(CHANGES))


def findings(*rows):
    base = {"object": "contacts", "record": "r", "file": "f", "row": 2, "check": "c", "severity": "warning"}
    return pl.LazyFrame([base | row for row in rows], schema=schema_of(FINDINGS))


def test_quality_counts_changed_cells_as_wrong_before_and_kept_findings_as_wrong_twice():
    loaded = {"contacts": lazy(phone=["1", "2", "3", None], email=["a", None, None, None])}
    normalized = {"contacts": lazy(phone=["1", "2", None, "4"], email=["a", None, None, None])}
    changed = changes(
        {"field": "phone", "code": "phones.filler"},
        {"field": "phone", "code": "phones.extension", "before": None},  # filled, so it was not there to be wrong
    )
    found = quality(loaded, normalized, changed, findings({"field": "phone", "code": "phones.invalid"}))
    assert found.rows() == [("emails", 1, 1, 1, 1), ("phones", 3, 1, 3, 2)]


def test_phones_are_counted_by_calling_code_and_only_valid_ones_as_valid():
    tables = {
        "contacts": lazy(
            phone=["+442079460018", "+442079460018", None, "call me"], mobile=["+12125550123", "+1212", "0044", None]
        )
    }
    assert phones(tables).rows() == [("+44", 2, 0), ("+1", 1, 1), (NOT_E164, 0, 2)]


def test_ages_say_who_stays_and_who_was_archived():
    people = {
        RECORD: ["a", "b", "c", "d", "e"],
        OUTCOME: [None, "archived", None, "merged", None],
        "last_engaged": ["2026-05-01", "2023-01-01", None, "2026-05-01", "2025-12-24"],
        "_into": [None, None, None, "a", None],
    }
    found = {row[0]: row[1:] for row in aged({"contacts": lazy(**people)}, date(2026, 6, 1)).rows()}
    assert found["0 to 3"] == (1, 0)
    assert found["3 to 6"] == (1, 0)
    assert found["24 and more"] == (0, 1)
    assert found[NEVER] == (1, 0)
    assert sum(map(sum, found.values())) == 4


def test_without_a_day_of_reference_nothing_is_dated():
    assert aged({"contacts": lazy(**{RECORD: ["a"], OUTCOME: [None]})}, None).is_empty()


def test_survivors_are_no_duplicates():
    members = pl.DataFrame(
        {
            "record": ["a", "b", "c"],
            "survivor": ["a", "a", "a"],
            "rule": ["email", "email", "phone"],
            "object": ["contacts"] * 3,
        }
    )
    assert duplicates(members).rows() == [("contacts", "email", 1), ("contacts", "phone", 1)]
    tables = {
        "contacts": lazy(
            **{RECORD: ["a", "b", "c"], "first_name": ["Ann", "Anne", None], "email": ["a@x.org", None, "c@x.org"]}
        )
    }
    assert examples(members, tables).rows() == [
        ("contacts", "email", "Ann, a@x.org", "Anne"),
        ("contacts", "phone", "Ann, a@x.org", "c@x.org"),
    ]
