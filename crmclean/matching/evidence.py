"""Fields that two records may share: the state of each pair, and how likely strangers would agree so well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.files.at_once import at_once
from crmclean.matching import parts
from crmclean.matching.coding import Codes, Names, coded, first_letters
from crmclean.matching.model import Note
from crmclean.matching.parts import Numbers
from crmclean.matching.sharing import Shared, crowded, shared
from crmclean.matching.weights import AGREES, DIFFERS, NEAR, Bundle, Part, slices

CROWD = 10.0  # others from which a mailbox, phone or domain is worth a note
FOLLOWS = 0.3  # chance that strangers who share one field share the next, where the file does not tell
WEIGHT = 5.0  # pairs that this default is worth
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Small = NDArray[np.int8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Field:
    """A field of evidence.

    column: its feature. stranger: entities beyond those in the file that a value may belong to. m: chances that it
    differs, is close, agrees in true pairs. near: chance that two strangers' values look close; None: not looked at.
    """

    name: str
    column: str
    stranger: float
    m: tuple[float, float, float]
    near: float | None = None
    places: int = 1
    numbers: Numbers = Numbers.WITHIN


def bundled(
    features: pl.DataFrame, fields: Sequence[Field], left: Places, right: Places, size: int, strangers: Flags,
    least: Mapping[str, tuple[Flags, float]],
) -> tuple[Bundle, list[Note]]:  # fmt: skip
    """Compare fields that depend on each other: of those that agree, the rarest value counts.

    How much the others add is learned from `strangers`, pairs whose names say that they are two. least: field -> some
    pairs, and the least chance that strangers agree in it there.
    """
    states, notes = dict[str, Small](), list[Note]()
    joint = _Joint(len(left))
    for field, many, state, log_u in _compared(features, fields, left, right, size):
        joint.add(len(states), state, _at_least(log_u, state, *least[field.name]) if field.name in least else log_u)
        states[field.name] = state
        if many:
            problem = f"{field.name} values that many different names share weigh little"
            notes.append(Note(f"match.shared-{field.name}", problem, many))
    return Bundle(
        "context", states, joint.chance(len(states), strangers), {field.name: field.m for field in fields}
    ), notes


def _at_least(log_u: Floats, state: Small, pairs: Flags, chance: float) -> NDArray[np.float64]:
    """Return the log chances, raised for some of the pairs that agree."""
    raised, places = log_u.astype(np.float64), np.flatnonzero(pairs & (state == AGREES))
    raised[places] = np.maximum(raised[places], np.log(chance))
    return raised


class _Joint:
    """What several fields come to, pair by pair: the least log chance, of which field it is, which fields agree."""

    def __init__(self, pairs: int) -> None:
        self.least = np.zeros(pairs, dtype=np.float32)
        self.rarest, self.agreed = np.zeros(pairs, dtype=np.uint16), np.zeros(pairs, dtype=np.uint16)

    def add(self, place: int, state: Small, log_u: NDArray[np.floating]) -> None:
        """Take in one more field, which is the first where `place` is 0."""
        if place:
            rarer = np.flatnonzero(log_u < self.least)
            self.least[rarer], self.rarest[rarer] = log_u[rarer], place
        else:
            self.least = log_u.copy()
        self.agreed |= (state == AGREES).astype(np.uint16) << np.uint16(place)

    def chance(self, fields: int, strangers: Flags) -> Floats:
        """Return the log chance that a stranger agrees in all that agrees: the least, then how the others follow."""
        if not fields:
            return self.least
        follow = np.log(_following(self.agreed[strangers], fields)).astype(np.float32)
        for part in slices(len(strangers)):
            rarest = self.rarest[part]
            self.least[part] += follow[rarest, self.agreed[part] | (np.uint16(1) << rarest)]
        return self.least


def _following(agreed: NDArray[np.uint16], fields: int) -> NDArray[np.float64]:
    """Return for each field and each set of fields the chance that strangers agreeing in it agree in all of the set."""
    sets = np.arange(1 << fields)
    counts = np.bincount(agreed, minlength=len(sets)).astype(np.float64)
    supersets = np.array([counts[(sets & one) == one].sum() for one in sets])
    extra = np.array([one.bit_count() - 1 for one in sets.tolist()]).clip(min=0)
    expected = FOLLOWS ** extra.astype(np.float64)
    alone = supersets[1 << np.arange(fields)][:, None]
    return np.asarray((supersets[None, :] + WEIGHT * expected[None, :]) / (alone + WEIGHT)).clip(max=1.0)


def single(features: pl.DataFrame, fields: Sequence[Field], left: Places, right: Places, size: int) -> list[Part]:
    """Compare fields that are evidence of their own."""
    found = _compared(features, fields, left, right, size)
    return [Part(field.name, state, log_u, (1.0, *field.m)) for field, _, state, log_u in found]


def _compared(
    features: pl.DataFrame, fields: Sequence[Field], left: Places, right: Places, size: int
) -> Iterator[tuple[Field, int, Small, Floats]]:
    """Yield the fields that any record has, how many values of each are crowded, and how the pairs compare in it."""

    def one(field: Field) -> tuple[Field, int, Small, Floats]:
        names = None if field.near is None else coded(features[field.column])
        found = shared(features, field.column, field.places, names)
        many = crowded(found, CROWD) if field.places > 1 else 0
        return field, many, *compared(field, found, names, left, right, size)

    return at_once(one, filled(features, fields))


def filled(features: pl.DataFrame, fields: Sequence[Field]) -> list[Field]:
    """Return the fields that any record has."""
    return [field for field in fields if _holds_something(features[field.column])]


def _holds_something(values: pl.Series) -> bool:
    if isinstance(values.dtype, pl.List):
        return bool((values.list.len() > 0).any())
    return values.null_count() < len(values)


def compared(
    field: Field, found: Shared, names: Names | None, left: Places, right: Places, size: int
) -> tuple[Small, Floats]:
    """Return the state of each pair in one field, and the log chance of it by accident.

    names: the values, where those that look close are looked for.
    """
    state, log_u = np.empty(len(left), dtype=np.int8), np.empty(len(left), dtype=np.float32)
    chances = np.log(found.chances(field.stranger, size))
    for part in slices(len(left)):
        state[part], log_u[part] = _agreement(found, chances, left[part], right[part])
    if names is not None and field.near is not None:
        asked = _alike(state, first_letters(names), left, right)
        close = asked[parts.near(names.codes[left[asked]], names.codes[right[asked]], names, field.numbers)]
        state[close], log_u[close] = NEAR, np.log(field.near)
    return state, log_u


def _alike(state: Small, letters: Codes, left: Places, right: Places) -> Places:
    """Return which pairs differ, but begin with one letter."""
    found = [np.zeros(0, dtype=np.int64)]
    for part in slices(len(left)):
        same = letters[left[part]] == letters[right[part]]
        found.append(np.flatnonzero(same & (state[part] == DIFFERS)) + part.start)
    return np.concatenate(found)


def _agreement(found: Shared, chances: Floats, left: Places, right: Places) -> tuple[Small, Floats]:
    """Say of pairs whether they agree or differ in a field, and the log chance of it by accident.

    Of several values in common the rarest counts.
    """
    there, agrees = np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.bool_)
    log_u = np.zeros(len(left), dtype=np.float32)
    on_right = [codes[right] for codes in found.codes]
    for codes in found.codes:
        a = codes[left]
        for b in on_right:
            there |= (a >= 0) & (b >= 0)
            same = np.flatnonzero((a == b) & (a >= 0))
            agrees[same] = True
            log_u[same] = np.minimum(log_u[same], chances[a[same]])
    return there.view(np.int8) + agrees.view(np.int8) * np.int8(AGREES - DIFFERS), log_u
