"""What earlier rounds brought to a target does not wait again: a doubtful pair holds only the record that is new.

The preparing phases know no destination, so they let go of what any journal has at its target; `open_round` holds what
the destination at hand lacks.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from crmclean.destinations.outcomes import last_round, reading
from crmclean.destinations.registry import REHEARSAL
from crmclean.pipeline.store import frame
from crmclean.workflow.importing.rehearsing import FIRST_ROUND
from crmclean.workflow.running.session import Session

_HELD = {"record": "text", "group": "text", "code": "text"}
_MEMBERS = {"record": "text", "survivor": "text"}
_THERE = """SELECT c.record FROM json_each(?) w JOIN crosswalk c ON c.record = w.value
            LEFT JOIN crosswalk s ON s.id = c.into_ WHERE coalesce(s.target_id, c.target_id) IS NOT NULL"""


def doubtful(session: Session) -> pl.DataFrame:
    """Return record, group and code of the records that are part of an undecided question."""
    return frame(session.workspace, "dedupe", "held", _HELD).collect()


def brought(session: Session) -> frozenset[str]:
    """Return the doubtful records that a target has already, they themselves or a member of their group."""
    journals = list(_journals(session))
    held = doubtful(session).get_column("record").unique().sort() if journals else pl.Series([], dtype=pl.String)
    if held.is_empty():
        return frozenset()
    groups = frame(session.workspace, "dedupe", "members", _MEMBERS).select("record", "survivor")
    members = groups.filter(pl.col("survivor").is_in(held.implode())).collect()
    asked = json.dumps([*held, *members["record"]])
    there = {record for path in journals for record in _there(path, asked)}
    through = members.filter(pl.col("record").is_in(there))["survivor"]
    return frozenset(held.filter(held.is_in(there))) | frozenset(through)


def _journals(session: Session) -> Iterator[Path]:
    """Yield the journals that later rounds stand on; a rehearsal without one starts over when its inputs change."""
    for name in (REHEARSAL, *sorted(session.plan.destinations)):
        path = session.workspace.journal(name)
        if path.is_file() and (name != REHEARSAL or session.round_ or _later(path)):
            yield path


def _later(path: Path) -> bool:
    with reading(path) as database:
        last = last_round(database)
    return last is not None and last.name != FIRST_ROUND


def _there(path: Path, records: str) -> Iterator[str]:
    with reading(path) as database:
        if last_round(database) is not None:
            yield from (record for (record,) in database.execute(_THERE, (records,)))
