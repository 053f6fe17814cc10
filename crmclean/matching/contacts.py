"""Persons compared: the name by its parts, the rest as evidence that does not count twice."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching import people, versions
from crmclean.matching.apart import aged, born_otherwise, one_generation, told_apart
from crmclean.matching.blocks import candidates
from crmclean.matching.bounds import BIRTHDATE as BORN
from crmclean.matching.bounds import PROFILE as PROFILED
from crmclean.matching.bounds import TITLE as TITLED
from crmclean.matching.bounds import Own, alike, bounded
from crmclean.matching.evidence import Field, bundled, filled, single
from crmclean.matching.extras import description_fields, extra_fields, household_fields, of_households
from crmclean.matching.listing import Judged, Said, Scored, listed
from crmclean.matching.parts import (
    CONFLICT,
    EQUAL,
    INITIAL,
    MISSING,
    NICKNAME,
    PART,
    TYPO,
    Levels,
    Names,
    Numbers,
    Places,
    coded,
    kindred,
    levels,
    two_names,
)
from crmclean.matching.sharing import only_name
from crmclean.matching.weights import AGREES, DIFFERS, LEAST_RECORDS, NEAR, Bundle, Part, Weights, probabilities

GIVEN_M = (1.0, 0.01, 0.03, 0.06, 0.08, 0.10, 0.72)
FAMILY_M = (1.0, 0.02, 0.03, 0.01, 0.09, 0.01, 0.84)
RARE = 5.0  # others with a birthdate or number; up to so many it outweighs names that conflict
USERS, NAMES = 5, 2  # records and names of one mailbox up to which a person is asked about other names on it
LIKELY = 0.3  # from here a conflict of names with alike numbers does not keep a group apart
EMAIL_FIRST = 0.99  # a mailbox that only one name has, where nothing stands against it
MOST_CONTEXT = 10  # fields of the bundle: its patterns are four to the power of it
LOWEST = 0.5  # a mailbox shared by so many that a pair is below is no evidence
NAMESAKES = 1e-5  # chance that namesakes are filed under one mailbox: addresses are made from names
FAMILY_ALONE = 0.05  # without a given name a family name says little: families share phones and addresses

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
MIDDLE = (Field("middle name", "middle", 1.0, (0.06, 0.24, 0.70), 8e-2),)
GENDER = (Field("gender", "gender", 1e12, (0.02, 0.0, 0.98)),)  # follows the first name: only a difference counts
TITLE = (Field(TITLED, "title", 20.0, (0.35, 0.10, 0.55), 2e-2),)

GIVEN_WORDS = {
    EQUAL: "same first name", NICKNAME: "nickname", TYPO: "first name misspelt", INITIAL: "initial fits",
    PART: "part of the first name", CONFLICT: "other first name",
}  # fmt: skip
FAMILY_WORDS = {
    EQUAL: "same last name", TYPO: "last name misspelt", INITIAL: "initial of the last name fits",
    PART: "part of the last name", CONFLICT: "other last name",
}  # fmt: skip


def scored(frame: pl.DataFrame, kept: Weights | None) -> Scored:
    """Compare the candidate pairs of a list of people."""
    features = people.prepared(frame)
    pairs = candidates(people.keys(features), features)
    left, right = pairs.left, pairs.right
    size = max(features.height, LEAST_RECORDS)
    first, last = _names_compared(features, left, right)
    strangers = (first.level == CONFLICT) | (last.level == CONFLICT)
    namesakes = {"email": np.where((first.level == EQUAL) & (last.level == EQUAL), np.log(NAMESAKES), -np.inf)}
    extra = extra_fields(features)
    compared = single(features, (*NUMBERS, *extra), left, right, size)
    born = single(features, BIRTH, left, right, size)
    households = of_households(compared, strangers & ~alike(born, len(left)))
    numbers = [part for part in compared if part.name not in households]
    shared = household_fields(extra, households)
    fields = filled(features, (*CONTEXT, *shared, *description_fields(features)))[:MOST_CONTEXT]
    context, crowds = bundled(features, fields, left, right, size, strangers, namesakes)
    ages = [] if born else aged(features["age"], left, right)
    alone = [*born, *ages, *numbers, *single(features, (*MIDDLE, *GENDER, *TITLE), left, right, size)]
    mails = context.state("email")
    outweighed = _outweighed(first.level, born, numbers, size)
    conflict = strangers & ~(outweighed & (mails != DIFFERS))
    again = versions.same(features["record"], left, right)
    probability, weights = probabilities(
        [first.part("given", GIVEN_M, left, right, size), _family_part(first, last, left, right, size), *alone],
        [context], features.height, conflict | again, kept,
    )  # fmt: skip
    others = _slipped(features, left, right, first, last) | one_generation(features, left, right) | _other_middle(alone)
    two = two_names(first.names, left, right, first.level) & ~alike(numbers, len(left))
    own = _own(features, left, right, first.level, context, born_otherwise(features, left, right, born, weights), two)
    probability = bounded(probability, (first.level, last.level), context, [*born, *numbers], alone, others, own)
    apart = told_apart(features, left, right, born, numbers, weights) & ~conflict
    clear = ~conflict & ~apart
    probability = _certain(probability, features, left, right, clear & (mails == AGREES), clear & again)
    asked = conflict & (((mails == AGREES) & _few_users(features)[left]) | (outweighed & alike(born, len(left))))
    asked |= (again & (conflict | apart)) | (apart & (probability >= LIKELY))
    soft = conflict & alike([*born, *numbers], len(left)) & (probability >= LIKELY)
    veto = _named_vetoes(conflict, apart)
    telling = tuple(field for field in (*BIRTH, *NUMBERS, *extra) if field.name not in households)
    judged = Judged(probability, veto, asked, soft, lambda one, other: _opposed(features, telling, one, other))
    said = Said((versions.said(again), (first.level, GIVEN_WORDS), (last.level, FAMILY_WORDS)), context, tuple(alone))
    return listed(features["record"], pairs, judged, said, weights, crowds)


def _certain(
    probability: NDArray[np.floating], features: pl.DataFrame, left: Places, right: Places,
    same_mail: NDArray[np.bool_], same_id: NDArray[np.bool_],
) -> NDArray[np.floating]:  # fmt: skip
    """Raise pairs that nothing stands against: a mailbox that only one name has, and rows of one record id."""
    doubtful = same_mail & (probability >= LOWEST) & (probability < EMAIL_FIRST)
    alone = only_name(features, "mails", left, right, doubtful)
    return np.asarray(np.where(same_id, 1.0, np.where(alone, EMAIL_FIRST, probability)))


def _own(
    features: pl.DataFrame, left: Places, right: Places, given: Levels, context: Bundle,
    otherwise: NDArray[np.bool_], two: NDArray[np.bool_],
) -> Own:  # fmt: skip
    """Say where less than a given name stands beside what only one given name has.

    A missing one is nobody's own where both lack it, but for a mailbox, or a phone at work.
    """
    named = features["given"].is_not_null().to_numpy()
    initial = given == INITIAL
    less = ((given == MISSING) & (named[left] | named[right])) | initial
    at_work = (given == MISSING) & (context.state("company") == AGREES)
    phone = only_name(features, "phones", left, right, (less | at_work) & (context.state("phone") == AGREES))
    colleagues = features.with_columns(desk=pl.concat_str("family", "company", separator="\x1f"))
    desk = only_name(colleagues, "desk", left, right, less & ~initial & (context.state("company") == AGREES))
    home = only_name(features, "street", left, right, initial & (context.state("street") == AGREES))
    shared = np.zeros(features.height, dtype=np.bool_)
    strangers = (given == CONFLICT) & (context.state("email") == AGREES)
    shared[left[strangers]] = shared[right[strangers]] = True
    mailbox = (context.state("email") == AGREES) & ~shared[left] & ~shared[right]
    return Own(phone, desk, home, mailbox, otherwise, two)


def _slipped(
    features: pl.DataFrame, left: Places, right: Places, first: "_Compared", last: "_Compared"
) -> NDArray[np.bool_]:
    """Say which pairs have given names that are alike but for their first letters, or of two in one family."""
    slip = (first.level == TYPO) & (last.level == EQUAL)
    places = np.flatnonzero(slip)
    letters = features["given"].str.slice(0, 1)
    other = letters.gather(left[places]) != letters.gather(right[places])
    slip[places] = other.fill_null(value=False).to_numpy()
    return np.asarray(slip | kindred(first.names, left, right, first.level))


def _other_middle(alone: Sequence[Part]) -> NDArray[np.bool_]:
    """Say which pairs have middle names in conflict: Karl A. and Karl B. of one address are father and son."""
    return np.asarray(np.any([part.levels == DIFFERS for part in alone if part.name == MIDDLE[0].name], axis=0))


def _named_vetoes(names: NDArray[np.bool_], apart: NDArray[np.bool_]) -> pl.Series:
    said = pl.when(pl.Series(names)).then(pl.lit("names")).when(pl.Series(apart)).then(pl.lit("birthdate"))
    return pl.select(said.alias("veto")).to_series()


class _Compared:
    """One part of the names of all pairs."""

    def __init__(self, names: Names, level: Levels) -> None:
        self.names, self.level = names, level

    def part(self, name: str, m: tuple[float, ...], left: Places, right: Places, size: int) -> Part:
        """Return the comparison; a stranger's chance is the share of the commoner one of the two values."""
        return Part(name, self.level, self._log_u(left, right, size), m)

    def _log_u(self, left: Places, right: Places, size: int) -> NDArray[np.float64]:
        one, other = self.names.codes[left], self.names.codes[right]
        counts = np.append(self.names.counts, 1.0)
        share = np.maximum((counts + 1.0) / size, (counts - 2.0) / max(len(self.names.codes), 1))
        initials = self.names.values.str.slice(0, 1).to_frame("letter").with_columns(n=pl.Series(self.names.counts))
        letters = np.append(initials.select(pl.col("n").sum().over("letter")).to_series().to_numpy(), 1.0) / size
        chance = np.maximum(share[one], share[other])
        chance = np.where(self.level == INITIAL, np.maximum(letters[one], letters[other]), chance)
        return np.where(self.level > CONFLICT, np.log(np.minimum(chance, 1.0)), 0.0)


def _family_part(first: _Compared, last: _Compared, left: Places, right: Places, size: int) -> Part:
    part = last.part("family", FAMILY_M, left, right, size)
    alone = (first.level == MISSING) & (last.level > CONFLICT)
    return Part(
        "family", part.levels, np.where(alone, np.maximum(part.log_u, np.log(FAMILY_ALONE)), part.log_u), part.m
    )


def _outweighed(given: Levels, born: list[Part], numbers: list[Part], size: int) -> NDArray[np.bool_]:
    """Say which pairs have a number in common, or several alike, that outweigh names in conflict.

    A birthdate does so only where the first names agree: twins share everything but these.
    """
    same, close = np.zeros(len(given), dtype=np.bool_), np.zeros(len(given), dtype=np.int8)
    for part in numbers:
        same |= (part.levels == AGREES) & (part.log_u <= np.log(RARE / size))
        close += part.levels >= NEAR
    near = close > 0
    for part in born:
        same |= (part.levels == AGREES) & (part.log_u <= np.log(RARE / size)) & (given > CONFLICT)
        close += part.levels >= NEAR
    return np.asarray(same | (near & (close > 1)))


def _few_users(features: pl.DataFrame) -> NDArray[np.bool_]:
    """Say which records have a mailbox that few share; of a family's or a crowded one nobody is asked pair by pair."""
    mailbox = pl.col("mails").list.first()
    names = pl.col("signature").drop_nulls().n_unique().over(mailbox)
    return features.select((pl.len().over(mailbox) <= USERS) & (names <= NAMES)).to_series().to_numpy()


def _opposed(features: pl.DataFrame, own: Sequence[Field], left: Places, right: Places) -> NDArray[np.bool_]:
    """Say which pairs have names in conflict, and no birthdate or number of their own that is even close."""
    first, last = _names_compared(features, left, right)
    identity = single(features, own, left, right, features.height)
    return np.asarray(((first.level == CONFLICT) | (last.level == CONFLICT)) & ~alike(identity, len(left)))


def _names_compared(features: pl.DataFrame, left: Places, right: Places) -> tuple[_Compared, _Compared]:
    """Compare both parts; given and family name in each other's place count as a slip in both."""
    given, family = coded(features["given"]), coded(features["family"])
    first = levels(given.codes[left], given.codes[right], given, nicknames=True)
    last = levels(family.codes[left], family.codes[right], family, nicknames=False)
    conflict = (first == CONFLICT) | (last == CONFLICT)
    asked = np.flatnonzero(conflict & (first <= CONFLICT) & (last <= CONFLICT))
    every = coded(pl.concat([features["given"], features["family"].rename("given")]))
    firsts, lasts = every.codes[: features.height], every.codes[features.height :]
    one = levels(firsts[left[asked]], lasts[right[asked]], every, nicknames=False)
    asked, one = asked[one != CONFLICT], one[one != CONFLICT]
    other = levels(lasts[left[asked]], firsts[right[asked]], every, nicknames=False)
    crossed = asked[(one >= TYPO) & (other >= TYPO)]
    first[crossed], last[crossed] = TYPO, TYPO
    half = asked[((one >= TYPO) & (other == MISSING)) | ((other >= TYPO) & (one == MISSING))]
    first[half], last[half] = TYPO, MISSING
    return _Compared(given, first), _Compared(family, last)
