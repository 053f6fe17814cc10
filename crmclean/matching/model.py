"""What matching takes and what it answers, as frozen dataclasses around frames."""

from dataclasses import dataclass, field

import polars as pl

from crmclean.matching.weights import Weights

PAIRS = pl.Schema(
    {
        "left": pl.String(),
        "right": pl.String(),
        "rule": pl.String(),
        "probability": pl.Float64(),
        "band": pl.String(),
        "reasons": pl.String(),
        "veto": pl.String(),
    }
)
GROUPS = pl.Schema({"record": pl.String(), "group": pl.String(), "rule": pl.String()})
HELD = pl.Schema({"record": pl.String(), "group": pl.String(), "code": pl.String()})
VERDICTS = pl.Schema({"left": pl.String(), "right": pl.String()})
REOPENED = pl.Schema({"left": pl.String(), "right": pl.String(), "why": pl.String(), "said": pl.String()})

PAIR = ["left", "right"]
MERGE, REVIEW, LEAVE = "merge", "review", "leave"


def no_verdicts() -> pl.DataFrame:
    """Return an empty list of pairs that a person decided on."""
    return pl.DataFrame(schema=VERDICTS)


@dataclass(frozen=True)
class Note:
    """Something that was capped, or not compared or not applied, said aloud; counts only, never a value."""

    code: str
    problem: str
    count: int


@dataclass(frozen=True)
class MatchSettings:
    """How to match one object.

    merge, review: probabilities from which a pair merges or is asked about; None: from the estimated precision.
    group_limit: most records of one group. rejected, accepted: (left, right) pairs that a person decided on.
    reopened: pairs that a person has to see again, whatever their score (REOPENED). always, never: rules of the
    plan, SQL over l_<field> and r_<field>. weights: kept from an earlier file, or None.
    """

    merge: float | None = None
    review: float | None = None
    group_limit: int = 50
    seed: int = 1
    rejected: pl.DataFrame = field(default_factory=no_verdicts)
    accepted: pl.DataFrame = field(default_factory=no_verdicts)
    reopened: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REOPENED))
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    weights: Weights | None = None


@dataclass(frozen=True)
class Matching:
    """What matching found.

    pairs: every scored pair (PAIRS), left < right. groups: records of groups to merge (record, group, rule of its
    strongest match), two at least, named after their smallest record id. held: records that wait for a person, and why.
    """

    pairs: pl.DataFrame
    groups: pl.DataFrame
    held: pl.DataFrame
    notes: tuple[Note, ...] = ()
    weights: Weights | None = None
