"""Thresholds that stop a run: measured values against the plan's gates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmclean.plan.model import Plan

AT_LEAST = frozenset({"required_completion"})  # every other gate is an upper bound

HINTS: Mapping[str, str] = {
    "stale_share": "look at the archived records; protect some with [stale] protect, or wait longer with months",
    "undecided_columns": "say in [columns.<object>] what becomes of each: map, custom, merge or drop",
    "undecided_files": "name each file under [[source.file]], [[object]] or [[ignore]] in migration.toml",
    "unmapped_picklist_values": 'give each value an option in [values."<object>.<field>"], or "" to drop it',
    "orphans": "export the missing parents too, or correct the references",
    "predicted_rejects": "run/report/findings.csv says record, field and reason: mend the data or the plan",
    "required_completion": "fill the required fields from another source, or archive the records",
    "duplicates_left": (
        "answer the doubtful pairs with `crmclean review`; what remains is named in duplicates.csv in run/audit: mend "
        "it, or waive the gate where these are two each"
    ),
    "opt_outs_lost": "map the opt-out column; this gate cannot be waived",
    "stage_rejects": "run/import has the rejects with their reasons: mend the data or the plan, then run it again",
    "missing_at_target": (
        "missing-at-target.csv in run/import lists what is not there any more: put the target back from its backup, "
        "import under a new destination name (what is there is found by its key), or waive the gate"
    ),
    "changed_at_target": (
        "changed-by-target.csv in run/import says what was sent and what is there: mend it, or waive the gate"
    ),
    "fallback_owner": (
        "export the users, too; or name who gets what no active user owns, fallback_owner under [target], and raise "
        "the limit under [gates] to the share that may go there"
    ),
    "spot_check_wrong": "mend what makes them wrong: their changed values come back in the spot check",
    "checks_broken": "mend the records, or the condition of the [[check]]",
    "currency_missing": "export the currency, or say which one amounts without one are in: currency under [defaults]",
    "consent_unknown": "map the column that says who may be mailed: email_opt_out or marketing_status",
    "balance": "this is a bug in crmclean: report it with run/run.log, which holds no data of yours",
    "deals_changed": "open, won and lost must stay the same in count and money: mend the stages in [values]",
}


def cures(gates: Iterable[str]) -> tuple[str, ...]:
    """Return what to do about closed gates, each once; `stage_rejects customers` is the gate of a stage."""
    names = dict.fromkeys(name.partition(" ")[0] for name in gates)
    return tuple(f"{name}: {HINTS[name]}" for name in names if name in HINTS)


@dataclass(frozen=True)
class GateResult:
    """One gate: what was measured, the threshold of the plan, and what to do where it is closed."""

    name: str
    value: float
    threshold: float
    passed: bool
    hint: str


def gate(plan: Plan, name: str, value: float) -> GateResult:
    """Hold a measured value against the plan's threshold."""
    threshold = plan.gates[name]
    passed = value >= threshold if name in AT_LEAST else value <= threshold
    return GateResult(name, value, threshold, passed, HINTS.get(name, ""))


def evaluate(plan: Plan, values: Mapping[str, float]) -> tuple[GateResult, ...]:
    """Hold measured values against the plan's thresholds, in the plan's order; unknown names are left out."""
    return tuple(gate(plan, name, values[name]) for name in plan.gates if name in values)


def closed(gates: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    """Return the gates that stop the run."""
    return tuple(each for each in gates if not each.passed)
