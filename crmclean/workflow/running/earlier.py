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
    """Return the doubtful records of whose group a target has any member already.

    An import tells the journal of the other members of such a group: the answer is the same before and after it.
    """
    journals = list(_journals(session))
    held = doubtful(session).select("record").unique().sort("record") if journals else pl.DataFrame()
    if held.is_empty():
        return frozenset()
    members = frame(session.workspace, "dedupe", "members", _MEMBERS).select("record", "survivor").collect()
    held = held.join(members, on="record", how="left").with_columns(pl.coalesce("survivor", "record").alias("survivor"))
    groups = pl.concat([members.join(held, on="survivor", how="semi"), held]).unique()
    asked = json.dumps(groups["record"].unique().sort().to_list())
    there = {record for path in journals for record in _there(path, asked)}
    through = groups.filter(pl.col("record").is_in(there))["survivor"]
    return frozenset(held.filter(pl.col("survivor").is_in(through.implode()))["record"])


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
