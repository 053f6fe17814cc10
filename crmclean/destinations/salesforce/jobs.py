"""Many rows through a job of Bulk API 2.0.

The job's id is stored before the job is closed, and nothing is processed before that: a job can never run twice, and
its results stay readable for seven days. Results come in any order and are paired by key.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crmclean.destinations.api import HTTP_NOT_FOUND
from crmclean.destinations.contract import Fate, Operation, RefusedCallError, Request, Settled, Written
from crmclean.destinations.salesforce.errors import refused_line
from crmclean.destinations.salesforce.org import ID, Org
from crmclean.destinations.salesforce.rows import Shape, fits_csv, to_csv

ROWS = 10_000  # of one job: Salesforce cuts jobs into batches of so many, and counts batches
BYTES = 100_000_000  # of one upload; the limit is 150 MB after base64 encoding
_CALLED = {Operation.ADOPT: "update"}  # what a job calls an operation
_ENDED = frozenset(("JobComplete", "Failed", "Aborted"))
_POLL = 2.0  # seconds
_RESULTS = {"successful": "successfulResults", "failed": "failedResults", "unprocessed": "unprocessedrecords"}


def begin_job(org: Org, request: Request, shape: Shape) -> str:
    """Make a job and upload its rows; nothing is processed until it is closed. Return its id.

    Raises:
        RefusedCallError: the rows do not fit into one job.
    """
    if not fits_csv(request):
        raise RefusedCallError("target.too-large", "a cell is longer than what a job takes")
    body = to_csv(request, shape)
    if len(body) > BYTES:
        raise RefusedCallError("target.too-large", "more than one job takes")
    operation = _CALLED.get(request.operation, request.operation.value)
    job: dict[str, str] = {"object": request.object, "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
    if request.operation is Operation.UPSERT:
        job["externalIdFieldName"] = shape.key
    made = org.api.repeat("POST", org.data("jobs/ingest"), json=job)
    id_ = str(org.document(made, "making a job")["id"])
    form = {"Content-Type": "text/csv; charset=UTF-8"}
    sent = org.api.repeat("PUT", org.data(f"jobs/ingest/{id_}/batches"), content=body, headers=form)
    org.document(sent, "uploading rows")
    return id_


def run_job(org: Org, id_: str, rest: Callable[[float], None]) -> bytes:
    """Close a job, wait for its end, and return its three result files."""
    closed = org.api.write("PATCH", _path(org, id_), json={"state": "UploadComplete"})
    org.document(closed, "closing a job")
    return _finish(org, id_, rest)


def settle_job(org: Org, id_: str, rest: Callable[[float], None]) -> bytes | Settled:
    """Ask for a job by its id; one that was never closed is aborted and had no effect."""
    found = org.api.repeat("GET", _path(org, id_))
    if found.status_code == HTTP_NOT_FOUND:
        return Settled.ABSENT  # older than seven days; the unique key makes sending again safe
    if org.document(found, "reading a job")["state"] != "Open":
        return _finish(org, id_, rest)
    org.document(org.api.repeat("PATCH", _path(org, id_), json={"state": "Aborted"}), "aborting a job")
    return Settled.ABSENT


def job_results(files: Mapping[str, Any], request: Request, shape: Shape) -> Iterator[Written]:
    """Read a job's result files; a row that stands in none of them is sent again, which its key allows."""
    upserted = request.operation is Operation.UPSERT
    column = (shape.key if upserted else ID).lower()
    left = {row.key if upserted else str(row.target_id): row.key for row in request.rows}
    for line in _lines(files["successful"]):
        if key := left.pop(line[column], None):
            yield _done(key, line, request.operation)
    for line in _lines(files["failed"]):
        if key := left.pop(line[column], None):
            yield refused_line(key, line["sf__error"], request.operation)
    for key in left.values():
        yield Written(key, Fate.RETRY, None, files.get("error"))


def _done(key: str, line: Mapping[str, str], operation: Operation) -> Written:
    if operation is Operation.DELETE:
        return Written(key, Fate.DELETED)
    fate = Fate.CREATED if line["sf__created"].lower() == "true" else Fate.UPDATED
    return Written(key, fate, line["sf__id"])


def _lines(text: str) -> Iterator[Mapping[str, str]]:
    """Yield the lines of a result file with the names of the columns in lower case."""
    lines = csv.reader(io.StringIO(text, newline=""))
    names = [name.lower() for name in next(lines, ())]
    yield from (dict(zip(names, line, strict=True)) for line in lines)


def _path(org: Org, id_: str) -> str:
    return org.data(f"jobs/ingest/{id_}")


def _finish(org: Org, id_: str, rest: Callable[[float], None]) -> bytes:
    while (job := org.get(_path(org, id_), "reading a job"))["state"] not in _ENDED:
        rest(_POLL)
    files = {name: org.api.repeat("GET", f"{_path(org, id_)}/{path}/") for name, path in _RESULTS.items()}
    for answer in files.values():
        if not answer.is_success:
            org.document(answer, "reading results")
    error = str(job.get("errorMessage") or "").partition(" ")[0] or None
    return json.dumps({**{name: answer.text for name, answer in files.items()}, "error": error}).encode()
