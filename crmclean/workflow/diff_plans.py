"""What a plan would do in place of another: both run through `validate` on the same exports, in copies."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from crmclean.errors import BalanceError, Fault, InputError
from crmclean.files.tables import write_csv
from crmclean.pipeline.store import frame
from crmclean.plan.read import read_plan_text
from crmclean.records import Outcome
from crmclean.workflow.running.accounting import account
from crmclean.workflow.running.chain import CHAIN, phases_through, run_phase
from crmclean.workflow.running.previous import second_name
from crmclean.workflow.running.session import session_of
from crmclean.workspace.atomic import make_folder
from crmclean.workspace.events import Notify
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

_LAST = "validate"


def is_plan(path: Path) -> bool:
    """Whether a path names a plan, and no run or workspace."""
    return path.is_file() and path.suffix == ".toml"


def workspace_of(plan: Path, here: Path) -> Path:
    """Return the workspace whose exports a plan is tried on: the one that it stands in, else `here`.

    Raises:
        InputError: neither is one.
    """
    found = next((folder for folder in (plan.parent, here) if Workspace(folder).plan.is_file()), None)
    if found is None:
        hint = "name the workspace whose exports both plans are tried on: -w DIR"
        raise InputError(Fault(str(plan), "stands in no workspace", hint, "diff.no-workspace"))
    return found


@contextmanager
def tried(root: Path, plans: tuple[Path, Path], notify: Notify) -> Iterator[tuple[Path, Path]]:
    """Run two plans on the exports of a workspace, and give the folders of both runs, which are removed behind it.

    Phases that one plan needs like the other, or like the workspace's last run, are done once. Gates stop nothing here.
    Databases stay with what the last run has read of them.

    Raises:
        CrmcleanError: a plan or an export cannot be used, or another command holds the workspace.
    """
    workspace = Workspace(root)
    with held(workspace):
        scratch = workspace.run / "diff"
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            before = _run(workspace, plans[0], Workspace(scratch / "before"), workspace.run, notify)
            yield before, _run(workspace, plans[1], Workspace(scratch / "after"), before, notify)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _run(workspace: Workspace, path: Path, copy: Workspace, known: Path, notify: Notify) -> Path:
    """Run one plan in a copy that starts with the phases of a run; return the folder of the new run."""
    plan = read_plan_text(workspace.root, path.read_text(encoding="utf-8"), path.name)
    _start(workspace, copy, known)
    session = session_of(plan, copy, notify)
    for phase in phases_through(_LAST):
        run_phase(session, phase)
    done = account(session, None)
    if done.faults:
        raise BalanceError(*done.faults)
    predicted = frame(copy, _LAST, "predictions").select("object", "record", "prediction", foretold="code")
    write_csv(_foretold(done.ledger, predicted).collect(), copy.report / "ledger.csv")
    return copy.run


def _foretold(ledger: pl.LazyFrame, predicted: pl.LazyFrame) -> pl.LazyFrame:
    """Say of records that are ready what the target would do with them."""
    both = ledger.join(
        predicted.unique(["object", "record"], keep="first", maintain_order=True),
        on=["object", "record"],
        how="left",
        maintain_order="left",
    )
    told = (pl.col("outcome") == Outcome.READY.value) & pl.col("prediction").is_not_null()
    return both.with_columns(
        outcome=pl.when(told).then("prediction").otherwise("outcome"),
        code=pl.when(told).then("foretold").otherwise("code"),
    ).drop("prediction", "foretold")


def _start(workspace: Workspace, copy: Workspace, known: Path) -> None:
    """Give the copy the decisions and the state as they are, and second names of what the phases left behind."""
    for mine, theirs in ((workspace.decisions, copy.decisions), (workspace.state, copy.state)):
        if mine.is_dir():
            shutil.copytree(mine, theirs, ignore=shutil.ignore_patterns(".lock"))
    for name in CHAIN:
        for path in sorted((known / name).rglob("*")):
            if path.is_file():
                second_name(path, make_folder((copy.phase(name) / path.relative_to(known / name)).parent) / path.name)
