"""Keeps the last finished run as run.previous/ before something is run again."""

import json
import os
import shutil
from pathlib import Path

from crmclean.pipeline.store import stored
from crmclean.workflow.running.chain import CHAIN, phases_through, up_to_date
from crmclean.workflow.running.session import Session
from crmclean.workspace.atomic import replacing_folder
from crmclean.workspace.paths import Workspace

_COPIES = "database"  # what was read from databases is no part of what a run did
_APPENDED = {"events.jsonl", "run.log"}  # everything else is replaced as a whole, so that a second name for it is safe


def keep_previous(session: Session, last: str) -> None:
    """Give every file of the last run a second name below run.previous/, where a phase is about to run again.

    Nothing is copied where the disk has hard links. A run that was interrupted is no run: the one before it is kept.
    """
    outdated = any(not up_to_date(session, name) for name in phases_through(last))
    if not outdated or not _finished(session.workspace):
        return
    run = session.workspace.run
    with replacing_folder(session.workspace.previous) as folder:
        for path in sorted(run.rglob("*")):
            place = folder / path.relative_to(run)
            if place.relative_to(folder).parts[0] == _COPIES:
                continue
            if path.is_dir():
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            else:
                second_name(path, place)


def _finished(workspace: Workspace) -> bool:
    """Whether the phases are those that the last finished command wrote down."""
    if not workspace.manifest.is_file():
        return False
    told = json.loads(workspace.manifest.read_text(encoding="utf-8"))["phases"]
    there = {name: known.key for name in CHAIN if (known := stored(workspace, name))}
    return bool(there) and {name: body["key"] for name, body in told.items()} == there


def second_name(path: Path, place: Path) -> None:
    """Give a file that is only ever replaced as a whole a second name; copy it where the disk has no hard links."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.name not in _APPENDED:
        try:
            os.link(path, place)
        except OSError:  # another file system, or one without hard links
            pass
        else:
            return
    shutil.copy2(path, place)
