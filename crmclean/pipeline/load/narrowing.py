"""Loading only the columns that somebody reads, for work that needs no whole records, such as the scorecard.

A record without an id is known by a hash of all its cells, a row is empty where all of them are, and repeats the header
where all of them do: a file in which a row has no id, or the name of its column as one, is read whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import polars as pl

from crmclean.exports.naming import Named, Origin, id_column, told_by
from crmclean.exports.recognise import Recognition, column_names
from crmclean.files.read import Reading
from crmclean.records import RECORD

Wanted = Callable[[str, str, str], bool]
"""Object, loaded column and its header ("" where load adds the column) -> whether it is read; `_record` among them."""

_ALWAYS = ("source_id", "is_deleted")  # who a record is, and whether it is one


def narrowed(reading: Reading, known: Recognition, origin: Origin, wanted: Wanted) -> Reading | None:
    """Return a reading of the wanted columns, parsed once; None where the file must be read whole."""
    names = column_names(known, origin.columns)
    own = id_column(origin, names)
    if own is None:
        return None
    telling = told_by(known, origin)
    headers = {verdict.name: verdict.header for verdict in known.columns}
    kept = [
        name
        for name, loaded in names.items()
        if loaded in (*_ALWAYS, own) or name in telling or wanted(origin.object, loaded, headers[name])
    ]
    frame = reading.frame.select("_row", *kept).collect().rechunk()
    ids = next(name for name, loaded in names.items() if loaded == own)
    again = (frame[ids] == headers[ids].strip()).any()  # perhaps a row of names: only whole rows tell
    return None if again or frame[ids].null_count() else replace(reading, frame=frame.lazy(), names=tuple(kept))


def identified(one: Named, wanted: Wanted) -> Named | None:
    """Return a narrow file in memory, without ids where nobody wants them; None where the id of a row is none."""
    origin, frame = one.origin, one.frame
    if not wanted(origin.object, RECORD, ""):
        nobody = frame.with_columns(pl.lit(None, pl.String).alias(RECORD))
        return replace(one, frame=nobody.collect(engine="in-memory").lazy())
    whole = frame.collect(engine="in-memory")  # in one piece: the streaming engine cuts what is in memory already
    hashed = whole[RECORD].str.starts_with(f"{origin.source}:{origin.object}:#").any()
    return None if hashed else replace(one, frame=whole.lazy())


def only(frame: pl.LazyFrame, object_: str, wanted: Wanted, headers: Mapping[str, str]) -> pl.LazyFrame:
    """Leave out of a named frame what was read for the sake of other columns; reserved columns (`_`) stay.

    headers: loaded column -> its header.
    """
    names = frame.collect_schema().names()
    return frame.select(name for name in names if name.startswith("_") or wanted(object_, name, headers.get(name, "")))
