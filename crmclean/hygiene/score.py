"""The data-quality score and the maturity stage, with the formula and the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from crmclean.hygiene.values import Value

FORMULA = (
    "score = sum(weight x attainment) / sum(weight) over the measures that were measured; attainment = 100 where the "
    "target is met, else 100 x (1 - value) / (1 - target) where less is better and 100 x value / target where more is"
)
STAGES = ("Unknown", "Reactive", "Visible", "Managed", "Under control", "Improving")
_VISIBLE, _MANAGED, _CONTROLLED, _IMPROVING = 0.5, 80.0, 90.0, 97.0
_RUNS, _MANY_RUNS = 3, 6


@dataclass(frozen=True)
class Maturity:
    """A stage from 0 (unknown) to 5, why it is reached, and what the next one asks for."""

    level: int
    name: str
    reasons: tuple[str, ...]
    next_step: str | None


def attainment(value: Value) -> float | None:
    """Return 0 to 100 for one measure; None where it has no weight, no target or no value."""
    target = value.measure.target
    if value.value is None or target is None or value.measure.weight <= 0:
        return None
    if value.met:
        return 100.0
    if value.measure.direction == "up":
        return 100.0 * max(0.0, value.value) / target
    return 100.0 * max(0.0, 1 - value.value) / (1 - target) if target < 1 else 0.0


def score(values: Sequence[Value]) -> float | None:
    """Return the data-quality score, 0 to 100; None where nothing could be measured."""
    known = [(value.measure.weight, each) for value in values if (each := attainment(value)) is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * each for weight, each in known) / total if total else None


def maturity(values: Sequence[Value], points: int, escalated: int) -> Maturity:
    """Return how far the care for the data has come. points: of the history, this run among them."""
    weighted = [value for value in values if value.measure.weight > 0]
    there = [value for value in weighted if value.value is not None]
    total = score(values)
    share = len(there) / len(weighted) if weighted else 0.0
    missed = sum(value.met is False for value in there)
    steps = (
        (total is not None, "something can be measured", "export contacts, companies or deals"),
        (share >= _VISIBLE, f"{len(there)} of {len(weighted)} quality measures can be measured",
         "export the columns that the measures need, so that at least half of them can be measured"),
        (points >= _RUNS and (total or 0) >= _MANAGED, f"{points} runs in the history, score {total or 0:.0f}",
         f"run every two weeks: {_RUNS} runs and a score of {_MANAGED:.0f}"),
        ((total or 0) >= _CONTROLLED and escalated == 0, f"score {total or 0:.0f}, nothing escalated",
         f"a score of {_CONTROLLED:.0f} and no measure below target twice in a row"),
        (points >= _MANY_RUNS and (total or 0) >= _IMPROVING and missed == 0, "every target is met",
         f"{_MANY_RUNS} runs, a score of {_IMPROVING:.0f} and every target met"),
    )  # fmt: skip
    reasons: list[str] = []
    for level, (reached, reason, ask) in enumerate(steps):
        if not reached:
            return Maturity(level, STAGES[level], tuple(reasons), ask)
        reasons.append(reason)
    return Maturity(len(steps), STAGES[-1], tuple(reasons), None)
