"""Persons compared: the name by its parts, the rest as evidence that does not count twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching import people, versions
from crmclean.matching.apart import aged, born_otherwise, one_generation, told_apart
from crmclean.matching.blocks import NOTHING, Candidates, Found, candidates, found
from crmclean.matching.bounds import BIRTHDATE as BORN
from crmclean.matching.bounds import PROFILE as PROFILED
from crmclean.matching.bounds import TITLE as TITLED
from crmclean.matching.bounds import Own, alike, bounded
from crmclean.matching.coding import numbered
from crmclean.matching.evidence import Field, bundled, filled, single
from crmclean.matching.extras import description_fields, extra_fields, household_fields, of_households
from crmclean.matching.fullnames import Compared, FullNames, name_parts
from crmclean.matching.listing import Judged, Said, Scored, Vetoes, listed
from crmclean.matching.mailboxes import named_after, of_a_household
from crmclean.matching.parts import (
    CONFLICT,
    EQUAL,
    INITIAL,
    MISSING,
    NICKNAME,
    PART,
    TYPO,
    Levels,
    Numbers,
    Places,
    kindred,
    two_names,
)
from crmclean.matching.sharing import only_name
from crmclean.matching.weights import AGREES, DIFFERS, LEAST_RECORDS, NEAR, Bundle, Part, Weights, probabilities

RARE = 5.0  # others with a birthdate or number; up to so many it outweighs names that conflict
USERS, NAMES = 5, 2  # records and names of one mailbox up to which a person is asked about other names on it
LIKELY = 0.3  # from here a conflict of names with alike numbers does not keep a group apart
EMAIL_FIRST = 0.99  # a mailbox that only one name has, where nothing stands against it
MOST_CONTEXT = 10  # fields of the bundle: its patterns are four to the power of it
LOWEST = 0.5  # a mailbox shared by so many that a pair is below is no evidence
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


def scored(frame: pl.DataFrame, kept: Weights | None, ready: Prepared) -> Scored:
    """Compare the candidate pairs of a list of people; ready: what was prepared of it, which is used up."""
    features, pairs = _met(frame, ready)
    left, right = pairs.left, pairs.right
    size = max(features.height, LEAST_RECORDS)
    names = FullNames.of(features["given"], features["family"])
    first, last = names.compared(left, right)
    strangers = (first.level == CONFLICT) | (last.level == CONFLICT)
    namesakes = {"email": ((first.level == EQUAL) & (last.level == EQUAL), NAMESAKES)}
    extra = extra_fields(features)
    compared = single(features, (*NUMBERS, *extra), left, right, size)
    born = single(features, BIRTH, left, right, size)
    households = of_households(compared, strangers & ~alike(born, len(left)))
    numbers = [part for part in compared if part.name not in households]
    fields = filled(features, (*CONTEXT, *household_fields(extra, households), *description_fields(features)))
    context, crowds = bundled(features, fields[:MOST_CONTEXT], left, right, size, strangers, namesakes)
    ages = [] if born else aged(features["age"], left, right)
    alone = [*born, *ages, *numbers, *single(features, (*MIDDLE, *GENDER, *TITLE), left, right, size)]
    mails = context.state("email")
    outweighed = _outweighed(first.level, born, numbers, size)
    conflict = strangers & ~(outweighed & (mails != DIFFERS))
    again = versions.same(features["record"], left, right)
    probability, weights = probabilities(
        [*name_parts(first, last, left, right, size), *alone],
        [context], features.height, conflict | again, kept,
    )  # fmt: skip
    otherwise, kin = born_otherwise(features, left, right, born, weights), _slipped(features, left, right, first, last)
    others = kin | one_generation(features, left, right) | _namesakes(features, left, right, first, alone)
    two = _of_two(features, left, right, first, kin) & ~alike(numbers, len(left))
    own = _own(features, left, right, first.level, context, otherwise, two)
    probability = bounded(probability, (first.level, last.level), context, [*born, *numbers], alone, others, own)
    apart = told_apart(features, left, right, born, numbers, weights) & ~conflict
    probability = _certain(probability, features, left, right, mails == AGREES, again, clear=~conflict & ~apart)
    asked = _few_users(features, left, conflict & (mails == AGREES)) | (conflict & outweighed & alike(born, len(left)))
    asked |= (again & (conflict | apart)) | (apart & (probability >= LIKELY))
    soft = conflict & alike([*born, *numbers], len(left)) & (probability >= LIKELY)
    veto = Vetoes.of({"names": conflict, "birthdate": apart})
    telling = tuple(field for field in (*BIRTH, *NUMBERS, *extra) if field.name not in households)
    judged = Judged(probability, veto, asked, soft, lambda one, other: _opposed(names, features, telling, one, other))
    said = Said((versions.said(again), (first.level, GIVEN_WORDS), (last.level, FAMILY_WORDS)), context, tuple(alone))
    return listed(features["record"], pairs, judged, said, weights, crowds)


def _met(frame: pl.DataFrame, ready: Prepared) -> tuple[pl.DataFrame, Candidates]:
    """Return the features that pairs are compared by, and the candidate pairs."""
    features, known = ready.taken()
    features = people.with_companies(features, frame)
    pairs = candidates(people.keys(features), features, known)
    return features.drop(people.FOR_KEYS), pairs


def _certain(
    probability: NDArray[np.floating], features: pl.DataFrame, left: Places, right: Places,
    same_mail: NDArray[np.bool_], same_id: NDArray[np.bool_], *, clear: NDArray[np.bool_],
) -> NDArray[np.floating]:  # fmt: skip
    """Raise pairs that nothing stands against (clear): a mailbox that only one name has, and rows of one record id."""
    doubtful = clear & same_mail & (probability >= LOWEST) & (probability < EMAIL_FIRST)
    probability[only_name(features, "mails", left, right, doubtful)] = EMAIL_FIRST
    probability[clear & same_id] = 1.0
    return probability


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


def _slipped(features: pl.DataFrame, left: Places, right: Places, first: Compared, last: Compared) -> NDArray[np.bool_]:
    """Say which pairs have given names that are alike but for their first letters, or of two in one family."""
    slip = (first.level == TYPO) & (last.level == EQUAL)
    places = np.flatnonzero(slip)
    letters = features["given"].str.slice(0, 1)
    other = letters.gather(left[places]) != letters.gather(right[places])
    slip[places] = other.fill_null(value=False).to_numpy()
    return np.asarray(slip | kindred(first.names, left, right, first.level))


def _of_two(
    features: pl.DataFrame, left: Places, right: Places, first: Compared, kin: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say which pairs have given names that are alike but two, by themselves or by the mailboxes beside them.

    Each mailbox spells out its own, or it is their family's. kin: given names that two of one family may have. Short
    forms are one person's: bob.reed and robert.reed.
    """
    answer = two_names(first.names, left, right, first.level)
    places = np.flatnonzero((first.level == TYPO) | (first.level == PART) | kin)
    one, other = (features.select("given", "family", "local")[side[places]] for side in (left, right))
    sides = pl.concat([one, other.select(pl.all().name.suffix("_2"))], how="horizontal")
    spelt = [
        named_after(pl.col(local), pl.col(given), pl.col(family))
        for local in ("local", "local_2")
        for given, family in (("given", "family"), ("given_2", "family_2"))
    ]
    own = spelt[0] & ~spelt[1] & ~spelt[2] & spelt[3]
    home = pl.lit(pl.Series(kin[places])) & (of_a_household(pl.col("local")) | of_a_household(pl.col("local_2")))
    answer[places] |= sides.select((own | home).fill_null(value=False)).to_series().to_numpy()
    return answer


def _namesakes(
    features: pl.DataFrame, left: Places, right: Places, first: Compared, alone: Sequence[Part]
) -> NDArray[np.bool_]:
    """Say which pairs look like two of one name: their middle names are in conflict, or an employer numbers them.

    Karl A. and Karl B. of one address are father and son; d.lee@ and d.lee2@ of one employer are two colleagues.
    """
    domains, local = numbered(features["domain"]), features["local"]
    places = np.flatnonzero((first.level == EQUAL) & (domains[left] == domains[right]) & (domains[left] >= 0))
    one, other = local.gather(left[places]), local.gather(right[places])
    told = (one != other) & (one.str.strip_chars("0123456789") == other.str.strip_chars("0123456789"))
    answer = np.zeros(len(left), dtype=np.bool_)
    answer[places] = told.fill_null(value=False).to_numpy()
    for part in alone:
        answer |= (part.levels == DIFFERS) & (part.name == MIDDLE[0].name)
    return answer


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


def _few_users(features: pl.DataFrame, left: Places, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which of the asked pairs have a mailbox that few share; of a family's or a crowded one nobody is asked."""
    mailbox = pl.col("mails").list.first()
    places = np.flatnonzero(asked)
    boxes = features["mails"].gather(left[places]).list.first()
    users = features.lazy().filter(mailbox.is_in(boxes.unique().implode())).group_by(mailbox.alias("mailbox"))
    names = pl.col("signature").drop_nulls().n_unique()
    few = users.agg(few=(pl.len() <= USERS) & (names <= NAMES)).filter("few").collect()["mailbox"]
    answer = np.zeros(len(asked), dtype=np.bool_)
    answer[places] = boxes.is_in(few.implode()).to_numpy()
    return answer


def _opposed(
    names: FullNames, features: pl.DataFrame, own: Sequence[Field], left: Places, right: Places
) -> NDArray[np.bool_]:
    """Say which pairs have names in conflict, and no birthdate or number of their own that is even close."""
    first, last = names.compared(left, right)
    identity = single(features, own, left, right, features.height)
    return np.asarray(((first.level == CONFLICT) | (last.level == CONFLICT)) & ~alike(identity, len(left)))
