"""Adds a run up: the ledger, the balance, the laws, and what the reports are made of."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean import __version__
from crmclean.audit.result import Check
from crmclean.errors import Fault
from crmclean.files.tables import empty
from crmclean.pipeline.balance import Line, balance
from crmclean.pipeline.insight import SAMPLES
from crmclean.pipeline.laws import check_balance, check_outcomes, check_replay, enforce
from crmclean.pipeline.ledger import ledger
from crmclean.pipeline.store import frame, stored, tables
from crmclean.records import CHANGES, FINDINGS
from crmclean.reports.facts import ColumnFacts, GateFacts, Insight, PhaseFacts, RunFacts, Waiting
from crmclean.workflow.importing.fates import imported
from crmclean.workflow.running.chain import CHAIN, phases_through, rows_out, up_to_date
from crmclean.workflow.running.preparing import PREPARING, day_of_reference
from crmclean.workflow.running.session import Session
from crmclean.workspace.atomic import write_json
from crmclean.workspace.paths import Workspace

_PICTURED = {
    "quality": ("normalize", "quality"),
    "phones": ("normalize", "calling-codes"),
    "duplicates": ("dedupe", "duplicates"),
    "examples": ("dedupe", "examples"),
    "ages": ("stale", "ages"),
    "unlisted": ("map", "unlisted"),
    "samples": ("validate", "spot-check"),
}


@dataclass(frozen=True)
class Account:
    """What a run has come to so far."""

    ledger: pl.LazyFrame
    balance: tuple[Line, ...]
    faults: tuple[Fault, ...]

    @property
    def gate(self) -> GateFacts:
        """The gate that no plan sets and nobody waives: the broken laws, such as a balance that does not close."""
        return GateFacts("balance", float(len(self.faults)), 0.0, passed=not self.faults)


def account(session: Session, sent: pl.DataFrame | None) -> Account:
    """Draw up the ledger and the balance over the phases that are up to date, and check that they close."""
    workspace = session.workspace
    done = [phase for phase in PREPARING if up_to_date(session, phase)]
    loaded, final = tables(workspace, "load"), tables(workspace, done[-1])
    fates = frame(workspace, "map", "fates").collect() if up_to_date(session, "map") else None
    lines = ledger(final, sent, fates).collect(engine="in-memory").lazy()
    normalized = tables(workspace, "normalize" if "normalize" in done else "load")
    sums = balance(loaded, normalized, final, lines)
    return Account(lines, sums, (*check_outcomes(loaded, lines), *check_balance(sums)))


def known_import(session: Session, to: str) -> pl.DataFrame | None:
    """Return what an import said earlier, where the phases it stands on are still the same; else None."""
    fresh = all(up_to_date(session, name) for name in phases_through("import"))
    return imported(session.workspace, to) if fresh else None


def replay_once(session: Session) -> None:
    """Play the changes of all preparing phases backwards, unless that was done on these same phases before.

    Raises:
        BalanceError: a cell does not come out as it was read.
    """
    workspace = session.workspace
    path, known = workspace.run / "laws.json", stored(workspace, "stale")
    if known is None or not up_to_date(session, "stale"):
        return
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) == {"replayed": known.key}:
        return
    changes = [frame(workspace, name, "changes", CHANGES) for name in PREPARING]
    enforce([*check_replay(tables(workspace, "load"), tables(workspace, "stale"), changes)])
    write_json(path, {"replayed": known.key})


def run_facts(
    session: Session,
    done: Account,
    destination: str,
    gates: Sequence[GateFacts],
    checks: Sequence[Check],
    waiting: Sequence[Waiting],
) -> RunFacts:
    """Return everything that the reports are made of."""
    workspace, phases = session.workspace, [phase for phase in CHAIN if up_to_date(session, phase)]
    return RunFacts(
        name=session.plan.name,
        target=session.plan.target.crm,
        destination=destination,
        as_of=day_of_reference(session),
        seed=session.plan.seed,
        version=__version__,
        ledger=done.ledger,
        changes=_all(workspace, phases, "changes", CHANGES),
        findings=_all(workspace, phases, "findings", FINDINGS),
        stages=tuple(stage.name for stage in session.plan.stages),
        phases=tuple(_phase_facts(workspace, phases)),
        gates=tuple(gates),
        balance=done.balance,
        checks=tuple(checks),
        waiting=tuple(waiting),
        profile=tuple(_profile(workspace)),
        insight=_insight(workspace, phases),
        roi=session.plan.roi,
        folder=workspace.in_repository,
    )


def _insight(workspace: Workspace, phases: Sequence[str]) -> Insight:
    """Return what the phases that are up to date have pictured."""
    found = {
        name: frame(workspace, phase, file).collect()
        for name, (phase, file) in _PICTURED.items()
        if phase in phases and (workspace.phase(phase) / f"{file}.parquet").is_file()
    }
    if "samples" in found:
        found["samples"] = found["samples"].select(list(SAMPLES))
    return Insight(**found)


def _all(workspace: Workspace, phases: Sequence[str], name: str, shape: Mapping[str, str]) -> pl.LazyFrame:
    return pl.concat([empty(shape).lazy(), *(frame(workspace, phase, name, shape) for phase in phases)])


def _profile(workspace: Workspace) -> Iterable[ColumnFacts]:
    body = json.loads((workspace.phase("load") / "profile.json").read_text(encoding="utf-8"))
    for object_, columns in body["objects"].items():
        for one in columns:
            known = {name: one[name] for name in ("rows", "filled", "distinct", "kind", "sure", "date_format")}
            yield ColumnFacts(object_, one["name"], **known)


def _phase_facts(workspace: Workspace, phases: Sequence[str]) -> Iterable[PhaseFacts]:
    rows_in = _rows(workspace)
    for phase in phases:
        left = rows_out(workspace, phase)
        changes, findings = (_height(workspace, phase, name) for name in ("changes", "findings"))
        yield PhaseFacts(phase, rows_in, left, changes, findings)
        rows_in = left


def _rows(workspace: Workspace) -> int:
    return sum(table.select(pl.len()).collect().item() for table in tables(workspace, "load").values())


def _height(workspace: Workspace, phase: str, name: str) -> int:
    shape = CHANGES if name == "changes" else FINDINGS
    height: int = frame(workspace, phase, name, shape).select(pl.len()).collect().item()
    return height
