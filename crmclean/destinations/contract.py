"""What a destination is: a small contract whose capabilities choose how the engine behaves.

The engine keeps the promises (intent before effect, answers before reading, settling before sending again); a
destination only knows how its target is spoken to. Everything in it is plain Python: the import loop loads no polars.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from crmclean.crm.target_model import TargetSchema
from crmclean.errors import Fault

Cells = Mapping[str, str | None]
GONE = "target.gone"  # code of an UPDATE whose record is not there any more: somebody deleted it


@dataclass(frozen=True)
class Capabilities:
    """What the target guarantees; the engine picks its behaviour from it, so that none can forget a case.

    key_enforced: the same key never makes two records there; without it a row whose answer is lost is never sent again
    by itself (`crmclean settle`). same_transaction: a batch and its mark are committed together, so that `settle`
    always knows. keeps_answers: `settle` gives the whole answer of a call again at any time, so that it need not be
    stored first. isolates_rows: one bad row does not refuse its call. parents_by_key: references are given as the
    parent's key instead of its id. makes_users: records of objects that a CRM has already are made like all others;
    otherwise they are only looked up, and keep no key of ours. refuses_bad_rows: the target checks them itself;
    otherwise those that `validate` foresaw as rejects are kept back. updates: takes Operation.UPDATE; reads_back:
    `fetch` and `scan` give what is there now: with both, later rounds send only what changed and hold conflicts,
    otherwise they send whole rows. adopts: takes Operation.ADOPT; otherwise records that the target has already, made
    by others, are held. deletes: takes Operation.DELETE, so that an import can be rolled back. keyless: objects whose
    records can hold no key of ours, because they are no records there (associations): `fetch` takes and gives target
    ids for them. zero_for_empty: an empty number reads back as 0. names_parents: rows bring the keys of their parents,
    too (Row.parents). batch_rows: rows of one call at most. small_batch: batches of so many rows at most go in calls of
    small_call rows instead; 0: none do.
    """

    key_enforced: bool
    same_transaction: bool = False
    keeps_answers: bool = False
    isolates_rows: bool = True
    parents_by_key: bool = False
    makes_users: bool = True
    refuses_bad_rows: bool = True
    updates: bool = True
    reads_back: bool = True
    adopts: bool = False
    deletes: bool = True
    keyless: frozenset[str] = frozenset()
    zero_for_empty: bool = False
    names_parents: bool = False
    batch_rows: int = 2000
    small_batch: int = 0
    small_call: int = 0


@dataclass(frozen=True)
class Preflight:
    """What a look at the target found, before anything is written there.

    account: what a person confirms a production account by (`--confirm`), as read back from the target: an
    organisation's id, a portal's, the name of a database. name: how the target calls it. faults: why an import would be
    refused: permissions, fields that are missing, a key that is not enforced and cannot be. notes: what it downgrades
    to, and what a person should know. existing: object -> records that are there already, anybody's. calls_left: API
    calls that the account has left today. undo_days: days for which deleted records can be brought back there.
    rows_per_second: about how fast it takes rows, for the finish time. unchecked: what nobody can know beforehand.
    identity: what `prepare` will return; "" where it will be drawn then; None where only `prepare` can tell.
    """

    account: str
    name: str = ""
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    existing: Mapping[str, int] = field(default_factory=dict)
    calls_left: int | None = None
    undo_days: int | None = None
    rows_per_second: float | None = None
    unchecked: tuple[str, ...] = ()
    identity: str | None = None


class Operation(StrEnum):
    """What a request does with its rows. Each must be harmless when the same request comes twice."""

    UPSERT = "upsert"  # make the record, or write all given cells over the one with the same key
    UPDATE = "update"  # the record is there: write the given cells only (null empties), leave the others as they are
    ADOPT = "adopt"  # an UPDATE of a record that others made (Row.target_id): it takes our key, too
    DELETE = "delete"  # remove the record with Row.target_id; one that is gone already counts as deleted
    KEEP = "keep"  # never sent: rows that the target has as they are


class Row(NamedTuple):
    """One record to write. `cells` stand in the order of the request's fields; references are ids or keys already.

    position, number: the row's place in its batch and in the crosswalk. target_id: the record's id at the target, where
    the crosswalk knows it (always but for UPSERT). Of a DELETE, `cells` are what the record must still hold. parents:
    keys of the records that the last cells lead to (None for an empty one), where the capabilities say names_parents.
    """

    key: str
    cells: list[str | None]
    position: int
    number: int
    target_id: str | None = None
    parents: Sequence[str | None] = ()


@dataclass(frozen=True)
class Request:
    """One call: rows of one target object. `marker` names this slice of the frozen batches, and no other, for ever.

    batch, stage: number of the batch, which grows in the order of sending, and the name of its stage.
    """

    marker: str
    object: str
    fields: Sequence[str]
    rows: Sequence[Row]
    operation: Operation = Operation.UPSERT
    batch: int = 0
    stage: str = ""


class Fate(StrEnum):
    """What the target did with one row."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    REJECTED = "rejected"
    RETRY = "retry"  # nothing was written, and the same row may pass later: a lock, a limit
    UNKNOWN = "unknown"  # nobody can tell
    HELD = "held"  # not sent: a person decides; only the engine says this


class Written(NamedTuple):
    """The target's answer for one row, paired by key. `message` may hold values: never log it."""

    key: str
    fate: Fate
    target_id: str | None = None
    code: str | None = None
    field: str | None = None
    message: str | None = None


class NotSentError(Exception):
    """The call did not reach the target: sending it again is safe. `wait` is in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class AnswerLostError(Exception):
    """The call may or may not have had its effect."""


class RefusedCallError(Exception):
    """The target refused the whole call and wrote nothing, because of at least one row in it."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class Settled(StrEnum):
    """What `settle` found where it could not give the answer itself."""

    ABSENT = "absent"  # no effect, and it can have none any more: sending again is safe
    UNKNOWN = "unknown"  # nobody can tell: a person decides


class Made(NamedTuple):
    """An object (field None) or a field that was created; by_hand: the file that says how a person creates it."""

    object: str
    field: str | None
    by_hand: str | None = None


@runtime_checkable
class CreatesFields(Protocol):
    """A destination that can create what the target lacks; `schema apply` asks for no more."""

    def create_missing(self, schema: TargetSchema) -> Sequence[Made]:
        """Create objects and fields that are missing; never alter what is there.

        Raises:
            DestinationError: the target failed; the same again goes on.
        """
        ...


class Destination(Protocol):
    """Where records really go.

    Every method may raise DestinationError (exit 5) when the target cannot be worked with at all.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What the target guarantees."""
        ...

    @property
    def calls(self) -> int:
        """Return how many calls of the target's API this object has made so far; 0 where nobody counts them."""
        ...

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Connect and look around; write nothing. Called before `prepare`.

        Raises:
            PlanError: no credentials. RefusedError: wrong ones. DestinationError: it cannot be reached.
        """
        ...

    def prepare(self, schema: TargetSchema) -> str:
        """Create what the import needs and the target lets us create; return the identity that binds the journal.

        The identity is another one whenever the crosswalk would be wrong: another account, a database made anew.
        """
        ...

    def begin(self, request: Request) -> str | None:
        """Do what has no effect on records yet; the handle that comes back is stored before `send`."""
        ...

    def send(self, request: Request, handle: str | None) -> bytes:
        """Do what `request.operation` says with the rows and return the raw answer.

        Raises:
            NotSentError: no effect. AnswerLostError: unknown effect. RefusedCallError: one bad row refused all.
        """
        ...

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:
        """Read a raw answer; one result for each row of the request, paired by key."""
        ...

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:
        """Find out what became of a call without an answer: the answer, or why there is none."""
        ...

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read records back by key: key, target id, cells as text in the form in which they are sent.

        References are target ids, or keys where the capabilities say parents_by_key. Must see what was written last (so
        no search index); records that are not there are left out; a key that several records have comes several times.
        """
        ...

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all records of an object back, also those that others made: key (None there), target id, cells."""
        ...

    def count(self, object_: str) -> int:
        """Return the number of records with a key of ours."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
