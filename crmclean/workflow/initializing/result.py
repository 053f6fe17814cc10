"""What `init` says when it is done."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crmclean.crm.sources import PLAIN
from crmclean.crm.targets import target
from crmclean.errors import ExitCode
from crmclean.plan.draft import Draft
from crmclean.plan.drafting import EMPTY
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import as_typed, counted
from crmclean.workflow.initializing.asking import Settled, said


def told(root: Path, draft: Draft, settled: Settled, left_out: Sequence[Path]) -> Result:
    """Return the exports, what was decided unasked, and what stays open."""
    rows = tuple((file.path, source.kind, file.object, file.rows) for source in draft.sources for file in source.files)
    kept = sum(item.action == "custom" for items in draft.decisions.values() for item in items)
    empty = sum(item.to == EMPTY for items in draft.decisions.values() for item in items)
    return Result(
        "init",
        f"{counted(len(rows), 'export')} recognised; {root / 'migration.toml'} is written.",
        (TableView("Exports", ("file", "system", "object", "rows"), rows),),
        notes=(*said(settled), *_column_notes(draft, kept, empty), *_open_notes(draft), *map(_folder_note, left_out)),
        next_step=_next(root),
        data={
            "plan": str(root / "migration.toml"),
            "sources": [
                {"name": source.name, "kind": source.kind, "files": [file.path for file in source.files]}
                for source in draft.sources
            ],
            "target": draft.target,
            "taken": [question.name for question in settled.taken],
            "open": [question.name for question in settled.open],
            "custom_columns": kept,
            "empty_columns": empty,
            "extras": [extra.path for extra in draft.extras],
            "ignored": dict(draft.ignored),
            "older": list(draft.older),
            "left_out": list(draft.left_out),
            "unknown": list(draft.unknown),
        },
        exit_code=ExitCode.WAITING if draft.unknown else ExitCode.DONE,
    )


def _next(root: Path) -> str:
    """Two commands apart: not every shell of Windows knows `&&`."""
    command = "crmclean run --through validate"
    return command if root == Path() else f"cd {as_typed(root)}, then {command}"


def _folder_note(folder: Path) -> str:
    return f"Not looked at: the folder {folder}. Name it too, if it holds exports."


def _column_notes(draft: Draft, kept: int, empty: int) -> Iterator[str]:
    columns = [column for source in draft.sources for file in source.files for column in file.columns]
    if told := dict.fromkeys(f"{column.header} as {column.field}" for column in columns if column.because):
        yield f"Told by more than their names: {', '.join(told)}. The plan says by what."
    plain = [
        column for source in draft.sources if source.kind == PLAIN for file in source.files for column in file.columns
    ]
    if asked := dict.fromkeys(column.header for column in plain if "email_opt_out" in column.made):
        yield f"Who says no under {', '.join(asked)} may not be mailed: email_opt_out is made of it."
    if kept:
        yield f"{counted(kept, 'column')} without a field in {target(draft.target).label} kept as custom legacy fields."
    if empty:
        yield f"{counted(empty, 'column')} dropped: empty in every row."


def _open_notes(draft: Draft) -> Iterator[str]:
    for path, reason in draft.ignored.items():
        yield f"Not migrated: {path} ({reason})."
    for extra in draft.extras:
        yield f"Not moved: {extra.path}; its records stand in the ledger as excluded."
    for path in draft.left_out:
        yield f"Left out: whom {path} names."
    if draft.older:
        yield f"Older snapshots, kept for the history: {', '.join(draft.older)}."
    for path in draft.unknown:
        yield f"Not recognised: {path}. Say in the plan what it is; validate stops until then."
