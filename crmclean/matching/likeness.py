"""How pairs of people compare, before anything is concluded from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crmclean.matching.fullnames import Compared
from crmclean.matching.parts import CONFLICT, Levels
from crmclean.matching.slicing import Flags, Places
from crmclean.matching.weights import AGREES, DIFFERS, NEAR, Bundle, Part

RARE = 5.0  # others with a birthdate or number; up to so many it outweighs names that conflict


@dataclass(frozen=True)
class Likeness:
    """Pairs of records: their names, fields that depend on each other, and those that are evidence of their own.

    born, numbers: birthdates and numbers that tell who somebody is. outweighed: these say more than names in conflict.
    again: rows of one record id.
    """

    left: Places
    right: Places
    first: Compared
    last: Compared
    context: Bundle
    born: tuple[Part, ...]
    ages: tuple[Part, ...]
    numbers: tuple[Part, ...]
    more: tuple[Part, ...]
    outweighed: Flags
    again: Flags

    @property
    def identity(self) -> tuple[Part, ...]:
        """What tells who somebody is."""
        return (*self.born, *self.numbers)

    @property
    def alone(self) -> tuple[Part, ...]:
        """All that is evidence of its own."""
        return (*self.born, *self.ages, *self.numbers, *self.more)

    @property
    def one_mailbox(self) -> Flags:
        """Which pairs have a mailbox in common."""
        return np.asarray(self.context.state("email") == AGREES)

    @property
    def conflict(self) -> Flags:
        """Which pairs have names that say that they are two, and nothing that says more."""
        strangers = (self.first.level == CONFLICT) | (self.last.level == CONFLICT)
        return np.asarray(strangers & ~(self.outweighed & (self.context.state("email") != DIFFERS)))

    def only(self, places: Places) -> "Likeness":
        """Return how some of the pairs compare."""
        born, ages, numbers, more = (
            tuple(part.only(places) for part in parts) for parts in (self.born, self.ages, self.numbers, self.more)
        )
        return Likeness(
            self.left[places], self.right[places], self.first.only(places), self.last.only(places),
            self.context.only(places), born, ages, numbers, more, self.outweighed[places], self.again[places],
        )  # fmt: skip


def outweighed(given: Levels, born: Sequence[Part], numbers: Sequence[Part], size: int) -> Flags:
    """Say which pairs have a number in common, or several alike, that outweigh names in conflict.

    A birthdate does so only where the first names agree: twins share everything but these. size: records.
    """
    same, close = np.zeros(len(given), dtype=np.bool_), np.zeros(len(given), dtype=np.int8)
    for part in numbers:
        same[_rare(part, size)] = True
        close += part.levels >= NEAR
    near = close > 0
    for part in born:
        rare = _rare(part, size)
        same[rare[given[rare] > CONFLICT]] = True
        close += part.levels >= NEAR
    return np.asarray(same | (near & (close > 1)))


def _rare(part: Part, size: int) -> Places:
    """Return the pairs that agree in a value that few others have."""
    agree = np.flatnonzero(part.levels == AGREES)
    return np.asarray(agree[part.log_u(agree) <= np.log(RARE / size)])
