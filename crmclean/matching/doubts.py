"""What stands against, or for, two people being one beside their score: short forms, brothers, shared mailboxes."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.bounds import Own
from crmclean.matching.coding import numbered
from crmclean.matching.likeness import Likeness
from crmclean.matching.mailboxes import named_after, of_a_household
from crmclean.matching.parts import CONFLICT, EQUAL, INITIAL, MISSING, PART, TYPO, kindred, two_names
from crmclean.matching.sharing import only_name
from crmclean.matching.slicing import Flags, Places
from crmclean.matching.weights import AGREES, DIFFERS

USERS, NAMES = 5, 2  # records and names of one mailbox up to which a person is asked about other names on it
EMAIL_FIRST = 0.99  # a mailbox that only one name has, where nothing stands against it
LOWEST = 0.5  # a mailbox shared by so many that a pair is below is no evidence
MIDDLE = "middle name"


def certain(probability: NDArray[np.floating], features: pl.DataFrame, pair: Likeness, *, clear: Flags) -> None:
    """Raise pairs that nothing stands against (clear): a mailbox that only one name has, and rows of one record id."""
    doubtful = clear & pair.one_mailbox & (probability >= LOWEST) & (probability < EMAIL_FIRST)
    probability[only_name(features, "mails", pair.left, pair.right, doubtful)] = EMAIL_FIRST
    probability[clear & pair.again] = 1.0


def own(features: pl.DataFrame, pair: Likeness, otherwise: Flags, two: Flags) -> Own:
    """Say where less than a given name stands beside what only one given name has.

    A missing one is nobody's own where both lack it, but for a mailbox, or a phone at work.
    """
    left, right, given, context = pair.left, pair.right, pair.first.level, pair.context
    named = features["given"].is_not_null().to_numpy()
    initial = given == INITIAL
    less = ((given == MISSING) & (named[left] | named[right])) | initial
    at_work = (given == MISSING) & (context.state("company") == AGREES)
    phone = only_name(features, "phones", left, right, (less | at_work) & (context.state("phone") == AGREES))
    colleagues = features.with_columns(desk=pl.concat_str("family", "company", separator="\x1f"))
    desk = only_name(colleagues, "desk", left, right, less & ~initial & (context.state("company") == AGREES))
    home = only_name(features, "street", left, right, initial & (context.state("street") == AGREES))
    shared = np.zeros(features.height, dtype=np.bool_)
    strangers = (given == CONFLICT) & pair.one_mailbox
    shared[left[strangers]] = shared[right[strangers]] = True
    mailbox = pair.one_mailbox & ~shared[left] & ~shared[right]
    return Own(phone, desk, home, mailbox, otherwise, two)


def slipped(features: pl.DataFrame, pair: Likeness) -> Flags:
    """Say which pairs have given names that are alike but for their first letters, or of two in one family."""
    slip = (pair.first.level == TYPO) & (pair.last.level == EQUAL)
    places = np.flatnonzero(slip)
    letters = features["given"].str.slice(0, 1)
    other = letters.gather(pair.left[places]) != letters.gather(pair.right[places])
    slip[places] = other.fill_null(value=False).to_numpy()
    return np.asarray(slip | kindred(pair.first.names, pair.left, pair.right, pair.first.level))


def of_two(features: pl.DataFrame, pair: Likeness, kin: Flags) -> Flags:
    """Say which pairs have given names that are alike but two, by themselves or by the mailboxes beside them.

    Each mailbox spells out its own, or it is their family's. kin: given names that two of one family may have. Short
    forms are one person's: bob.reed and robert.reed.
    """
    level = pair.first.level
    answer = two_names(pair.first.names, pair.left, pair.right, level)
    places = np.flatnonzero((level == TYPO) | (level == PART) | kin)
    one, other = (features.select("given", "family", "local")[side[places]] for side in (pair.left, pair.right))
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


def namesakes(features: pl.DataFrame, pair: Likeness) -> Flags:
    """Say which pairs look like two of one name: their middle names are in conflict, or an employer numbers them.

    Karl A. and Karl B. of one address are father and son; d.lee@ and d.lee2@ of one employer are two colleagues.
    """
    left, right, domains, local = pair.left, pair.right, numbered(features["domain"]), features["local"]
    places = np.flatnonzero((pair.first.level == EQUAL) & (domains[left] == domains[right]) & (domains[left] >= 0))
    one, other = local.gather(left[places]), local.gather(right[places])
    told = (one != other) & (one.str.strip_chars("0123456789") == other.str.strip_chars("0123456789"))
    answer = np.zeros(len(left), dtype=np.bool_)
    answer[places] = told.fill_null(value=False).to_numpy()
    for part in pair.alone:
        answer |= (part.levels == DIFFERS) & (part.name == MIDDLE)
    return answer


def few_users(features: pl.DataFrame, left: Places, asked: Flags) -> Flags:
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
