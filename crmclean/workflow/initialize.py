"""`crmclean init`: recognises exports and writes a commented migration.toml with every column decided."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmclean.crm.targets import target as target_schema
from crmclean.errors import CrmcleanError, ExitCode, Fault, InputError, RefusedError
from crmclean.exports.recognise import Recognition, recognise
from crmclean.files.opening import container_of
from crmclean.files.parts import parts_of
from crmclean.files.read import Reading, read_table
from crmclean.plan.draft import Draft
from crmclean.plan.drafting import EMPTY, Found, draft_decisions, draft_dropped, draft_extras, draft_sources
from crmclean.plan.read import read_plan
from crmclean.plan.write import write_plan
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workspace.atomic import make_folder, replacing, write_text
from crmclean.workspace.events import Event, Notify, silent
from crmclean.workspace.paths import Workspace

_SAMPLE = 1000  # rows by which a file is recognised


@dataclass(frozen=True)
class Answers:
    """What a person says before the plan is drafted; None stays open in the plan, as a proposal."""

    target: str
    region: str | None = None
    currency: str | None = None
    fallback_owner: str | None = None


@dataclass(frozen=True)
class _Seen:
    """One file that was looked at; reading and recognition are None where it cannot be used, problem says why."""

    path: Path
    inside: str
    reading: Reading | None = None
    recognition: Recognition | None = None
    problem: str = ""


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
    seen = [_look(path, inside, notify) for path, inside in _places(workspace, files)]
    found = [_found(item) for item in seen if item.recognition and item.recognition.object]
    if not found:
        raise InputError(*(_unusable(item) for item in seen))
    sources = draft_sources(found)
    draft = Draft(
        name=root.resolve().name,
        target=answers.target,
        sources=sources,
        decisions=draft_decisions(found, schema),
        dropped=draft_dropped(found, schema),
        extras=draft_extras([(item.inside, known) for item in seen if (known := _unmoved(item))], sources),
        ignored={item.inside: item.problem for item in seen if item.problem},
        unknown=tuple(item.inside for item in seen if _is_unknown(item)),
        region=answers.region,
        currency=answers.currency,
        fallback_owner=answers.fallback_owner,
    )
    _write(workspace, seen, draft)
    return _result(root, draft)


def _places(workspace: Workspace, files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Every file with its path inside the workspace; folders stand for the files in them."""
    missing = [path for path in files if not path.exists()]
    if missing or not files:
        hint = "name exports, or a folder that holds them"
        faults = [Fault(str(path), "there is no such file", hint, "file.missing") for path in missing]
        raise InputError(*faults or [Fault("FILE", "no export was named", hint, "file.missing")])
    every = [each for path in files for each in (_in_folder(path) if path.is_dir() else [path])]
    places: dict[str, Path] = {}
    for path in dict.fromkeys(path.resolve() for path in every):
        places[_inside(workspace, path, places)] = path
    return [part for inside, path in places.items() for part in _parts(path, inside)]


def _parts(path: Path, inside: str) -> list[tuple[Path, str]]:
    """A file itself, or the members of an archive of several."""
    members = parts_of(path) if path.suffix.lower() == ".zip" else ()
    several = [(path / member, f"{inside}/{member}") for member in members]
    return several if len(several) > 1 else [(path, inside)]


def _in_folder(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _inside(workspace: Workspace, path: Path, taken: dict[str, Path]) -> str:
    exports = workspace.exports.resolve()
    if path.is_relative_to(exports):
        return f"exports/{path.relative_to(exports).as_posix()}"
    plain = f"exports/{path.name}"
    return plain if plain not in taken else f"exports/{path.parent.name}/{path.name}"


def _look(path: Path, inside: str, notify: Notify) -> _Seen:
    try:
        reading = read_table(path)
    except CrmcleanError as error:
        return _Seen(path, inside, problem="; ".join(fault.problem for fault in error.faults))
    notify(Event("progress", "init", inside, done=reading.rows))
    if not reading.rows:
        return _Seen(path, inside, reading, problem="has a header but no rows")
    known = recognise(inside, reading.header, reading.frame.head(_SAMPLE).collect())
    return _Seen(path, inside, reading, known)


def _found(item: _Seen) -> Found:
    reading, recognition = item.reading, item.recognition
    if reading is None or recognition is None:
        raise AssertionError(item.inside)
    counts = reading.frame.select(reading.names).count().collect().row(0, named=True)
    cells = reading.frame.head(_SAMPLE).collect()
    return Found(item.inside, str(item.path.parent), recognition, reading.rows, counts, cells)


def _is_unknown(item: _Seen) -> bool:
    return item.recognition is not None and item.recognition.table is None


def _unmoved(item: _Seen) -> Recognition | None:
    known = item.recognition
    return known if known is not None and known.table is not None and known.object is None else None


def _unusable(item: _Seen) -> Fault:
    unmoved = "is a table that crmclean does not move" if _unmoved(item) else "was not recognised by its columns"
    hint = "export contacts, companies, deals or activities with their column names in the first row"
    return Fault(str(item.path), item.problem or unmoved, hint, "init.not-recognised")


def _write(workspace: Workspace, seen: Sequence[_Seen], draft: Draft) -> None:
    for path, inside in dict.fromkeys(_whole(item) for item in seen):
        target = workspace.root / inside
        if path != target.resolve():
            with replacing(target) as part:
                shutil.copyfile(path, part)
    make_folder(workspace.decisions)
    write_text(workspace.plan, write_plan(draft))
    read_plan(workspace.root)  # what init writes, run can read


def _whole(item: _Seen) -> tuple[Path, str]:
    """The file that holds what was looked at, and its path inside the workspace."""
    path = container_of(item.path)
    return path, item.inside.removesuffix(item.path.relative_to(path).as_posix()).rstrip(
        "/"
    ) if path != item.path else item.inside


def _result(root: Path, draft: Draft) -> Result:
    rows = tuple((file.path, source.kind, file.object, file.rows) for source in draft.sources for file in source.files)
    kept = sum(item.action == "custom" for items in draft.decisions.values() for item in items)
    empty = sum(item.to == EMPTY for items in draft.decisions.values() for item in items)
    return Result(
        "init",
        f"{counted(len(rows), 'export')} recognised; {root / 'migration.toml'} is written.",
        (TableView("Exports", ("file", "system", "object", "rows"), rows),),
        notes=(*_column_notes(draft, kept, empty), *_open_notes(draft)),
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
            "unknown": list(draft.unknown),
        },
        exit_code=ExitCode.WAITING if draft.unknown else ExitCode.DONE,
    )


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
    for path in draft.unknown:
        yield f"Not recognised: {path}. Say in the plan what it is; validate stops until then."
    if draft.region is None:
        yield "No default country for phones: numbers without + and country stay as they are (--region)."
