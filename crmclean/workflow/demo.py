"""`crmclean demo [DIR]`: the sample migration, copied into a folder and run into the rehearsal database."""

import shutil
from dataclasses import replace
from pathlib import Path

from crmclean.errors import Fault, RefusedError
from crmclean.reports.results import Result
from crmclean.reports.wording import as_typed
from crmclean.workflow.run import run
from crmclean.workspace.atomic import make_folder
from crmclean.workspace.events import Notify, silent
from crmclean.workspace.paths import Workspace
from crmclean.workspace.shipped import shipped


def demo(directory: Path, *, notify: Notify = silent) -> Result:
    """Copy the sample migration into `directory` and run all of it; the same folder again goes on where it stopped.

    Raises:
        RefusedError: the folder holds something else.
        CrmcleanError: see crmclean.workflow.run.
    """
    sample, workspace = shipped("sample_data"), Workspace(directory)
    if not _is_copy(workspace.plan, sample / "migration.toml"):
        _refuse_filled(directory)
        make_folder(directory)
        shutil.copytree(sample, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git*"))
    done = run(directory, notify=notify)
    return replace(done, command="demo", next_step=f"cd {as_typed(directory)}, then {done.next_step}")


def _is_copy(plan: Path, original: Path) -> bool:
    return plan.is_file() and plan.read_bytes() == original.read_bytes()


def _refuse_filled(directory: Path) -> None:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        hint = "name a new folder: crmclean demo NEW-FOLDER"
        raise RefusedError(Fault(str(directory), "holds something else than the demo", hint, "demo.folder-not-empty"))
