"""Names of the environment variables that hold passwords and tokens; the plan never holds one."""

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

PREFIX = "CRMCLEAN_"
_SECRETS = ("_PASSWORD", "_TOKEN", "_CLIENT_ID", "_CLIENT_SECRET")


def variable(name: str, what: str) -> str:
    """Return the variable of a source or destination, such as CRMCLEAN_STAGING_PASSWORD."""
    return re.sub(r"[^A-Z0-9]+", "_", f"{PREFIX}{name}_{what}".upper())


def secret(name: str, what: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the secret of a source or destination from the environment, None where it is not set."""
    return environment.get(variable(name, what)) or None


def are_set(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names of the variables that hold a secret for crmclean, whatever it is for."""
    return tuple(sorted(name for name, value in environment.items() if _is_secret(name) and value))


def _is_secret(name: str) -> bool:
    return name.startswith(PREFIX) and name.endswith(_SECRETS)


def holds_password(url: str) -> bool:
    """Whether somebody wrote a password into a URL."""
    return bool(urlsplit(url).password)
