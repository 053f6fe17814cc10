"""Fields that two records may share: the state of each pair, and how likely strangers would agree so well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching import parts
from crmclean.matching.model import Note
from crmclean.matching.parts import Numbers
from crmclean.matching.sharing import NOTHING, Shared, crowded, shared
from crmclean.matching.weights import AGREES, DIFFERS, NEAR, Bundle, Part

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
    least: Mapping[str, Floats],
) -> tuple[Bundle, list[Note]]:  # fmt: skip
    """Compare fields that depend on each other: of those that agree, the rarest value counts.

    How much the others add is learned from `strangers`, pairs whose names say that they are two. least: field -> least
    log chance that strangers agree in it, by pair.
    """
    states, chances, notes = {}, [], []
    for field in filled(features, fields):
        found = shared(features, field.column, places=field.places)
        state, log_u = compared(features, field, found, left, right, size)
        if field.name in least:
            log_u = np.where(state == AGREES, np.maximum(log_u, least[field.name]), log_u)
        states[field.name] = state
        chances.append(log_u)
        if field.places > 1 and (many := crowded(found, CROWD)):
            problem = f"{field.name} values that many different names share weigh little"
            notes.append(Note(f"match.shared-{field.name}", problem, many))
    chance = _joint(list(states.values()), chances, strangers)
    return Bundle("context", states, chance, {field.name: field.m for field in fields}), notes


def _joint(states: Sequence[Small], chances: Sequence[Floats], strangers: Flags) -> Floats:
    """Return the log chance that a stranger agrees in all that agrees: the least one, then how the others follow."""
    if not states:
        return np.zeros(len(strangers), dtype=np.float32)
    least, rarest = chances[0].copy(), np.zeros(len(strangers), dtype=np.int64)
    for place, log_u in enumerate(chances[1:], start=1):
        lower = log_u < least
        rarest[lower], least[lower] = place, log_u[lower]
    agreed = np.zeros(len(strangers), dtype=np.int64)
    for place, state in enumerate(states):
        agreed |= (state == AGREES).astype(np.int64) << place
    follow = np.log(_following(agreed[strangers], len(states))).astype(np.float32)
    return np.asarray(least + follow[rarest, agreed | (1 << rarest)])


def _following(agreed: NDArray[np.int64], fields: int) -> NDArray[np.float64]:
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
    answer = []
    for field in filled(features, fields):
        state, log_u = compared(features, field, shared(features, field.column), left, right, size)
        answer.append(Part(field.name, state, log_u, (1.0, *field.m)))
    return answer


def filled(features: pl.DataFrame, fields: Sequence[Field]) -> list[Field]:
    """Return the fields that any record has."""
    return [field for field in fields if _holds_something(features[field.column])]


def _holds_something(values: pl.Series) -> bool:
    if isinstance(values.dtype, pl.List):
        return bool((values.list.len() > 0).any())
    return values.null_count() < len(values)


def compared(
    features: pl.DataFrame, field: Field, found: Shared, left: Places, right: Places, size: int
) -> tuple[Small, Floats]:
    """Return the state of each pair in one field, and the log chance of it by accident."""
    agrees, there = np.zeros(len(left), dtype=np.bool_), np.zeros(len(left), dtype=np.bool_)
    others = np.full(len(left), size, dtype=np.float32)
    on_right = [codes[right] for codes in found.codes]
    for codes, counts in zip(found.codes, found.others, strict=True):
        a = codes[left]
        for b in on_right:
            there |= (a != NOTHING) & (b != NOTHING)
            same = np.flatnonzero((a == b) & (a != NOTHING))
            agrees[same] = True
            others[same] = np.minimum(others[same], counts[left[same]])
    state = there.astype(np.int8) * np.int8(DIFFERS)
    state[agrees] = AGREES
    log_u = np.zeros(len(left), dtype=np.float32)
    log_u[agrees] = np.log(found.chance(others[agrees], field.stranger, size))
    if field.near is not None:
        near = _near(features[field.column], left, right, state == DIFFERS, numbers=field.numbers)
        state[near] = NEAR
        log_u[near] = np.log(field.near)
    return state, log_u


def _near(values: pl.Series, left: Places, right: Places, asked: Flags, *, numbers: Numbers) -> Flags:
    """Say which pairs of different values look close; a slip in the first letter is not looked for."""
    names = parts.coded(values)
    letters = np.append(names.values.str.slice(0, 1).hash(seed=0).to_numpy(), np.uint64(0))
    places = np.flatnonzero(asked)
    one, other = names.codes[left[places]], names.codes[right[places]]
    alike = letters[one] == letters[other]
    level = parts.levels(one[alike], other[alike], names, nicknames=False, numbers=numbers)
    near = np.zeros(len(left), dtype=np.bool_)
    near[places[alike]] = (level == parts.TYPO) | (level == parts.PART) | (level == parts.INITIAL)
    return near
