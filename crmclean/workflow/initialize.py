"""`crmclean init`: recognises exports, asks what they leave open, and writes a commented migration.toml."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crmclean.crm.targets import target as target_schema
from crmclean.errors import CrmcleanError, Fault, InputError, RefusedError
from crmclean.files.opening import container_of
from crmclean.files.piped import on_disk
from crmclean.plan.draft import Draft, DraftSource
from crmclean.plan.drafting import Found, draft_decisions, draft_dropped, draft_extras, draft_sources, in_one_spelling
from crmclean.plan.owner_names import with_owner_names
from crmclean.plan.read import read_plan
from crmclean.plan.write import write_plan
from crmclean.reports.results import Result
from crmclean.workflow.initializing import questions as about
from crmclean.workflow.initializing.asking import Ask, Question, Settled, settle
from crmclean.workflow.initializing.evidence import MATCHED, Looked, looked_at, looks_like_suppression, ownership
from crmclean.workflow.initializing.gathering import Seen, folders_left_out, gather, older_snapshots, unusable
from crmclean.workflow.initializing.given import NOTHING, Given, parted
from crmclean.workflow.initializing.result import told
from crmclean.workflow.schema_import import import_schema
from crmclean.workspace.atomic import make_folder, replacing, write_text
from crmclean.workspace.events import Notify, silent
from crmclean.workspace.paths import Workspace

_SAMPLE = 1000  # rows by which a column is profiled
_BOOKS = ("google", "outlook", "linkedin", "mailchimp")  # nobody keeps customers there as carefully as in a CRM
_CUSTOMERS = {
    about.DEALS: "has_won_deal",
    about.TYPES: "company_type ILIKE 'customer%'",
    about.NOBODY: "FALSE",
}
_IGNORED = """# Plan and decisions belong in git; exports, journals and what is generated hold personal data.
exports/
run/
run.previous/
archive/
state/
*.sqlite
"""


@dataclass(frozen=True)
class Answers:
    """What a person says before the exports were looked at; None is asked about. object: what rows of a list are."""

    target: str | None = None
    region: str | None = None
    currency: str | None = None
    fallback_owner: str | None = None
    object: str | None = None


@dataclass(frozen=True)
class _Seen:
    """ours: to be migrated. theirs: at the target already. series: older snapshot -> pattern. active: users there."""

    ours: list[Seen]
    theirs: list[Seen]
    older: Mapping[str, tuple[str, str]]
    active: frozenset[str] | None

    def current(self, left_out: Sequence[str] = ()) -> list[Seen]:
        return [item for item in self.ours if item.inside not in self.older and item.inside not in left_out]


def initialize(
    root: Path,
    files: Sequence[Path],
    answers: Answers,
    notify: Notify = silent,
    *,
    ask: Ask | None = None,
    given: Given = NOTHING,
) -> Result:
    """Write `root`/migration.toml for the given exports, and copy those that stand elsewhere into its exports/.

    ask: answers questions; without it the proposals that are safe are taken, and the others stay open in the plan.

    Raises:
        InputError: files that are not there, or none that can be used; nothing is written then.
        PlanError: there is no such target.
        RefusedError: there is a plan already.
    """
    workspace = Workspace(root)
    if answers.target is not None:
        target_schema(answers.target)
    if workspace.plan.exists():
        hint = "edit it, or name a new folder; for one source more, copy its [[source]] from the plan written there"
        raise RefusedError(Fault(str(workspace.plan), "there is a plan already", hint, "init.plan-exists"))
    with on_disk(files) as paths:
        ours, theirs = parted(gather(workspace, [*given.existing, *paths], notify, answers.object), given.existing)
        seen = _Seen(ours, theirs, older_snapshots(ours), given.users(workspace))
        questions = _questions(seen, answers, given)
        settled = settle(questions, ask)
        draft = _draft(workspace, seen, answers, settled)
        _write(workspace, [*ours, *theirs], draft, given.schema)
    return told(root, draft, settled, folders_left_out(files))


def _questions(seen: _Seen, answers: Answers, given: Given) -> list[Question]:
    listed = _listed(seen)
    current = seen.current(listed)
    sources = _sources(_usable(seen, current))
    looked = looked_at(current, sources)
    questions: list[Question] = []
    if answers.target is None:
        questions.append(about.target_question([source.kind for source in sources], given.crm(seen.theirs)))
    if answers.region is None:
        questions += about.region_question(looked)
    questions += about.customer_question(looked)
    if answers.fallback_owner is None:
        questions += about.owner_question(looked, seen.active)
    questions += about.winner_question(looked, sources)
    questions += about.leave_out_question(listed)
    return questions


def _listed(seen: _Seen) -> list[str]:
    """Return the lists that are called like lists of people to leave out, as long as others remain to be migrated."""
    named = [item.inside for item in seen.current() if looks_like_suppression(item)]
    rest = [item for item in seen.current(named) if item.recognition and item.recognition.object]
    return named if rest else []


def _usable(seen: _Seen, current: Sequence[Seen]) -> list[Found]:
    series = dict(seen.older.values())
    found = [_found(item, series) for item in current if item.recognition and item.recognition.object]
    if not found:
        raise InputError(*map(unusable, seen.ours))
    return with_owner_names(in_one_spelling(found))


def _found(item: Seen, series: Mapping[str, str]) -> Found:
    reading, recognition = item.reading, item.recognition
    if reading is None or recognition is None:
        raise AssertionError(item.inside)
    counts = reading.frame.select(reading.names).count().collect().row(0, named=True)
    cells = reading.frame.head(_SAMPLE).collect()
    return Found(series.get(item.inside, item.inside), str(item.path.parent), recognition, reading.rows, counts, cells)


def _sources(found: Sequence[Found], winner: str | None = None) -> tuple[DraftSource, ...]:
    """Order the sources as they win: the chosen one, CRMs before address books before plain lists, then by rows."""

    def place(source: DraftSource) -> tuple[bool, bool, bool, int]:
        rows = sum(file.rows for file in source.files if file.object in MATCHED)
        return source.name != winner, source.kind == "plain", source.kind in _BOOKS, -rows

    return tuple(sorted(draft_sources(found), key=place))


def _draft(workspace: Workspace, seen: _Seen, answers: Answers, settled: Settled) -> Draft:
    said = settled.answers
    left_out = tuple(_listed(seen)) if said.get(about.LEAVE_OUT) == "yes" else ()
    current = seen.current(left_out)
    found = _usable(seen, current)
    sources = _sources(found, said.get(about.WINNER))
    target = answers.target or said[about.TARGET]
    schema = target_schema(target)
    owner = answers.fallback_owner or said.get(about.OWNER)
    return Draft(
        name=workspace.root.resolve().name,
        target=target,
        sources=sources,
        decisions=draft_decisions(found, schema),
        dropped=draft_dropped(found, schema),
        extras=draft_extras([(item.inside, known) for item in current if (known := item.unmoved)], sources),
        ignored={item.inside: item.problem for item in current if item.problem},
        unknown=tuple(item.inside for item in current if item.unknown),
        older=tuple(seen.older),
        region=answers.region or said.get(about.REGION),
        currency=answers.currency,
        fallback_owner=owner,
        customers=_CUSTOMERS.get(said.get(about.CUSTOMER, "")),
        left_out=left_out,
        existing=_existing(seen.theirs),
        open={each.name: f"{each.text}? {each.later}" for each in settled.open},
        lost_owners=_lost(looked_at(current, sources), seen.active) if owner else 0.0,
    )


def _lost(looked: Sequence[Looked], active: frozenset[str] | None) -> float:
    seen = ownership(looked, active)
    return seen.lost / seen.owned if seen.owned else 0.0


def _existing(theirs: Sequence[Seen]) -> DraftSource | None:
    if not theirs:
        return None
    (source, *_) = draft_sources([_found(item, {}) for item in theirs])
    files = tuple(file for each in draft_sources([_found(item, {}) for item in theirs]) for file in each.files)
    return replace(source, files=files)


def _write(workspace: Workspace, seen: Sequence[Seen], draft: Draft, schema: Path | None) -> None:
    for path, inside in dict.fromkeys((container_of(item.path), item.file) for item in seen):
        target = workspace.root / inside
        if path != target.resolve():
            with replacing(target) as part:
                shutil.copyfile(path, part)
    make_folder(workspace.decisions)
    write_text(workspace.plan, write_plan(draft))
    try:
        read_plan(workspace.root)  # what init writes, run can read
        if schema is not None:
            import_schema(workspace.root, str(schema))
    except CrmcleanError:
        workspace.plan.unlink()  # so that the same command can be tried again
        raise
    ignored = workspace.root / ".gitignore"
    if not ignored.exists():
        write_text(ignored, _IGNORED)
