"""Compared pairs put into words: only those that are worth a line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.blocks import Candidates
from crmclean.matching.model import Note
from crmclean.matching.parts import LEVELS
from crmclean.matching.weights import AGREES, DIFFERS, NEAR, Bundle, Part, Weights

WORTH_A_LINE = 0.02  # pairs below this probability are counted, not listed
DOUBTED = 0.5  # the most that is said of a pair in which something conflicts
Small = NDArray[np.int8]
Opposed = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]


@dataclass(frozen=True)
class Scored:
    """Compared pairs: (left, right, rule, probability, reasons, veto, asked, soft), left < right, and what was learned.

    records: every record id, sorted; left and right are places among them. asked: a person should see the pair whatever
    its probability. opposed: says of pairs of places whether they cannot be one entity.
    """

    records: pl.Series
    pairs: pl.DataFrame
    notes: tuple[Note, ...]
    weights: Weights
    opposed: Opposed


@dataclass(frozen=True)
class Judged:
    """What is thought of each candidate pair; soft: something speaks against its veto, so that a group may hold it."""

    probability: NDArray[np.floating]
    veto: "Vetoes"
    asked: NDArray[np.bool_]
    soft: NDArray[np.bool_]
    opposed: Opposed


@dataclass(frozen=True)
class Vetoes:
    """What speaks against each candidate pair: a set of conflicts, as bits that number their words."""

    words: tuple[str, ...]
    sets: NDArray[np.uint32]

    @classmethod
    def of(cls, conflicts: Mapping[str, NDArray[np.bool_]]) -> "Vetoes":
        """Return which of the conflicts each pair has."""
        sets = np.zeros(len(next(iter(conflicts.values()))), dtype=np.uint32)
        for place, conflict in enumerate(conflicts.values()):
            np.bitwise_or(sets, np.uint32(1 << place), out=sets, where=conflict)
        return cls(tuple(conflicts), sets)

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which pairs have any."""
        return self.sets > 0

    def said(self, keep: NDArray[np.int64]) -> pl.Series:
        """Return the conflicts of some pairs, comma-separated; null where nothing stands against a merge."""
        kinds, kind = np.unique(self.sets[keep], return_inverse=True)
        words = [[word for place, word in enumerate(self.words) if one >> place & 1] for one in kinds.tolist()]
        texts = pl.Series("veto", [", ".join(each) or None for each in words], dtype=pl.String)
        return texts.gather(pl.Series(kind))


@dataclass(frozen=True)
class Said:
    """What the reasons are made of: levels of the names with their words, then the fields."""

    names: tuple[tuple[Small, Mapping[int, str]], ...]
    context: Bundle
    alone: tuple[Part, ...]


def listed(
    records: pl.Series, pairs: Candidates, judged: Judged, said: Said, weights: Weights, notes: Sequence[Note]
) -> Scored:
    """Return the pairs worth a line, with their reasons; the others are counted in a note."""
    keep = np.flatnonzero((judged.probability >= WORTH_A_LINE) | judged.asked)
    pairs = pairs.only(keep)
    rules = pl.Series("rule", pairs.names, dtype=pl.String)
    probability, doubted = judged.probability[keep], judged.veto.given[keep]
    frame = pl.DataFrame(
        {
            "left": pairs.left,
            "right": pairs.right,
            "rule": rules.gather(pairs.key),
            "probability": np.where(doubted, np.minimum(probability, DOUBTED), probability),
            "reasons": _reasons(said, keep),
            "veto": judged.veto.said(keep),
            "asked": judged.asked[keep],
            "soft": judged.soft[keep],
        }
    )
    problem = "compared pairs that are clearly different are not listed"
    more = (Note("match.not-listed", problem, pairs.unlike),) if pairs.unlike else ()
    return Scored(records, frame, (*pairs.notes, *notes, *more), weights, judged.opposed)


def _reasons(said: Said, keep: NDArray[np.int64]) -> pl.Series:
    """Return the words of every pair; they are made once for all pairs that agree and differ in the same fields."""
    fields = [*said.context.states.items(), *((part.name, part.levels) for part in said.alone)]
    worded = [*said.names, *((levels, _field_words(name)) for name, levels in fields)]
    states = pl.DataFrame({str(place): levels[keep] for place, (levels, _) in enumerate(worded)})
    kinds = states.unique(maintain_order=True)
    words = [_worded(kinds[str(place)].to_numpy(), words).alias(str(place)) for place, (_, words) in enumerate(worded)]
    texts = pl.DataFrame(words).select(pl.concat_str(pl.all(), separator="; ", ignore_nulls=True)).to_series()
    known = states.join(kinds.with_row_index("kind"), on=states.columns, how="left", maintain_order="left")
    return texts.gather(known["kind"])


def _field_words(name: str) -> Mapping[int, str]:
    return {AGREES: f"same {name}", NEAR: f"similar {name}", DIFFERS: f"other {name}"}


def _worded(levels: Small, words: Mapping[int, str]) -> pl.Series:
    table = pl.Series([words.get(level) for level in range(LEVELS)], dtype=pl.String)
    return table.gather(pl.Series(levels.astype(np.uint32)))
