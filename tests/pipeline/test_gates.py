"""Gates: a value against the plan's threshold, and what to do."""

import pytest
from target_frames import plan

from crmclean.pipeline.gates import AT_LEAST, HINTS, closed, evaluate
from crmclean.plan.model import DEFAULT_GATES


@pytest.mark.parametrize(
    ("name", "value", "passed"),
    [
        ("undecided_columns", 0, True),
        ("undecided_columns", 1, False),
        ("predicted_rejects", 0.01, True),
        ("predicted_rejects", 0.0101, False),
        ("required_completion", 1.0, True),
        ("required_completion", 0.95, True),
        ("required_completion", 0.9499, False),
        ("stale_share", 0.4, True),
        ("stale_share", 0.41, False),
    ],
)
def test_a_gate_is_closed_past_its_threshold(name, value, passed):
    (gate,) = evaluate(plan(), {name: value})
    assert (gate.name, gate.value, gate.threshold, gate.passed) == (name, value, DEFAULT_GATES[name], passed)
    assert closed((gate,)) == (() if passed else (gate,))


def test_the_plan_s_own_threshold_counts():
    loose = plan(gates={**DEFAULT_GATES, "predicted_rejects": 0.5})
    assert evaluate(loose, {"predicted_rejects": 0.3})[0].passed


def test_every_gate_says_what_to_do():
    assert {*DEFAULT_GATES, "balance"} == set(HINTS)  # no plan sets a limit for the balance
    assert set(DEFAULT_GATES) >= AT_LEAST
