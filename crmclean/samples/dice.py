"""Seeded draws as polars expressions: the same seed, name and key give the same draw, whatever the row order."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import polars as pl

_WEYL = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


@dataclass(frozen=True)
class Dice:
    """Draws that depend on a seed, on the name of the draw and on an integer key column.

    splitmix64 (Steele, Lea, Flood 2014) on unsigned 64-bit integers: its bytes depend on no library's hash function.
    """

    seed: int

    def bits(self, name: str, key: pl.Expr) -> pl.Expr:
        """Return 64 random bits per row."""
        salt = int.from_bytes(blake2b(f"{self.seed}:{name}".encode(), digest_size=8).digest(), "little")
        value = key.cast(pl.UInt64) * _word(_WEYL) + _word(salt)
        for shift, factor in _MIX:
            value = (value ^ (value // _word(1 << shift))) * _word(factor)
        return value ^ (value // _word(1 << 31))

    def below(self, name: str, key: pl.Expr, limit: int | pl.Expr) -> pl.Expr:
        """Return an integer from 0 up to, not including, `limit` (at least 1)."""
        bound = limit.cast(pl.UInt64) if isinstance(limit, pl.Expr) else _word(limit)
        return (self.bits(name, key) % bound).cast(pl.Int64)

    def share(self, name: str, key: pl.Expr) -> pl.Expr:
        """Return a number from 0 up to, not including, 1."""
        return (self.bits(name, key) // _word(1 << 11)).cast(pl.Float64) / float(1 << 53)

    def chance(self, name: str, key: pl.Expr, probability: float) -> pl.Expr:
        """Return true with a probability."""
        return self.share(name, key) < probability

    def pick(self, name: str, key: pl.Expr, values: Sequence[str]) -> pl.Expr:
        """Return one of the values, each equally likely."""
        return nth(values, self.below(name, key, len(values)))

    def band(self, name: str, key: pl.Expr, weights: Sequence[float]) -> pl.Expr:
        """Return the index of a band, as likely as its weight."""
        total, upper, index = sum(weights), 0.0, pl.lit(0)
        for weight in weights[:-1]:
            upper += weight / total
            index = index + (self.share(name, key) >= upper).cast(pl.Int64)
        return index


def nth(values: Sequence[str], index: pl.Expr) -> pl.Expr:
    """Return the value at an index column."""
    return pl.lit(pl.Series(list(values), dtype=pl.String)).gather(index)


def _word(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)
