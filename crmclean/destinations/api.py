"""HTTP for the clients of CRMs: what may be sent again, what must be waited for, and what is lost.

No answer's text ever reaches an error: it may hold values.
"""

import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from crmclean.destinations.contract import AnswerLostError, NotSentError
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault, PlanError, RefusedError

for _name in ("httpx", "httpcore"):  # they log addresses, and the text of a query stands in its address
    logging.getLogger(_name).setLevel(logging.CRITICAL)
_TURNED_AWAY = frozenset((423, 429, 477, 503))  # without effect: locked, too many calls, on the move, not there
_BUSY = _TURNED_AWAY | frozenset((500, 502, 504, 521, 522, 523, 524))
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between tries of calls that are safe to repeat
_LONGEST_WAIT = 600.0  # seconds that a Retry-After may ask for
_SECONDS = 60.0  # for one answer
_BEFORE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
HTTP_UNAUTHORISED, HTTP_FORBIDDEN, HTTP_NOT_FOUND = 401, 403, 404
_HTTP_ERROR = 400


class Api:
    """One account's HTTP API. `token` gives the bearer token, asked again once when the target refuses it.

    token: None where every call brings its credentials itself. look: sees every answer, and may raise where no waiting
    helps.
    """

    def __init__(
        self,
        settings: Settings,
        token: Callable[[httpx.Client], str] | None,
        look: Callable[[httpx.Response], None] = lambda _answer: None,
    ) -> None:
        if urlsplit(settings.url).scheme != "https" and not settings.is_loopback():
            hint = "write url = 'https://…': records and the token must not travel in the clear"
            where = f"migration.toml [destinations.{settings.name}]"
            raise PlanError(Fault(where, "url is not https", hint, "destination.not-https"))
        self._name = settings.name
        self._http = httpx.Client(base_url=settings.url, timeout=_SECONDS, follow_redirects=False)
        self._ask_token = token
        self._look = look
        self._token: str | None = None
        self.calls = 0

    def write(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Call once.

        Raises:
            NotSentError: it did not arrive, or was turned away without effect. AnswerLostError: nobody knows.
        """
        try:
            answer = self._call(method, path, **content)
        except _BEFORE as error:
            raise NotSentError("no connection") from error
        except httpx.HTTPError as error:
            raise AnswerLostError from error
        if answer.status_code in _TURNED_AWAY:
            raise NotSentError("busy", wait=_asked_wait(answer))
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise AnswerLostError
        return answer

    def repeat(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Call until an answer comes; only for calls that are harmless when they arrive twice.

        Raises:
            DestinationError: none came.
        """
        for wait in (*_WAITS, None):
            try:
                answer = self._call(method, path, **content)
            except httpx.HTTPError as error:
                if wait is None:
                    raise self._failed("does not answer") from error
                time.sleep(wait)
                continue
            if answer.status_code not in _BUSY:
                return answer
            if wait is not None:
                time.sleep(_asked_wait(answer) or wait)
        raise self._failed("is busy")

    def document(self, answer: httpx.Response, doing: str) -> Any:
        """Return the JSON of an answer.

        Raises:
            RefusedError: the account may not do this. DestinationError: any other error.
        """
        if answer.status_code in (HTTP_UNAUTHORISED, HTTP_FORBIDDEN):
            hint = "check the token and what its user may do"
            raise RefusedError(Fault(self._name, f"does not allow {doing}", hint, "destination.not-allowed"))
        if answer.status_code >= _HTTP_ERROR:
            raise self._failed(f"refuses {doing} (HTTP {answer.status_code})")
        return answer.json() if answer.content else None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        own = content.pop("headers", {})
        self.calls += 1
        answer = self._http.request(method, path, headers=own | self._headers(), **content)
        if answer.status_code == HTTP_UNAUTHORISED:
            self._token = None
            self.calls += 1
            answer = self._http.request(method, path, headers=own | self._headers(), **content)
        self._look(answer)
        return answer

    def _headers(self) -> dict[str, str]:
        if self._ask_token is None:
            return {}
        if self._token is None:
            self._token = self._ask_token(self._http)
        return {"Authorization": f"Bearer {self._token}"}

    def _failed(self, problem: str) -> DestinationError:
        hint = "run the same command again: it goes on where this one stopped"
        return DestinationError(Fault(self._name, problem, hint, "destination.api"))


def _asked_wait(answer: httpx.Response) -> float | None:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT) if asked.isdigit() else None


def missing_secret(settings: Settings, *names: str) -> PlanError:
    """Return the error for credentials that nobody set."""
    variables = " and ".join(settings.variable(name) for name in names)
    where = f"migration.toml [destinations.{settings.name}]"
    return PlanError(Fault(where, "no credentials", f"set {variables} in the environment", "destination.no-secret"))
