"""`crmclean unmerge`: takes a merge apart. The next run gives the records back, with their cells and links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError, UsageError
from crmclean.matching.decisions import DECISIONS, PAIR, UNMERGED, permitted_splits, read_decisions, with_answers
from crmclean.matching.decisions import write_decisions as write
from crmclean.matching.model import MERGE
from crmclean.pipeline.store import frame, stored
from crmclean.records import Outcome
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.explaining.lookup import Place, find_one, ledger
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

_ARRIVED = (Outcome.IMPORTED, Outcome.UPDATED, Outcome.UNCHANGED)
_SHOWN = 20


@dataclass(frozen=True)
class _Group:
    """A merge of the last run, survivor first; out: the records that leave it, all of them for the whole group."""

    survivor: str
    records: tuple[str, ...]
    out: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs that must not be one record any more, smaller id first."""
        return [pair for pair in combinations(sorted(self.records), 2) if set(pair) & set(self.out)]


def unmerge(root: Path, words: str, members: Sequence[str] = (), *, by: str, note: str) -> Result:
    """Write into decisions/pairs.csv that the records of one merge, or `members` and the rest of it, are not the same.

    The answer overrules every earlier one on these pairs, and permits the next import to split what it had merged.

    Raises:
        InputError: nothing has been de-duplicated yet. UsageError: a name fits no record, or several; the record is in
        no merge, or the member not in this one. RefusedError: another command is writing to the workspace.
    """
    workspace = Workspace(root)
    with held(workspace):
        group = _group(workspace, find_one(workspace, words), [find_one(workspace, name) for name in members])
        path = workspace.decisions / "pairs.csv"
        before = read_decisions(path)
        known = set(permitted_splits(before).rows())
        fresh = [pair for pair in group.pairs if pair not in known]
        if fresh:
            write(path, with_answers(before, _answers(fresh, by, note)))
    return _result(workspace, group, fresh)


def _group(workspace: Workspace, place: Place, members: Sequence[Place]) -> _Group:
    if stored(workspace, "dedupe") is None:
        hint = "type `crmclean run --through dedupe` first"
        raise InputError(Fault(str(workspace.phase("dedupe")), "nothing has been merged here", hint, "unmerge.nothing"))
    table = frame(workspace, "dedupe", "members")
    survivor = pl.col("survivor").filter(pl.col("record") == place.record).first()
    records = (
        table.filter(pl.col("survivor") == survivor).collect().sort(pl.col("record") != pl.col("survivor"), "record")
    )
    if records.is_empty():
        hint = f"`crmclean explain {place.record}` says what became of it; only merges of duplicates are taken apart"
        raise UsageError(Fault(place.record, "is in no merge of the last run", hint, "unmerge.not-merged"))
    group = tuple(records["record"])
    strange = [member.record for member in members if member.record not in group]
    if strange:
        hint = f"its merge has the records {', '.join(group[:_SHOWN])}"
        raise UsageError(*(Fault(name, "is not in this merge", hint, "unmerge.not-in") for name in strange))
    out = tuple(dict.fromkeys(member.record for member in members))
    return _Group(group[0], group, out or group)


def _answers(pairs: Sequence[tuple[str, str]], by: str, note: str) -> pl.DataFrame:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    same = {"verdict": UNMERGED, "by": by, "at": at, "note": note}
    return pl.DataFrame([dict(zip(PAIR, pair, strict=True)) | same for pair in pairs], schema=DECISIONS)


def _result(workspace: Workspace, group: _Group, fresh: Sequence[tuple[str, str]]) -> Result:
    left = [record for record in group.records if record not in group.out]
    alone = _fallen_apart(workspace, left)
    verb = "will be separate records" if fresh else "had been taken apart before"
    rows = tuple((record, "survivor" if record == group.survivor else "member") for record in group.out)
    return Result(
        "unmerge",
        f"{counted(len(group.out), 'record')} {verb} from the next run on.",
        (TableView("Taken apart", ("record", "was"), rows[:_SHOWN]),),
        notes=(*_staying(left, alone), *_at_target(workspace, group)),
        next_step="crmclean run",
        data={"survivor": group.survivor, "taken_apart": list(group.out), "stay_merged": left, "pairs": len(fresh)},
    )


def _staying(left: Sequence[str], alone: Sequence[str]) -> tuple[str, ...]:
    """Say what of the group stays together, and what had nothing but the records that leave to hold it."""
    notes = [f"Still one record: {', '.join(left[:_SHOWN])}."] if len(left) > 1 and not alone else []
    if alone:
        notes.append(f"Only the records that leave joined these; they come apart, too: {', '.join(alone[:_SHOWN])}.")
    return tuple(notes)


def _fallen_apart(workspace: Workspace, left: Sequence[str]) -> list[str]:
    """Return the records of the rest that no match of their own connects to the first one of it."""
    inside = pl.all_horizontal(pl.col(PAIR).is_in(list(left)))
    edges = frame(workspace, "dedupe", "pairs").filter(inside, pl.col("band") == MERGE).select(PAIR).collect().rows()
    reached = set(left[:1])
    while more := {name for edge in edges if set(edge) & reached for name in edge} - reached:
        reached |= more
    return [record for record in left if record not in reached]


def _at_target(workspace: Workspace, group: _Group) -> tuple[str, ...]:
    """Say what the next import does where the last one has sent the survivor already."""
    lines = ledger(workspace)
    if lines is None:
        return ()
    sent = pl.col("outcome").is_in([outcome.value for outcome in _ARRIVED]) & pl.col("target_id").is_not_null()
    known = lines.filter((pl.col("record") == group.survivor) & sent).select("target_object", "target_id").collect()
    return tuple(
        f"At the target, {object_} {id_} stays the record of the survivor; the others are created as new ones by the "
        "next import, and links go back to them."
        for object_, id_ in known.iter_rows()
    )
