"""What a destination is opened with. Secrets come from the environment or the OS keyring, never from the plan."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from crmclean.errors import Fault, PlanError
from crmclean.plan.secrets import holds_password, variable

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


@dataclass(frozen=True)
class Settings:
    """What the plan says of a destination. folder: where it may write files; relative paths start at `root`.

    database, user: where one address serves several databases, and who logs in.
    """

    name: str
    kind: str
    url: str
    root: Path
    folder: Path
    database: str | None = None
    user: str | None = None

    def secret(self, what: str, environment: Mapping[str, str] = os.environ) -> str | None:
        """Return `CRMCLEAN_<NAME>_<WHAT>`, such as CRMCLEAN_STAGING_PASSWORD, from the environment or the keyring."""
        name = self.variable(what)
        return environment.get(name) or _from_keyring(name)

    def variable(self, what: str) -> str:
        """Return the name of the environment variable that holds a secret of this destination."""
        return variable(self.name, what)

    def is_loopback(self) -> bool:
        """Return whether the URL stays on this machine."""
        host = urlsplit(self.url).hostname
        return host is None or host in _LOOPBACK

    def refuse_password(self) -> None:
        """Refuse a password in the plan.

        Raises:
            PlanError: there is one.
        """
        if holds_password(self.url):
            hint = f"take it out, change it where it is used, and put the new one into {self.variable('password')}"
            where = f"migration.toml [destinations.{self.name}]"
            raise PlanError(Fault(where, "url holds a password", hint, "destination.password-in-plan"))


def _from_keyring(name: str) -> str | None:
    """Ask the operating system's keyring; None where `crmclean[keyring]` is not installed or there is no keyring."""
    try:
        keyring = import_module("keyring")
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password("crmclean", name)
    except keyring.errors.KeyringError:
        return None
    return found
