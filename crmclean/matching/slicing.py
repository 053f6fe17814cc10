"""Millions of pairs, some at a time."""

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from crmclean.files.at_once import at_once

AT_ONCE = 1 << 17  # pairs
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
At: TypeAlias = slice | Places  # some of the pairs
R = TypeVar("R")


def slices(pairs: int) -> Iterator[slice]:
    """Yield slices of so many pairs that what is worked out of one of them stays near the processor; one at least."""
    return (slice(start, start + AT_ONCE) for start in range(0, max(pairs, 1), AT_ONCE))


def in_slices(work: Callable[[slice], R], pairs: int) -> list[R]:
    """Return what `work` makes of each such slice, two of them at a time."""
    return list(at_once(work, slices(pairs)))


def counted(at: At, pairs: int) -> int:
    """Return how many of so many pairs these are."""
    return len(range(pairs)[at]) if isinstance(at, slice) else len(at)
