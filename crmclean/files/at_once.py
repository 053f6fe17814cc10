"""Work on several files, tables, slices or fields at the same time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")
_AT_ONCE = 2  # hashing, numpy and some parts of polars use one core only and leave the others free


def at_once(work: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """Yield what `work` makes of each part, in the order of the parts."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(work, parts)
