"""What a run tells while it works: small frozen events, written to events.jsonl and passed to whoever listens.

Counts, columns and codes only; never a cell value. The default listener does nothing.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from crmclean.workspace.atomic import make_folder


@dataclass(frozen=True)
class Event:
    """One thing that happened. kind: started, finished, skipped, progress or warning."""

    kind: str
    phase: str
    message: str = ""
    done: int | None = None  # rows
    total: int | None = None  # rows
    seconds: float | None = None


Notify = Callable[[Event], None]


def silent(_event: Event) -> None:
    """Listen to nothing."""


def recording(path: Path, listener: Notify = silent) -> Notify:
    """Return a listener that appends every event to `path` with the clock time and passes it on."""
    make_folder(path.parent)

    def notify(event: Event) -> None:
        stamp = {"at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        fields = {key: value for key, value in asdict(event).items() if value not in (None, "")}
        with path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(stamp | fields) + "\n")
        listener(event)

    return notify
