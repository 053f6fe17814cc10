"""decisions/pairs.csv: reviewers' answers by record id, never by value; kept as text, so that it can live in git."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.files.tables import write_csv
from crmclean.matching.model import REOPENED, VERDICTS
from crmclean.workspace.atomic import write_text
from crmclean.workspace.paths import Workspace

KEY_BYTES = 32
_FEW = 2  # fields: that all of so few differ says nothing
_KEY = "review.key"
FIELDS = ("left", "right", "verdict", "survivor", "by", "at", "note", "seen")
DECISIONS = pl.Schema(dict.fromkeys(FIELDS, pl.String()))
MERGED, DIFFERENT, SKIPPED, UNMERGED = "merge", "different", "skip", "unmerge"
VERDICT_WORDS = (MERGED, DIFFERENT, SKIPPED)
CONTESTED, CHANGED = "reviewers disagree", "changed since the decision"
PAIR = ["left", "right"]


@dataclass(frozen=True)
class Decisions:
    """The answers on records as they are now; a pair on which reviewers disagree is open again.

    reopened: pairs that go back to a person, each with why and what was said of it before.
    """

    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DECISIONS))
    changed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REOPENED))

    def accepted(self, *objects: str) -> pl.DataFrame:
        """Return the pairs (left, right) that are the same entity."""
        return self._pairs(objects, MERGED)

    def rejected(self, *objects: str) -> pl.DataFrame:
        """Return the pairs (left, right) that are not."""
        return self._pairs(objects, DIFFERENT)

    def reopened(self, *objects: str) -> pl.DataFrame:
        """Return the pairs that a person has to see again (REOPENED): contested, or decided on other values."""
        standing = _standing(self._given(objects))
        contested = _contested(standing).select(*PAIR, why=pl.lit(CONTESTED))
        said = contested.join(_said(standing), on=PAIR, how="left", maintain_order="left")
        changed = self.changed.join(standing, on=PAIR, how="anti", maintain_order="left").filter(of_objects(objects))
        return pl.concat([said.select(REOPENED.names()), changed]).sort(PAIR)

    def chosen(self, *objects: str) -> tuple[str, ...]:
        """Return the records that a person picked as survivors."""
        picked = self._agreed(objects).filter(pl.col("verdict") == MERGED)["survivor"]
        return tuple(picked.drop_nulls().unique().sort())

    def _pairs(self, objects: Sequence[str], verdict: str) -> pl.DataFrame:
        alike = self._agreed(objects).filter(pl.col("verdict") == verdict)
        return alike.select(VERDICTS.names()).unique().sort("left", "right")

    def _agreed(self, objects: Sequence[str]) -> pl.DataFrame:
        return agreed(self._given(objects))

    def _given(self, objects: Sequence[str]) -> pl.DataFrame:
        return self.table.filter(of_objects(objects))


def permitted_splits(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs (left < right) that `crmclean unmerge` took apart, as long as nobody merged them again.

    This is the named permission for an import to split what an earlier one merged: of a cluster that the crosswalk
    holds as one, the record that holds the target's key keeps the target record, and every other record of these pairs
    that is live again is created as a new one under its own record id; links go back with their references. A split
    that is not listed here is held.
    """
    return agreed(decisions).filter("split").select(PAIR).unique().sort(PAIR)


def contested(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs (left < right) on which reviewers disagree."""
    return _contested(_standing(decisions))


def agreed(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the answers (left < right) that count and that no reviewer disputes, as merge or different."""
    standing = _standing(decisions)
    return standing.join(_contested(standing), on=PAIR, how="anti", maintain_order="left")


def of_objects(objects: Sequence[str]) -> pl.Expr:
    """Say of pairs (left, right) whether they are of these objects."""
    return pl.col("left").str.contains(f"^[^:]*:({'|'.join(objects)}):")


def _standing(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the answers that count, as merge or different: an unmerge overrules whatever was said before it.

    split: whether it is an unmerge.
    """
    split = pl.col("verdict") == UNMERGED
    answered = ordered_sides(decisions).filter(pl.col("verdict").is_in([MERGED, DIFFERENT, UNMERGED]))
    since = pl.when(split).then(pl.col("at").fill_null("")).max().over(PAIR)
    counts = since.is_null() | (pl.col("at").fill_null("") > since) | (split & (pl.col("at").fill_null("") >= since))
    verdict = pl.when(split).then(pl.lit(DIFFERENT)).otherwise("verdict").alias("verdict")
    return answered.filter(counts).with_columns(verdict, split=split)


def _contested(standing: pl.DataFrame) -> pl.DataFrame:
    verdicts = standing.group_by(PAIR).agg(pl.col("verdict").n_unique())
    return verdicts.filter(pl.col("verdict") > 1).select(PAIR)


def _said(answers: pl.DataFrame) -> pl.DataFrame:
    """Return (left, right, said): who answered what, and when."""
    day = pl.col("at").fill_null("no date").str.head(10)
    words = pl.format("{}: {} ({})", pl.col("by").fill_null("somebody"), "verdict", day)
    return (
        answers.sort("at", "by", nulls_last=True)
        .group_by(PAIR)
        .agg(words.unique(maintain_order=True).str.join("; ").alias("said"))
    )


def ordered_sides(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the decisions with the smaller record id of each pair on the left."""
    low, high = pl.min_horizontal(PAIR), pl.max_horizontal(PAIR)
    return decisions.with_columns(low.alias("left"), high.alias("right"))


def among(pairs: pl.DataFrame, records: pl.Series) -> pl.Expr:
    """Say whether both sides of a pair are among the records: of which there may be a million, of pairs a few."""
    named = pl.concat([pairs[side] for side in PAIR])
    return pl.all_horizontal(pl.col(PAIR).is_in(records.filter(records.is_in(named.implode())).implode()))


def read_decisions(path: Path) -> pl.DataFrame:
    """Return the decisions (DECISIONS), none where the file is missing.

    Raises:
        InputError: the file lacks a column, or is not UTF-8 CSV.
    """
    if not path.exists():
        return pl.DataFrame(schema=DECISIONS)
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        fault = Fault(str(path), "is not CSV in UTF-8", "restore it from version control", "decisions.unreadable")
        raise InputError(fault) from error
    missing = [name for name in ("left", "right", "verdict") if name not in frame.columns]
    if missing:
        fault = Fault(
            str(path), f"lacks the column {', '.join(missing)}", f"expected: {', '.join(FIELDS)}", "decisions.columns"
        )
        raise InputError(fault)
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, pl.String).alias(name) for name in FIELDS
    )


def write_decisions(path: Path, decisions: pl.DataFrame) -> None:
    """Write the decisions, sorted by pair, reviewer and time."""
    write_csv(decisions.select(FIELDS).unique().sort("left", "right", "by", "at", "verdict", nulls_last=True), path)


def with_answers(decisions: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Add answers; a reviewer's later answer replaces the earlier one on the same pair."""
    both = ordered_sides(pl.concat([decisions.select(FIELDS), answers.select(FIELDS)]))
    ordered = both.sort("at", nulls_last=False, maintain_order=True)
    return ordered.unique(["left", "right", "by"], keep="last", maintain_order=True)


def current(decisions: pl.DataFrame, seen: pl.DataFrame) -> Decisions:
    """Keep the decisions whose values are still those that the reviewer saw; the others come back as questions.

    decisions: left < right. seen: (left, right, seen) as the values are now; a pair that it lacks counts as unchanged.
    """
    now = decisions.join(seen, on=PAIR, how="left", suffix="_now", maintain_order="left")
    same = pl.col("seen").is_null() | pl.col("seen_now").is_null() | (pl.col("seen") == pl.col("seen_now"))
    gone = now.filter(~same & pl.col("verdict").is_in([MERGED, DIFFERENT]))
    fields = [differing(before, after) for before, after in gone.select("seen", "seen_now").iter_rows()]
    named = gone.with_columns(pl.Series("fields", fields, dtype=pl.String))
    words = pl.format("{}; changed since: {}", "said", "fields")
    told = _said(gone).join(named.select(*PAIR, "fields").unique(PAIR, keep="last", maintain_order=True), on=PAIR)
    changed = told.select(*PAIR, why=pl.lit(CHANGED), said=words).sort(PAIR)
    return Decisions(now.filter(same).select(FIELDS), changed)


def differing(before: str, after: str) -> str:
    """Say which fields of two `seen` texts differ; where all do, that the key of the hashes may be another one."""
    one, other = (dict(part.split(":", 1) for part in text.split() if ":" in part) for text in (before, after))
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    if one.keys() == other.keys() and len(names) == len(one) > _FEW:
        return f"every field; or state/{_KEY} is another one than then"
    return ", ".join(names)


def review_key(workspace: Workspace) -> bytes:
    """Return the workspace's secret for hashes of seen values; made at the first need, kept in state/."""
    known = known_key(workspace)
    if known is None:
        write_text(workspace.state / _KEY, secrets.token_hex(KEY_BYTES))
    return known or review_key(workspace)


def known_key(workspace: Workspace) -> bytes | None:
    """Return the workspace's secret for hashes of seen values; None where nobody has needed it yet."""
    path = workspace.state / _KEY
    return path.read_text(encoding="utf-8").strip().encode() if path.is_file() else None
