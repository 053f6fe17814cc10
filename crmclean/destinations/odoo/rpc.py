"""Odoo's JSON-RPC: one address, two services, and errors that arrive with HTTP status 200."""

import time
from collections.abc import Callable
from typing import Any

from crmclean.destinations.api import Api, missing_secret
from crmclean.destinations.contract import AnswerLostError, NotSentError, RefusedCallError
from crmclean.destinations.settings import Settings
from crmclean.errors import DestinationError, Fault, PlanError, RefusedError

# Archived records count, nobody is told, and times are written in UTC: Odoo reads them in its user's own zone.
CONTEXT = {
    "active_test": False,
    "lang": "en_US",
    "tz": "UTC",
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}
_WAITS = (0.5, 1.0, 2.0, 4.0, None)  # seconds between tries of a call that met a lock
# PostgreSQL rolled the transaction back; Odoo has tried it five times by itself.
_LOCKED = (
    *("SerializationFailure", "DeadlockDetected", "LockNotAvailable", "TransactionRollback", "ConcurrencyError"),
    *("could not serialize access", "deadlock detected", "could not obtain lock", "ir_model_data_module_name_uniq"),
)
_NOT_ALLOWED = ("AccessError", "AccessDenied")


class OdooError(Exception):
    """What Odoo answers instead of a result. Its transaction was rolled back. `message` may hold values."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name)
        self.name = name
        self.message = message

    @property
    def passes(self) -> bool:
        """Whether the same call may pass later."""
        return is_lock(f"{self.name} {self.message}")

    @property
    def not_allowed(self) -> bool:
        """Whether the user lacks a right."""
        return self.name.endswith(_NOT_ALLOWED)


def is_lock(text: str) -> bool:
    """Return whether an error's text tells of a lock, or of the same external id made by another call just now."""
    return any(word in text for word in _LOCKED)


class OdooRpc:
    """One user of one database."""

    def __init__(self, settings: Settings, rest: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._api = Api(settings, None)
        self._rest = rest
        self._user: int | None = None

    @property
    def calls(self) -> int:
        """Return how many calls were made."""
        return self._api.calls

    @property
    def database(self) -> str:
        """Return the name of the database."""
        return self._settings.database or ""

    def version(self) -> str:
        """Return the server's version, such as 17.0."""
        return str(self._repeat("common", "version", [])["server_version"])

    def user(self) -> int:
        """Log in once and return the user's id.

        Raises:
            PlanError: the plan or the environment lacks something. RefusedError: wrong credentials.
        """
        if self._user is None:
            database, login = self._settings.database, self._settings.user
            if not database or not login:
                hint = "write database = '…' and user = '…' (the login) beside url"
                where = f"migration.toml [destinations.{self._settings.name}]"
                raise PlanError(Fault(where, "names no database or no user", hint, "destination.no-user"))
            found = self._repeat("common", "authenticate", [database, login, self._secret(), {}])
            if not found:
                hint = f"check database and user in the plan, and {self._settings.variable('password')}"
                raise RefusedError(
                    Fault(self._settings.name, "does not let the user in", hint, "destination.not-allowed")
                )
            self._user = int(found)
        return self._user

    def ask(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method that is harmless when it comes twice; locks are waited for.

        Raises:
            OdooError: Odoo refuses it. DestinationError: it does not answer.
        """
        for wait in _WAITS:
            try:
                return self._repeat("object", "execute_kw", self._call(model, method, arguments, options))
            except OdooError as error:
                if wait is None or not error.passes:
                    raise
                self._rest(wait)
        raise AssertionError

    def look(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Like `ask`, for calls that must pass.

        Raises:
            RefusedError: the user may not do this. DestinationError: anything else is wrong.
        """
        try:
            return self.ask(model, method, *arguments, **options)
        except OdooError as error:
            raise self.failed(error, f"{method} of {model}") from error

    def failed(self, error: OdooError, doing: str) -> RefusedError | DestinationError:
        """Return the error that ends the command; the answer's text stays out, it may hold values."""
        if error.not_allowed:
            hint = f"give the user {self._settings.user} the right in Settings, Users"
            return RefusedError(Fault(self._settings.name, f"does not allow {doing}", hint, "destination.not-allowed"))
        hint = "Odoo's own log has the whole error; run the same command again when it is mended"
        return DestinationError(Fault(self._settings.name, f"refuses {doing} ({error.name})", hint, "destination.api"))

    def change(self, model: str, method: str, *arguments: Any) -> Any:
        """Call a method once.

        Raises:
            NotSentError: no effect, may pass later. AnswerLostError: nobody knows. RefusedCallError: refused for good.
        """
        body = _body("object", "execute_kw", self._call(model, method, arguments, {}))
        answer = self._api.write("POST", "/jsonrpc", json=body)
        try:
            return _result(self._api.document(answer, f"{method} of {model}"))
        except OdooError as error:
            if error.passes:
                raise NotSentError("locked") from error
            raise RefusedCallError(*refusal(error)) from error
        except ValueError as error:  # half an answer
            raise AnswerLostError from error

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _call(self, model: str, method: str, arguments: Any, options: dict[str, Any]) -> list[Any]:
        named = {**options, "context": CONTEXT}
        return [self._settings.database, self.user(), self._secret(), model, method, list(arguments), named]

    def _secret(self) -> str:
        secret = self._settings.secret("password") or self._settings.secret("token")
        if secret is None:
            raise missing_secret(self._settings, "password")
        return secret

    def _repeat(self, service: str, method: str, arguments: list[Any]) -> Any:
        answer = self._api.repeat("POST", "/jsonrpc", json=_body(service, method, arguments))
        try:
            return _result(self._api.document(answer, f"a call of {service}"))
        except ValueError as error:
            hint = "check the url: it is the server's own, without a path; then run the same command again"
            where = self._settings.name
            raise DestinationError(Fault(where, "answers what is not Odoo's", hint, "destination.api")) from error


# Odoo says what is wrong in words (`en_US` is asked for); the words of its importer and of PostgreSQL.
_WORDS = (
    ("missing required value", "target.required"),
    ("violates not-null", "target.required"),
    ("required field", "target.required"),
    ("no matching record found", "target.reference"),
    ("unknown database identifier", "target.reference"),
    ("violates foreign key", "target.reference"),
    ("not found in selection", "target.picklist"),
    ("does not seem to be", "target.type"),
    ("value too long", "target.length"),
    ("already exists", "target.unique"),
    ("duplicate key", "target.unique"),
    ("must be unique", "target.unique"),
    ("not allowed", "target.forbidden"),
)


def refusal(error: OdooError) -> tuple[str, str]:
    """Return code and message of an error."""
    return ("target.forbidden" if error.not_allowed else code_of(error.message)), error.message


def code_of(message: str) -> str:
    """Return the code of what Odoo says in words."""
    said = message.casefold()
    return next((code for words, code in _WORDS if words in said), "target.refused")


def _body(service: str, method: str, arguments: list[Any]) -> dict[str, Any]:
    params = {"service": service, "method": method, "args": arguments}
    return {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}


def _result(document: Any) -> Any:
    if "error" in document:
        data = document["error"].get("data") or {}
        raise OdooError(str(data.get("name", "")), str(data.get("message") or document["error"].get("message", "")))
    return document.get("result")
