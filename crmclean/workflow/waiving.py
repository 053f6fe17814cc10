"""Waivers of gates: by name, with a reason and a person; kept in decisions/waivers.csv, and good for the value seen."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError, UsageError, nearest
from crmclean.files.tables import write_csv
from crmclean.pipeline.gates import AT_LEAST
from crmclean.plan.model import DEFAULT_GATES, Plan
from crmclean.reports.facts import GateFacts
from crmclean.workspace.paths import Workspace

NEVER = {  # gate -> why nobody can waive it
    "opt_outs_lost": "people who have opted out must stay opted out: map the opt-out column",
    "balance": "a balance that does not close is a bug in crmclean: please report it",
}
# Measured behind the import has begun: a waiver takes the value that stopped the run before.
OF_STAGES = ("stage_rejects", "missing_at_target", "changed_at_target")
LATE = (*OF_STAGES, "duplicates_left")
WAIVERS = {
    "gate": "text",
    "value": "decimal",
    "limit": "decimal",
    "reason": "text",
    "by": "text",
    "at": "text",
    "plan_hash": "text",
}
_SCHEMA = pl.Schema({name: pl.Float64() if kind == "decimal" else pl.String() for name, kind in WAIVERS.items()})


@dataclass(frozen=True)
class Waive:
    """What the command line waives: names of gates, why, and who says so."""

    gates: tuple[str, ...] = ()
    reason: str = ""
    by: str = ""

    def check(self, stages: Sequence[str]) -> None:
        """Refuse gates that there are not, or that nobody can waive, and waivers without a reason or a person.

        Raises:
            UsageError: with every fault.
        """
        if faults := [*self._faults(stages)]:
            raise UsageError(*faults)

    def _faults(self, stages: Sequence[str]) -> Iterator[Fault]:
        known = [*DEFAULT_GATES, *(f"{gate} {stage}" for gate in OF_STAGES for stage in stages)]
        for name in self.gates:
            if name in NEVER:
                yield Fault(f"--waive {name}", "this gate cannot be waived", NEVER[name], "waive.never")
            elif name not in known:
                yield Fault(f"--waive {name}", "there is no such gate", nearest(name, known), "waive.unknown-gate")
        for option, given in (("--reason", self.reason), ("--by", self.by)):
            if self.gates and not given.strip():
                hint = 'crmclean run --waive GATE --reason "why it is all right" --by NAME'
                yield Fault(option, "is missing: a waiver needs a reason and a person", hint, "waive.incomplete")
            if given and not self.gates:
                yield Fault(option, "waives nothing", "name the gate: --waive GATE", "waive.incomplete")


NOTHING = Waive()


def read_waivers(workspace: Workspace) -> pl.DataFrame:
    """Return every waiver that was given (WAIVERS), the oldest first.

    Raises:
        InputError: decisions/waivers.csv cannot be read.
    """
    path = _file(workspace)
    if not path.is_file():
        return pl.DataFrame(schema=_SCHEMA)
    try:
        return pl.read_csv(path, schema_overrides=_SCHEMA).select(_SCHEMA.names())
    except pl.exceptions.PolarsError as error:
        hint = f"restore it from version control; its columns are {', '.join(WAIVERS)}"
        raise InputError(Fault(str(path), "cannot be read", hint, "waive.unreadable")) from error


def with_waivers(
    workspace: Workspace, gates: Sequence[GateFacts], waive: Waive = NOTHING, plan_hash: str = ""
) -> list[GateFacts]:
    """Open the closed gates that a person waived at a value as bad as this one, or waives now.

    A waiver that is given now is kept with the value that it lets pass; a worse one later stops the run again.
    """
    known = read_waivers(workspace)
    fresh = [gate for gate in gates if not gate.passed and gate.value is not None and _names(waive, gate.name)]
    if fresh:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [(gate.name, gate.value, gate.limit, waive.reason, waive.by, at, plan_hash) for gate in fresh]
        known = pl.concat([known, pl.DataFrame(rows, schema=_SCHEMA, orient="row")]).sort("at", "gate", "value")
        write_csv(known, _file(workspace))
    return [_opened(gate, known) for gate in gates]


def _names(waive: Waive, gate: str) -> bool:
    return gate in waive.gates or gate.partition(" ")[0] in waive.gates


def _opened(gate: GateFacts, known: pl.DataFrame) -> GateFacts:
    if gate.passed or gate.value is None or gate.name in NEVER:
        return gate
    own = known.filter(pl.col("gate") == gate.name)
    covers = pl.col("value") <= gate.value if gate.name in AT_LEAST else pl.col("value") >= gate.value
    covering = own.filter(covers)
    if covering.is_empty():
        return gate
    last = covering.row(-1, named=True)
    return replace(gate, passed=True, waived_by=last["by"], reason=last["reason"])


def waive_last(workspace: Workspace, waive: Waive, plan_hash: str) -> None:
    """Keep waivers of gates that are measured late, at the value that stopped the run before."""
    if _late(waive):
        with_waivers(workspace, _seen(workspace.report / "report.json", waive), waive, plan_hash)


def _late(waive: Waive) -> bool:
    return any(name.partition(" ")[0] in LATE for name in waive.gates)


def _seen(report: Path, waive: Waive) -> list[GateFacts]:
    """Return the late gates that the last run ended at."""
    told = json.loads(report.read_text(encoding="utf-8"))["gates"] if report.is_file() else []
    gates = [GateFacts(**gate) for gate in told]
    return [gate for gate in gates if gate.name.partition(" ")[0] in LATE and _names(waive, gate.name)]


def with_waived_limits(plan: Plan, workspace: Workspace) -> Plan:
    """Return the plan with the limits of late gates as they were waived; `stage_rejects NAME` is of one stage."""
    limits = dict(plan.gates)
    for row in read_waivers(workspace).iter_rows(named=True):
        base = row["gate"].partition(" ")[0]
        if base in LATE:
            limits[row["gate"]] = max(limits.get(row["gate"], limits.get(base, DEFAULT_GATES[base])), row["value"])
    return replace(plan, gates=limits)


def _file(workspace: Workspace) -> Path:
    return workspace.decisions / "waivers.csv"
