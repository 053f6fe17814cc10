"""Salesforce through Bulk API 2.0: upsert on our own unique external id.

The job's id is stored before the job is closed, and nothing is processed before that: a job can never run twice, and
its results stay readable for seven days. Results come in any order and are paired by key.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.api import HTTP_NOT_FOUND, Api, missing_secret
from crmclean.destinations.contract import (
    Capabilities,
    Cells,
    Fate,
    Made,
    Operation,
    Preflight,
    RefusedCallError,
    Request,
    Settled,
    Written,
)
from crmclean.destinations.salesforce_metadata import metadata_files, write_metadata
from crmclean.destinations.salesforce_rows import results, text_of, to_csv
from crmclean.destinations.settings import Settings
from crmclean.errors import Fault, RefusedError
from crmclean.workspace.atomic import make_folder, write_text

_JOBS = {Operation.ADOPT: "update"}  # what a job calls it
_JOB_BYTES = 100_000_000  # of one upload; the limit is 150 MB after base64 encoding
_ENDED = frozenset(("JobComplete", "Failed", "Aborted"))
_POLL = 2.0  # seconds
_RESULTS = {"successful": "successfulResults", "failed": "failedResults", "unprocessed": "unprocessedrecords"}
_ASKED = 100  # keys per query: its text travels in the address
_USER_EMAIL = "Email"
_FEW_CALLS = 1_000
_RECYCLE_BIN_DAYS = 15
_PER_SECOND = 200.0  # rows; a guess on the careful side, triggers decide
_WAIT = "an import makes about ten calls for 10,000 rows; wait until tomorrow, or ask for more"


class SalesforceDestination:
    """One organisation. `rest` waits for some seconds between polls."""

    def __init__(self, settings: Settings, rest: Callable[[float], None] = time.sleep) -> None:
        self.capabilities = Capabilities(key_enforced=True, makes_users=False, adopts=True, batch_rows=10_000)
        self._settings = settings
        self._api = Api(settings, self._token)
        self._rest = rest
        self._objects: Mapping[str, TargetObject] = {}
        self._described: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._data = ""

    @property
    def calls(self) -> int:
        """Return how many calls this object has made; Salesforce counts them over 24 hours."""
        return self._api.calls

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Log in, take the newest version of the API, and look at keys, fields, permissions, limits and counts."""
        self._objects = schema.objects
        user = self._get("/services/oauth2/userinfo", "reading the account")
        self._data = self._get("/services/data", "listing versions")[-1]["url"]
        made = [object_ for object_ in schema.objects.values() if not object_.existing]
        faults = [fault for object_ in made for fault in (*self._key(object_), *self._rights(object_))]
        limits = self._get(f"{self._data}/limits", "reading the limits")
        left = int(limits["DailyApiRequests"]["Remaining"])
        notes = (
            [] if left > _FEW_CALLS else [Fault("limits", f"{left} API calls are left today", _WAIT, "target.limit")]
        )
        counts = {object_.name: self._there(object_.name) for object_ in made}
        return Preflight(
            account=str(user["organization_id"]),
            name=str(user.get("name", "")),
            faults=tuple(faults),
            notes=tuple(notes),
            existing=counts,
            calls_left=left,
            undo_days=_RECYCLE_BIN_DAYS,
            rows_per_second=_PER_SECOND,
            unchecked=("validation rules, triggers and flows of the organisation", "duplicate rules"),
        )

    def prepare(self, schema: TargetSchema) -> str:
        """Check that the key of every object is enforced; an organisation's fields are made by its administrator."""
        found = self.preflight(schema) if not self._data else None
        faults = (
            found.faults
            if found
            else [fault for object_ in schema.objects.values() if not object_.existing for fault in self._key(object_)]
        )
        if faults:
            raise RefusedError(*faults)
        return str(self._get("/services/oauth2/userinfo", "reading the account")["organization_id"])

    def create_missing(self, schema: TargetSchema) -> list[Made]:
        """Write the fields that the organisation lacks as metadata to deploy: the REST API makes none."""
        self._objects = schema.objects
        self._data = self._get("/services/data", "listing versions")[-1]["url"]
        missing = {name: self._missing(each) for name, each in schema.objects.items() if not each.existing}
        files = metadata_files(missing, schema.objects)
        folder = self._settings.folder / "metadata"
        for path, text in write_metadata(folder, files) if files else ():
            make_folder(path.parent)
            write_text(path, text)
        where = str(folder)
        return [Made(name, field.name, where) for name, fields in missing.items() for field in fields]

    def _missing(self, object_: TargetObject) -> tuple[TargetField, ...]:
        there = {name.casefold() for name in self._describe(object_.name)}
        return tuple(each for each in object_.fields.values() if each.custom and each.name.casefold() not in there)

    def begin(self, request: Request) -> str | None:
        """Make a job and upload its rows; nothing is processed until `send` closes it."""
        if self._objects[request.object].existing:
            return None
        key = self._objects[request.object].key
        body = to_csv(request, key)
        if len(body) > _JOB_BYTES:
            raise RefusedCallError("target.too-large", "more than one job takes")
        job: dict[str, str] = {
            "object": request.object,
            "operation": _JOBS.get(request.operation, request.operation.value),
        }
        if request.operation is Operation.UPSERT:
            job["externalIdFieldName"] = key
        form = {"contentType": "CSV", "lineEnding": "LF"}
        made = self._api.repeat("POST", f"{self._data}/jobs/ingest", json=job | form)
        id_ = str(self._api.document(made, "making a job")["id"])
        csv = {"Content-Type": "text/csv; charset=UTF-8"}
        sent = self._api.repeat("PUT", f"{self._data}/jobs/ingest/{id_}/batches", content=body, headers=csv)
        self._api.document(sent, "uploading rows")
        return id_

    def send(self, request: Request, handle: str | None) -> bytes:
        """Close the job, wait for its end, and return its three result files."""
        if handle is None:
            return self._look_up(request)
        closed = self._api.write("PATCH", self._job(handle), json={"state": "UploadComplete"})
        self._api.document(closed, "closing a job")
        return self._finish(handle)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:  # noqa: ARG002
        """Ask for the job by its id; one that was never closed is aborted and had no effect."""
        if handle is None:
            return Settled.ABSENT
        found = self._api.repeat("GET", self._job(handle))
        if found.status_code == HTTP_NOT_FOUND:
            return Settled.ABSENT  # older than seven days; the unique key makes sending again safe
        if self._api.document(found, "reading a job")["state"] != "Open":
            return self._finish(handle)
        self._api.document(self._api.repeat("PATCH", self._job(handle), json={"state": "Aborted"}), "aborting a job")
        return Settled.ABSENT

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:
        """Read the result files, or the users that were found."""
        object_ = self._objects[request.object]
        if object_.existing:
            return [Written(key, Fate(fate), id_, code) for key, fate, id_, code in json.loads(answer)]
        return results(object_.key, answer, request)

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read records back by key."""
        if self._objects[object_].existing:
            return
        for start in range(0, len(keys), _ASKED):
            listed = ", ".join(map(_quoted, keys[start : start + _ASKED]))
            for key, target_id, cells in self._select(object_, f" WHERE {self._objects[object_].key} IN ({listed})"):
                yield str(key), target_id, cells

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all records of an object back."""
        yield from self._select(object_, "")

    def count(self, object_: str) -> int:
        """Return the number of records with a key of ours."""
        key = self._objects[object_].key
        return int(self._query(f"SELECT COUNT() FROM {object_} WHERE {key} != null")["totalSize"])

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _token(self, http: httpx.Client) -> str:
        token = self._settings.secret("token")
        client, secret = self._settings.secret("client_id"), self._settings.secret("client_secret")
        if client and secret:
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
            answer = http.post("/services/oauth2/token", data=form)
            if answer.is_success:
                token = str(answer.json()["access_token"])
        if token is None:
            raise missing_secret(self._settings, "client_id", "client_secret")
        return token

    def _get(self, path: str, doing: str) -> Any:
        return self._api.document(self._api.repeat("GET", path), doing)

    def _job(self, id_: str) -> str:
        return f"{self._data}/jobs/ingest/{id_}"

    def _finish(self, id_: str) -> bytes:
        while self._get(self._job(id_), "reading a job")["state"] not in _ENDED:
            self._rest(_POLL)
        files = {name: self._api.repeat("GET", f"{self._job(id_)}/{path}/") for name, path in _RESULTS.items()}
        for answer in files.values():
            if not answer.is_success:
                self._api.document(answer, "reading results")
        return json.dumps({name: answer.text for name, answer in files.items()}).encode()

    def _describe(self, object_: str) -> Mapping[str, Mapping[str, Any]]:
        if object_ not in self._described:
            found = self._get(f"{self._data}/sobjects/{object_}/describe", f"describing {object_}")
            self._described[object_] = {field["name"]: field for field in found["fields"]}
        return self._described[object_]

    def _key(self, object_: TargetObject) -> Iterator[Fault]:
        key = self._describe(object_.name).get(object_.key)
        if key is None or not (key["externalId"] and key["unique"]):
            problem = "is not there" if key is None else "is not a unique external id"
            hint = "make it a Text(255) field with External ID and Unique ticked: it is what stops doubles"
            yield Fault(f"{object_.name}.{object_.key}", problem, hint, "target.key-not-enforced")

    def _rights(self, object_: TargetObject) -> Iterator[Fault]:
        """Find, before anything is sent, what the organisation lacks or its user may not write."""
        known = self._describe(object_.name)
        hint = "create the field, let the user write it, or drop the column in the plan"
        problem = "is not there, or the user may not write it"
        for field in object_.writable():
            if field.name != object_.key and not known.get(field.name, {}).get("createable"):
                yield Fault(f"{object_.name}.{field.name}", problem, hint, "target.no-field")

    def _there(self, object_: str) -> int:
        return int(self._query(f"SELECT COUNT() FROM {object_}")["totalSize"])

    def _look_up(self, request: Request) -> bytes:
        """Find users by email; they are never made here."""
        place = list(request.fields).index(_USER_EMAIL)
        emails = sorted({email for row in request.rows if (email := row.cells[place])})
        ids: dict[str, str] = {}
        for start in range(0, len(emails), _ASKED):
            listed = ", ".join(map(_quoted, emails[start : start + _ASKED]))
            sql = f"SELECT Id, {_USER_EMAIL} FROM {request.object} WHERE {_USER_EMAIL} IN ({listed})"
            ids |= {str(found[_USER_EMAIL]).lower(): str(found["Id"]) for found in self._records(sql)}
        found = [(row.key, ids.get(str(row.cells[place]).lower())) for row in request.rows]
        return json.dumps(
            [
                (key, Fate.UPDATED, id_, None) if id_ else (key, Fate.REJECTED, None, "target.no-such-user")
                for key, id_ in found
            ]
        ).encode()

    def _select(self, object_: str, where: str) -> Iterator[tuple[str | None, str, Cells]]:
        schema = self._objects[object_]
        known = self._describe(object_)
        names = [each.name for each in schema.writable() if each.name in known and each.name != schema.key]
        keys = [schema.key] if schema.key in known else []
        for record in self._records(f"SELECT {', '.join(['Id', *keys, *names])} FROM {object_}{where}"):
            yield record.get(schema.key), record["Id"], {name: text_of(schema, name, record[name]) for name in names}

    def _records(self, sql: str) -> Iterator[Mapping[str, Any]]:
        found = self._query(sql)
        yield from found["records"]
        while not found["done"]:
            found = self._get(found["nextRecordsUrl"], "reading on")
            yield from found["records"]

    def _query(self, sql: str) -> Any:
        return self._api.document(self._api.repeat("GET", f"{self._data}/query", params={"q": sql}), "a query")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
