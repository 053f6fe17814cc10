"""One Salesforce organisation: logging in, its calls, what it says of its objects, and queries."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

import httpx

from crmclean.destinations.api import HTTP_FORBIDDEN, HTTP_NOT_FOUND, HTTP_UNAUTHORISED, Api, missing_secret
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault, RefusedError

ID = "Id"
_LONGEST = 12_000  # characters of a list of keys: it travels in the address, which takes 16,384
_WORD = re.compile(r"[a-z_]{1,40}")
_SPENT = b"REQUEST_LIMIT_EXCEEDED"
Fields = Mapping[str, Mapping[str, Any]]


class Org:
    """Calls of one organisation. Everything but `api.write` is harmless when it arrives twice, and is repeated."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.name
        self.api = Api(settings, self._token, self._look)
        self._settings = settings
        self._path = ""
        self._described: dict[str, Fields | None] = {}

    def account(self) -> Mapping[str, Any]:
        """Return the organisation's id and the user's name."""
        found: Mapping[str, Any] = self.get("/services/oauth2/userinfo", "reading the account")
        return found

    def data(self, path: str) -> str:
        """Return a path under the newest version of the API."""
        if not self._path:
            self._path = str(self.get("/services/data", "listing versions")[-1]["url"])
        return f"{self._path}/{path}"

    def get(self, path: str, doing: str) -> Any:
        """Read a document."""
        return self.document(self.api.repeat("GET", path), doing)

    def document(self, answer: httpx.Response, doing: str) -> Any:
        """Return the JSON of an answer.

        Raises:
            RefusedError: the session is over, or its user may not do this. DestinationError: any other error.
        """
        if answer.status_code == HTTP_UNAUTHORISED:
            token, client = self._settings.variable("token"), self._settings.variable("client_id")
            hint = f"put a fresh token into {token}; one that crmclean gets itself ({client} …) is renewed by itself"
            raise RefusedError(Fault(self.name, "the session is over or invalid", hint, "destination.not-allowed"))
        if answer.status_code == HTTP_FORBIDDEN:
            hint = "give the user's profile or a permission set 'API Enabled' and the right to the object"
            raise RefusedError(Fault(self.name, f"does not allow {doing}", hint, "destination.not-allowed"))
        return self.api.document(answer, doing)

    def fields(self, object_: str) -> Fields | None:
        """Return the described fields of an object by name; None where the user sees no such object."""
        if object_ not in self._described:
            answer = self.api.repeat("GET", self.data(f"sobjects/{object_}/describe"))
            missing = answer.status_code == HTTP_NOT_FOUND
            found = () if missing else self.document(answer, f"describing {object_}")["fields"]
            self._described[object_] = None if missing else {each["name"]: each for each in found}
        return self._described[object_]

    def known(self, object_: str) -> Fields:
        """Return the described fields of an object that is there; none of one that is not."""
        return self.fields(object_) or {}

    def count(self, object_: str, where: str = "") -> int:
        """Return the number of records; where: a condition with its WHERE."""
        return int(self._query(f"SELECT COUNT() FROM {object_}{where}")["totalSize"])

    def records(self, object_: str, names: Iterable[str], where: str = "") -> Iterator[Mapping[str, Any]]:
        """Yield the records that a query finds, page by page."""
        found = self._query(f"SELECT {', '.join(names)} FROM {object_}{where}")
        yield from found["records"]
        while not found["done"]:
            found = self.get(found["nextRecordsUrl"], "reading on")
            yield from found["records"]

    def records_with(
        self, object_: str, names: Sequence[str], field: str, values: Sequence[str]
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the records whose field holds one of the values; Salesforce does not tell case apart."""
        for some in _in_parts(list(map(_quoted, values))):
            yield from self.records(object_, names, f" WHERE {field} IN ({','.join(some)})")

    def keys(self, object_: str, field: str, values: Sequence[str]) -> dict[str, str]:
        """Return key -> id of the records that are there with these keys."""
        found = self.records_with(object_, (ID, field), field, values)
        wanted = set(values)
        return {str(each[field]): str(each[ID]) for each in found if each[field] in wanted}

    def _query(self, sql: str) -> Any:
        return self.document(self.api.repeat("GET", self.data("query"), params={"q": sql}), "a query")

    def _token(self, http: httpx.Client) -> str:
        """Return the session that is given, or one of our own where there is a client id with its secret."""
        client, secret = self._settings.secret("client_id"), self._settings.secret("client_secret")
        token = self._settings.secret("token")
        if client and secret:
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
            token = self._asked(http.post("/services/oauth2/token", data=form))
        if token is None:
            raise missing_secret(self._settings, "client_id", "client_secret")
        return token

    def _asked(self, answer: httpx.Response) -> str:
        try:
            told = answer.json()
        except ValueError:
            told = {}
        if answer.is_success and "access_token" in told:
            return str(told["access_token"])
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise httpx.ConnectError("the login does not answer")
        word = str(told.get("error", ""))
        problem = "refuses the login" + (f" ({word})" if _WORD.fullmatch(word) else "")
        client, secret = self._settings.variable("client_id"), self._settings.variable("client_secret")
        hint = (
            f"check {client} and {secret}, that `url` is the organisation's own address (My Domain), and that the app"
            " allows the client credentials flow with a user to run as"
        )
        raise RefusedError(Fault(self.name, problem, hint, "destination.not-allowed"))

    def _look(self, answer: httpx.Response) -> None:
        """Stop where the calls of the last 24 hours are spent: no waiting of ours helps."""
        if answer.status_code == HTTP_FORBIDDEN and _SPENT in answer.content:
            hint = "run the same command in a few hours: it goes on from here. Salesforce counts over the last 24 hours"
            raise DestinationError(
                Fault(self.name, "the organisation's API calls are spent", hint, "destination.budget")
            )


def _in_parts(listed: Sequence[str]) -> Iterator[list[str]]:
    """Cut a list where its text would be too long for an address."""
    part: list[str] = []
    length = 0
    for text in listed:
        length += len(quote_plus(text)) + len("%2C")
        if length > _LONGEST and part:
            yield part
            part, length = [], len(quote_plus(text))
        part.append(text)
    if part:
        yield part


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
