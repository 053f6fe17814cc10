"""Which of two owner columns names the owner, where one holds ids and the other names."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from crmclean.crm.sources import header_key, sources
from crmclean.exports.verdicts import ColumnVerdict
from crmclean.plan.drafting import Found

_OWNER = "owner_ref"


def with_owner_names(found: Sequence[Found]) -> list[Found]:
    """Let files tell owners by name where no export of users says who their ids are: nobody can map or mail an id."""
    told = {(file.recognition.kind, file.folder) for file in found if file.recognition.object == "users"}
    return [file if (file.recognition.kind, file.folder) in told else _by_name(file) for file in found]


def _by_name(file: Found) -> Found:
    own = next((verdict for verdict in file.recognition.columns if verdict.field == _OWNER), None)
    named = [verdict for verdict in _others(file) if own is not None and _names_of(file.cells, own.name, verdict.name)]
    return replace(file, given={**file.given, named[0].header: _OWNER}) if named else file


def _others(file: Found) -> Sequence[ColumnVerdict]:
    """Return the columns that could be the owner too, and are not, as another one goes before them."""
    table = sources()[file.recognition.kind].tables.get(str(file.recognition.table))
    keys = {key for key, fields in (table.columns if table else {}).items() if any(one == _OWNER for one, _ in fields)}
    return [verdict for verdict in file.recognition.columns if not verdict.field and header_key(verdict.header) in keys]


def _names_of(cells: pl.DataFrame, ids: str, names: str) -> bool:
    """Whether one column holds ids, which have digits, and the other names each of them by letters."""
    rows = cells.select(id=ids, name=names).drop_nulls("id").unique()
    one_each = rows["id"].n_unique() == rows.height
    unreadable = rows["id"].str.contains(r"\d").all() and not rows["id"].str.contains("[@ ]").any()
    by_letters = rows["name"].fill_null("").str.contains(r"^[^\d@]*\p{L}[^\d@]*$").all()
    return bool(rows.height and one_each and unreadable and by_letters)
