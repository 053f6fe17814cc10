"""`crmclean explain A B --why-not`: why two records were not made one."""

from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError, UsageError
from crmclean.matching.decisions import DIFFERENT, UNMERGED, ordered_sides, read_decisions
from crmclean.matching.meeting import Met, meetings
from crmclean.matching.model import MERGE, REVIEW
from crmclean.matching.review import LEFT, RIGHT, beside
from crmclean.pipeline.dedupe.employers import employed
from crmclean.pipeline.dedupe.enriching import enriches
from crmclean.pipeline.dedupe.families import family_of, live, together
from crmclean.pipeline.store import frame, stored, tables
from crmclean.plan.model import Plan
from crmclean.plan.read import read_plan
from crmclean.records import CODE, OUTCOME, RECORD
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import shortened
from crmclean.steps.links import converted_leads
from crmclean.workflow.explaining.choosing import choice
from crmclean.workflow.explaining.lookup import Place, SeveralError, find_one
from crmclean.workspace.paths import Workspace

_SHOWN = 5
_PAIR = ["left", "right"]


@dataclass(frozen=True)
class _Why:
    """The answer: a stable word, and sentences for people."""

    code: str
    sentences: tuple[str, ...]
    next_step: str | None = None
    keys: tuple[Met, ...] = ()


def why_not(root: Path, first: str, second: str) -> Result:
    """Say why the records that two words name were not made one: not compared, unlike, in conflict, or decided.

    Where several records fit one of them, the result is the choice.

    Raises:
        InputError: nothing has been de-duplicated yet. UsageError: a name fits no record.
    """
    workspace = Workspace(root)
    try:
        found = _two(workspace, first, second)
    except SeveralError as several:
        left = several.words == first
        typed = f"{{}} {_typed(second)}" if left else f"{_typed(first)} {{}}"
        return choice(workspace, several, f"crmclean explain --why-not {typed}")
    one, other = sorted(found, key=lambda place: place.record)
    if one.record == other.record:
        raise UsageError(Fault("RECORD", "both names fit the same record", "name two records", "record.same"))
    if stored(workspace, "dedupe") is None:
        hint = "type `crmclean run --through dedupe` first"
        raise InputError(Fault(str(workspace.phase("dedupe")), "nothing has been compared here", hint, "run.nothing"))
    why = _why(workspace, one, other)
    sides = _sides(workspace, one, other) if _kin(one, other) else []
    return Result(
        "explain",
        why.sentences[0],
        (_keys_table(why.keys), _sides_table(sides)) if why.keys else (_sides_table(sides),) if sides else (),
        notes=(f"A is {one.record}, B is {other.record}.", *why.sentences[1:]),
        next_step=why.next_step,
        data={
            "why_not": why.code,
            "left": one.record,
            "right": other.record,
            "sentences": list(why.sentences),
            "keys": [asdict(key) for key in why.keys],
            "sides": [{"field": field, "a": a, "b": b} for field, a, b in sides],
        },
    )


def _two(workspace: Workspace, first: str, second: str) -> tuple[Place, Place]:
    """Return the records that two words name. Where several fit, it is the only two that could be one, if there are.

    Raises:
        UsageError: a name fits no record. SeveralError: one fits several, and the other does not tell which.
    """
    fits: list[tuple[Place, ...]] = []
    several: list[SeveralError] = []
    for words in (first, second):
        try:
            fits.append((find_one(workspace, words),))
        except SeveralError as error:
            fits.append(error.places)
            several.append(error)
    pairs = [(one, other) for one, other in product(*fits) if _kin(one, other) and one.record != other.record]
    if several and len(pairs) != 1:
        raise several[0]
    return pairs[0] if several else (fits[0][0], fits[1][0])


def _typed(words: str) -> str:
    return f'"{words}"' if " " in words else words


def _why(workspace: Workspace, one: Place, other: Place) -> _Why:
    if not _kin(one, other):
        return _Why("other-object", (f"A is one of {one.object}, B one of {other.object}: these are not compared.",))
    survivors = _survivors(workspace, one, other)
    if survivors[0] == survivors[1]:
        words = f"They are one record already, {survivors[0]}: `crmclean explain {one.record}` says why."
        return _Why("merged", (words,), f"crmclean unmerge {one.record} --by NAME --note WHY")
    return _decided(workspace, one, other) or _out_of_play(workspace, one, other) or _compared(workspace, one, other)


def _kin(one: Place, other: Place) -> bool:
    """Whether records of their objects can be one at all: a lead may be a contact."""
    return other.object in family_of(one.object)


def _survivors(workspace: Workspace, one: Place, other: Place) -> tuple[str, str]:
    """The record that each of the two is now."""
    members = frame(workspace, "dedupe", "members").filter(pl.col("record").is_in([one.record, other.record]))
    known = dict(members.select("record", "survivor").collect().iter_rows())
    return known.get(one.record, one.record), known.get(other.record, other.record)


def _decided(workspace: Workspace, one: Place, other: Place) -> _Why | None:
    decisions = ordered_sides(read_decisions(workspace.decisions / "pairs.csv"))
    said = decisions.filter(_is(one, other) & pl.col("verdict").is_in([DIFFERENT, UNMERGED]))
    if said.is_empty() or _banded(workspace, one, other) == REVIEW:
        return None
    lines = [
        f"{by or 'Somebody'} decided on {(at or 'no date')[:10]} that they are two{f': {note}' if note else ''}."
        for by, at, note in said.select("by", "at", "note").iter_rows()
    ]
    return _Why("rejected", (lines[-1], *lines[:-1], "The answer stands in decisions/pairs.csv."), "crmclean review")


def _is(one: Place, other: Place) -> pl.Expr:
    return (pl.col("left") == one.record) & (pl.col("right") == other.record)


def _banded(workspace: Workspace, one: Place, other: Place) -> str | None:
    bands = frame(workspace, "dedupe", "pairs").filter(_is(one, other)).select("band").collect()["band"]
    return bands[0] if len(bands) else None


def _out_of_play(workspace: Workspace, one: Place, other: Place) -> _Why | None:
    plan = read_plan(workspace.root)
    left = [name for name in sorted({one.object, other.object}) if name not in plan.dedupe.objects]
    if left:
        words = f"{left[0]} are not de-duplicated: [dedupe] objects in migration.toml does not name them."
        return _Why("not-in-plan", (words,))
    both = _both(workspace, one, other)
    rows = both.select(RECORD, OUTCOME, CODE, helper=enriches(plan)).sort(RECORD).rows()
    said = [
        f"{record} {'only enriches other records' if helper else f'was {outcome} before ({code})'}."
        for record, outcome, code, helper in rows
        if outcome is not None or helper
    ]
    became = converted_leads(both)
    said += [f"{lead} was converted and lives on in {contact}." for lead, contact in became.iter_rows()]
    return _Why("out-of-play", ("They were not compared as records.", *said)) if said else None


def _compared(workspace: Workspace, one: Place, other: Place) -> _Why:
    pairs = frame(workspace, "dedupe", "pairs").filter(_is(one, other)).collect().rows(named=True)
    if not pairs:
        return _never_listed(workspace, one, other)
    pair = pairs[0]
    evidence = f"Probability {pair['probability']:.0%}: {pair['reasons']}."
    if pair["band"] == REVIEW:
        conflict = f"Conflict: {pair['veto']}." if pair["veto"] else "It is neither sure nor unlikely."
        return _Why("undecided", ("A person is asked about them.", evidence, conflict), "crmclean review --by NAME")
    if pair["band"] == MERGE:
        return _through_others(workspace, one, other, evidence)
    if pair["veto"]:
        words = f"They were compared, and a conflict keeps them apart: {pair['veto']}."
        return _Why("conflict", (words, evidence), _merge_them(one, other))
    return _Why("unlike", ("They were compared, and are too unlike to be one.", evidence), _merge_them(one, other))


def _merge_them(one: Place, other: Place) -> str:
    line = f"{one.record},{other.record},merge"
    return f"if they are one after all, in decisions/pairs.csv, below the line left,right,verdict: {line}"


def _through_others(workspace: Workspace, one: Place, other: Place, evidence: str) -> _Why:
    """The pair itself is sure: what stands against a group with both in it."""
    held = frame(workspace, "dedupe", "held").filter(pl.col("record").is_in([one.record, other.record])).collect()
    if "dedupe.group-too-large" in set(held["code"]):
        words = "They match, but their group is over the plan's group_limit and waits for a person."
        return _Why("group-too-large", (words, evidence), "crmclean review --by NAME")
    members = frame(workspace, "dedupe", "members").select("record", "survivor").collect()
    mine, theirs = (_with(members, survivor) for survivor in _survivors(workspace, one, other))
    across = (pl.col("left").is_in(mine) & pl.col("right").is_in(theirs)) | (
        pl.col("left").is_in(theirs) & pl.col("right").is_in(mine)
    )
    pairs = frame(workspace, "dedupe", "pairs").filter(across & pl.col("veto").is_not_null()).sort(_PAIR).collect()
    enemies = [
        f"{left} and {right} cannot be one: {veto}."
        for left, right, veto in pairs.select(*_PAIR, "veto").head(_SHOWN).iter_rows()
    ]
    first = "They match, but their groups are kept apart through other records."
    return _Why("through-others", (first, evidence, *enemies), "crmclean review --by NAME")


def _with(members: pl.DataFrame, survivor: str) -> list[str]:
    return members.filter(pl.col("survivor") == survivor)["record"].to_list() or [survivor]


def _never_listed(workspace: Workspace, one: Place, other: Place) -> _Why:
    keys = tuple(_meetings(workspace, read_plan(workspace.root), one, other))
    shared = [key for key in keys if key.sharing]
    if not keys or not shared:
        words = "They were not compared: they share nothing by which records are looked up."
        return _Why("not-compared", (words,), _merge_them(one, other), keys)
    if all(key.crowded for key in shared):
        words = "They were probably not compared: so many share what they share that only neighbors in it were."
        return _Why("crowded", (words,), _merge_them(one, other), keys)
    words = "They were compared, and are clearly different: less than 2 % likely to be one."
    return _Why("unlike", (words,), _merge_them(one, other), keys)


def _meetings(workspace: Workspace, plan: Plan, one: Place, other: Place) -> list[Met]:
    if one.object == "deals":
        return []
    normalized = tables(workspace, "normalize")
    names = [name for name in family_of(one.object) if name in plan.dedupe.objects and name in normalized]
    table = together([live(name, normalized[name].filter(~enriches(plan)).collect()) for name in names])
    if one.object != "companies" and "companies" in normalized:
        groups = frame(workspace, "dedupe", "groups").filter(pl.col("object") == "companies").collect()
        table = employed(table, normalized["companies"].collect(), groups)
    return meetings(one.object, table, (one.record, other.record))


def _sides(workspace: Workspace, one: Place, other: Place) -> list[tuple[str, str | None, str | None]]:
    pair = pl.DataFrame({"left": [one.record], "right": [other.record]})
    shown = beside(pair, _both(workspace, one, other)).row(0, named=True)
    fields = [name.removeprefix(LEFT) for name in shown if name.startswith(LEFT)]
    return [(name, shown[LEFT + name], shown[RIGHT + name]) for name in fields]


def _both(workspace: Workspace, one: Place, other: Place) -> pl.DataFrame:
    """Return the rows of the two records as they were matched."""
    normalized, here = tables(workspace, "normalize"), pl.col(RECORD).is_in([one.record, other.record])
    return together([normalized[name].filter(here).collect() for name in sorted({one.object, other.object})])


def _sides_table(sides: list[tuple[str, str | None, str | None]]) -> TableView:
    rows = tuple((("" if a == b else "≠"), field, shortened(a), shortened(b)) for field, a, b in sides)
    return TableView("Side by side", ("", "field", "A", "B"), rows, folded=True)


def _keys_table(keys: tuple[Met, ...]) -> TableView:
    rows = tuple((key.key, _has(key.one), _has(key.other), key.sharing or "-") for key in keys if key.one or key.other)
    return TableView("Keys by which records meet", ("key", "A", "B", "share it"), rows)


def _has(there: bool) -> str:
    return "has one" if there else "-"
