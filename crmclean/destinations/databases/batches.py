"""What databases have in common: each batch is applied exactly once, as its rows and its mark share one transaction.

Ids come from one sequence over all tables, so that a reference to one of several objects is never ambiguous. What a
driver says and how it is told stands in its own module; here is only what is done, and in which order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Protocol

from crmclean.destinations.contract import GONE, Capabilities, Operation, Request, Row, Settled, Written
from crmclean.destinations.databases.numbered import Done, Refused, answer, new_ids, read_answer


class ConstraintError(Exception):
    """A row breaks a rule of its table; code and field of the first one."""

    def __init__(self, code: str, field: str | None) -> None:
        super().__init__(code)
        self.code = code
        self.field = field


class Writing(Protocol):
    """An open transaction. What writes rows takes all of them or raises a ConstraintError."""

    def last_id(self) -> int:
        """Keep everybody else from writing until the end; return the highest id, whoever made it."""
        ...

    def mark_of(self, request: Request) -> tuple[int, Refused] | None:
        """Return the last id before the request, and what was refused of it; None: it was never applied."""
        ...

    def set_mark(self, request: Request, last: int, done: Done) -> None:
        """Write down that the request is applied, and which ids are taken now."""
        ...

    def with_keys(self, request: Request) -> dict[str, int]:
        """Return key -> id of the rows whose key is there."""
        ...

    def still_there(self, request: Request) -> dict[str, int]:
        """Return key -> id of the rows whose records are there under the ids that the crosswalk knows."""
        ...

    def insert(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Make records, with ids in the order of the rows."""
        ...

    def update(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Write the given cells over those of the records; of an ADOPT the key, too."""
        ...

    def delete(self, request: Request, rows: Sequence[Row], ids: Iterable[int]) -> None:
        """Remove records; those that are gone already count as removed."""
        ...

    def part(self) -> AbstractContextManager[None]:
        """Take back what the block wrote when a ConstraintError leaves it."""
        ...


class DatabaseDestination:
    """Applies requests to a database; see contract.Destination for what its methods promise."""

    def __init__(self, batch_rows: int) -> None:
        self.capabilities = Capabilities(
            key_enforced=True, same_transaction=True, keeps_answers=True, adopts=True, batch_rows=batch_rows
        )

    @property
    def calls(self) -> int:
        """Nobody counts them."""
        return 0

    def writing(self) -> AbstractContextManager[Writing]:
        """Open a transaction that is committed at the end of the block, or rolled back when an exception leaves it."""
        raise NotImplementedError

    def begin(self, request: Request) -> None:
        """Nothing to do: the mark in the transaction is what `settle` looks for."""

    def send(self, request: Request, handle: str | None) -> bytes:  # noqa: ARG002
        """Write the rows and the mark in one transaction; bad rows are left out and answered as rejected."""
        if request.operation is Operation.UPSERT:
            with suppress(ConstraintError), self.writing() as writing:
                return _applied(writing, request, _make)
        with self.writing() as writing:
            return _applied(writing, request, _write)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:  # noqa: ARG002
        """Look for the mark once no other transaction is under way: without it the rows never will be there."""
        with self.writing() as writing:
            writing.last_id()
            return _answer(writing, request) or Settled.ABSENT

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:
        """Read the answer that `send` or `settle` made."""
        return read_answer(request, answer)


def _applied(writing: Writing, request: Request, write: Callable[[Writing, Request, int], Done]) -> bytes:
    last = writing.last_id()
    before = _answer(writing, request)
    if before:
        return before
    done = write(writing, request, last)
    writing.set_mark(request, last, done)
    return answer(last, done)


def _answer(writing: Writing, request: Request) -> bytes | None:
    mark = writing.mark_of(request)
    if mark is None:
        return None
    last, refused = mark
    deleted = request.operation is Operation.DELETE
    return answer(last, Done(_nowhere(request.rows) if deleted else writing.with_keys(request), refused))


def _nowhere(rows: Iterable[Row]) -> dict[str, int]:
    return {row.key: 0 for row in rows}


def _make(writing: Writing, request: Request, last: int) -> Done:
    """Take every row for a new record without a fault, which is the usual case: one that is not ends all of it."""
    stop = last + len(request.rows) + 1
    writing.insert(request, request.rows, range(last + 1, stop))
    return Done({}, [], len(request.rows))


def _write(writing: Writing, request: Request, last: int) -> Done:
    if request.operation is Operation.DELETE:
        ids = _nowhere(request.rows)
        return Done(ids, _load(writing.delete, writing, request, request.rows, ids))
    by_id = request.operation in (Operation.UPDATE, Operation.ADOPT)
    ids = writing.still_there(request) if by_id else writing.with_keys(request)
    known = [row for row in request.rows if row.key in ids]
    fresh = [row for row in request.rows if row.key not in ids]
    refused = _load(writing.update, writing, request, known, ids)
    if by_id:  # it must not come back to life
        return Done(ids, [*refused, *((row.key, GONE, None) for row in fresh)])
    refused += _load(writing.insert, writing, request, fresh, new_ids(fresh, last))
    return Done(ids, refused, len(fresh))


def _load(
    put: Callable[[Request, Sequence[Row], Iterable[int]], None],
    writing: Writing,
    request: Request,
    rows: Sequence[Row],
    ids: Mapping[str, int],
) -> Refused:
    """Write all rows at once; halve where a constraint fails, so that only bad rows stay out."""
    work, refused = [rows] if rows else [], Refused()
    while work:
        part = work.pop()
        try:
            with writing.part():
                put(request, part, [ids[row.key] for row in part])
        except ConstraintError as error:
            if len(part) == 1:
                refused.append((part[0].key, error.code, error.field))
            else:
                middle = len(part) // 2
                work += [part[middle:], part[:middle]]
    return refused
