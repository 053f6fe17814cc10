"""`crmclean settle`: a person decides about rows whose fate nobody can tell."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from crmclean.destinations.contract import Destination
from crmclean.destinations.doubts import Doubt, adopt, doubts, resend, skip
from crmclean.destinations.journal import Journal
from crmclean.destinations.registry import REHEARSAL
from crmclean.errors import ExitCode, Fault, UsageError
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.importing.fates import where_imported
from crmclean.workflow.importing.reaching import reached
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

_SHOWN = 20


def settle(
    root: Path, records: Sequence[str] = (), *, to: str = REHEARSAL, how: str | None = None, id_: str | None = None
) -> Result:
    """List the rows without an answer, or decide about them; without `records` about all of them.

    how: "adopt" takes them as written, with the ids that the target has for their keys, or `id_` for one record;
    "resend" lets the next import send them; "skip" gives them up.

    Raises:
        UsageError: a record has an answer, or `id_` fits no single one. DestinationError: the target failed.
    """
    workspace, plan = Workspace(root), read_plan(root)
    with held(workspace):
        if not workspace.journal(to).is_file():
            hint = where_imported(workspace, to)
            raise UsageError(Fault(to, "nothing has been imported there", hint, "settle.nothing"))
        with Journal(workspace.journal(to)) as journal:
            chosen = _chosen(doubts(journal), records)
            if how is None or not chosen:
                return _listed(to, chosen)
            if how == "adopt":
                if id_ is not None:
                    return _adopted(journal, to, chosen, _named(chosen, id_))
                with reached(workspace, plan, to, planned_target(plan)) as at:
                    return _adopted(journal, to, chosen, _at_target(at.ready(), chosen))
            (resend if how == "resend" else skip)(journal, chosen)
            return _decided(to, how, len(chosen), 0)


def _chosen(unknown: Sequence[Doubt], records: Sequence[str]) -> list[Doubt]:
    known = {each.record for each in unknown}
    hint = "type `crmclean settle` for the list of those that have none"
    faults = [Fault(name, "has an answer", hint, "settle.not-open") for name in records if name not in known]
    if faults:
        raise UsageError(*faults)
    return [each for each in unknown if not records or each.record in records]


def _named(chosen: Sequence[Doubt], id_: str) -> list[tuple[Doubt, str]]:
    if len(chosen) != 1:
        raise UsageError(Fault("--id", "fits one record only", "name that record, too", "settle.one-record"))
    return [(chosen[0], id_)]


def _at_target(destination: Destination, chosen: Sequence[Doubt]) -> list[tuple[Doubt, str]]:
    """Look the records up by key; one that is there twice is left to the person."""
    found = []
    for object_ in dict.fromkeys(each.object for each in chosen):
        here = [each for each in chosen if each.object == object_]
        there = [(key, id_) for key, id_, _ in destination.fetch(object_, [each.key for each in here])]
        times, ids = Counter(key for key, _ in there), dict(there)
        found += [(each, ids[each.key]) for each in here if times[each.key] == 1]
    return found


def _adopted(journal: Journal, to: str, chosen: Sequence[Doubt], found: Sequence[tuple[Doubt, str]]) -> Result:
    adopt(journal, found)
    return _decided(to, "adopt", len(found), len(chosen) - len(found))


def _decided(to: str, how: str, done: int, left: int) -> Result:
    verbs = {"adopt": "taken as written", "resend": "will be sent again", "skip": "given up"}
    notes = (
        (f"{counted(left, 'row')} were not found there once: --resend, --skip, or --adopt --id ID.",) if left else ()
    )
    return Result(
        "settle",
        f"{counted(done, 'row')} {verbs[how]}.",
        notes=notes,
        next_step=f"crmclean import --to {to}",
        data={"settled": done, "left": left, "how": how},
        exit_code=ExitCode.WAITING if left else ExitCode.DONE,
    )


def _listed(to: str, unknown: Sequence[Doubt]) -> Result:
    rows = tuple((each.object, each.record) for each in unknown[:_SHOWN])
    tables = (TableView("Rows without an answer", ("object", "record"), rows),) if rows else ()
    return Result(
        "settle",
        f"{counted(len(unknown), 'row')} in {to} without an answer.",
        tables,
        next_step="look them up at the target, then --adopt, --resend or --skip" if rows else None,
        data={"unknown": [{"object": each.object, "record": each.record, "key": each.key} for each in unknown]},
        exit_code=ExitCode.WAITING if unknown else ExitCode.DONE,
    )
