"""decisions/pairs.csv: reviewers' answers by record id, never by value; kept as text, so that it can live in git."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.files.tables import write_csv
from crmclean.matching.model import VERDICTS
from crmclean.workspace.atomic import write_text
from crmclean.workspace.paths import Workspace

KEY_BYTES = 32
FIELDS = ("left", "right", "verdict", "survivor", "by", "at", "note", "seen")
DECISIONS = pl.Schema(dict.fromkeys(FIELDS, pl.String()))
MERGED, DIFFERENT, SKIPPED = "merge", "different", "skip"
VERDICT_WORDS = (MERGED, DIFFERENT, SKIPPED)


@dataclass(frozen=True)
class Decisions:
    """The answers that hold, by object; a pair on which reviewers disagree is open again."""

    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DECISIONS))

    def accepted(self, object_: str) -> pl.DataFrame:
        """Return the pairs (left, right) that are the same entity."""
        return self._pairs(object_, MERGED)

    def rejected(self, object_: str) -> pl.DataFrame:
        """Return the pairs (left, right) that are not."""
        return self._pairs(object_, DIFFERENT)

    def chosen(self, object_: str) -> tuple[str, ...]:
        """Return the records that a person picked as survivors."""
        picked = self._agreed(object_).filter(pl.col("verdict") == MERGED)["survivor"]
        return tuple(picked.drop_nulls().unique().sort())

    def disputed(self) -> int:
        """Return the number of pairs on which reviewers disagree."""
        return _disputed(self._given()).height

    def _pairs(self, object_: str, verdict: str) -> pl.DataFrame:
        agreed = self._agreed(object_).filter(pl.col("verdict") == verdict)
        return agreed.select(VERDICTS.names()).unique().sort("left", "right")

    def _agreed(self, object_: str) -> pl.DataFrame:
        given = self._given().filter(pl.col("left").str.contains(f":{object_}:", literal=True))
        return given.join(_disputed(given), on=["left", "right"], how="anti", maintain_order="left")

    def _given(self) -> pl.DataFrame:
        low, high = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
        answered = self.table.filter(pl.col("verdict").is_in([MERGED, DIFFERENT]))
        return answered.with_columns(low.alias("left"), high.alias("right"))


def _disputed(given: pl.DataFrame) -> pl.DataFrame:
    return given.group_by("left", "right").agg(pl.col("verdict").n_unique()).filter(pl.col("verdict") > 1)


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
    both = pl.concat([decisions.select(FIELDS), answers.select(FIELDS)])
    low, high = pl.min_horizontal("left", "right"), pl.max_horizontal("left", "right")
    ordered = both.with_columns(low.alias("left"), high.alias("right")).sort(
        "at", nulls_last=False, maintain_order=True
    )
    return ordered.unique(["left", "right", "by"], keep="last", maintain_order=True)


def unchanged(decisions: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the decisions whose values are still those that the reviewer saw; the others come back as questions.

    seen: (left, right, seen) as the values are now; a pair that it lacks counts as unchanged.
    """
    now = decisions.join(seen, on=["left", "right"], how="left", suffix="_now", maintain_order="left")
    same = pl.col("seen").is_null() | pl.col("seen_now").is_null() | (pl.col("seen") == pl.col("seen_now"))
    return now.filter(same).select(FIELDS)


def review_key(workspace: Workspace) -> bytes:
    """Return the workspace's secret for hashes of seen values; made at the first need, kept in state/."""
    path = workspace.state / "review.key"
    if not path.exists():
        write_text(path, secrets.token_hex(KEY_BYTES))
    return path.read_text(encoding="utf-8").strip().encode()


def fingerprint(key: bytes, values: str) -> str:
    """Return the keyed hash of the values that a reviewer saw, 16 hex digits."""
    return hmac.new(key, values.encode(), hashlib.sha256).hexdigest()[:16]
