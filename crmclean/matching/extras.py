"""Columns that no mapping knows, yet tell entities apart: a social security number, a member number, a nickname."""

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching.evidence import Field
from crmclean.matching.folding import compact, folded
from crmclean.matching.mailboxes import once
from crmclean.matching.parts import Numbers
from crmclean.matching.weights import AGREES, Part

EXTRA = "x_"
SAID = "said."  # prefix of what is said of a person, below
OF_PERSONS = (
    r"birth_?place|place_?of_?birth|born|occupation|profession|trade|mother|father|spouse|maiden|parish|county|district"
    r"|nationality|employer|school|address_?2"
)  # headers of columns that describe a person; campaigns, owners and lists of a CRM do not
OF_OTHERS = (
    r"^x_associated_|(?:^|_)(?:company|companies|account|organi[sz]ation|deals?|opportunity|campaign|owner|record_?type"
    r"|tickets?|parent|activity)(?:_[a-z]+)*_ids?$"
)  # headers of columns that name other records: who works for one company is no one person
OF_NOBODY = (
    r"(?:^|_)(?:ratings?|reviews?|scores?|counts?|total|amount|lat|latitude|lng|lon|longitude|utm|query|opening_hours"
    r"|timestamp|scraped|crawled|imported|exported|synced|uploaded|opened|clicked)(?:_|$)"
)  # headers of columns that measure, or say when and how a row came about
MOMENT = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[T ,]+\d{1,2}:\d{2}"  # rows written together share it
MOMENTS = 0.5  # share of the values from which a column is one of moments
_LOOKED_AT = 1000  # values by which a column is told to be one of moments
KINDS = 20  # different values from which such a column says anything
MOST = 6  # columns looked at
MOST_SAID = 2
HOUSEHOLD = 0.2  # of the pairs that share its value have names in conflict: it is a family's or a firm's, no person's
FILLED = 0.2  # of the records
TELLING = 0.2  # different values per filled cell: fewer say which kind, not who
REPEATED = 0.005  # of the filled cells stand in another record, too; fewer and the column numbers the rows


def extras(frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Return the unmapped columns that look like evidence, folded, by column name."""
    others = re.compile(f"{OF_OTHERS}|{OF_NOBODY}")
    own = [name for name in sorted(frame.columns) if name.startswith(EXTRA) and not others.search(name)]
    told = {name: _told(frame[name]) for name in own}
    telling = sorted((-share, name) for name, share in told.items() if share is not None)
    return {name: once(frame[name], compact) for _, name in telling[:MOST]}


def descriptions(frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Return the unmapped columns that describe a person without telling who it is, such as a birth place, folded."""
    named = [name for name in sorted(frame.columns) if name.startswith(EXTRA) and re.search(OF_PERSONS, name)]
    known = extras(frame)
    found = {f"{SAID}{name.removeprefix(EXTRA)}": once(frame[name], folded) for name in named if name not in known}
    return {name: values for name, values in found.items() if _describes(values)}


def _describes(values: pl.Series) -> bool:
    filled = len(values) - values.null_count()
    return filled >= max(1.0, FILLED * len(values)) and values.drop_nulls().n_unique() >= KINDS


def description_fields(features: pl.DataFrame) -> tuple[Field, ...]:
    """Return those columns as fields of evidence."""
    names = [name for name in features.columns if name.startswith(SAID)][:MOST_SAID]
    return tuple(
        Field(name.removeprefix(SAID).replace("_", " "), name, 3.0, (0.15, 0.10, 0.75), 1e-2) for name in names
    )


def _told(values: pl.Series) -> float | None:
    """Return how telling a column is, None where it is no evidence."""
    filled = len(values) - values.null_count()
    if not filled or filled < FILLED * len(values):
        return None
    distinct = values.drop_nulls().n_unique()
    repeated = 1 - distinct / filled
    if distinct < TELLING * filled or repeated < REPEATED or _of_moments(values):
        return None
    return distinct / filled


def _of_moments(values: pl.Series) -> bool:
    """Whether a column says when something happened, to the minute: that is no evidence of who it is."""
    first = values.drop_nulls().head(_LOOKED_AT)
    return int(first.str.contains(MOMENT).sum()) >= MOMENTS * len(first)


def extra_fields(features: pl.DataFrame) -> tuple[Field, ...]:
    """Return those columns as fields of evidence; what they are worth is learned."""
    names = [name for name in features.columns if name.startswith(EXTRA)]
    return tuple(
        Field(name.removeprefix(EXTRA).replace("_", " "), name, 1.0, (0.25, 0.10, 0.65), 5e-3, numbers=Numbers.SLIP)
        for name in names
    )


def of_households(parts: Sequence[Part], strangers: NDArray[np.bool_]) -> frozenset[str]:
    """Return the names of the columns whose values people of other names share, such as an address or a main line.

    strangers: pairs whose names say that they are two, and whose birthdates do not say that they are one.
    """
    shared = {part.name: strangers[part.levels == AGREES] for part in parts}
    return frozenset(name for name, apart in shared.items() if apart.sum() > max(1.0, HOUSEHOLD * apart.size))


def household_fields(fields: Sequence[Field], names: frozenset[str]) -> tuple[Field, ...]:
    """Return these columns as fields that weigh no more than an address."""
    return tuple(
        Field(field.name, field.column, 0.5, (0.20, 0.15, 0.65), 3e-3) for field in fields if field.name in names
    )
