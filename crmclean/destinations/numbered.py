"""The answers of databases of ours, whose ids come from one sequence: ids above the last one before a call are new."""

import json
from collections.abc import Iterator, Mapping

from crmclean.destinations.contract import Fate, Operation, Request, Written

Refused = list[tuple[str, str, str | None]]  # key, code, field


def answer(last: int, ids: Mapping[str, int], refused: Refused) -> bytes:
    """Return the answer to a call; ids: key -> id of all rows; last: the last id before the call."""
    bad = {key for key, *_ in refused}
    written = {key: number for key, number in ids.items() if key not in bad} if bad else ids
    return json.dumps({"last": last, "ids": written, "refused": refused}).encode()


def read_answer(request: Request, body: bytes) -> Iterator[Written]:
    """Read an answer back; one result for each row."""
    said = json.loads(body)
    last = said["last"]
    for key, code, field in said["refused"]:
        yield Written(key, Fate.REJECTED, None, code, field)
    if request.operation is Operation.DELETE:
        yield from (Written(key, Fate.DELETED) for key in said["ids"])
        return
    created, updated = Fate.CREATED, Fate.UPDATED  # looked up once: an enumeration is slow to ask
    if request.operation is not Operation.UPSERT:
        created = updated
    for key, number in said["ids"].items():
        yield Written(key, created if number > last else updated, str(number))
