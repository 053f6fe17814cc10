"""A few rows through sObject Collections of the REST API: up to 200 records in one call, no job to wait for.

Which keys are there already is kept as the call's handle before it leaves, so that what it made can be told when its
answer is lost: what is there now and was not before. Answers come in the order of the request and name no key; they are
believed only as far as the ids read back by key agree with them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from crmclean.destinations.api import HTTP_FORBIDDEN, HTTP_NOT_FOUND, HTTP_UNAUTHORISED
from crmclean.destinations.contract import (
    AnswerLostError,
    Fate,
    Operation,
    RefusedCallError,
    Request,
    Row,
    Settled,
    Written,
)
from crmclean.destinations.salesforce.errors import refused
from crmclean.destinations.salesforce.org import Org
from crmclean.destinations.salesforce.rows import Shape, to_json

ROWS = 200  # of one call
HANDLE = "collection:"  # what a handle starts with; those of jobs are their ids
_NOT_ANSWERED = "import.not-answered"
_BYTES = 40_000_000  # of one call; the limit is 50 MB
_SAME_ID = 15  # characters that tell an id; the other three are a checksum


def begin_collection(org: Org, request: Request, shape: Shape, absent: set[str]) -> str:
    """Return the handle: the keys that are there before the call.

    absent: keys that were not there before an earlier call of this process, whose effect may have come late; it grows.
    """
    if request.operation is not Operation.UPSERT:
        return HANDLE + "[]"
    wanted = [row.key for row in request.rows]
    there = org.keys(request.object, shape.key, wanted).keys() - absent
    absent |= set(wanted) - there
    return HANDLE + json.dumps(sorted(there))


def send_collection(org: Org, request: Request, shape: Shape, handle: str) -> bytes:
    """Write the rows of one call; one that is refused does not keep the others back.

    Raises:
        RefusedCallError: one row made the whole call unreadable.
    """
    answer = _sent(org, request, shape)
    said = _document(org, answer, request)
    written = request.operation is Operation.UPSERT and any(each.get("success") for each in said)
    found = org.keys(request.object, shape.key, [row.key for row in request.rows]) if written else {}
    return json.dumps({"before": _before(handle), "said": said, "found": found}).encode()


def settle_collection(org: Org, request: Request, shape: Shape, handle: str) -> bytes | Settled:
    """Look for the keys that were not there before the call: what is there now was made by it; the rest is sent again.

    Updates and deletions are sent again as they are: the same twice does the same.
    """
    before = _before(handle)
    new = [row.key for row in request.rows if row.key not in before]
    found = org.keys(request.object, shape.key, new) if request.operation is Operation.UPSERT else {}
    if not found:
        return Settled.ABSENT
    return json.dumps({"before": before, "said": None, "found": found}).encode()


def collection_results(told: Mapping[str, Any], request: Request) -> Iterator[Written]:
    """Pair an answer with its rows; told: what `send_collection` or `settle_collection` returned."""
    before, found, said = set(told["before"]), told["found"], told["said"]
    if said is None or not _in_order(request.rows, said, found):
        yield from (_looked_up(row, before, found) for row in request.rows)
        return
    for row, each in zip(request.rows, said, strict=True):
        yield _paired(row, each, before, found, request.operation)


def _sent(org: Org, request: Request, shape: Shape) -> httpx.Response:
    if request.operation is Operation.DELETE:
        ids = ",".join(str(row.target_id) for row in request.rows)
        return org.api.write("DELETE", org.data("composite/sobjects"), params={"ids": ids, "allOrNone": "false"})
    body = json.dumps({"allOrNone": False, "records": to_json(request, shape)}).encode()
    if len(body) > _BYTES:
        raise RefusedCallError("target.too-large", "more than one call takes")
    by_key = f"/{request.object}/{shape.key}" if request.operation is Operation.UPSERT else ""
    form = {"Content-Type": "application/json"}
    return org.api.write("PATCH", org.data(f"composite/sobjects{by_key}"), content=body, headers=form)


def _document(org: Org, answer: httpx.Response, request: Request) -> list[dict[str, Any]]:
    """Return one result for each row, in the order of the request."""
    try:
        said = answer.json()
    except ValueError as error:  # it was cut
        raise AnswerLostError from error
    if answer.status_code in (HTTP_UNAUTHORISED, HTTP_FORBIDDEN, HTTP_NOT_FOUND):
        org.document(answer, f"writing {request.object}")
    if not answer.is_success:  # the body could not be read as a whole: halve it until the row is found
        first = said[0] if isinstance(said, list) and said else {}
        name = str(first.get("errorCode", ""))
        why = refused("", name, str(first.get("message", "")), "", request.operation)
        raise RefusedCallError(why.code or "target.refused", why.message or "")
    if not isinstance(said, list) or len(said) != len(request.rows):
        raise AnswerLostError
    return said


def _before(handle: str) -> list[str]:
    found: list[str] = json.loads(handle.removeprefix(HANDLE))
    return found


def _in_order(rows: Sequence[Row], said: Sequence[Mapping[str, Any]], found: Mapping[str, str]) -> bool:
    """Return whether no id in the answer stands at a place whose key leads to another one."""
    owner = {id_[:_SAME_ID]: key for key, id_ in found.items()}
    owner |= {row.target_id[:_SAME_ID]: row.key for row in rows if row.target_id}
    ids = [str(each["id"])[:_SAME_ID] if each.get("success") else "" for each in said]
    return all(owner.get(id_, row.key) == row.key for row, id_ in zip(rows, ids, strict=True))


def _paired(
    row: Row, said: Mapping[str, Any], before: set[str], found: Mapping[str, str], operation: Operation
) -> Written:
    if not said.get("success"):
        first = said["errors"][0]
        name, fields = str(first["statusCode"]), ", ".join(first.get("fields", ()))
        return refused(row.key, name, f"{name}:{first['message']}", fields, operation)
    if operation is Operation.DELETE:
        return Written(row.key, Fate.DELETED)
    if operation is not Operation.UPSERT:
        return Written(row.key, Fate.UPDATED, row.target_id)
    if row.key not in found:  # something there took our key away: the same again could make another record
        return Written(row.key, Fate.UNKNOWN, None, _NOT_ANSWERED)
    return _looked_up(row, before, found) if row.key not in before else Written(row.key, Fate.UPDATED, found[row.key])


def _looked_up(row: Row, before: set[str], found: Mapping[str, str]) -> Written:
    """Return what can be said of a row without its answer: it was made, or it is sent again."""
    if row.key in found and row.key not in before:
        return Written(row.key, Fate.CREATED, found[row.key])
    return Written(row.key, Fate.RETRY)
