"""A TOML table that is read key by key and remembers every fault, so that all are told at once."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from crmclean.errors import Fault, InputError, PlanError, nearest

_MISSING = object()


_NO_PLAN = "go to a workspace, name one with -w DIR, or make one with `crmclean init DIR FILE...`"


def read_toml(path: Path, missing: str = _NO_PLAN) -> dict[str, Any]:
    """Read a TOML file. missing: what to do where there is none.

    Raises:
        InputError: the file is missing or cannot be read.
        PlanError: it is not TOML; the fault names line and column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(Fault(str(path), "there is no such file", missing, "plan.missing")) from error
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read ({type(error).__name__})"
        raise InputError(Fault(str(path), problem, "save it as UTF-8 text", "plan.unreadable")) from error
    return toml_of(text, path.name)


def toml_of(text: str, name: str) -> dict[str, Any]:
    """Read a TOML text; name: of its file.

    Raises:
        PlanError: it is not TOML; the fault names line and column.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = "texts stand in quotes, lists in [ ]; see https://toml.io"
        raise PlanError(Fault(name, f"is not TOML: {error}", hint, "plan.syntax")) from error


class TomlTable:
    """One table of a TOML file; `faults` is shared by all tables of the file."""

    def __init__(self, body: Mapping[str, Any], where: str, faults: list[Fault]) -> None:
        self.body = body
        self.where = where
        self.faults = faults
        self._known: list[str] = []

    def fault(self, key: str, problem: str, hint: str, code: str) -> None:
        """Note a fault at a key of this table."""
        where = f"{self.where}.{key}" if key else self.where
        self.faults.append(Fault(where, problem, hint, code))

    def text(self, key: str, default: str | None = None, *, required: bool = False) -> str | None:
        """Return a text."""
        value = self._of_type(key, default, (str,), "a text in quotes", required=required)
        return None if value is None else str(value)

    def number(self, key: str, default: float) -> float:
        """Return a number; true and false are none."""
        return float(self._of_type(key, default, (int, float), "a number"))

    def optional_number(self, key: str) -> float | None:
        """Return a number, or None where the key is missing."""
        return self.number(key, 0) if key in self.body else self._take(key, None)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        return bool(self._of_type(key, default, (bool,), "true or false"))

    def day(self, key: str) -> date | None:
        """Return a date, also from a text such as "2026-03-31"."""
        value = self._take(key, None)
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                value = _MISSING
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.fault(key, "is not a date", "write a day such as 2026-03-31", "plan.wrong-type")
        return None

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key, list(default))
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.fault(key, "is not a list of texts", 'write ["one", "two"]', "plan.wrong-type")
        return default

    def mapping(self, key: str) -> dict[str, str]:
        """Return a table of texts."""
        table = self.table(key)
        return {name: table.text(name) or "" for name in table.body}

    def table(self, key: str) -> "TomlTable":
        """Return a table; empty where the key is missing."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            self.fault(key, "is not a table", f"write [{key}] on a line of its own", "plan.wrong-type")
            value = {}
        return TomlTable(value, f"{self.where}.{key}", self.faults)

    def tables(self, key: str) -> "list[TomlTable]":
        """Return an array of tables, `[[key]]`; empty where the key is missing."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(key, "is not a list of tables", f"write [[{key}]] above each entry", "plan.wrong-type")
            value = []
        return [TomlTable(item, f"{self.where}.{key}[{n}]", self.faults) for n, item in enumerate(value, start=1)]

    def finish(self) -> None:
        """Note every key that nobody asked for, with the nearest one that is known."""
        for key in self.body:
            if key not in self._known:
                self.fault(key, "unknown key", nearest(key, self._known), "plan.unknown-key")

    def _take(self, key: str, default: Any) -> Any:
        self._known.append(key)
        return self.body.get(key, default)

    def _of_type(self, key: str, default: Any, types: tuple[type, ...], what: str, *, required: bool = False) -> Any:
        value = self._take(key, default)
        if value is None:
            if required:
                self.fault(key, "is missing", f"write {key} = {what}", "plan.missing-key")
            return None
        if isinstance(value, types) and (bool in types or not isinstance(value, bool)):
            return value
        self.fault(key, f"is not {what}", f"write {key} = {what}", "plan.wrong-type")
        return default
