"""`crmclean clean FILE`: one list, no plan: normalised, de-duplicated and ready to import.

The folder that it writes keeps its workspace in `.crmclean/`, so that the answers of a person can finish the work.
"""

import shutil
from pathlib import Path

from crmclean.errors import Fault, InputError, RefusedError, UsageError
from crmclean.files.piped import on_disk
from crmclean.reports.results import Result
from crmclean.workflow.cleaning.files import Cleaned, write_cleaned
from crmclean.workflow.cleaning.parts import sorted_parts
from crmclean.workflow.cleaning.result import told
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.initializing.asking import unasked
from crmclean.workflow.review import apply_review
from crmclean.workflow.running.chain import run_phase
from crmclean.workflow.running.session import session
from crmclean.workspace.events import Notify, silent

_PHASES = ("load", "normalize", "dedupe")
_OBJECTS = ("contacts", "companies", "deals", "leads")
_INSIDE = ".crmclean"


def clean(path: Path, out: Path, answers: Answers, notify: Notify = silent) -> Result:
    """Write `out`/1-import.csv, 2-check-these.xlsx, 3-merged-away.xlsx, 4-left-out.xlsx and READ-ME-FIRST.html.

    Raises:
        InputError: the file cannot be used, or was not recognised.
        RefusedError: `out` has something in it.
        UsageError: there are no lists of that object.
    """
    if path.is_dir():
        hint = "name one file; for several exports use `crmclean init`"
        raise InputError(Fault(str(path), "is a folder", hint, "clean.folder"))
    if answers.object not in (None, *_OBJECTS):
        one_of = f"write one of {', '.join(_OBJECTS)}"
        raise UsageError(Fault("--object", "is nothing that lists are of", one_of, "clean.object"))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RefusedError(Fault(str(out), "is there already", "name a new folder with -o", "clean.not-empty"))
    new = not out.exists()
    try:
        with on_disk((path,)) as (file,):
            initialize(out / _INSIDE, [file], answers, ask=unasked)
        return _written(out, notify)
    except BaseException:
        shutil.rmtree(out if new else out / _INSIDE, ignore_errors=True)  # nothing half done stays
        raise


def apply_answers(sheet: Path, out: Path | None, by: str, notify: Notify = silent) -> Result:
    """Take the answers of a filled-in 2-check-these over, and write the files beside it anew.

    out: the folder that `clean` wrote, where the sheet stands elsewhere.

    Raises:
        InputError: the folder is none of ours; the sheet cannot be read, or holds answers that cannot be understood.
    """
    folder = out or sheet.parent
    if not (folder / _INSIDE / "migration.toml").is_file():
        hint = "save the sheet in the folder that `crmclean clean` wrote, or name that folder with -o"
        raise InputError(Fault(str(folder), "was not written by `crmclean clean`", hint, "clean.no-folder"))
    apply_review(folder / _INSIDE, sheet, by)
    return _written(folder, notify)


def _written(out: Path, notify: Notify) -> Result:
    with session(out / _INSIDE, notify=notify) as current:
        for phase in _PHASES:
            run_phase(current, phase)
        cleaned = Cleaned.of(current, sorted_parts(current))
        files = write_cleaned(cleaned, out)
    return told(cleaned, out, files)
