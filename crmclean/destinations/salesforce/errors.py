"""What Salesforce's errors mean for a row: send it again, stop the import, or tell a person why it was refused."""

import re
from collections.abc import Iterable
from dataclasses import replace

from crmclean.destinations.contract import GONE, Fate, Operation, Written
from crmclean.errors import Fault

_AGAIN = frozenset(
    (
        *("UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_RECORD", "RECORD_LOCKED", "QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG"),
        *("SERVER_UNAVAILABLE", "SERVICE_UNAVAILABLE", "BAD_GATEWAY", "INTERNAL_ERROR", "TOO_MANY_APEX_REQUESTS"),
        *("ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED", "FAILED_DUE_TO_OTHER_INPUTS", "UNKNOWN_EXCEPTION"),
    )
)
_EMBEDDED = ("UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT")  # in the words of a trigger that met one
_FULL = "delete records or buy storage, then run the same command again: it goes on from here"
_LATER = "wait until the organisation takes rows again, then run the same command: it goes on from here"
_OFF = "ask Salesforce or the administrator to switch it on, then run the same command again"
_CHANGED = "a field was renamed, deleted or hidden meanwhile: `crmclean import --dry-run` names it"
_NAME = "destination"  # stands for the name in the plan
_SPENT = Fault(_NAME, "stops taking rows: its API calls are spent", _LATER, "destination.budget")
_JOBS = Fault(_NAME, "stops taking rows: it has too many jobs under way", _LATER, "destination.budget")
_STORAGE = Fault(_NAME, "stops taking rows: its storage is full", _FULL, "target.storage-full")
_LICENCE = Fault(_NAME, "stops taking rows: it has no licence left for such records", _OFF, "target.not-enabled")
_FEATURE = Fault(_NAME, "stops taking rows: a feature or the API is switched off", _OFF, "target.not-enabled")
_COLUMNS = Fault(_NAME, "stops taking rows: it cannot read the columns of a job", _CHANGED, "target.no-field")
_AWAY = Fault(_NAME, "stops taking rows: it is under maintenance", _LATER, "target.maintenance")
_STOPS = {  # the same for every row: going on would only refuse all of them
    "STORAGE_LIMIT_EXCEEDED": _STORAGE,
    "LICENSE_LIMIT_EXCEEDED": _LICENCE,
    "API_DISABLED_FOR_ORG": _FEATURE,
    "FUNCTIONALITY_NOT_ENABLED": _FEATURE,
    "REQUEST_LIMIT_EXCEEDED": _SPENT,
    "TOO_MANY_JOBS": _JOBS,
    "InvalidBatch": _COLUMNS,
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": _AWAY,
    "TERRITORY_REALIGN_IN_PROGRESS": _AWAY,
}
_CODES = {
    "REQUIRED_FIELD_MISSING": "target.required",
    "STRING_TOO_LONG": "target.length",
    "INVALID_EMAIL_ADDRESS": "target.format",
    "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET": "target.format",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "target.picklist",
    "INVALID_CURRENCY_ISO": "target.picklist",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "target.type",
    "NUMBER_OUTSIDE_VALID_RANGE": "target.range",
    "DATE_OUT_OF_RANGE": "target.range",
    "DUPLICATE_VALUE": "target.unique",
    "DUPLICATE_EXTERNAL_ID": "target.unique",
    "DUPLICATES_DETECTED": "target.duplicate-rule",
    "INVALID_CROSS_REFERENCE_KEY": "target.reference",
    "MALFORMED_ID": "target.reference",
    "INVALID_ID_FIELD": "target.reference",
    "CIRCULAR_DEPENDENCY": "target.reference",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "target.validation-rule",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "target.validation-rule",
    "FIELD_INTEGRITY_EXCEPTION": "target.integrity",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "target.automation",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "target.automation",
    "APEX_FAILED": "target.automation",
    "INACTIVE_OWNER_OR_USER": "target.inactive-owner",
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": "target.inactive-owner",
    "INSUFFICIENT_ACCESS_OR_READONLY": "target.forbidden",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "target.forbidden",
    "TRANSFER_REQUIRES_READ": "target.forbidden",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "target.forbidden",
    "CANNOT_UPDATE_CONVERTED_LEAD": "target.forbidden",
    "ENTITY_IS_LOCKED": "target.forbidden",
}
_DELETED = "ENTITY_IS_DELETED"
_GONE = frozenset((_DELETED, "INVALID_CROSS_REFERENCE_KEY"))
_NO_PARENT = "Foreign key external ID"
_ERROR = re.compile(r"^(?:InvalidBatch : )?([A-Z][A-Z_]+):(.*?)(?::([A-Za-z0-9_, ]+) ?--)?$", re.DOTALL)


def refused_line(key: str, error: str, operation: Operation) -> Written:
    """Return the fate of a row of a job's failed results; error: `CODE:message:FieldA,FieldB --`."""
    found = _ERROR.match(error)
    return refused(key, found[1] if found else "", error, (found[3] or "").strip() if found else "", operation)


def refused(key: str, name: str, error: str, fields: str, operation: Operation) -> Written:
    """Return the fate of a row that was not written; name: the status code, error: Salesforce's own words."""
    if operation is Operation.DELETE and name in _GONE:
        return Written(key, Fate.DELETED)
    if operation is not Operation.UPSERT and name == _DELETED:
        return Written(key, Fate.REJECTED, None, GONE, None, error)
    if name in _STOPS or name in _AGAIN or any(again in error for again in _EMBEDDED):
        return Written(key, Fate.RETRY, None, name)
    code = "target.reference" if _NO_PARENT in error else _CODES.get(name, "target.refused")
    return Written(key, Fate.REJECTED, None, code, fields or None, error)


def stop_of(name: str, said: Iterable[Written]) -> Fault | None:
    """Return why nothing more can be sent, where a row says so; name: of the destination."""
    for each in said:
        if each.fate is Fate.RETRY and each.code in _STOPS:
            return replace(_STOPS[each.code], where=name)
    return None
