"""HubSpot through its CRM API: batch upsert by our own unique property, associations, communication preferences.

A call whose answer is lost is looked up by key, never by search; what was made since the call began is ours, by the
account's own clock. The rest is sent again, which the unique property makes harmless.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.api import HTTP_FORBIDDEN, HTTP_NOT_FOUND, HTTP_UNAUTHORISED
from crmclean.destinations.contract import (
    GONE,
    AnswerLostError,
    Capabilities,
    Cells,
    Fate,
    Made,
    Operation,
    Preflight,
    Request,
    Settled,
    Written,
)
from crmclean.destinations.hubspot.consents import unsubscribe
from crmclean.destinations.hubspot.links import linked_rows, write_links
from crmclean.destinations.hubspot.owners import look_up, owners_by_email
from crmclean.destinations.hubspot.pairs import begin_pairs, fetch_pairs, is_pairs, send_all, settle_pairs
from crmclean.destinations.hubspot.portal import ROWS, Portal
from crmclean.destinations.hubspot.reading import listed, read_all, read_by_key
from crmclean.destinations.hubspot.rows import answer_of, inputs, links_of, pairs, refusals, refused, results
from crmclean.destinations.hubspot.schema import faults_of, kept_records, make_missing, notes_of
from crmclean.destinations.settings import Settings
from crmclean.errors import Fault, RefusedError

Found = dict[str, tuple[str, str]]  # key -> id and time of creation
_FEW_CALLS = 1_000
_DELETED_DAYS = 90
_PER_SECOND = 100.0  # rows; a call of 100 takes about a second with its associations
_WAIT = "an import makes about three calls for 100 rows; wait until tomorrow"
_UNCHECKED = ("workflows", "required fields and validation rules of the account", "the account's limits on contacts")


class HubspotDestination:
    """One account, spoken to with the token of a private app."""

    def __init__(self, settings: Settings) -> None:
        self._portal = Portal(settings)
        self._objects: Mapping[str, TargetObject] = {}
        self._began: dict[str, str] = {}
        self._owners: dict[str, str] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What HubSpot guarantees; associations hold no key."""
        keyless = frozenset(name for name, each in self._objects.items() if is_pairs(each))
        return Capabilities(
            key_enforced=True, isolates_rows=False, makes_users=False, adopts=True, keyless=keyless, batch_rows=ROWS
        )

    @property
    def calls(self) -> int:
        """Return how many calls this object has made; HubSpot counts them by day."""
        return self._portal.api.calls

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Look at the account, its properties, pipelines, associations, scopes, limits and counts."""
        self._objects = schema.objects
        objects = tuple(schema.objects.values())
        account = self._account()
        left = self._calls_left()
        notes = list(notes_of(self._portal, objects))
        if left is not None and left < _FEW_CALLS:
            notes.append(Fault("limits", f"{left} API calls are left today", _WAIT, "target.limit"))
        return Preflight(
            account=str(account["portalId"]),
            name=str(account.get("uiDomain") or account.get("accountType") or ""),
            faults=tuple(faults_of(self._portal, objects)),
            notes=tuple(notes),
            existing={each.name: self._there(each.name) for each in kept_records(objects)},
            calls_left=left,
            undo_days=_DELETED_DAYS,
            rows_per_second=_PER_SECOND,
            unchecked=_UNCHECKED,
            identity=str(account["portalId"]),
        )

    def prepare(self, schema: TargetSchema) -> str:
        """Make our unique property where it is not there; other properties are made by `schema apply`."""
        self._objects = schema.objects
        objects = tuple(schema.objects.values())
        make_missing(self._portal, objects, keys_only=True)
        faults = tuple(faults_of(self._portal, objects))
        if faults:
            raise RefusedError(*faults)
        return str(self._account()["portalId"])

    def create_missing(self, schema: TargetSchema) -> list[Made]:
        """Make the properties of ours that the account lacks."""
        return make_missing(self._portal, tuple(schema.objects.values()))

    def begin(self, request: Request) -> str | None:
        """Keep the account's time, so that what was made since can be told from what was there."""
        object_ = self._objects[request.object]
        if object_.existing:
            return None
        if is_pairs(object_):
            return begin_pairs(self._portal, request)
        return self._began.setdefault(request.marker, self._portal.now())

    def send(self, request: Request, handle: str | None) -> bytes:
        """Write the rows, then their associations and opt-outs."""
        object_ = self._objects[request.object]
        if object_.existing:
            self._owners = self._owners or owners_by_email(self._portal)
            return look_up(self._owners, request)
        if is_pairs(object_):
            return send_all(self._portal, request, handle)
        if request.operation is Operation.DELETE:
            return self._archive(request)
        if request.operation is not Operation.UPSERT:  # before the properties forget what the references meant
            there = {row.key: (str(row.target_id), "") for row in request.rows}
            write_links(self._portal, request.object, links_of(object_), linked_rows(object_, request, there))
        since = handle or ""
        found, errors = self._write(object_, request)
        return self._finished(object_, request, since, found, errors)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:
        """Read the rows by key: those made since the call began are ours; the others are sent again."""
        object_ = self._objects[request.object]
        if is_pairs(object_):
            return settle_pairs(self._portal, request, handle)
        if object_.existing or handle is None or request.operation is not Operation.UPSERT:
            return Settled.ABSENT
        found = self._found(object_, [row.key for row in request.rows])
        made = {key: one for key, one in found.items() if one[1] >= handle}
        return self._finished(object_, request, handle, made, {}, fresh=False) if made else Settled.ABSENT

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:
        """Read an answer, or the owners that were found."""
        if self._objects[request.object].existing:
            return [Written(key, Fate(fate), id_, code) for key, fate, id_, code in json.loads(answer)]
        return results(request, answer)

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read records back by our unique property, associations by their ids."""
        schema = self._objects[object_]
        if schema.existing:
            return
        if is_pairs(schema):
            yield from fetch_pairs(self._portal, keys)
            return
        yield from read_by_key(self._portal, schema, keys)

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all records of an object back, page by page."""
        schema = self._objects[object_]
        if schema.existing:
            yield from ((None, id_, {"email": email}) for email, id_ in owners_by_email(self._portal).items())
        elif not is_pairs(schema):
            yield from read_all(self._portal, schema)

    def count(self, object_: str) -> int:
        """Return the number of records with a key of ours; by their list, because the search lags behind."""
        schema = self._objects[object_]
        if schema.existing or is_pairs(schema):
            return 0
        return sum(bool(each["properties"].get(schema.key)) for each in listed(self._portal, object_, (schema.key,)))

    def close(self) -> None:
        """Close the connections."""
        self._portal.api.close()

    def _account(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._portal.get("/account-info/v3/details", "reading the account")
        return found

    def _calls_left(self) -> int | None:
        told = self._portal.api.repeat("GET", "/account-info/v3/api-usage/daily/private-apps")
        usage = told.json()["results"] if told.is_success else ()
        return min((int(each["usageLimit"]) - int(each["currentUsage"]) for each in usage), default=None)

    def _there(self, object_: str) -> int:
        path = f"/crm/v3/objects/{object_}/search"
        return int(self._portal.post(path, {"limit": 1, "filterGroups": []}, "counting records")["total"])

    def _write(self, object_: TargetObject, request: Request) -> tuple[Found, dict[str, Any]]:
        """Write properties; return key -> id and time of creation, and key -> why it was refused."""
        sent = inputs(object_, request)
        if not any(each["properties"] for each in sent):
            return self._still_there(object_, request)
        word = "upsert" if request.operation is Operation.UPSERT else "update"
        path = f"/crm/v3/objects/{object_.name}/batch/{word}"
        answer = self._portal.api.write("POST", path, json={"inputs": sent})
        document = _json(answer)
        if answer.status_code in (HTTP_UNAUTHORISED, HTTP_FORBIDDEN):
            self._portal.api.document(answer, f"writing {object_.name}")
        if not answer.is_success:
            raise refused(document)
        found, errors = pairs(object_.key, request, document), refusals(request, document)
        if len(found) < len(document.get("results", ())) and request.operation is Operation.UPSERT:
            found |= self._found(object_, [row.key for row in request.rows if row.key not in errors])
        return {key: one for key, one in found.items() if key not in errors}, errors

    def _still_there(self, object_: TargetObject, request: Request) -> tuple[Found, dict[str, Any]]:
        ids = [str(row.target_id) for row in request.rows]
        there = {str(each["id"]) for each in self._portal.records(object_.name, ids, (object_.key,))}
        found = {row.key: (str(row.target_id), "") for row in request.rows if row.target_id in there}
        return found, {row.key: [GONE, None, ""] for row in request.rows if row.key not in found}

    def _finished(
        self,
        object_: TargetObject,
        request: Request,
        since: str,
        found: Found,
        errors: dict[str, Any],
        *,
        fresh: bool = True,
    ) -> bytes:
        """Associate and unsubscribe what was written; a new record whose association is refused is taken back."""
        new = request.operation is Operation.UPSERT
        linked = linked_rows(object_, request, found, since if fresh and new else None)
        refused_links = write_links(self._portal, object_.name, links_of(object_), linked)
        ours = [found[key][0] for key in refused_links if new and found[key][1] >= since]
        if ours:
            self._delete(object_.name, ours)
        errors = errors | refused_links
        kept = {key: one for key, one in found.items() if key not in errors}
        unsubscribe(self._portal, object_, request, [id_ for id_, _ in kept.values()])
        return answer_of(since, kept, errors)

    def _archive(self, request: Request) -> bytes:
        """Delete; what is gone already counts as deleted."""
        self._delete(request.object, [str(row.target_id) for row in request.rows])
        return answer_of("", {row.key: None for row in request.rows})

    def _delete(self, object_: str, ids: Sequence[str]) -> None:
        path = f"/crm/v3/objects/{object_}/batch/archive"
        answer = self._portal.api.repeat("POST", path, json={"inputs": [{"id": id_} for id_ in ids]})
        if answer.status_code == HTTP_NOT_FOUND and len(ids) > 1:
            for id_ in ids:
                self._delete(object_, [id_])
        elif answer.status_code != HTTP_NOT_FOUND:
            self._portal.api.document(answer, "deleting records")

    def _found(self, object_: TargetObject, keys: Sequence[str]) -> Found:
        """Return key -> id and time of creation of what is there, by our unique property."""
        records = self._portal.records(object_.name, keys, (object_.key,), object_.key)
        return {str(each["properties"][object_.key]): (str(each["id"]), str(each["createdAt"])) for each in records}


def _json(answer: httpx.Response) -> Any:
    """Return the document of an answer to a write; one that was cut says nothing."""
    try:
        return answer.json() if answer.content else {}
    except ValueError as error:
        raise AnswerLostError from error
