from datetime import date

import polars as pl
import pytest

from crmclean.errors import PlanError
from crmclean.plan.expressions import faults_of, flagged

AS_OF = date(2026, 6, 30)
PEOPLE = pl.LazyFrame(
    {
        "lifecycle": ["customer", "lead", None],
        "last_engaged": ["2026-06-01T10:00:00Z", "2025-01-01", None],
        "email_opt_out": ["true", "false", None],
        "x_score": ["7", "8", None],
    }
)


def holds(sql: str) -> list[bool]:
    return flagged(PEOPLE, sql, "contacts", AS_OF, name="is").collect()["is"].to_list()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("lifecycle = 'customer'", [True, False, False]),
        ("lifecycle <> 'customer'", [False, True, False]),
        ("last_engaged >= as_of - INTERVAL '90 days'", [True, False, False]),
        ("email_opt_out", [True, False, False]),
        ("lifecycle IS NULL", [False, False, True]),
        ("lifecycle IN ('lead', 'customer') AND NOT email_opt_out", [False, True, False]),
        ("x_score = '8'", [False, True, False]),
        ("TRUE", [True, True, True]),
        ("last_name IS NULL", [True, True, True]),
    ],
)
def test_a_condition_is_judged_row_by_row_and_null_is_false(sql, expected):
    assert holds(sql) == expected


def test_the_frame_comes_back_as_it_was():
    frame = flagged(PEOPLE, "email_opt_out AND last_engaged < as_of", "contacts", AS_OF, name="is")
    assert frame.drop("is").collect().equals(PEOPLE.collect())


def test_without_a_date_of_reference_ages_are_unknown_and_so_false():
    assert flagged(PEOPLE, "last_engaged < as_of", "contacts", None, name="is").collect()["is"].to_list() == [False] * 3


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("created_at > now()", "plan.expression-clock"),
        ("created_at > CURRENT_DATE", "plan.expression-clock"),
        ("count(email) > 1", "plan.expression-not-row-local"),
        ("row_number() over (order by email) = 1", "plan.expression-not-row-local"),
        ("email IN (SELECT email FROM contacts)", "plan.expression-not-row-local"),
        ("lifecycle = ", "plan.expression-syntax"),
        ("lifecicle = 'customer'", "plan.expression-unknown-field"),
    ],
)
def test_what_is_not_row_local_or_not_known_is_refused(sql, code):
    assert [fault.code for fault in faults_of(sql, "contacts", "here")] == [code]
    with pytest.raises(PlanError):
        flagged(PEOPLE, sql, "contacts", AS_OF, name="is")


@pytest.mark.parametrize("sql", ["lifecycle = 'now()'", "title = 'today'", "description LIKE '%select%'"])
def test_words_inside_texts_are_no_functions(sql):
    assert faults_of(sql, "contacts", "here") == ()
