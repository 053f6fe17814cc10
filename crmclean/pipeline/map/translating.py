"""Picklist values from canonical to the target's options, looked up once per distinct value."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.crm.targets import TargetField

ANY = "*"  # key of a value table: what becomes of the unlisted
EMPTY = ""  # key of a value table: what a record without a value gets; as an option: the value is dropped


@dataclass(frozen=True)
class Translation:
    """What becomes of the distinct values of one column in one field.

    options: value -> option, or None where it is dropped; values that stay as they are are left out. unlisted: values
    for which the picklist has no option; they stay as they are.
    """

    options: Mapping[str, str | None]
    unlisted: tuple[str, ...]

    def of(self, value: pl.Expr) -> pl.Expr:
        """Return the expression of the translated text."""
        if not self.options:
            return value
        return value.replace(list(self.options), list(self.options.values()))


def translation(field: TargetField, planned: Mapping[str, str], values: Iterable[str]) -> Translation:
    """Look up distinct canonical values: in the plan's table, the target's, then among the options themselves.

    A value that differs from a table's key or an option only in case, blanks and punctuation is that one.
    """
    tables = [_Table(planned), _Table(field.values), _Table({option: option for option in field.picklist})]
    found = {value: _look_up(value, tables, multi=field.multi) for value in values}
    listed = {value: option for value, option in found.items() if option is not _UNLISTED}
    options = {value: option or None for value, option in listed.items() if option != value}
    unlisted = [value for value in found if value not in listed] if field.picklist else []
    return Translation(options, tuple(sorted(unlisted)))


def planned_only(planned: Mapping[str, str], values: Iterable[str]) -> Mapping[str, str]:
    """Return value -> option of the values that the plan's own table lists, `*` aside."""
    table = _Table({key: option for key, option in planned.items() if key != ANY})
    found = {value: table.find(value) for value in values}
    return {value: option for value, option in found.items() if option}


_UNLISTED = "\0"


class _Table:
    """A value table that is looked up exactly first, then by letters and digits only."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self.entries = entries
        self.folded = {_folded(key): option for key, option in entries.items() if key not in (ANY, EMPTY)}

    def find(self, value: str) -> str | None:
        return self.entries[value] if value in self.entries else self.folded.get(_folded(value))


def _look_up(value: str, tables: Iterable[_Table], *, multi: bool) -> str:
    if multi and ";" in value:
        parts = [_look_up(part, tables, multi=False) for part in value.split(";") if part]
        return _UNLISTED if _UNLISTED in parts else ";".join(dict.fromkeys(filter(None, parts)))
    found = (table.find(value) for table in tables)
    rest = (table.entries.get(ANY) for table in tables)
    return next((option for option in (*found, *rest) if option is not None), _UNLISTED)


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
