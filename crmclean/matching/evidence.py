"""Fields that two records may share: the state of each pair, and how likely strangers would agree so well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.files.at_once import at_once
from crmclean.matching.coding import Codes, Names, coded
from crmclean.matching.model import Note
from crmclean.matching.parts import Looks, Numbers, near
from crmclean.matching.sharing import Shared, crowded, shared
from crmclean.matching.slicing import At, Flags, Places, counted, in_slices, slices
from crmclean.matching.weights import AGREES, DIFFERS, NEAR, Bundle, Part

CROWD = 10.0  # others from which a mailbox, phone or domain is worth a note
FOLLOWS = 0.3  # chance that strangers who share one field share the next, where the file does not tell
WEIGHT = 5.0  # pairs that this default is worth
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


@dataclass(frozen=True)
class Compared:
    """One field of all pairs: the state of each; the values, and the log chance that a stranger has each of them."""

    field: Field
    found: Shared
    chances: Floats
    left: Places
    right: Places
    state: Small

    def log_u(self, at: At) -> Floats:
        """Return the log chance that the pairs agree so by accident; of several values in common the rarest counts."""
        state = self.state[at]
        answer = np.zeros(len(state), dtype=np.float32)
        agree = np.flatnonzero(state == AGREES)
        left, right = self.left[at][agree], self.right[at][agree]
        sides = product(self.found.codes, self.found.codes)
        answer[agree] = reduce(np.minimum, (self._chance(one, other, left, right) for one, other in sides))
        if self.field.near is not None:
            answer[state == NEAR] = np.log(self.field.near)
        return answer

    def _chance(self, one: Codes, other: Codes, left: Places, right: Places) -> Floats:
        """Return the log chance of the values that pairs agree in; of those that agree in other ones, 0."""
        codes = one[left]
        if len(self.found.codes) == 1:
            return self.chances[codes]
        return np.where((codes == other[right]) & (codes >= 0), self.chances[codes], np.float32(0))


def compared(
    features: pl.DataFrame, fields: Sequence[Field], left: Places, right: Places, size: int
) -> dict[Field, Compared]:
    """Return how pairs compare in the fields that any record has, two fields at a time."""

    def one(field: Field) -> Compared:
        names = None if field.near is None else coded(features[field.column])
        found = shared(features, field.column, field.places, names)
        chances = np.log(found.chances(field.stranger, size))
        return Compared(field, found, chances, left, right, _states(field, found, names, left, right))

    return {each.field: each for each in at_once(one, filled(features, fields))}


def _states(field: Field, found: Shared, names: Names | None, left: Places, right: Places) -> Small:
    """Return the state of each pair in one field; names: the values, where those that look close are looked for."""
    state = np.empty(len(left), dtype=np.int8)
    for at in slices(len(left)):
        state[at] = _agreement(found, left[at], right[at])
    if names is not None:
        asked = _alike(state, names, left, right)
        close = asked[near(names.codes[left[asked]], names.codes[right[asked]], names, field.numbers)]
        state[close] = NEAR
    return state


def _agreement(found: Shared, left: Places, right: Places) -> Small:
    """Say of pairs whether they agree or differ in a field."""
    there, agrees = np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.bool_)
    on_right = [codes[right] for codes in found.codes]
    for codes in found.codes:
        a = codes[left]
        for b in on_right:
            both = (a >= 0) & (b >= 0)
            there |= both
            agrees |= both & (a == b)
    return there.view(np.int8) + agrees.view(np.int8) * np.int8(AGREES - DIFFERS)


def _alike(state: Small, names: Names, left: Places, right: Places) -> Places:
    """Return which pairs differ, but begin with one letter and may look close."""
    found, looks = list[Places](), Looks.of(names)
    for at in slices(len(left)):
        differ = np.flatnonzero(state[at] == DIFFERS) + at.start
        found.append(differ[looks.of_one_letter(names.codes[left[differ]], names.codes[right[differ]])])
    return np.concatenate(found)


def filled(features: pl.DataFrame, fields: Sequence[Field]) -> list[Field]:
    """Return the fields that any record has."""
    return [field for field in fields if _holds_something(features[field.column])]


def _holds_something(values: pl.Series) -> bool:
    if isinstance(values.dtype, pl.List):
        return bool((values.list.len() > 0).any())
    return values.null_count() < len(values)


def single(known: Mapping[Field, Compared], fields: Sequence[Field]) -> tuple[Part, ...]:
    """Return fields that are evidence of their own."""
    there = [known[field] for field in fields if field in known]
    return tuple(Part(each.field.name, each.state, each.log_u, (1.0, *each.field.m)) for each in there)


def bundled(
    known: Mapping[Field, Compared], fields: Sequence[Field], strangers: Flags,
    least: Mapping[str, tuple[Flags, float]],
) -> tuple[Bundle, list[Note]]:  # fmt: skip
    """Return fields that depend on each other: of those that agree, the rarest value counts.

    How much the others add is learned from `strangers`, pairs whose names say that they are two. least: field -> some
    pairs, and the least chance that strangers agree in it there.
    """
    there = [known[field] for field in fields if field in known]
    notes = [_crowd(each.field, crowded(each.found, CROWD)) for each in there if each.field.places > 1]
    states, pairs = {each.field.name: each.state for each in there}, len(strangers)
    log_u = _Joint(there, least, _follows(list(states.values()), strangers), pairs).log_u
    bundle = Bundle("context", pairs, states, log_u, {each.field.name: each.field.m for each in there})
    return bundle, [note for note in notes if note.count]


def _crowd(field: Field, many: int) -> Note:
    problem = f"{field.name} values that many different names share weigh little"
    return Note(f"match.shared-{field.name}", problem, many)


@dataclass(frozen=True)
class _Joint:
    """What several fields come to; follows: by field and set of fields, the log chance that who shares it shares all.

    least: field -> some pairs, and the least chance that strangers agree in it there.
    """

    fields: Sequence[Compared]
    least: Mapping[str, tuple[Flags, float]]
    follows: Floats
    pairs: int

    def log_u(self, at: At) -> NDArray[np.floating]:
        """Return the log chance that strangers agree in all that agrees: the least, then how the others follow."""
        rarest = np.zeros(counted(at, self.pairs), dtype=np.uint16)
        least: NDArray[np.floating] = np.zeros(len(rarest), dtype=np.float32)
        for place, field in enumerate(self.fields):
            chance = self._chance(field, at)
            if place:
                rarer = np.flatnonzero(chance < least)
                least[rarer], rarest[rarer] = chance[rarer], place
            else:
                least = chance
        if self.fields:
            least += self.follows[rarest, _agreed([field.state[at] for field in self.fields]) | (1 << rarest)]
        return least

    def _chance(self, field: Compared, at: At) -> NDArray[np.floating]:
        """Return the log chances of one field, raised for some of the pairs that agree."""
        log_u = field.log_u(at)
        if field.field.name not in self.least:
            return log_u
        pairs, chance = self.least[field.field.name]
        raised, places = log_u.astype(np.float64), np.flatnonzero(pairs[at] & (field.state[at] == AGREES))
        raised[places] = np.maximum(raised[places], np.log(chance))
        return raised


def _follows(states: Sequence[Small], strangers: Flags) -> Floats:
    """Return for each field and each set of fields the log chance that strangers who agree in it agree in all of it."""
    if not states:
        return np.zeros((0, 1), dtype=np.float32)

    def count(at: slice) -> NDArray[np.int64]:
        agreed = _agreed([state[at] for state in states])
        return np.bincount(agreed[strangers[at]], minlength=1 << len(states))

    counts = np.sum(in_slices(count, len(strangers)), axis=0)
    return np.log(_following(counts, len(states))).astype(np.float32)


def _agreed(states: Sequence[Small]) -> NDArray[np.uint16]:
    """Return in which of the fields pairs agree, as a set of bits that number the fields."""
    sets = np.zeros(len(states[0]), dtype=np.uint16)
    for place, state in enumerate(states):
        sets |= (state == AGREES).astype(np.uint16) << np.uint16(place)
    return sets


def _following(pairs: NDArray[np.int64], fields: int) -> NDArray[np.float64]:
    """Return the same as a chance; pairs: how many strangers agree in each set of fields."""
    sets, counts = np.arange(1 << fields), pairs.astype(np.float64)
    supersets = np.array([counts[(sets & one) == one].sum() for one in sets])
    extra = np.array([one.bit_count() - 1 for one in sets.tolist()]).clip(min=0)
    expected = FOLLOWS ** extra.astype(np.float64)
    alone = supersets[1 << np.arange(fields)][:, None]
    return np.asarray((supersets[None, :] + WEIGHT * expected[None, :]) / (alone + WEIGHT)).clip(max=1.0)
