"""Persons compared: the name by its parts, the rest as evidence that does not count twice."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.files.at_once import meanwhile
from crmclean.matching import doubts, people, versions
from crmclean.matching.apart import aged, born_otherwise, one_generation, told_apart
from crmclean.matching.blocks import NOTHING, Candidates, Found, candidates, found
from crmclean.matching.bounds import BIRTHDATE as BORN
from crmclean.matching.bounds import PROFILE as PROFILED
from crmclean.matching.bounds import TITLE as TITLED
from crmclean.matching.bounds import alike, bounded
from crmclean.matching.evidence import Field, bundled, compared, single
from crmclean.matching.extras import description_fields, extra_fields, household_fields, of_households
from crmclean.matching.fullnames import FullNames, name_parts
from crmclean.matching.likeness import Likeness, outweighed
from crmclean.matching.listing import WORTH_A_LINE, Judged, Opposed, Said, Scored, Vetoes, listed
from crmclean.matching.model import Note
from crmclean.matching.parts import CONFLICT, EQUAL, INITIAL, NICKNAME, PART, TYPO, Numbers
from crmclean.matching.slicing import Flags, Places
from crmclean.matching.weights import LEAST_RECORDS, Weights, probabilities

LIKELY = 0.3  # from here a conflict of names with alike numbers does not keep a group apart
MOST_CONTEXT = 10  # fields of the bundle: its patterns are four to the power of it
NAMESAKES = 1e-5  # chance that namesakes are filed under one mailbox: addresses are made from names

CONTEXT = (
    Field("email", "mails", 0.005, (0.40, 0.0, 0.60), places=people.PLACES),
    Field("phone", "phones", 0.10, (0.35, 0.0, 0.65), places=people.PLACES),
    Field("company", "company", 2.0, (0.20, 0.05, 0.75), 3e-3, numbers=Numbers.SAME),
    Field("street", "street", 0.5, (0.20, 0.15, 0.65), 3e-3),
    Field("city", "city", 5.0, (0.15, 0.05, 0.80), 1e-2),
    Field("postal code", "postal", 3.0, (0.20, 0.10, 0.70), 1e-2, numbers=Numbers.SLIP),
    Field("region", "region", 20.0, (0.10, 0.0, 0.90)),
    Field("country", "country", 50.0, (0.05, 0.0, 0.95)),
)
BIRTH = (Field(BORN, "birthdate", 1.0, (0.06, 0.08, 0.86), 2e-2, numbers=Numbers.SLIP),)
NUMBERS = (Field(PROFILED, "profile", 0.01, (0.05, 0.05, 0.90), 1e-4),)
OTHERS = (
    Field(doubts.MIDDLE, "middle", 1.0, (0.06, 0.24, 0.70), 8e-2),
    Field("gender", "gender", 1e12, (0.02, 0.0, 0.98)),  # follows the first name: only a difference counts
    Field(TITLED, "title", 20.0, (0.35, 0.10, 0.55), 2e-2),
)

GIVEN_WORDS = {
    EQUAL: "same first name", NICKNAME: "nickname", TYPO: "first name misspelt", INITIAL: "initial fits",
    PART: "part of the first name", CONFLICT: "other first name",
}  # fmt: skip
FAMILY_WORDS = {
    EQUAL: "same last name", TYPO: "last name misspelt", INITIAL: "initial of the last name fits",
    PART: "part of the last name", CONFLICT: "other last name",
}  # fmt: skip


@dataclass
class Prepared:
    """People made comparable, and what keys find that need not know which companies are one."""

    features: pl.DataFrame
    found: Mapping[str, Found]

    def taken(self) -> tuple[pl.DataFrame, Mapping[str, Found]]:
        """Return both and keep nothing: they take much room, and most of it is needed for candidate pairs only."""
        features, found = self.features, self.found
        self.features, self.found = features.clear(), NOTHING
        return features, found


def prepared(frame: pl.DataFrame) -> Prepared:
    """Return what can be made ready before the companies of people are known."""
    features = people.prepared(frame)
    return Prepared(features, found(people.keys(features), features))


def made_ready(people: pl.DataFrame | None) -> AbstractContextManager[Callable[[], Prepared | None]]:
    """Prepare people while something else is done, such as matching their companies; what is given waits for it."""
    return meanwhile(lambda frame: None if frame is None else prepared(frame), people)


def scored(frame: pl.DataFrame, kept: Weights | None, ready: Prepared) -> Scored:
    """Compare the candidate pairs of a list of people; ready: what was prepared of it, which is used up.

    Most pairs come to nothing by their score alone: what else there is to say is worked out for the others only.
    """
    features, pairs = _met(frame, ready)
    names, telling = FullNames.of(features["given"], features["family"]), (*BIRTH, *NUMBERS, *extra_fields(features))
    found = _hopeful(features, names, pairs, kept)
    del pairs  # as many as they are, they take much room
    telling = tuple(field for field in telling if field.name not in found.households)
    pair, weights = found.pair, found.weights
    judged = _judged(
        features, pair, found.probability, weights, lambda one, other: _opposed(names, features, telling, one, other)
    )
    words = (versions.said(pair.again), (pair.first.level, GIVEN_WORDS), (pair.last.level, FAMILY_WORDS))
    said = Said(words, pair.context, pair.alone)
    return listed(features["record"], found.candidates, judged, said, weights, found.crowds)


@dataclass(frozen=True)
class _Hopeful:
    """The pairs that may come to something, what is thought of them so far, and what all of them have taught.

    households: columns whose values people of other names share. crowds: values that are no evidence.
    """

    candidates: Candidates
    pair: Likeness
    probability: NDArray[np.floating]
    weights: Weights
    households: frozenset[str]
    crowds: list[Note]


def _hopeful(features: pl.DataFrame, names: FullNames, pairs: Candidates, kept: Weights | None) -> _Hopeful:
    """Compare all candidate pairs, and keep those that are likely enough, or that a person may have to see."""
    pair, households, crowds = _compared(features, names, pairs.left, pairs.right)
    probability, weights = probabilities(
        [*name_parts(pair.first, pair.last, _size(features)), *pair.alone],
        [pair.context], features.height, pair.conflict | pair.again, kept,
    )  # fmt: skip
    few = np.flatnonzero((probability >= WORTH_A_LINE) | pair.one_mailbox | pair.outweighed | pair.again)
    return _Hopeful(pairs.only(few), pair.only(few), probability[few], weights, households, crowds)


def _met(frame: pl.DataFrame, ready: Prepared) -> tuple[pl.DataFrame, Candidates]:
    """Return the features that pairs are compared by, and the candidate pairs."""
    features, known = ready.taken()
    features = people.with_companies(features, frame)
    pairs = candidates(people.keys(features), features, known)
    return features.drop(people.FOR_KEYS), pairs


def _size(features: pl.DataFrame) -> int:
    return max(features.height, LEAST_RECORDS)


def _compared(
    features: pl.DataFrame, names: FullNames, left: Places, right: Places
) -> tuple[Likeness, frozenset[str], list[Note]]:
    """Return how the pairs compare, the columns that are of households, and which values are no evidence."""
    extra, said, size = extra_fields(features), description_fields(features), _size(features)
    fields = (*CONTEXT, *said, *BIRTH, *NUMBERS, *extra, *OTHERS)
    with meanwhile(lambda each: compared(features, each, left, right, size), fields) as evidence:
        first, last = names.compared(left, right)
        known = evidence()
    strangers = (first.level == CONFLICT) | (last.level == CONFLICT)
    born, numbers = single(known, BIRTH), single(known, (*NUMBERS, *extra))
    households = of_households(numbers, strangers & ~alike(born, len(left)))
    numbers = tuple(part for part in numbers if part.name not in households)
    shared = household_fields(extra, households)
    known = known | compared(features, shared, left, right, size)
    bundle = [field for field in (*CONTEXT, *shared, *said) if field in known][:MOST_CONTEXT]
    namesakes = {"email": ((first.level == EQUAL) & (last.level == EQUAL), NAMESAKES)}
    context, crowds = bundled(known, bundle, strangers, namesakes)
    ages = () if born else aged(features["age"], left, right)
    again, heavy = versions.same(features["record"], left, right), outweighed(first.level, born, numbers, size)
    pair = Likeness(left, right, first, last, context, born, ages, numbers, single(known, OTHERS), heavy, again)
    return pair, households, crowds


def _judged(
    features: pl.DataFrame, pair: Likeness, probability: NDArray[np.floating], weights: Weights, opposed: Opposed
) -> Judged:
    """Return what is thought of some pairs; opposed: says it of any others."""
    left, right, level, conflict = pair.left, pair.right, (pair.first.level, pair.last.level), pair.conflict
    otherwise = born_otherwise(features, left, right, pair.born, weights)
    kin = doubts.slipped(features, pair)
    others = kin | one_generation(features, left, right) | doubts.namesakes(features, pair)
    two = doubts.of_two(features, pair, kin) & ~alike(pair.numbers, len(left))
    own = doubts.own(features, pair, otherwise, two)
    probability = bounded(probability, level, pair.context, pair.identity, pair.alone, others, own)
    apart = told_apart(features, left, right, pair.born, pair.numbers, weights) & ~conflict
    doubts.certain(probability, features, pair, clear=~conflict & ~apart)
    alike_born = alike(pair.born, len(left))
    asked = doubts.few_users(features, left, conflict & pair.one_mailbox)
    asked |= (conflict & pair.outweighed & alike_born) | (pair.again & (conflict | apart))
    asked |= apart & (probability >= LIKELY)
    soft = conflict & alike(pair.identity, len(left)) & (probability >= LIKELY)
    return Judged(probability, Vetoes.of({"names": conflict, "birthdate": apart}), asked, soft, opposed)


def _opposed(names: FullNames, features: pl.DataFrame, own: Sequence[Field], left: Places, right: Places) -> Flags:
    """Say which pairs have names in conflict, and no birthdate or number of their own that is even close."""
    first, last = names.compared(left, right)
    identity = single(compared(features, own, left, right, features.height), own)
    return np.asarray(((first.level == CONFLICT) | (last.level == CONFLICT)) & ~alike(identity, len(left)))
