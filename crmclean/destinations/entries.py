"""What a journal holds: rows and their states, batches, attempts, payloads."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NotRequired, TypedDict

from crmclean.destinations.contract import Fate, Operation, Row, Written


class State(IntEnum):
    """What is known about a row of a batch."""

    PLANNED = 0
    CREATED = 1
    UPDATED = 2
    UNCHANGED = 3
    REJECTED = 4
    HELD = 5
    UNKNOWN = 6
    DELETED = 7  # by a rollback
    UNDONE = 8  # was created or updated, and a rollback took it back


STATES = {
    Fate.CREATED: State.CREATED,
    Fate.UPDATED: State.UPDATED,
    Fate.DELETED: State.DELETED,
    Fate.REJECTED: State.REJECTED,
    Fate.HELD: State.HELD,
    Fate.RETRY: State.PLANNED,
    Fate.UNKNOWN: State.UNKNOWN,
}
PUT_OFF = "target.put-off"
AT_TARGET = (State.CREATED, State.UPDATED, State.UNCHANGED)


@dataclass(frozen=True)
class Binding:
    """What a journal belongs to: with anything else its crosswalk would be wrong."""

    destination: str
    kind: str
    identity: str
    mapping: str


@dataclass(frozen=True)
class Batch:
    """One frozen batch; stage: its name. second_pass: its records stand in another batch of the round, too."""

    id: int
    stage: str
    object: str
    operation: Operation
    second_pass: bool
    rows: int


@dataclass(frozen=True)
class Attempt:
    """One call: positions start <= position < stop of a batch."""

    id: int
    batch: int
    start: int
    stop: int
    state: str
    handle: str | None


Decided = tuple[Row, Written]


class FrozenRow(TypedDict):
    """One row of a payload; refs are crosswalk ids. kept: what others wrote into the fields that we left alone."""

    key: str
    cells: list[str | None]
    refs: list[int | None]
    kept: NotRequired[dict[str, str | None]]


class Payload(TypedDict):
    """The frozen rows of a batch; `cells` and `refs` of each stand in the order of `fields` and `refs`."""

    fields: list[str]
    refs: list[str]
    rows: list[FrozenRow]
