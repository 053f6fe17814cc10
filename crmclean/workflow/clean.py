"""`crmclean clean FILE`: one list, no plan: normalised, de-duplicated and ready to import."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from crmclean.errors import Fault, InputError, RefusedError
from crmclean.files.piped import PIPE, on_disk
from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.matching.sheets import write_sheet
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.chain import run_phase
from crmclean.workflow.clean_parts import Part, sorted_parts
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.session import session
from crmclean.workspace.atomic import make_folder, write_text
from crmclean.workspace.events import Notify, silent

_PHASES = ("load", "normalize", "dedupe")


def clean(path: Path, out: Path, answers: Answers, notify: Notify = silent) -> Result:
    """Write `out`/1-import.csv, 2-check-these, 3-merged-away, 4-left-out and READ-ME-FIRST.txt.

    Raises:
        InputError: the file cannot be used, or was not recognised.
        RefusedError: `out` has something in it.
    """
    _check_places(path, out)
    with on_disk((path,)) as (file,), TemporaryDirectory(prefix="crmclean-") as scratch:
        root = Path(scratch) / "list"
        initialize(root, [file], answers)
        with session(root, notify=notify) as current:
            for phase in _PHASES:
                run_phase(current, phase)
            parts = sorted_parts(current)
    make_folder(out)
    for part in parts:
        _write(part, out, "" if len(parts) == 1 else f"-{part.object}")
    write_text(out / "READ-ME-FIRST.txt", _read_me(path, answers.target, parts))
    return _result(out, answers.target, parts)


def _check_places(path: Path, out: Path) -> None:
    if path.is_dir():
        hint = "name one file; for several exports use `crmclean init`"
        raise InputError(Fault(str(path), "is a folder", hint, "clean.folder"))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RefusedError(Fault(str(out), "is there already", "name a new folder with -o", "clean.not-empty"))


def _write(part: Part, out: Path, suffix: str) -> None:
    write_csv(part.ready, out / f"1-import{suffix}.csv")
    if part.doubtful.height:
        write_sheet(part.doubtful, out / f"2-check-these{suffix}")
    for name, frame in (("3-merged-away", part.merged), ("4-left-out", part.left_out)):
        if frame.height:
            write_xlsx(out / f"{name}{suffix}.xlsx", {name[2:]: frame})


def _read_me(path: Path, target: str, parts: Sequence[Part]) -> str:
    lines = [f"{_called(path)}, cleaned for {target}", "", *_balance(parts), ""]
    steps = [
        "1-import.csv       Import this file with the wizard of your CRM; the column names are its own. Columns that",
        "                   it does not know were kept from your list: create fields for them first, or skip them.",
        "2-check-these      Pairs that may be the same. Both are in 1-import.csv; merge them in the CRM.",
        "3-merged-away      Rows that were certainly the same as another one, and which row they went into.",
        "4-left-out         Rows that are not in 1-import.csv, each with the reason.",
    ]
    return "\n".join([*lines, *steps]) + "\n"


def _called(path: Path) -> str:
    return "Standard input" if path == Path(PIPE) else path.name


def _balance(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        yield (
            f"{part.object}: {part.read:,} rows = {part.ready.height:,} to import + {part.merged.height:,} merged away"
            f" + {part.left_out.height:,} left out"
        )


def _result(out: Path, target: str, parts: Sequence[Part]) -> Result:
    rows = tuple(
        (part.object, part.read, part.ready.height, part.merged.height, part.left_out.height) for part in parts
    )
    pairs = sum(part.doubtful.height for part in parts)
    return Result(
        "clean",
        f"{counted(sum(part.ready.height for part in parts), 'row')} ready for {target} in {out}.",
        (TableView("Rows", ("object", "read", "to import", "merged away", "left out"), rows),),
        notes=(f"{counted(pairs, 'doubtful pair')} to look at; both rows of each are in the import.",) if pairs else (),
        next_step=f"open {out / 'READ-ME-FIRST.txt'}",
        data={
            "folder": str(out),
            "target": target,
            "objects": [
                {
                    "object": part.object,
                    "read": part.read,
                    "ready": part.ready.height,
                    "merged": part.merged.height,
                    "left_out": part.left_out.height,
                    "doubtful_pairs": part.doubtful.height,
                }
                for part in parts
            ],
        },
    )
