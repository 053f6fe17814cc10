"""Salesforce record ids: 15 characters that are case-sensitive, or 18 with a checksum of which letters are capitals.

Three groups of five characters; bit i of a group is set when its character i is A-Z; the number, 0 to 31, picks the
group's suffix from A-Z0-5. Checked on 470 real ids. The suffix also tells the case of letters that a program has lost.
"""

import string
from collections.abc import Callable
from functools import cache
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

NOTHING = ("000000000000000", "000000000000000AAA")  # weekly exports write these for an empty reference
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_EIGHTEEN, _LETTERS_ONLY = r"^[A-Za-z0-9]{18}$", "^[A-Za-z0-9]+$"
_LETTERS_AND_DIGITS = (string.ascii_letters + string.digits).encode()
_SHORT, _LONG = 15, 18
_PIECE = 1 << 16  # ids that are looked at together, so that what is made of them stays near the processor
_LOW_BITS, _SIDE_BY_SIDE = np.uint64(0x0101010101), np.uint64(0x0102040810204080)
_CASE = 32  # what a small letter has more than its capital in ASCII
_Letters = NDArray[np.uint8]


def checksum(short: str) -> str:
    """Return the three-letter suffix of a 15-character id."""
    groups = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(
        _ALPHABET[sum(1 << bit for bit, letter in enumerate(group) if "A" <= letter <= "Z")] for group in groups
    )


def in_pieces(ids: pl.Series, answer: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return what `answer`, which looks at each id alone, makes of them: piece by piece, as it makes much of each."""
    pieces = (ids.slice(start, _PIECE) for start in range(0, max(len(ids), 1), _PIECE))
    return pl.concat([answer(piece) for piece in pieces], rechunk=True)


def eighteen(ids: pl.Series) -> pl.Series:
    """Return ids in 18 characters, the case of damaged ones repaired; what is no such id stays as it is."""
    nothing = ids.is_in(NOTHING)
    whole = ids.set(nothing, None) if nothing.any() else ids
    lengths = whole.str.len_bytes()
    for length in (_SHORT, _LONG):
        whole = _where((lengths == length).fill_null(value=False), whole, _with_checksum)
    return whole


def _where(fits: pl.Series, ids: pl.Series, answer: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Return the ids, with the answer for those that fit; all of them need not be taken apart for it."""
    if not fits.any():
        return ids
    if fits.all():
        return answer(ids)
    places = fits.arg_true()
    return ids.scatter(places, answer(ids.gather(places)))


def damaged(ids: pl.Series) -> pl.Series:
    """Return for every id whether it has 18 characters whose checksum does not fit, and cannot be repaired."""
    return in_pieces(ids, _damaged)


def _damaged(ids: pl.Series) -> pl.Series:
    whole = eighteen(ids)
    long = whole.str.contains(_EIGHTEEN).fill_null(value=False)
    if not long.any():
        return long
    return long.scatter(long.arg_true(), _misfits(whole.filter(long)))


def _misfits(ids: pl.Series) -> pl.Series:
    return pl.Series(_wrong(_letters(joined(ids), len(ids))))


def _with_checksum(ids: pl.Series) -> pl.Series:
    """Add the suffix to ids of 15 letters; put the letters of longer ones into the case that their suffix tells.

    ids: texts of one length in bytes; one that is not all ASCII letters and digits is no id, and stays.
    """
    every = joined(ids)
    if every.translate(None, _LETTERS_AND_DIGITS):
        return _where(ids.str.contains(_LETTERS_ONLY), ids, _with_checksum)
    letters = _letters(every, len(ids))
    if letters.shape[1] == _SHORT:
        return ids + _suffixes().gather(np.array([1024, 32, 1]) @ _groups(letters))
    wrong = _wrong(letters)
    if not wrong.any():
        return ids
    repaired = letters[wrong]
    repaired[:, _SHORT:] = _upper(repaired[:, _SHORT:])
    recased = _recased(repaired)
    fits = ~_wrong(recased)
    letters = letters.copy()
    letters[np.flatnonzero(wrong)[fits]] = recased[fits]
    return _texts(letters)


def joined(ids: pl.Series) -> bytes:
    """Return all ids one behind the other, to look at all of them at once."""
    return bytes(ids.str.join("").cast(pl.Binary).item())


def _letters(every: bytes, rows: int) -> _Letters:
    """Return equally long ASCII ids as rows of letters."""
    return np.frombuffer(every, np.uint8).reshape(rows, -1)


def _texts(letters: _Letters) -> pl.Series:
    rows = np.ascontiguousarray(letters).view(f"S{letters.shape[1]}").ravel()
    return pl.Series(rows.astype(f"U{letters.shape[1]}").tolist(), dtype=pl.String)


@cache
def _suffixes() -> pl.Series:
    """Return every suffix; that of the groups a, b and c stands at 1024 a + 32 b + c."""
    return pl.Series("".join(letters) for letters in product(_ALPHABET, repeat=3))


def _wrong(letters: _Letters) -> NDArray[np.bool_]:
    """Return for ids of 18 letters whether the suffix is not that of the first 15."""
    table = np.frombuffer(_ALPHABET.encode(), np.uint8)
    wrong = np.zeros(len(letters), np.bool_)
    for place, numbers in enumerate(_groups(letters), _SHORT):
        wrong |= table[numbers] != letters[:, place]
    return wrong


def _groups(letters: _Letters) -> _Letters:
    """Return the numbers of the three groups, one row each, of ids of 15 letters at least."""
    rows = np.ascontiguousarray(letters)
    return np.array([_numbers(rows, 5 * group) for group in range(3)], np.uint8)


def _numbers(rows: _Letters, begin: int) -> NDArray[np.uint64]:
    """Return for each row which of the five letters from `begin` are capitals: eight bytes are looked at in one word.

    In ASCII a capital has bit 6 and not bit 5; small letters have both, digits not the first. The product moves the
    lowest bits of the bytes side by side.
    """
    width = rows.shape[1]
    first = min(begin, width - 8)
    words = np.ndarray(len(rows), "<u8", rows, first, (width,)) >> np.uint64(8 * (begin - first))
    capitals = (words >> np.uint64(6)) & ~(words >> np.uint64(5)) & _LOW_BITS
    moved: NDArray[np.uint64] = (capitals * _SIDE_BY_SIDE) >> np.uint64(56)
    return moved


def _upper(letters: _Letters) -> _Letters:
    small = (letters >= ord("a")) & (letters <= ord("z"))
    return np.where(small, letters - _CASE, letters).astype(np.uint8)


def _recased(letters: _Letters) -> _Letters:
    """Give the first 15 letters the case that the last three tell."""
    table = np.full(256, 0, np.uint8)
    table[np.frombuffer(_ALPHABET.encode(), np.uint8)] = np.arange(len(_ALPHABET), dtype=np.uint8)
    bits = (table[letters[:, _SHORT:]][:, :, None] >> np.arange(5)) & 1
    capital = bits.reshape(len(letters), _SHORT).astype(bool)
    upper = _upper(letters[:, :_SHORT])
    is_letter = (upper >= ord("A")) & (upper <= ord("Z"))
    body = np.where(is_letter & ~capital, upper + _CASE, upper).astype(np.uint8)
    return np.hstack((body, letters[:, _SHORT:]))
