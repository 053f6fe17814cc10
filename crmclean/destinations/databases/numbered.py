"""The answers of databases of ours, whose ids come from one sequence: ids above the last one before a call are new."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import count, repeat
from operator import itemgetter
from typing import NamedTuple

from crmclean.destinations.contract import Fate, Operation, Request, Row, Written

_KEY = Row._fields.index("key")
Refused = list[tuple[str, str, str | None]]  # key, code, field


class Done(NamedTuple):
    """What a call did. ids: key -> id of the rows that were there; made: how many of the others were made, in order."""

    ids: Mapping[str, int]
    refused: Refused
    made: int = 0


def new_ids(rows: Iterable[Row], last: int) -> dict[str, int]:
    """Return key -> id of rows that are made, in their order; last: the highest id that there is."""
    return dict(zip(map(itemgetter(_KEY), rows), count(last + 1), strict=False))


def answer(last: int, done: Done) -> bytes:
    """Return the answer to a call; last: the last id before it."""
    return json.dumps({"last": last, **done._asdict()}).encode()


def read_answer(request: Request, body: bytes) -> Iterator[Written]:
    """Read an answer back; one result for each row."""
    said = json.loads(body)
    last, ids = said["last"], said["ids"]
    if said["made"]:
        ids |= new_ids((row for row in request.rows if row.key not in ids) if ids else request.rows, last)
    for key, code, field in said["refused"]:
        ids.pop(key, None)
        yield Written(key, Fate.REJECTED, None, code, field)
    if request.operation is Operation.DELETE:
        yield from (Written(key, Fate.DELETED) for key in ids)
        return
    made = Fate.CREATED if request.operation is Operation.UPSERT else Fate.UPDATED
    changed = Fate.UPDATED  # looked up once: an enumeration is slow to ask
    fates = [made if number > last else changed for number in ids.values()]
    none = repeat(None)
    yield from map(_written, zip(ids, fates, map(str, ids.values()), none, none, none, strict=False))


_written: Callable[[Iterable[object]], Written] = partial(tuple.__new__, Written)  # half the time of Written()
