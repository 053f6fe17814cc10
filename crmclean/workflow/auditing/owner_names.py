"""What owners of records are called: on the sign-off, and in reports of the source."""

from collections.abc import Mapping

import polars as pl

_CALLED = ("source_id", "full_name", "username", "email")


def names_of(normalized: Mapping[str, pl.LazyFrame]) -> dict[str, str]:
    """Return owner as the deals have it -> name and that, where the users were exported."""
    users = _users(normalized)
    parts = [name for name in users.columns if name != "source_id"]
    named = users.select("source_id", name=pl.coalesce(parts)).drop_nulls() if parts else users.clear()
    return {row[0]: f"{row[1]} ({row[0]})" for row in named.iter_rows()}


def called_in(normalized: Mapping[str, pl.LazyFrame]) -> dict[str, str]:
    """Return small letters of what a report may call an owner -> owner as the page shows it."""
    names = names_of(normalized)
    rows = _users(normalized).iter_rows()
    return {said.lower(): names[row[0]] for row in rows if row[0] in names for said in reversed(row) if said}


def _users(normalized: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    users = normalized.get("users", pl.LazyFrame())
    held = users.collect_schema().names()
    names = [name for name in _CALLED if name in held]
    return users.select(names).collect() if "source_id" in held else pl.DataFrame()
