"""Writes what will be sent into the journal, once: batch borders, order and payloads never depend on later flags."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import chain
from typing import Protocol

from crmclean.destinations.contract import Operation
from crmclean.destinations.entries import State
from crmclean.destinations.journal import HASH_BYTES, Journal, payload_digest


class Slice(Protocol):
    """Rows of one target object that are sent together.

    operation: a contract.Operation. second_pass: the records stand in another slice of the round, too. fields, refs:
    the target fields that `cells` and `refs` of every payload stand for. numbers: crosswalk ids. records: record ids
    that the keys are made of. payloads: JSON texts with `key` (record id of the group at its first import), `cells`
    (texts) and `refs` (crosswalk ids of parents). faults, held: position -> (code, field) of rows that are rejected or
    held and not sent. hashes: of the payloads, where they stand for more than what is sent.
    """

    @property
    def stage(self) -> str: ...  # noqa: D102
    @property
    def object(self) -> str: ...  # noqa: D102
    @property
    def operation(self) -> str: ...  # noqa: D102
    @property
    def second_pass(self) -> bool: ...  # noqa: D102
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
    @property
    def hashes(self) -> "Sequence[bytes] | None": ...  # noqa: D102
    @property
    def held(self) -> "dict[int, tuple[str, str]]": ...  # noqa: D102


@dataclass(frozen=True)
class Round:
    """What a round freezes beside its rows.

    inputs: hash of what it was made from. newest: newest timestamp in the exports. merged: crosswalk id, record,
    crosswalk id of the record that it went into. speakers: crosswalk id, survivor where that is not the key's record.
    parted: crosswalk ids that leave their group. gone: crosswalk ids that are in no export any more. outside: record
    and code of live records that are not sent. dropped: record, object, field, parent of references that stay empty.
    conflicts: crosswalk id, field, sent, ours, theirs. preimages: crosswalk id, JSON. adopted: crosswalk id, target id
    of records that others made. undoes: the round taken back. The three before it may fill up while the slices are
    gone through.
    """

    name: str
    inputs: str
    stages: Sequence[str]
    merged: Iterable[tuple[int, str, int]] = ()
    outside: Iterable[tuple[str, str]] = ()
    dropped: Iterable[tuple[str, str, str, str]] = ()
    newest: str | None = None
    speakers: Iterable[tuple[int, str]] = ()
    parted: Iterable[int] = ()
    gone: Iterable[int] = ()
    conflicts: Iterable[tuple[int, str, str | None, str | None, str | None]] = ()
    preimages: Iterable[tuple[int, str]] = ()
    adopted: Iterable[tuple[int, str]] = ()
    undoes: str | None = None


def freeze(journal: Journal, round_: Round, slices: Iterable[Slice]) -> None:
    """Freeze a round in one commit: a process that dies on the way leaves nothing behind."""
    with journal.commit() as database:
        number = _add_round(database, round_)
        ids = {name: _add_stage(database, number, name) for name in round_.stages}
        objects: dict[str, int] = dict(database.execute("SELECT name, id FROM object"))
        database.executemany("UPDATE crosswalk SET into_ = NULL WHERE id = ?", ((id_,) for id_ in round_.parted))
        for part in slices:
            if part.object not in objects:
                objects[part.object] = _add_object(database, part.object)
            _add_batch(database, part, ids[part.stage], objects[part.object])
        database.executemany(_ADOPTED, ((target_id, id_) for id_, target_id in round_.adopted))
        if database.executemany(_MERGED, round_.merged).rowcount > 0:
            any(database.execute(_FOLLOWED).rowcount == 0 for _ in range(_MOST_STEPS))
        for table, rows in _lists(round_).items():
            first = next(iter(rows), None)
            if first is not None:
                marks = ", ".join("?" * (len(first) + 1))
                sql = f"INSERT INTO {table} VALUES ({marks})"
                database.executemany(sql, ((number, *row) for row in chain([first], rows)))


def _lists(round_: Round) -> dict[str, Iterator[tuple[object, ...]]]:
    return {
        "outside": iter(round_.outside),
        "dropped": iter(round_.dropped),
        "speaker": iter(round_.speakers),
        "gone": ((id_,) for id_ in round_.gone),
        "conflict": iter(round_.conflicts),
        "preimage": iter(round_.preimages),
    }


_MERGED = """INSERT INTO crosswalk (id, record, object, into_) SELECT ?1, ?2, object, ?3 FROM crosswalk WHERE id = ?3
             ON CONFLICT (record) DO UPDATE SET into_ = excluded.into_ WHERE target_id IS NULL"""
# What had gone into a record that now goes into another one itself: one step from everything to its group. All of them
# at once: no index finds what went into a record, and looking through the table for each takes hours of a million.
_FOLLOWED = """UPDATE crosswalk SET into_ = further.into_ FROM crosswalk AS further
               WHERE further.id = crosswalk.into_ AND further.into_ <> crosswalk.into_ AND further.target_id IS NULL"""
_MOST_STEPS = 10  # of a chain of merges; each step halves what is left of it
# What never reached the target may go there as something else now, such as a task that is a call.
_RECORD = """INSERT INTO crosswalk (id, record, object) VALUES (?, ?, ?)
             ON CONFLICT (record) DO UPDATE SET object = excluded.object WHERE target_id IS NULL AND into_ IS NULL"""
_ADOPTED = "UPDATE crosswalk SET target_id = ? WHERE id = ?"
_ROW = "INSERT INTO row (batch, position, record, hash, state, code, field) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DONE = "UPDATE batch SET done = NOT EXISTS (SELECT 1 FROM row WHERE batch = ? AND state = 0) WHERE id = ?"


def _add_round(database: sqlite3.Connection, round_: Round) -> int:
    sql = (
        "INSERT INTO round (name, inputs, newest, undoes, at) SELECT ?, ?, ?, (SELECT id FROM round WHERE name = ?), ?"
    )
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return int(database.execute(sql, (round_.name, round_.inputs, round_.newest, round_.undoes, now)).lastrowid or 0)


def _add_stage(database: sqlite3.Connection, round_: int, name: str) -> int:
    return int(database.execute("INSERT INTO stage (round, name) VALUES (?, ?)", (round_, name)).lastrowid or 0)


def _add_object(database: sqlite3.Connection, name: str) -> int:
    return int(database.execute("INSERT INTO object (name) VALUES (?)", (name,)).lastrowid or 0)


def _add_batch(database: sqlite3.Connection, part: Slice, stage: int, object_: int) -> None:
    names = json.dumps({"fields": list(part.fields), "refs": list(part.refs)}).removesuffix("}")
    body = f'{names},"rows":[' + ",\n".join(part.payloads) + "]}"
    batch = database.execute(
        "INSERT INTO batch (stage, object, operation, second_pass, rows, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (stage, object_, part.operation, part.second_pass, len(part.numbers), payload_digest(body.encode())),
    ).lastrowid
    database.execute("INSERT INTO payload VALUES (?, ?)", (batch, body))
    if part.operation in (Operation.UPSERT, Operation.ADOPT):
        database.executemany(_RECORD, zip(part.numbers, part.records, [object_] * len(part.numbers), strict=True))
    states = _states(part)
    usual = (State.UNCHANGED if part.operation == Operation.KEEP else State.PLANNED, None, None)
    rows = zip(part.numbers, part.hashes or payload_hashes(part), strict=True)
    database.executemany(
        _ROW,
        (
            (batch, position, number, digest, *states.get(position, usual))
            for position, (number, digest) in enumerate(rows)
        ),
    )
    database.execute(_DONE, (batch, batch))


def _states(part: Slice) -> dict[int, tuple[State, str, str]]:
    rejected = {position: (State.REJECTED, *why) for position, why in part.faults.items()}
    return rejected | {position: (State.HELD, *why) for position, why in part.held.items()}


def payload_hashes(part: Slice) -> list[bytes]:
    """Return a hash of every payload together with the fields that it stands for."""
    person = blake2b(json.dumps([list(part.fields), list(part.refs)]).encode(), digest_size=16).digest()
    return [blake2b(text.encode(), digest_size=HASH_BYTES, person=person).digest() for text in part.payloads]
