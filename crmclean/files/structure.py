"""Where the records of a delimited file begin and end, found with whole-array operations.

A file is strict when every quote either opens a cell (after a delimiter or line end), closes one (before a delimiter or
line end) or is doubled inside one (RFC 4180). Then quote parity alone tells what is inside a cell, every parser agrees,
and records with too few or too many cells can be cut out by their bytes. A file that is not strict is rewritten first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 20
_LF, _CR = 10, 13
_Bytes = NDArray[np.uint8]
_Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Structure:
    """Records below and including the header.

    starts, ends: byte positions of the odd records (blank ones, and those whose cell count differs from `width`), the
    line end excluded. indexes: their numbers from 0. widths: their cell counts, 0 for a blank line. records: how many.
    """

    strict: bool
    records: int
    indexes: _Positions
    starts: _Positions
    ends: _Positions
    widths: _Positions


NOT_STRICT = Structure(
    strict=False, records=0, **dict.fromkeys(("indexes", "starts", "ends", "widths"), np.empty(0, np.int64))
)


def scan(content: memoryview, delimiter: int, quote: int | None, width: int, start: int = 0) -> Structure:
    """Find the odd records of `content` from byte `start` on, where records should have `width` cells."""
    walk = _Walk(delimiter, quote, width, record_start=start)
    for begin in range(start, len(content), _BLOCK):
        block = np.frombuffer(content[begin : begin + _BLOCK], np.uint8)
        following = content[begin + _BLOCK] if begin + _BLOCK < len(content) else _LF
        if not walk.feed(block, begin, following):
            return NOT_STRICT
    return walk.finish(len(content))


class _Walk:
    """What has to be known from one block to the next."""

    def __init__(self, delimiter: int, quote: int | None, width: int, record_start: int) -> None:
        self.delimiter, self.quote, self.width = delimiter, quote, width
        self.neighbours = np.array([delimiter, _LF, _CR, *([] if quote is None else [quote])], np.uint8)
        self.record_start = record_start  # of the record that is not complete yet
        self.record, self.cells = 0, 0  # its number, and the delimiters that it had in earlier blocks
        self.inside = False  # a quoted cell goes on from the block before
        self.before = _LF  # the last byte of the block before
        self.odd: list[tuple[_Positions, _Positions, _Positions, _Positions]] = []

    def feed(self, block: _Bytes, begin: int, following: int) -> bool:
        """Take the next block; False when the file is not strict."""
        inside = self._inside(block, following)
        if inside is None:
            return False
        separators, line_ends = block == self.delimiter, block == _LF
        if inside is not False:
            separators &= ~inside
            line_ends &= ~inside
        if not self._line_ends_are_plain(block, inside, following):
            return False
        self._count(separators, np.flatnonzero(line_ends), begin, block)
        self.before = int(block[-1])
        return True

    def _inside(self, block: _Bytes, following: int) -> NDArray[np.bool_] | bool | None:
        quotes = block == self.quote if self.quote is not None else None
        if quotes is None or not quotes.any():
            return np.ones(len(block), bool) if self.inside else False
        places = np.flatnonzero(quotes)
        first_closes = self.inside
        opening, closing = (places[1::2], places[0::2]) if first_closes else (places[0::2], places[1::2])
        previous = np.where(opening > 0, block[opening - 1], self.before)
        after = np.where(closing + 1 < len(block), block[np.minimum(closing + 1, len(block) - 1)], following)
        if not (self._may_touch(previous).all() and self._may_touch(after).all()):
            return None
        inside = np.bitwise_xor.accumulate(quotes) ^ self.inside
        self.inside = bool(inside[-1])
        return inside

    def _may_touch(self, neighbours: _Bytes) -> NDArray[np.bool_]:
        return np.isin(neighbours, self.neighbours)

    def _line_ends_are_plain(self, block: _Bytes, inside: NDArray[np.bool_] | bool, following: int) -> bool:
        """Refuse a carriage return outside of quotes that has no line feed behind it: it ends a line by itself."""
        returns = np.flatnonzero((block == _CR) & ~np.asarray(inside))
        if not len(returns):
            return True
        after = np.where(returns + 1 < len(block), block[np.minimum(returns + 1, len(block) - 1)], following)
        return bool((after == _LF).all())

    def _count(self, separators: NDArray[np.bool_], ends: _Positions, begin: int, block: _Bytes) -> None:
        total = np.cumsum(separators, dtype=np.int32)
        if len(ends):
            counts = np.diff(total[ends], prepend=-self.cells)
            starts = np.concatenate(([self.record_start], ends[:-1] + 1 + begin))
            blank = (ends + begin == starts) | ((ends + begin == starts + 1) & self._return_before(block, ends))
            self._keep(counts + 1, starts, ends + begin, blank)
            self.record_start, self.record = int(ends[-1]) + 1 + begin, self.record + len(ends)
            self.cells = int(total[-1] - total[ends[-1]])
        else:
            self.cells += int(total[-1])

    def _return_before(self, block: _Bytes, ends: _Positions) -> NDArray[np.bool_]:
        returns: NDArray[np.bool_] = np.where(ends > 0, block[ends - 1], self.before) == _CR
        return returns

    def _keep(self, counts: _Positions, starts: _Positions, ends: _Positions, blank: NDArray[np.bool_]) -> None:
        odd = np.flatnonzero(blank | (counts != self.width))
        if len(odd):
            widths = np.where(blank[odd], 0, counts[odd]).astype(np.int64)
            self.odd.append((odd + self.record, starts[odd], ends[odd], widths))

    def finish(self, end: int) -> Structure:
        """Close the last record, which may lack a line end."""
        if self.inside:
            return NOT_STRICT
        if self.record_start < end:
            one = np.array([self.cells + 1])
            self._keep(one, np.array([self.record_start]), np.array([end]), np.array([False]))
            self.record += 1
        columns = (
            [np.concatenate(column) for column in zip(*self.odd, strict=True)]
            if self.odd
            else [np.empty(0, np.int64)] * 4
        )
        return Structure(True, self.record, *columns)
