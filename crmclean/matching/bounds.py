"""What promises more than it proves: names with nothing beside them, initials with another mailbox."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmclean.matching.parts import CONFLICT, INITIAL, MISSING, Levels
from crmclean.matching.slicing import Flags
from crmclean.matching.weights import AGREES, DIFFERS, NEAR, Bundle, Part

NAME_ALONE = 0.49  # a name and nothing else is a question at most, however rare the name
NAMESAKE = 0.19  # a name where MANY other things are known and differ: not worth a question
MANY = 3
WIDE = ("region", "country")  # shared with too many to count as anything in common
AREA = ("city", "postal code")
TITLE = "job title"
PROFILE, BIRTHDATE = "profile", "birthdate"
PERSONAL = (PROFILE, BIRTHDATE)

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Own:
    """What people of one given name only have: phone; desk, their family name at an employer; street; mailbox.

    Known only of the pairs of which one has no whole given name. otherwise: birthdates say that any two are two. two:
    their given names are two, and no number says that they are one person.
    """

    phone: Flags
    desk: Flags
    street: Flags
    mailbox: Flags
    otherwise: Flags
    two: Flags


def bounded(
    probability: Floats,
    names: tuple[Levels, Levels],
    context: Bundle,
    identity: Sequence[Part],
    alone: Sequence[Part],
    others: Flags,
    own: Own,
) -> Floats:
    """Hold down what promises more than it proves.

    names: levels of the given and the family names. identity: birthdates and numbers, alone: these and other parts.
    others: the names hint at two of one family. own: what nobody else has.
    """
    hopeless, doubtful = _names_alone(context, identity, alone)
    other = others & (context.state("email") != AGREES) & ~alike(identity, len(probability))
    other |= (own.otherwise & ~alike(identity, len(probability))) | own.two
    question = doubtful | _vague(*names, context, identity, own) | other
    held = np.minimum(probability, NAME_ALONE, out=probability.copy(), where=question)
    return np.minimum(held, NAMESAKE, out=held, where=hopeless)


def _names_alone(context: Bundle, identity: Sequence[Part], alone: Sequence[Part]) -> tuple[Flags, Flags]:
    """Say which pairs have their names and nothing else in common, or only the town while most or the employer differs.

    First those of which so much differs that they are not worth a question.
    """
    title = sum((part.levels == DIFFERS for part in alone if part.name == TITLE), np.zeros(1, dtype=np.int8))
    differing = _differing(context)
    bare, town = ~_shared(context, identity, WIDE), ~_shared(context, identity, (*WIDE, *AREA))
    hopeless = (bare & (differing >= MANY)) | (town & (differing >= MANY) & (differing + title > MANY))
    elsewhere = (context.state("company") == DIFFERS) & (context.state("email") == DIFFERS)
    return hopeless, bare | (town & ((differing >= MANY) | elsewhere))


def _vague(first: Levels, last: Levels, context: Bundle, identity: Sequence[Part], own: Own) -> Flags:
    """Say which pairs have an initial, or no given name, on one side, and nothing that a family does not share.

    Without a given name that is a number of one's own, a mailbox of one given name where no number differs,
    or what only one given name has at work. With an initial it is the employer, or a phone, mailbox or street that one
    given name has; not where the mailboxes differ.
    """
    close, email = alike(identity, len(first)), context.state("email")
    phone, street = context.state("phone") >= NEAR, context.state("street") >= NEAR
    family = last != MISSING
    mailbox = own.mailbox & ~(family & _different(identity, len(first)))
    person = alike([part for part in identity if part.name in PERSONAL], len(first))
    numbered = close & (family | person | _shared(context, (), WIDE))  # a column that nobody knows names nobody alone
    unnamed = (first == MISSING) & (last != CONFLICT) & ~mailbox & ~numbered & ~((own.phone | own.desk) & family)
    vague = np.isin(first, (INITIAL, MISSING)) | np.isin(last, (INITIAL, MISSING))
    moved = vague & (email == DIFFERS) & ~street & ~phone
    home = (first == INITIAL) & (context.state("company") < NEAR) & (street | phone | (email == AGREES))
    shared = home & ~own.phone & ~own.mailbox & ~own.street
    return np.asarray(unnamed | ((moved | shared) & ~close))


def alike(identity: Sequence[Part], pairs: int) -> Flags:
    """Say which pairs have a birthdate or number that is at least close."""
    close = np.zeros(pairs, dtype=np.bool_)
    for part in identity:
        close |= part.levels >= NEAR
    return close


def _different(identity: Sequence[Part], pairs: int) -> Flags:
    """Say which pairs have another birthdate or number, and none that is close."""
    other = np.zeros(pairs, dtype=np.bool_)
    for part in identity:
        other |= part.levels == DIFFERS
    return other & ~alike(identity, pairs)


def _shared(context: Bundle, identity: Sequence[Part], apart_from: tuple[str, ...]) -> Flags:
    """Say which pairs have anything but their names in common, and other than some fields."""
    shared = alike(identity, context.pairs)
    for name, state in context.states.items():
        if name not in apart_from:
            shared |= state >= NEAR
    return shared


def _differing(context: Bundle) -> NDArray[np.int8]:
    """Return how many of the fields that say something differ."""
    states = [(state == DIFFERS).astype(np.int8) for name, state in context.states.items() if name not in WIDE]
    return np.asarray(sum(states, np.zeros(context.pairs, dtype=np.int8)))
