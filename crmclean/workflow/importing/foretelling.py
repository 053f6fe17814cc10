"""What the next import would do with every row, where there were rounds before: worked out on a copy of the journal.

The round is frozen there as the import would freeze it, against what the target holds; nothing is sent.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

import polars as pl

from crmclean.destinations.binding import bind
from crmclean.destinations.contract import Destination, Operation
from crmclean.destinations.entries import Binding, State
from crmclean.destinations.journal import Journal, read_payload
from crmclean.destinations.outcomes import last_round, reading
from crmclean.destinations.registry import REHEARSAL, kind_of
from crmclean.pipeline.validate.predicting import CREATED, PARENT_REJECTED, REJECTED, UPDATED
from crmclean.records import RECORD
from crmclean.workflow.importing.rounds import Sending, Source, open_round
from crmclean.workflow.importing.stages import mapping_of
from crmclean.workspace.atomic import make_folder
from crmclean.workspace.paths import Workspace

UNCHANGED, HELD = "unchanged", "held"
FORETOLD = pl.Schema(dict.fromkeys(("target_object", "record", "prediction", "code", "field"), pl.String()))
_ROWS = """
    SELECT b.id, r.position, o.name, coalesce(p.record, c.record), r.record, b.operation, r.state, r.code, r.field,
    c.target_id IS NOT NULL OR EXISTS (SELECT 1 FROM preimage i WHERE i.round = n.id AND i.number = r.record)
    FROM round n JOIN stage s ON s.round = n.id JOIN batch b ON b.stage = s.id JOIN row r ON r.batch = b.id
    JOIN crosswalk c ON c.id = r.record JOIN object o ON o.id = b.object
    LEFT JOIN speaker p ON p.round = n.id AND p.number = r.record
    WHERE n.name = ? AND NOT b.second_pass ORDER BY b.id, r.position"""
_SETTLED: Mapping[State, str] = {
    State.CREATED: CREATED,
    State.UPDATED: UPDATED,
    State.UNCHANGED: UNCHANGED,
    State.REJECTED: REJECTED,
    State.HELD: HELD,
    State.UNKNOWN: HELD,
}
Line = tuple[str, str, str, str | None, str | None]


def foretell(workspace: Workspace, source: Source, to: str, sending: Sending, destination: Destination) -> pl.DataFrame:
    """Return what a round would do with its rows (FORETOLD); none where nothing was imported before.

    Raises:
        RefusedError: the import would be refused, too, such as for a round without a name.
    """
    if _starts_anew(workspace, source, to, sending):
        return pl.DataFrame(schema=FORETOLD)
    with _copied(workspace, to) as path, Journal(path) as journal:
        _bind(journal, source, to, destination)
        round_ = open_round(journal, destination, source, sending)
        return pl.DataFrame(list(_lines(journal.database, round_, _refused(source))), schema=FORETOLD, orient="row")


def _starts_anew(workspace: Workspace, source: Source, to: str, sending: Sending) -> bool:
    path = workspace.journal(to)
    if not path.is_file():
        return True
    with reading(path) as database:
        last = last_round(database)
    return last is None or (to == REHEARSAL and sending.round_ is None and last.inputs != source.inputs)


def _bind(journal: Journal, source: Source, to: str, destination: Destination) -> None:
    """Check that it is the target of the rounds before: it has all that we need, so that nothing is created in it."""
    schema = source.mapped.schema
    bind(journal, Binding(to, kind_of(source.plan, to), destination.prepare(schema), mapping_of(schema)))


@contextmanager
def _copied(workspace: Workspace, to: str) -> Iterator[Path]:
    """Give a copy of the journal, which goes again: it holds personal data."""
    path = make_folder(workspace.phase("import") / to) / "foretold.sqlite"
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm")]
    for file in files:
        file.unlink(missing_ok=True)
    path.touch(mode=0o600)
    try:
        with reading(workspace.journal(to)) as database, closing(sqlite3.connect(path)) as copy:
            database.backup(copy)
        yield path
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _refused(source: Source) -> Mapping[str, tuple[str, str | None]]:
    """Return record -> code and field of the rejects that `validate` foresees."""
    foreseen = source.mapped.foreseen
    rows = foreseen.select(RECORD, "fault").iter_rows() if foreseen is not None else ()
    told = ((record, fault.partition(" ")) for record, fault in rows)
    return {record: (code, field or None) for record, (code, _, field) in told}


def _lines(database: sqlite3.Connection, round_: str, refused: Mapping[str, tuple[str, str | None]]) -> Iterator[Line]:
    out: set[int] = set()  # crosswalk ids of records that the target will not have
    payload = lru_cache(1)(lambda batch: read_payload(database, batch))
    for batch, position, object_, record, number, operation, state, code, field, there in database.execute(
        _ROWS, (round_,)
    ).fetchall():
        line = _line(operation, State(state), code, field, there)
        why = refused.get(record) if state == State.PLANNED else None
        if why and (why[0] != PARENT_REJECTED or any(ref in out for ref in payload(batch)["rows"][position]["refs"])):
            line = (REJECTED, *why)
        if line[0] in (REJECTED, HELD) and not there:
            out.add(number)
        yield object_, record, *line


def _line(
    operation: str, state: State, code: str | None, field: str | None, there: object
) -> tuple[str, str | None, str | None]:
    if state in _SETTLED:
        return _SETTLED[state], code, field or None
    return (UPDATED if there or operation in (Operation.UPDATE, Operation.ADOPT) else CREATED), code, field
