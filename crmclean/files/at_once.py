"""Work on several files, tables, slices or fields at the same time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")
_AT_ONCE = 2  # hashing, numpy and some parts of polars use one core only and leave the others free


def at_once(work: Callable[[P], R], parts: Iterable[P], size: Callable[[P], int] | None = None) -> Iterator[R]:
    """Yield what `work` makes of each part, in the order of the parts.

    size: how much work a part is. The largest are begun first, so that none of them is left alone at the end.
    """
    given = list(parts)
    order = sorted(range(len(given)), key=lambda place: -size(given[place])) if size else range(len(given))
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        begun = {place: pool.submit(work, given[place]) for place in order}
        for place in range(len(given)):
            yield begun.pop(place).result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def meanwhile(work: Callable[[P], R], part: P) -> Iterator[Callable[[], R]]:
    """Begin work that something else is done beside; what is given waits for its result."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work, part).result
