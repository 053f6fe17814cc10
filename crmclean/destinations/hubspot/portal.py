"""One HubSpot account: its calls, and what was learned of its properties and associations."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from crmclean.destinations.api import Api, missing_secret
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault

HOST = "https://api.hubapi.com"
ROWS = 100  # records of one batch call
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Portal:
    """Calls of one account. Everything but `api.write` is harmless when it arrives twice, and is repeated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = replace(settings, url=settings.url or HOST)
        self.api = Api(self._settings, self.token, self._look)
        self._properties: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._labels: dict[tuple[str, str], Sequence[Mapping[str, Any]]] = {}
        self._clock = (datetime.now(UTC), time.monotonic())

    def token(self, _http: httpx.Client | None = None) -> str:
        """Return the token of the private app.

        Raises:
            PlanError: nobody set it.
        """
        token = self._settings.secret("token")
        if token is None:
            raise missing_secret(self._settings, "token")
        return token

    def now(self) -> str:
        """Return the account's own time, as its last answer told it, so that a wrong clock here does no harm."""
        told, at = self._clock
        return (told + timedelta(seconds=time.monotonic() - at)).strftime(_TIME_FORMAT)

    def get(self, path: str, doing: str, **params: str | int) -> Any:
        """Read a document."""
        return self.api.document(self.api.repeat("GET", path, params=params or None), doing)

    def post(self, path: str, body: object, doing: str) -> Any:
        """Send a document that may arrive twice, and return the answer's."""
        return self.api.document(self.api.repeat("POST", path, json=body), doing)

    def pages(self, path: str, doing: str, **params: str | int) -> Iterator[Mapping[str, Any]]:
        """Yield the results of all pages."""
        after: Mapping[str, str] = {}
        while True:
            found = self.get(path, doing, **params, **after)
            yield from found["results"]
            following = found.get("paging", {}).get("next")
            if not following:
                return
            after = {"after": str(following["after"])}

    def properties(self, object_: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the properties of an object by name."""
        if object_ not in self._properties:
            found = self.get(f"/crm/v3/properties/{object_}", f"reading the properties of {object_}")
            self._properties[object_] = {each["name"]: each for each in found["results"]}
        return self._properties[object_]

    def forget_properties(self, object_: str) -> None:
        """Ask for the properties again: some were made."""
        self._properties.pop(object_, None)

    def labels(self, start: str, end: str) -> Sequence[Mapping[str, Any]]:
        """Return category, typeId and label of the associations from one object to another."""
        if (start, end) not in self._labels:
            found = self.get(f"/crm/v4/associations/{start}/{end}/labels", "reading the association labels")
            self._labels[start, end] = found["results"]
        return self._labels[start, end]

    def make_label(self, start: str, end: str, label: str) -> bool:
        """Make an association label; return whether the account took it."""
        name = "crmclean_" + "".join(each if each.isalnum() else "_" for each in label.lower())
        path = f"/crm/v4/associations/{start}/{end}/labels"
        made = self.api.repeat("POST", path, json={"label": label, "name": name})
        self._labels.pop((start, end), None)
        return made.is_success

    def spec(self, start: str, end: str, type_id: int) -> dict[str, str | int]:
        """Return how an association type is named in a call."""
        kinds = {int(each["typeId"]): str(each["category"]) for each in self.labels(start, end)}
        return {"associationCategory": kinds.get(type_id, "HUBSPOT_DEFINED"), "associationTypeId": type_id}

    def records(
        self, object_: str, ids: Sequence[str], names: Iterable[str], by: str | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Read records by id, or by a unique property; those that are not there are left out."""
        for start in range(0, len(ids), ROWS):
            inputs = [{"id": id_} for id_ in ids[start : start + ROWS]]
            body = {"inputs": inputs, "properties": sorted(names), "propertiesWithHistory": []}
            named = body | ({"idProperty": by} if by else {})
            yield from self.post(f"/crm/v3/objects/{object_}/batch/read", named, "reading records")["results"]

    def _look(self, answer: httpx.Response) -> None:
        """Keep the account's clock, and stop where the day's calls are spent."""
        if date := answer.headers.get("Date"):
            self._clock = (parsedate_to_datetime(date).astimezone(UTC), time.monotonic())
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS and b'"DAILY"' in answer.content:
            hint = "run the same command after midnight of the account's time zone: it goes on from here"
            raise DestinationError(Fault(self._settings.name, "the day's calls are spent", hint, "destination.budget"))
