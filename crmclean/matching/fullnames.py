"""Full names compared: the given and the family name, each in its own place or in the other's."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.files.at_once import at_once
from crmclean.matching.coding import Names, both, coded
from crmclean.matching.parts import CONFLICT, INITIAL, MISSING, TYPO, Levels, levels
from crmclean.matching.slicing import At, Places
from crmclean.matching.weights import Chance, Part

Floats = NDArray[np.float64]

GIVEN_M = (1.0, 0.01, 0.03, 0.06, 0.08, 0.10, 0.72)
FAMILY_M = (1.0, 0.02, 0.03, 0.01, 0.09, 0.01, 0.84)
FAMILY_ALONE = 0.05  # without a given name a family name says little: families share phones and addresses


@dataclass(frozen=True)
class Compared:
    """One part of the names of pairs."""

    names: Names
    level: Levels
    left: Places
    right: Places

    def only(self, places: Places) -> "Compared":
        """Return the comparison of some of the pairs."""
        return Compared(self.names, self.level[places], self.left[places], self.right[places])

    def log_u(self, size: int) -> Chance:
        """Return how likely strangers agree so: the share of the commoner one of the two values."""
        shares, letters = (np.log(np.minimum(chances, 1.0)) for chances in self._chances(size))

        def chance(at: At) -> Floats:
            one, other = (self.names.codes[side[at]].astype(np.int64) for side in (self.left, self.right))
            level = self.level[at]
            initial = np.flatnonzero(level == INITIAL)
            common = np.maximum(shares[one], shares[other])
            common[initial] = np.maximum(letters[one[initial]], letters[other[initial]])
            return np.where(level > CONFLICT, common, 0.0)

        return chance

    def _chances(self, size: int) -> tuple[Floats, Floats]:
        """Return the chance of each value, and that of its first letter; of a missing one at the end."""
        counts = np.append(self.names.counts, 1.0)
        share = np.maximum((counts + 1.0) / size, (counts - 2.0) / max(len(self.names.codes), 1))
        initials = self.names.values.str.slice(0, 1).to_frame("letter").with_columns(n=pl.Series(self.names.counts))
        letters = initials.select(pl.col("n").sum().over("letter")).to_series().to_numpy()
        return share, np.append(letters, 1.0) / size


@dataclass(frozen=True)
class FullNames:
    """The names of every record, coded once; swapped: as codes into the given and family names together."""

    given: Names
    family: Names
    swapped: tuple[Names, Names]

    @classmethod
    def of(cls, given: pl.Series, family: pl.Series) -> "FullNames":
        """Return the names of records, each part a folded text or null."""
        first, last = coded(given), coded(family)
        return cls(first, last, both(first, last))

    def compared(self, left: Places, right: Places) -> tuple[Compared, Compared]:
        """Compare both parts of pairs; given and family name in each other's place count as a slip in both."""
        given, family = self.given, self.family

        def same_place(names: Names) -> Levels:
            return levels(names, names, left, right, nicknames=names is given)

        first, last = at_once(same_place, (given, family))
        conflict = (first == CONFLICT) | (last == CONFLICT)
        asked = np.flatnonzero(conflict & (first <= CONFLICT) & (last <= CONFLICT))
        firsts, lasts = self.swapped
        one = levels(firsts, lasts, left[asked], right[asked], nicknames=False)
        asked, one = asked[one != CONFLICT], one[one != CONFLICT]
        other = levels(lasts, firsts, left[asked], right[asked], nicknames=False)
        crossed = asked[(one >= TYPO) & (other >= TYPO)]
        first[crossed], last[crossed] = TYPO, TYPO
        half = asked[((one >= TYPO) & (other == MISSING)) | ((other >= TYPO) & (one == MISSING))]
        first[half], last[half] = TYPO, MISSING
        return Compared(given, first, left, right), Compared(family, last, left, right)


def name_parts(first: Compared, last: Compared, size: int) -> tuple[Part, Part]:
    """Return the comparisons of both parts; of `size` records."""
    of_family = last.log_u(size)

    def family(at: At) -> NDArray[np.floating]:
        chance, alone = of_family(at), (first.level[at] == MISSING) & (last.level[at] > CONFLICT)
        chance[alone] = np.maximum(chance[alone], np.log(FAMILY_ALONE))
        return chance

    return Part("given", first.level, first.log_u(size), GIVEN_M), Part("family", last.level, family, FAMILY_M)
