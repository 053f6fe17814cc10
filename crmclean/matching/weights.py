"""Fellegi and Sunter's weights, learned from the file itself by expectation and maximisation.

The chance that two different entities agree (u) is counted, per value; only the chance that two records of one entity
agree (m) and the share of matching pairs are learned. Fields that change together, as all do when somebody changes
jobs, are one pattern with one weight, so that neither their agreement nor their difference counts twice.
Sources: Fellegi and Sunter 1969; Winkler 2000 on EM and on frequency-based weights.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crmclean.matching.slicing import At, Places, counted, in_slices

Floats = NDArray[np.floating]
Small = NDArray[np.int8]
Chance: TypeAlias = Callable[[At], Floats]  # the log chance that strangers agree so, worked out when it is asked for

ROUNDS = 30
SETTLED = 1e-4
SAMPLE = 400_000  # pairs that EM looks at
TINY = 1e-9
STATES = 4  # missing, differs, close, agrees
MISSING, DIFFERS, NEAR, AGREES = range(STATES)
CONTRARY = 2.0  # times its default, the most that is learned for a pattern that speaks against a match
STRENGTH = 40.0  # pairs that the defaults are worth
COMMON = 0.15  # matching pairs per record, where nothing is known
LEAST_RECORDS = 1000  # a smaller file is weighed as if it had so many


@dataclass(frozen=True)
class Part:
    """A comparison of its own: the level of each pair and the log chance of such agreement by accident.

    m: chance of each level in true pairs, level 0 (missing) left out of it.
    """

    name: str
    levels: Small
    log_u: Chance
    m: tuple[float, ...]

    def only(self, at: At) -> "Part":
        """Return the comparison of some of the pairs, worked out once and for all: nothing of the others is kept."""
        return replace(self, levels=self.levels[at].copy(), log_u=self.log_u(at).__getitem__)


@dataclass(frozen=True)
class Bundle:
    """Fields that depend on each other: a state per field and pair, and the log chance of the pattern by accident.

    m: field -> chances that it differs, is close, agrees in true pairs.
    """

    name: str
    pairs: int
    states: Mapping[str, Small]
    log_u: Chance
    m: Mapping[str, tuple[float, float, float]]

    def state(self, name: str) -> Small:
        """Return the states of a field; of one that nobody has, all missing."""
        return self.states.get(name, np.zeros(self.pairs, dtype=np.int8))

    def only(self, places: Places) -> "Bundle":
        """Return the comparison of some of the pairs, worked out once and for all: nothing of the others is kept."""
        states = {name: state[places] for name, state in self.states.items()}
        return Bundle(self.name, len(places), states, self.log_u(places).__getitem__, self.m)


@dataclass(frozen=True)
class Weights:
    """What was learned, to be kept in state/: share of matching pairs, m by part or pattern, where merging starts.

    fields: the fields of each bundle, in the order of its patterns.
    """

    prior: float
    parts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    bundles: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    merge: float | None = None

    def document(self) -> dict[str, object]:
        """Return the weights as plain values, for JSON; nothing is copied, as patterns are many."""
        return dict(vars(self))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Weights":
        """Return the weights of such a document."""
        groups = {
            name: {key: tuple(values) for key, values in document[name].items()}
            for name in ("parts", "bundles", "fields")
        }
        return cls(document["prior"], **groups, merge=document["merge"])

    def fit(self, parts: Sequence[Part], bundles: Sequence[Bundle]) -> bool:
        """Say whether they were learned on the same fields."""
        same_parts = set(self.parts) == {part.name for part in parts}
        return same_parts and self.fields == {bundle.name: tuple(bundle.states) for bundle in bundles}


def probabilities(
    parts: Sequence[Part],
    bundles: Sequence[Bundle],
    records: int,
    barred: NDArray[np.bool_],
    kept: Weights | None = None,
) -> tuple[Floats, Weights]:
    """Return the probability of each pair to be one entity, and the weights.

    barred: pairs that cannot be one entity, so that nothing is learned from them.
    """
    coded = [_Patterns.of(bundle) for bundle in bundles]
    if kept is not None and kept.fit(parts, bundles):
        return _posterior(parts, coded, kept, len(barred)), kept
    learned = _learned(parts, coded, records, ~barred)
    weights = replace(learned, fields={bundle.name: tuple(bundle.states) for bundle in bundles})
    return _posterior(parts, coded, weights, len(barred)), weights


@dataclass(frozen=True)
class _Patterns:
    """A bundle with each pair's pattern as one number.

    missing: numbers which fields are missing in a pattern. contrary: more fields differ than agree, and two at least.
    """

    name: str
    codes: Callable[[At], NDArray[np.int32]]
    log_u: Chance
    default: Floats
    missing: NDArray[np.int64]
    contrary: NDArray[np.bool_]

    @classmethod
    def of(cls, bundle: Bundle) -> "_Patterns":
        states = list(bundle.states.values())
        patterns = np.arange(STATES ** len(states))
        digits = [patterns // STATES**place % STATES for place in reversed(range(len(states)))]
        default, missing = np.ones(len(patterns)), np.zeros(len(patterns), dtype=np.int64)
        differ = sum(((digit == DIFFERS).astype(np.int64) for digit in digits), np.zeros_like(missing))
        agree = sum(((digit > DIFFERS).astype(np.int64) for digit in digits), np.zeros_like(missing))
        for name, digit in zip(bundle.states, digits, strict=True):
            default *= np.array((1.0, *bundle.m[name]))[digit]
            missing = missing * 2 + (digit == MISSING)
        contrary = (differ >= 2) & (differ > agree)
        return cls(bundle.name, partial(_numbered, states, bundle.pairs), bundle.log_u, default, missing, contrary)

    def sampled(self, keep: slice) -> "_Patterns":
        """Return the patterns of some of the pairs, worked out once and for all."""
        return replace(self, codes=self.codes(keep).__getitem__, log_u=self.log_u(keep).__getitem__)

    def learned(self, probability: Floats) -> Floats:
        """Return m of each pattern, given which of its fields are missing.

        Records that differ in most of what is known are never learned to be the rule: in a list of namesakes they are
        the only pairs there are, and EM would take them for the matches.
        """
        found = np.bincount(self.codes(slice(None)), weights=probability, minlength=len(self.default))
        counts = found + STRENGTH * self.default
        totals = np.bincount(self.missing, weights=counts)
        m = counts / totals[self.missing]
        return np.asarray(np.where(self.contrary, np.minimum(m, CONTRARY * self.default), m))


def _numbered(states: Sequence[Small], pairs: int, at: At) -> NDArray[np.int32]:
    """Return the pattern of these pairs as one number: every field is a digit of it."""
    codes = np.zeros(counted(at, pairs), dtype=np.int32)
    for state in states:
        codes *= STATES
        codes += state[at]
    return codes


def _learned(parts: Sequence[Part], bundles: Sequence[_Patterns], records: int, free: NDArray[np.bool_]) -> Weights:
    size, pairs = max(records, LEAST_RECORDS), len(free)
    weights = Weights(
        2 * COMMON / size, {part.name: part.m for part in parts}, {one.name: tuple(one.default) for one in bundles}
    )
    keep = slice(None, None, max(1, pairs // SAMPLE))
    share = pairs / max(1, len(range(pairs)[keep]))
    parts = [part.only(keep) for part in parts]
    bundles = [one.sampled(keep) for one in bundles]
    free = free[keep].copy()
    for _ in range(ROUNDS):
        probability = _posterior(parts, bundles, weights, len(free)) * free
        matches = probability.sum() * share
        prior = 2 * (matches + COMMON * STRENGTH) / (records + STRENGTH) / size
        settled = abs(prior - weights.prior) < SETTLED * weights.prior
        weights = Weights(
            float(prior),
            {part.name: _part_m(part, probability) for part in parts},
            {one.name: tuple(one.learned(probability).tolist()) for one in bundles},
        )
        if settled:
            break
    return weights


def _part_m(part: Part, probability: Floats) -> tuple[float, ...]:
    counts = np.bincount(part.levels, weights=probability, minlength=len(part.m)) + STRENGTH * np.array(part.m)
    counts[0] = 0.0
    return (1.0, *(counts[1:] / counts[1:].sum()).tolist())


def _posterior(parts: Sequence[Part], bundles: Sequence[_Patterns], weights: Weights, pairs: int) -> Floats:
    chances = [np.log(np.array(weights.parts[part.name]) + TINY) for part in parts]
    patterns = [np.log(np.array(weights.bundles[bundle.name]) + TINY) for bundle in bundles]
    answer = np.empty(pairs)

    def judge(at: slice) -> None:
        odds = np.full(len(answer[at]), np.log(weights.prior) - np.log1p(-weights.prior))
        for part, chance in zip(parts, chances, strict=True):
            odds += chance[part.levels[at]] - part.log_u(at)
        for bundle, chance in zip(bundles, patterns, strict=True):
            odds += chance[bundle.codes(at)] - bundle.log_u(at)
        answer[at] = 1.0 / (1.0 + np.exp(-np.clip(odds, -50, 50)))

    in_slices(judge, pairs)
    return answer
