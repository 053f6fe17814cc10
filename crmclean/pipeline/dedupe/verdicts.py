"""What people decided, laid beside the records as they are now: what holds, what comes back, what cannot be applied."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.matching.decisions import MERGED, PAIR, Decisions, among, current, of_objects, ordered_sides
from crmclean.matching.model import Matching, Note
from crmclean.matching.review import beside, seen_in
from crmclean.records import RECORD

UNAPPLIED = pl.Schema(dict.fromkeys(("left", "right", "verdict", "by", "at", "code"), pl.String()))
UNKNOWN, CONTRADICTED = "decisions.unknown-record", "decisions.contradicted"
_PROBLEMS = {
    UNKNOWN: "decisions name records that are not there, or are out of play, and were not applied",
    CONTRADICTED: "merges that people decided were not made: other decisions or conflicts keep these records apart",
}


@dataclass(frozen=True)
class Verdicts:
    """The decisions on one object, by its name. unapplied: those that were not applied, with the reason (UNAPPLIED)."""

    object: str
    given: Decisions
    reopened: pl.DataFrame
    unapplied: pl.DataFrame

    @property
    def notes(self) -> list[Note]:
        """What to say aloud."""
        counts = {str(code): count for code, count in self.unapplied.group_by("code").len().sort("code").iter_rows()}
        one = self.reopened.height == 1
        pairs = f"pair of {self.object} was" if one else f"pairs of {self.object} were"
        why = "reviewers disagree, or the records have changed since"
        problem = f"{pairs} decided before and {'is' if one else 'are'} open again: {why}"
        again = [Note("decisions.reopened", problem, self.reopened.height)] if self.reopened.height else []
        return [*(Note(code, _PROBLEMS[code], count) for code, count in counts.items()), *again]


def verdicts(decisions: pl.DataFrame, objects: Sequence[str], frame: pl.DataFrame, key: bytes) -> Verdicts:
    """Return what was decided on the records of these objects that are in `frame`."""
    own = ordered_sides(decisions.filter(of_objects(objects)))
    here = among(own, frame[RECORD])
    shown = beside(own.filter(here).select(PAIR).unique(), frame)
    given = current(own.filter(here), shown.select(*PAIR, seen_in(shown, key)))
    return Verdicts(objects[0], given, given.reopened(*objects), _named(own.filter(~here), UNKNOWN))


def contradicted(known: Verdicts, objects: Sequence[str], matching: Matching, records: pl.Series) -> pl.DataFrame:
    """Return the merges of `records` that people decided and that did not come about (UNAPPLIED)."""
    decided = known.given.accepted(*objects)
    accepted = decided.filter(among(decided, records))
    groups = matching.groups.select("record", "group")
    placed = accepted.join(groups, left_on="left", right_on="record", how="left")
    placed = placed.join(groups, left_on="right", right_on="record", how="left", suffix="_right")
    waiting = pl.any_horizontal(pl.col(PAIR).is_in(matching.held["record"].implode()))
    apart = placed.filter(pl.col("group").ne_missing(pl.col("group_right")) | pl.col("group").is_null(), ~waiting)
    merged = known.given.table.filter(pl.col("verdict") == MERGED)
    return _named(merged.join(apart, on=PAIR, how="semi"), CONTRADICTED)


def _named(decisions: pl.DataFrame, code: str) -> pl.DataFrame:
    return decisions.select(*PAIR, "verdict", "by", "at", code=pl.lit(code)).cast(UNAPPLIED).sort(*PAIR, "by", "at")
