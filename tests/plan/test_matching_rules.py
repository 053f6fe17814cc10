"""`[dedupe]` bands and rules: what cannot be meant is a fault that says what to write."""

import tomllib

import pytest

from crmclean.errors import PlanError
from tests.plan.test_survivorship import read

FINE = [
    "merge = 0.98",
    "review = 0.3",
    "merge = 1",
    "merge = 0.9\nreview = 0.9",
    "group_limit = 2",
    'never = ["l_birthdate <> r_birthdate"]',
    'always = ["l_x_member_no = r_x_member_no", "l_email = r_email AND l_city = r_city"]',
    'never = ["lower(l_country) <> lower(r_country)"]',
]
FAULTY = [
    ("merge = 95", "dedupe.merge", "plan.wrong-value", "95 percent is 0.95", "merge = 0.98"),
    ("merge = 0", "dedupe.merge", "plan.wrong-value", "no probability", "merge = 0.98"),
    ("review = -0.1", "dedupe.review", "plan.wrong-value", "no probability", "review = 0.3"),
    ('merge = "high"', "dedupe.merge", "plan.wrong-type", "", "a number"),
    ("merge = 0.5\nreview = 0.8", "dedupe.review", "plan.wrong-value", "above merge = 0.5", "below merge"),
    ("group_limit = 1", "dedupe.group_limit", "plan.wrong-value", "2 at least", "such as 50"),
    ("group_limit = 2.5", "dedupe.group_limit", "plan.wrong-value", "2.5", "such as 50"),
    ('never = ["l_birthday <> r_birthday"]', "never[0]", "plan.expression-unknown-field", "l_birthday", "l_birthdate"),
    ('never = ["birthdate <> r_birthdate"]', "never[0]", "plan.expression-unknown-field", "birthdate", "l_birthdate"),
    ('always = ["l_email = l_email_other"]', "always[0]", "plan.wrong-value", "one side", "l_email = r_email"),
    ('always = ["l_email = = r_email"]', "always[0]", "plan.expression-syntax", "SQL", "l_email = r_email"),
    ('always = ["max(l_email) = r_email"]', "always[0]", "plan.expression-not-row-local", "max", "one record"),
    ('always = "l_email = r_email"', "dedupe.always", "plan.wrong-type", "list", '["one", "two"]'),
]  # fmt: skip


@pytest.mark.parametrize("text", FINE)
def test_bands_and_rules_are_read(tmp_path, text):
    dedupe = read(tmp_path, f"\n[dedupe]\n{text}\n").dedupe
    for key, value in tomllib.loads(text).items():
        assert getattr(dedupe, key) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(("text", "where", "code", "problem", "hint"), FAULTY, ids=[case[0] for case in FAULTY])
def test_what_cannot_be_meant_says_what_to_write(tmp_path, text, where, code, problem, hint):
    with pytest.raises(PlanError) as caught:
        read(tmp_path, f"\n[dedupe]\n{text}\n")
    assert len({each.problem.replace("r_", "l_") for each in caught.value.faults}) == 1
    fault = caught.value.faults[0]
    assert where in fault.where
    assert fault.code == code
    assert problem in fault.problem
    assert hint in (fault.hint or "")
