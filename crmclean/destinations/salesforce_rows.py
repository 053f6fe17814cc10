"""Rows to the CSV of a Bulk API 2.0 job and its results back; and the canonical text of what queries answer."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import GONE, Fate, Operation, Request, Written

ID = "Id"
NOTHING = "#N/A"  # an empty cell would leave the field as it is
_AGAIN = frozenset(
    (
        *("UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_RECORD", "RECORD_LOCKED", "QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG"),
        *("SERVER_UNAVAILABLE", "SERVICE_UNAVAILABLE", "BAD_GATEWAY", "INTERNAL_ERROR", "TOO_MANY_APEX_REQUESTS"),
        *("ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED", "FAILED_DUE_TO_OTHER_INPUTS"),
    )
)
_CODES = {
    "REQUIRED_FIELD_MISSING": "target.required",
    "STRING_TOO_LONG": "target.length",
    "INVALID_EMAIL_ADDRESS": "target.format",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "target.picklist",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "target.type",
    "DUPLICATE_VALUE": "target.unique",
    "DUPLICATE_EXTERNAL_ID": "target.unique",
    "DUPLICATES_DETECTED": "target.duplicate-rule",
    "INVALID_CROSS_REFERENCE_KEY": "target.reference",
}
_DELETED = "ENTITY_IS_DELETED"
_GONE = frozenset((_DELETED, "INVALID_CROSS_REFERENCE_KEY"))
_ERROR = re.compile(r"^(?:InvalidBatch : )?([A-Z][A-Z_]+):(.*?)(?::([A-Za-z0-9_, ]+) ?--)?$", re.DOTALL)
_TIME = re.compile(r"\.\d{3}(?:\+0000|Z)$")


def to_csv(request: Request, key: str) -> bytes:
    """Return the rows as CSV with LF line ends; what is there already is named by its own id."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if request.operation is Operation.DELETE:
        writer.writerow((ID,))
        writer.writerows((row.target_id,) for row in request.rows)
        return text.getvalue().encode()
    by_id = request.operation is not Operation.UPSERT
    adopts = request.operation is Operation.ADOPT
    writer.writerow((ID if by_id else key, *((key,) if adopts else ()), *request.fields))
    for row in request.rows:
        name = row.target_id if by_id else row.key
        writer.writerow(
            (name, *((row.key,) if adopts else ()), *(NOTHING if cell is None else cell for cell in row.cells))
        )
    return text.getvalue().encode()


def results(key: str, answer: bytes, request: Request) -> Iterator[Written]:
    """Read the three result files of a job: what succeeded, what failed, what was not looked at."""
    files = json.loads(answer)
    upserted = request.operation is Operation.UPSERT
    column = key if upserted else ID
    keys = {row.key if upserted else str(row.target_id): row.key for row in request.rows}
    for row in _rows(files["successful"]):
        created = row["sf__Created"].lower() == "true"
        fate = Fate.CREATED if created else Fate.UPDATED
        if request.operation is Operation.DELETE:
            yield Written(keys[row[column]], Fate.DELETED)
        else:
            yield Written(keys[row[column]], fate, row["sf__Id"])
    for row in _rows(files["failed"]):
        yield _refused(keys[row[column]], row["sf__Error"], request.operation)
    for row in _rows(files["unprocessed"]):
        yield Written(keys[row[column]], Fate.RETRY)


def _rows(text: str) -> Iterable[Mapping[str, str]]:
    return csv.DictReader(io.StringIO(text, newline=""))


def _refused(key: str, error: str, operation: Operation) -> Written:
    found = _ERROR.match(error)
    name = found[1] if found else "UNKNOWN"
    if operation is Operation.DELETE and name in _GONE:
        return Written(key, Fate.DELETED)
    if operation is not Operation.UPSERT and name == _DELETED:
        return Written(key, Fate.REJECTED, None, GONE, None, error)
    if name in _AGAIN or any(again in error for again in ("UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT")):
        return Written(key, Fate.RETRY)
    field = found[3].strip() if found and found[3] else None
    code = _CODES.get(name, f"salesforce.{name.lower().replace('_', '-')}")
    return Written(key, Fate.REJECTED, None, code, field, error)


def text_of(object_: TargetObject, field: str, value: object) -> str | None:
    """Return a value of a query's answer in the form in which it was sent."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    kind = object_.fields[field].type
    if kind == "datetime":
        return _TIME.sub("Z", text)
    if kind in ("decimal", "integer") and text.endswith(".0"):
        return text.removesuffix(".0")
    return text
