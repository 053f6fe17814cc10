"""Salesforce: upsert on our own unique external id, many rows through Bulk API 2.0, a few through sObject Collections.

Both ways promise the same: what a call did can be told afterwards, by the job's id or by the keys, and a row that
arrives twice ends as one record.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.contract import (
    Capabilities,
    Cells,
    Made,
    Preflight,
    Request,
    Settled,
    Written,
)
from crmclean.destinations.salesforce.checks import faults_of, notes_of, storage_notes
from crmclean.destinations.salesforce.collections import (
    HANDLE,
    ROWS,
    begin_collection,
    collection_results,
    send_collection,
    settle_collection,
)
from crmclean.destinations.salesforce.errors import stop_of
from crmclean.destinations.salesforce.jobs import ROWS as JOB_ROWS
from crmclean.destinations.salesforce.jobs import begin_job, job_results, run_job, settle_job
from crmclean.destinations.salesforce.metadata import metadata_files, write_metadata
from crmclean.destinations.salesforce.org import ID, Org
from crmclean.destinations.salesforce.rows import Shape, shape_of, text_of
from crmclean.destinations.salesforce.users import look_up, users_found
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault, RefusedError
from crmclean.workspace.atomic import make_folder, write_text

SMALL = 2_000  # rows; above it Salesforce advises jobs, and a job costs fewer calls than collections do
_RECYCLE_BIN_DAYS = 15
_PER_SECOND = 200.0  # rows; a guess on the careful side, triggers decide
_UNCHECKED = (
    "validation rules, triggers and flows of the organisation",
    "duplicate rules",
    "whether the user sees all records (sharing)",
)


class SalesforceDestination:
    """One organisation.

    rest: waits for some seconds between polls. small: batches of so many rows at most go through collections; 0: none.
    """

    def __init__(self, settings: Settings, rest: Callable[[float], None] = time.sleep, small: int = SMALL) -> None:
        self.capabilities = Capabilities(
            key_enforced=True,
            makes_users=False,
            adopts=True,
            names_parents=True,
            batch_rows=JOB_ROWS,
            small_batch=small,
            small_call=ROWS,
        )
        self._settings = settings
        self._org = Org(settings)
        self._rest = rest
        self._objects: Mapping[str, TargetObject] = {}
        self._shapes: dict[str, Shape] = {}
        self._absent: dict[str, set[str]] = {}
        self._checked: set[str] = set()
        self._stop: Fault | None = None

    @property
    def calls(self) -> int:
        """Return how many calls this object has made; Salesforce counts them over 24 hours."""
        return self._org.api.calls

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Log in, take the newest version of the API, and look at keys, fields, permissions, limits and counts."""
        self._objects = schema.objects
        user = self._org.account()
        made = [object_ for object_ in schema.objects.values() if not object_.existing]
        limits = self._org.get(self._org.data("limits"), "reading the limits")
        there = [object_.name for object_ in made if self._org.fields(object_.name) is not None]
        return Preflight(
            account=str(user["organization_id"]),
            name=str(user.get("name", "")),
            faults=tuple(fault for object_ in made for fault in faults_of(self._org, object_)),
            notes=tuple(storage_notes(limits)) + tuple(note for each in made for note in notes_of(self._org, each)),
            existing={name: self._org.count(name) for name in there},
            calls_left=int(limits["DailyApiRequests"]["Remaining"]),
            undo_days=_RECYCLE_BIN_DAYS,
            rows_per_second=_PER_SECOND,
            unchecked=_UNCHECKED,
            identity=str(user["organization_id"]),
        )

    def prepare(self, schema: TargetSchema) -> str:
        """Return the organisation's id; its fields are made by its administrator, and `begin` looks at each object."""
        self._objects = schema.objects
        return str(self._org.account()["organization_id"])

    def create_missing(self, schema: TargetSchema) -> list[Made]:
        """Write the fields that the organisation lacks as metadata to deploy: the REST API makes none."""
        self._objects = schema.objects
        missing = {name: self._missing(each) for name, each in schema.objects.items() if not each.existing}
        files = metadata_files(missing, schema.objects)
        folder = self._settings.folder / "metadata"
        for path, text in write_metadata(folder, files) if files else ():
            make_folder(path.parent)
            write_text(path, text)
        where = str(folder)
        return [Made(name, field.name, where) for name, fields in missing.items() for field in fields]

    def begin(self, request: Request) -> str | None:
        """Upload the rows of a job, or look which keys are there already; nothing is written before `send`."""
        if self._stop:
            raise DestinationError(self._stop)
        if self._objects[request.object].existing:
            return None
        self._check(request.object)
        if len(request.rows) <= ROWS and self.capabilities.small_batch:
            absent = self._absent.setdefault(request.object, set())
            return begin_collection(self._org, request, self._shape(request.object), absent)
        return begin_job(self._org, request, self._shape(request.object))

    def send(self, request: Request, handle: str | None) -> bytes:
        """Write the rows, and return Salesforce's answer; users are looked up."""
        if handle is None:
            return look_up(self._org, request)
        if handle.startswith(HANDLE):
            return send_collection(self._org, request, self._shape(request.object), handle)
        return run_job(self._org, handle, self._rest)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:
        """Ask for the job by its id, or for the records by their keys."""
        if handle is None:
            return Settled.ABSENT
        if handle.startswith(HANDLE):
            return settle_collection(self._org, request, self._shape(request.object), handle)
        return settle_job(self._org, handle, self._rest)

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:
        """Read an answer; one that says that nothing more can be written stops the next call."""
        if self._objects[request.object].existing:
            return users_found(answer)
        if "said" in (told := json.loads(answer)):
            found = list(collection_results(told, request))
        else:
            found = list(job_results(told, request, self._shape(request.object)))
        self._stop = self._stop or stop_of(self._org.name, found)
        return found

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read records back by key."""
        schema = self._objects[object_]
        if schema.existing or schema.key not in self._org.known(object_):
            return
        for record in self._org.records_with(object_, self._names(schema), schema.key, keys):
            yield str(record[schema.key]), str(record[ID]), self._cells(schema, record)

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all records of an object back."""
        schema = self._objects[object_]
        if self._org.fields(object_) is None:
            return  # a feature that the organisation does not have
        for record in self._org.records(object_, self._names(schema)):
            yield record.get(schema.key), str(record[ID]), self._cells(schema, record)

    def count(self, object_: str) -> int:
        """Return the number of records with a key of ours."""
        key = self._objects[object_].key
        return self._org.count(object_, f" WHERE {key} != null") if key in self._org.known(object_) else 0

    def close(self) -> None:
        """Close the connections."""
        self._org.api.close()

    def _check(self, object_: str) -> None:
        """Refuse to send rows to an object that lacks something; it is looked at once."""
        if object_ not in self._checked:
            faults = tuple(faults_of(self._org, self._objects[object_]))
            if faults:
                raise RefusedError(*faults)
            self._checked.add(object_)

    def _shape(self, object_: str) -> Shape:
        if object_ not in self._shapes:
            schema = self._objects[object_]
            self._shapes[object_] = shape_of(schema, self._objects, self._org.known(object_))
        return self._shapes[object_]

    def _missing(self, object_: TargetObject) -> tuple[TargetField, ...]:
        there = {name.casefold() for name in self._org.known(object_.name)}
        return tuple(each for each in object_.fields.values() if each.custom and each.name.casefold() not in there)

    def _names(self, object_: TargetObject) -> list[str]:
        known = self._org.known(object_.name)
        return [ID, *(each.name for each in object_.writable() if each.name in known)]

    def _cells(self, object_: TargetObject, record: Mapping[str, object]) -> Cells:
        return {
            name: text_of(object_, name, value)
            for name, value in record.items()
            if name in object_.fields and name not in (ID, object_.key)
        }
