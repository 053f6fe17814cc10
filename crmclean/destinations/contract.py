"""What a destination is: a small contract whose capabilities choose how the engine behaves.

The engine keeps the promises (intent before effect, answers before reading, settling before sending again); a
destination only knows how its target is spoken to. Everything in it is plain Python: the import loop loads no polars.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from crmclean.crm.target_model import TargetSchema

Cells = Mapping[str, str | None]
KEY = "crmclean_key"  # the unique field at the target that holds the record id of the group at its first import


@dataclass(frozen=True)
class Capabilities:
    """What the target guarantees; the engine picks its behaviour from it, so that none can forget a case.

    key_enforced: the same key never makes two records there. same_transaction: a batch and its mark are committed
    together, so that `settle` always knows. keeps_answers: `settle` gives the whole answer of a call again at any time,
    so that it need not be stored first. isolates_rows: one bad row does not refuse its call. parents_by_key: references
    are given as the parent's key instead of its id. makes_users: records of objects that a CRM has already are made
    like all others; otherwise they are only looked up, and keep no key of ours. refuses_bad_rows: the target checks
    them itself; otherwise those that `validate` foresaw as rejects are kept back. batch_rows: rows of one call at most.
    """

    key_enforced: bool
    same_transaction: bool = False
    keeps_answers: bool = False
    isolates_rows: bool = True
    parents_by_key: bool = False
    makes_users: bool = True
    refuses_bad_rows: bool = True
    batch_rows: int = 2000


class Row(NamedTuple):
    """One record to write. `cells` stand in the order of the request's fields; references are ids or keys already.

    The last three are the row's place in the journal: in its batch, in the crosswalk, and the hash of its payload.
    """

    key: str
    cells: list[str | None]
    position: int
    number: int
    hash: bytes


@dataclass(frozen=True)
class Request:
    """One call: rows of one target object. `marker` names this slice of the frozen batches, and no other, for ever.

    partial: the rows exist already and only the given cells are written (the second pass of cycles). batch, stage:
    number of the batch, which grows in the order of sending, and the name of its stage.
    """

    marker: str
    object: str
    fields: Sequence[str]
    rows: Sequence[Row]
    partial: bool = False
    batch: int = 0
    stage: str = ""


class Fate(StrEnum):
    """What the target did with one row."""

    CREATED = "created"
    UPDATED = "updated"
    REJECTED = "rejected"
    RETRY = "retry"  # nothing was written, and the same row may pass later: a lock, a limit
    UNKNOWN = "unknown"  # nobody can tell


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

    def prepare(self, schema: TargetSchema) -> str:
        """Connect, check or create what the import needs; return the identity of the account or database."""
        ...

    def begin(self, request: Request) -> str | None:
        """Do what has no effect on records yet; the handle that comes back is stored before `send`."""
        ...

    def send(self, request: Request, handle: str | None) -> bytes:
        """Write the rows and return the raw answer.

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
        """Read records back by key: key, target id, cells as text (references as target ids)."""
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
