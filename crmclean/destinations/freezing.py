"""Writes what will be sent into the journal, once: batch borders, order and payloads never depend on later flags."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from crmclean.destinations.entries import State
from crmclean.destinations.journal import Journal

_HASH_BYTES = 8  # tells two versions of one record apart; nobody compares across records


class Slice(Protocol):
    """Rows of one target object that are sent together.

    fields, refs: the target fields that `cells` and `refs` of every payload stand for. numbers: crosswalk ids. records:
    record ids. payloads: JSON texts with `key` (record id of the group at its first import), `cells` (texts) and `refs`
    (crosswalk ids of parents). faults: position -> (code, field) of rows that are not sent.
    """

    @property
    def stage(self) -> str: ...  # noqa: D102
    @property
    def object(self) -> str: ...  # noqa: D102
    @property
    def partial(self) -> bool: ...  # noqa: D102
    @property
    def fields(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def refs(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def numbers(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def records(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def payloads(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def faults(self) -> "dict[int, tuple[str, str]]": ...  # noqa: D102


@dataclass(frozen=True)
class Round:
    """What a round freezes beside its rows.

    inputs: hash of what it was made from. merged: crosswalk id, record, crosswalk id of the record that it went into.
    outside: record and code of live records that are not sent. dropped: record, object, field, parent of references
    that stay empty.
    """

    name: str
    inputs: str
    stages: Sequence[str]
    merged: Iterable[tuple[int, str, int]] = ()
    outside: Iterable[tuple[str, str]] = ()
    dropped: Iterable[tuple[str, str, str, str]] = ()


def freeze(journal: Journal, round_: Round, slices: Iterable[Slice]) -> None:
    """Freeze a round in one commit: a process that dies on the way leaves nothing behind."""
    with journal.commit() as database:
        sql = "INSERT INTO round (name, inputs) VALUES (?, ?)"
        number = int(database.execute(sql, (round_.name, round_.inputs)).lastrowid or 0)
        ids = {name: _add_stage(database, number, name) for name in round_.stages}
        objects: dict[str, int] = dict(database.execute("SELECT name, id FROM object"))
        for part in slices:
            if part.object not in objects:
                objects[part.object] = _add_object(database, part.object)
            _add_batch(database, part, ids[part.stage], objects[part.object])
        database.executemany(_MERGED, round_.merged)
        database.executemany("INSERT INTO outside VALUES (?, ?, ?)", ((number, *row) for row in round_.outside))
        database.executemany("INSERT INTO dropped VALUES (?, ?, ?, ?, ?)", ((number, *row) for row in round_.dropped))


_MERGED = """INSERT INTO crosswalk (id, record, object, into_) SELECT ?1, ?2, object, ?3 FROM crosswalk WHERE id = ?3
             ON CONFLICT (record) DO UPDATE SET into_ = excluded.into_ WHERE target_id IS NULL"""
_RECORD = "INSERT INTO crosswalk (id, record, object) VALUES (?, ?, ?) ON CONFLICT (record) DO NOTHING"
_ROW = "INSERT INTO row (batch, position, record, hash, state, code, field) VALUES (?, ?, ?, ?, ?, ?, ?)"
# A row whose payload the target has already is not sent again.
_SAME = f"""UPDATE row SET state = {State.UNCHANGED:d} WHERE batch = ? AND state = 0 AND EXISTS
            (SELECT 1 FROM crosswalk c WHERE c.id = row.record AND c.hash = row.hash AND c.target_id IS NOT NULL)"""
_DONE = "UPDATE batch SET done = NOT EXISTS (SELECT 1 FROM row WHERE batch = ? AND state = 0) WHERE id = ?"


def _add_stage(database: sqlite3.Connection, round_: int, name: str) -> int:
    return int(database.execute("INSERT INTO stage (round, name) VALUES (?, ?)", (round_, name)).lastrowid or 0)


def _add_object(database: sqlite3.Connection, name: str) -> int:
    return int(database.execute("INSERT INTO object (name) VALUES (?)", (name,)).lastrowid or 0)


def _add_batch(database: sqlite3.Connection, part: Slice, stage: int, object_: int) -> None:
    names = json.dumps({"fields": list(part.fields), "refs": list(part.refs)}).removesuffix("}")
    body = f'{names},"rows":[' + ",\n".join(part.payloads) + "]}"
    batch = database.execute(
        "INSERT INTO batch (stage, object, partial, rows, hash) VALUES (?, ?, ?, ?, ?)",
        (stage, object_, part.partial, len(part.numbers), _digest(body)),
    ).lastrowid
    database.execute("INSERT INTO payload VALUES (?, ?)", (batch, body))
    if not part.partial:
        records = zip(part.numbers, part.records, [object_] * len(part.numbers), strict=True)
        database.executemany(_RECORD, records)
    hashes = map(_digest, part.payloads)
    ok = (State.PLANNED, None, None)
    faults = {position: (State.REJECTED, *fault) for position, fault in part.faults.items()}
    database.executemany(
        _ROW,
        (
            (batch, position, number, digest, *faults.get(position, ok))
            for position, (number, digest) in enumerate(zip(part.numbers, hashes, strict=True))
        ),
    )
    if not part.partial:
        database.execute(_SAME, (batch,))
    database.execute(_DONE, (batch, batch))


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_HASH_BYTES).digest()
