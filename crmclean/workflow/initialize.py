"""`crmclean init`: recognises exports and writes a commented migration.toml with every column decided."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmclean.crm.target_model import TargetSchema
from crmclean.crm.targets import target as target_schema
from crmclean.errors import ExitCode, Fault, InputError, RefusedError
from crmclean.files.opening import container_of
from crmclean.files.piped import on_disk
from crmclean.plan.draft import Draft
from crmclean.plan.drafting import EMPTY, Found, draft_decisions, draft_dropped, draft_extras, draft_sources
from crmclean.plan.read import read_plan
from crmclean.plan.write import write_plan
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.gathering import Seen, folders_left_out, gather, older_snapshots, unusable
from crmclean.workspace.atomic import make_folder, replacing, write_text
from crmclean.workspace.events import Notify, silent
from crmclean.workspace.paths import Workspace

_SAMPLE = 1000  # rows by which a file is recognised


@dataclass(frozen=True)
class Answers:
    """What a person says before the plan is drafted; None stays open in the plan, as a proposal."""

    target: str
    region: str | None = None
    currency: str | None = None
    fallback_owner: str | None = None


def initialize(root: Path, files: Sequence[Path], answers: Answers, notify: Notify = silent) -> Result:
    """Write `root`/migration.toml for the given exports, and copy those that stand elsewhere into its exports/.

    Raises:
        InputError: files that are not there, or none that can be used; nothing is written then.
        PlanError: there is no such target.
        RefusedError: there is a plan already.
    """
    workspace, schema = Workspace(root), target_schema(answers.target)
    if workspace.plan.exists():
        hint = "edit it, or name a new folder"
        raise RefusedError(Fault(str(workspace.plan), "there is a plan already", hint, "init.plan-exists"))
    with on_disk(files) as given:
        return _initialize(workspace, given, answers, schema, notify)


def _initialize(
    workspace: Workspace, files: Sequence[Path], answers: Answers, schema: TargetSchema, notify: Notify
) -> Result:
    root = workspace.root
    seen = gather(workspace, files, notify)
    older = older_snapshots(seen)
    series = dict(older.values())
    current = [item for item in seen if item.inside not in older]
    found = [_found(item, series) for item in current if item.recognition and item.recognition.object]
    if not found:
        raise InputError(*map(unusable, seen))
    sources = draft_sources(found)
    draft = Draft(
        name=root.resolve().name,
        target=answers.target,
        sources=sources,
        decisions=draft_decisions(found, schema),
        dropped=draft_dropped(found, schema),
        extras=draft_extras([(item.inside, known) for item in current if (known := item.unmoved)], sources),
        ignored={item.inside: item.problem for item in current if item.problem},
        unknown=tuple(item.inside for item in current if item.unknown),
        older=tuple(older),
        region=answers.region,
        currency=answers.currency,
        fallback_owner=answers.fallback_owner,
    )
    _write(workspace, seen, draft)
    return _result(root, draft, folders_left_out(files))


def _found(item: Seen, series: Mapping[str, str]) -> Found:
    reading, recognition = item.reading, item.recognition
    if reading is None or recognition is None:
        raise AssertionError(item.inside)
    counts = reading.frame.select(reading.names).count().collect().row(0, named=True)
    cells = reading.frame.head(_SAMPLE).collect()
    return Found(series.get(item.inside, item.inside), str(item.path.parent), recognition, reading.rows, counts, cells)


def _write(workspace: Workspace, seen: Sequence[Seen], draft: Draft) -> None:
    for path, inside in dict.fromkeys((container_of(item.path), item.file) for item in seen):
        target = workspace.root / inside
        if path != target.resolve():
            with replacing(target) as part:
                shutil.copyfile(path, part)
    make_folder(workspace.decisions)
    write_text(workspace.plan, write_plan(draft))
    read_plan(workspace.root)  # what init writes, run can read


def _result(root: Path, draft: Draft, left_out: Sequence[Path]) -> Result:
    rows = tuple((file.path, source.kind, file.object, file.rows) for source in draft.sources for file in source.files)
    kept = sum(item.action == "custom" for items in draft.decisions.values() for item in items)
    empty = sum(item.to == EMPTY for items in draft.decisions.values() for item in items)
    return Result(
        "init",
        f"{counted(len(rows), 'export')} recognised; {root / 'migration.toml'} is written.",
        (TableView("Exports", ("file", "system", "object", "rows"), rows),),
        notes=(*_column_notes(draft, kept, empty), *_open_notes(draft), *map(_folder_note, left_out)),
        next_step=f"cd {root} && crmclean run --through validate",
        data={
            "plan": str(root / "migration.toml"),
            "sources": [
                {"name": source.name, "kind": source.kind, "files": [file.path for file in source.files]}
                for source in draft.sources
            ],
            "custom_columns": kept,
            "empty_columns": empty,
            "extras": [extra.path for extra in draft.extras],
            "ignored": dict(draft.ignored),
            "older": list(draft.older),
            "unknown": list(draft.unknown),
        },
        exit_code=ExitCode.WAITING if draft.unknown else ExitCode.DONE,
    )


def _folder_note(folder: Path) -> str:
    return f"Not looked at: the folder {folder}. Name it too, if it holds exports."


def _column_notes(draft: Draft, kept: int, empty: int) -> Iterator[str]:
    if kept:
        yield f"{counted(kept, 'column')} without a field at {draft.target} kept as custom legacy fields."
    if empty:
        yield f"{counted(empty, 'column')} dropped: empty in every row."


def _open_notes(draft: Draft) -> Iterator[str]:
    for path, reason in draft.ignored.items():
        yield f"Not migrated: {path} ({reason})."
    for extra in draft.extras:
        yield f"Not moved: {extra.path}; its records stand in the ledger as excluded."
    if draft.older:
        yield f"Older snapshots, kept for the history: {', '.join(draft.older)}."
    for path in draft.unknown:
        yield f"Not recognised: {path}. Say in the plan what it is; validate stops until then."
    if draft.region is None:
        yield "No default country for phones: numbers without + and country stay as they are (--region)."
