"""Where the records of a delimited file begin and end, found with whole-array operations on bits.

A file is strict when every quote either opens a cell (after a delimiter or line end), closes one (before a delimiter or
line end) or is doubled inside one (RFC 4180). Then quote parity alone tells what is inside a cell, every parser agrees,
and records with too few or too many cells can be cut out by their bytes. A file that is not strict is rewritten first.

Each byte class is one bit per byte in 64-bit words (as simdcsv and simdjson do); bit i of word w is byte 64 w + i.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 21  # bytes; a multiple of 64; what is made of them stays near the processor
_LF, _CR = 10, 13
_Bytes = NDArray[np.uint8]
_Words = NDArray[np.uint64]
_Positions = NDArray[np.int64]
_ONE, _TOP = np.uint64(1), np.uint64(63)


@dataclass(frozen=True)
class Structure:
    """Records of a body. records: how many, blank lines included.

    starts, ends: byte positions of the odd records (blank ones, and those whose cell count differs from `width`), the
    line feed excluded. indexes: their numbers from 0. widths: their cell counts, 0 for a blank line.
    """

    strict: bool
    records: int
    indexes: _Positions
    starts: _Positions
    ends: _Positions
    widths: _Positions


_NOTHING = np.empty(0, np.int64)
NOT_STRICT = Structure(False, 0, _NOTHING, _NOTHING, _NOTHING, _NOTHING)


def scan(content: memoryview, delimiter: int, quote: int, width: int) -> Structure:
    """Find the odd records of `content`, where records should have `width` cells."""
    walk = _Walk(delimiter, quote, width)
    for begin in range(0, len(content), _BLOCK):
        block = np.frombuffer(content[begin : begin + _BLOCK], np.uint8)
        following = content[begin + _BLOCK] if begin + _BLOCK < len(content) else _LF
        if not walk.feed(block, begin, following):
            return NOT_STRICT
    return walk.finish(len(content))


class _Walk:
    """What has to be known from one block to the next."""

    def __init__(self, delimiter: int, quote: int, width: int) -> None:
        self.delimiter, self.quote, self.width = delimiter, quote, width
        self.record, self.start, self.cells = 0, 0, 0  # of the record that is not complete yet
        self.inside = False  # a quoted cell goes on from the block before
        self.before = _LF  # the last byte of the block before
        self.odd: list[tuple[_Positions, _Positions, _Positions, _Positions]] = []

    def feed(self, block: _Bytes, begin: int, following: int) -> bool:
        """Take the next block, which `following` comes behind; False when the file is not strict."""
        length = len(block)
        block = np.pad(block, (0, -length % 64)) if length % 64 else block  # the last one only
        quotes, delimiters, feeds, returns = (_bits(block, one) for one in (self.quote, self.delimiter, _LF, _CR))
        inside = self._inside(quotes)
        if quotes.any():
            touching = quotes | delimiters | feeds | returns
            before = _earlier(touching, self._touches(self.before))
            after = _later(touching, length, self._touches(following))
            if (quotes & inside & ~before).any() or (quotes & ~inside & ~after).any():
                return False
        if returns.any() and (returns & ~inside & ~_later(feeds, length, following == _LF)).any():
            return False
        self._count(block, delimiters & ~inside, feeds & ~inside, begin)
        self.before = int(block[length - 1])
        return True

    def _touches(self, byte: int) -> bool:
        return byte in (self.delimiter, self.quote, _LF, _CR)

    def _inside(self, quotes: _Words) -> _Words:
        """Return the bytes that are inside a quoted cell, its opening quote included: prefix XOR of the quotes."""
        if not quotes.any():
            return np.full_like(quotes, np.uint64(0) - np.uint64(self.inside))
        inside = quotes.copy()
        for step in (1, 2, 4, 8, 16, 32):
            inside ^= inside << np.uint64(step)
        open_after = np.bitwise_xor.accumulate(inside >> _TOP) ^ np.uint64(self.inside)
        open_before = np.concatenate(([np.uint64(self.inside)], open_after[:-1]))
        self.inside = bool(open_after[-1])
        flipped: _Words = inside ^ (np.uint64(0) - open_before)
        return flipped

    def _count(self, block: _Bytes, delimiters: _Words, feeds: _Words, begin: int) -> None:
        ends = _places(feeds)
        in_words = np.cumsum(np.bitwise_count(delimiters), dtype=np.int64)
        if not len(ends):
            self.cells += int(in_words[-1])
            return
        words, rest = ends >> 6, (ends & 63).astype(np.uint64)
        in_word = np.bitwise_count(delimiters[words] & ((_ONE << rest) - _ONE)).astype(np.int64)
        total = in_words[words] - np.bitwise_count(delimiters[words]) + in_word
        counts = np.diff(total, prepend=-self.cells) + 1
        starts = np.concatenate(([self.start - begin], ends[:-1] + 1))
        ends_in_return = np.where(ends > 0, block[ends - 1], self.before) == _CR
        blank = (ends == starts) | ((ends == starts + 1) & ends_in_return)
        self._keep(counts, starts + begin, ends + begin, blank)
        self.start, self.record = int(ends[-1]) + 1 + begin, self.record + len(ends)
        self.cells = int(in_words[-1] - total[-1])

    def _keep(self, counts: _Positions, starts: _Positions, ends: _Positions, blank: NDArray[np.bool_]) -> None:
        odd = np.flatnonzero(blank | (counts != self.width))
        if len(odd):
            self.odd.append((odd + self.record, starts[odd], ends[odd], np.where(blank[odd], 0, counts[odd])))

    def finish(self, end: int) -> Structure:
        """Close the last record, which may lack a line end."""
        if self.inside:
            return NOT_STRICT
        if self.start < end:
            one, blank = np.array([self.cells + 1]), np.array([False])
            self._keep(one, np.array([self.start]), np.array([end]), blank)
            self.record += 1
        if not self.odd:
            return Structure(True, self.record, _NOTHING, _NOTHING, _NOTHING, _NOTHING)
        indexes, starts, ends, widths = (np.concatenate(column) for column in zip(*self.odd, strict=True))
        return Structure(True, self.record, indexes, starts, ends, widths)


def _bits(block: _Bytes, byte: int) -> _Words:
    hits = block == byte
    if not hits.any():  # most blocks have no carriage return
        return np.zeros(len(block) >> 6, np.uint64)
    return np.packbits(hits, bitorder="little").view(np.dtype("<u8"))


def _places(words: _Words) -> _Positions:
    """Return the bytes whose bit is set; few are, so that only the eights with one of them are taken apart."""
    eights = words.view(np.uint8)
    filled = np.flatnonzero(eights != 0)
    bits = np.flatnonzero(np.unpackbits(eights[filled], bitorder="little").view(np.bool_))
    places: _Positions = (filled[bits >> 3] << 3) + (bits & 7)
    return places


def _earlier(words: _Words, first: bool) -> _Words:
    """Return for every byte the bit of the byte before it; `first`: that of the byte before the block."""
    carried = np.concatenate(([np.uint64(first)], words[:-1] >> _TOP))
    return words << _ONE | carried


def _later(words: _Words, length: int, last: bool) -> _Words:
    """Return for every byte the bit of the byte behind it; `last`: that of the byte behind the block."""
    extended = np.concatenate((words, np.zeros(1, np.uint64)))
    extended[length >> 6] |= np.uint64(last) << np.uint64(length & 63)
    later: _Words = extended[:-1] >> _ONE | extended[1:] << _TOP
    return later
