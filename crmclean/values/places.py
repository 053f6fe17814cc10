"""Where each of many texts stands in a list of different ones: references and the records that they mean."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

_ROOM = 4  # slots of the table for each text of the list: nine of ten texts then have one of their own


def places_among(texts: pl.Series, among: pl.Series) -> pl.Series:
    """Return for each text its place in `among` (UInt32); null for one that is not there, and for null.

    among: texts of which no two are equal. A table of their places by the first bits of their hashes answers for most
    texts, in a fifth of the time of a join; those that share a slot with another one are joined.
    """
    if among.is_empty() or texts.null_count() == len(texts):
        return pl.repeat(None, len(texts), dtype=pl.UInt32, eager=True)
    bits = (_ROOM * len(among)).bit_length()
    slots, own = _slots(among, bits), np.arange(len(among), dtype=np.uint32)
    table = np.zeros(1 << bits, np.uint32)
    table[slots] = own
    looked_at = _slots(texts, bits)
    found = pl.Series(table[looked_at])
    same = (among.gather(found) == texts).fill_null(value=False)
    crowded = pl.Series(np.flatnonzero(table[slots] != own))
    shared = np.zeros(1 << bits, np.bool_)
    shared[slots[crowded]] = True
    rest = (~same & pl.Series(shared[looked_at]) & texts.is_not_null()).arg_true()
    found = found.set(~same, None)
    if rest.is_empty():
        return found
    known = pl.DataFrame([among.gather(crowded).alias("text"), crowded.cast(pl.UInt32).alias("place")])
    joined = texts.gather(rest).alias("text").to_frame().join(known, on="text", how="left", maintain_order="left")
    return found.scatter(rest, joined["place"])


def _slots(texts: pl.Series, bits: int) -> NDArray[np.uint64]:
    """Return the first bits of the hashes; null has some hash, too."""
    return texts.hash().to_numpy() >> np.uint64(64 - bits)
