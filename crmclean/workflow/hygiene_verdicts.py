"""What people decided about pairs of records, told by the ids that an export has: our own, or those of the target.

Verdicts name records of the sources. After an import they hold for the records that these became, too: an export of the
target has its ids, which the ledger knows.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.matching.decisions import Decisions, read_decisions
from crmclean.pipeline.engagement import column
from crmclean.records import RECORD
from crmclean.workspace.paths import Workspace

_SIDES = ("left", "right")
_MAP = {"record": pl.String, "now": pl.String}


def read_verdicts(root: Path | None, path: Path | None) -> pl.DataFrame:
    """Return the decisions of a file, else of the workspace, else none (shape matching.decisions.DECISIONS).

    Raises:
        InputError: the file is not there, or is no list of decisions.
    """
    if path is not None and not path.is_file():
        hint = "give the decisions/pairs.csv of a workspace: left, right, verdict"
        raise InputError(Fault(str(path), "there is no such file", hint, "file.missing"))
    place = path or (Workspace(root).decisions / "pairs.csv" if root is not None else None)
    return Decisions().table if place is None else read_decisions(place)


def told_by(verdicts: pl.DataFrame, tables: Mapping[str, pl.DataFrame], root: Path | None) -> Decisions:
    """Return the verdicts on the records of an export. root: of the workspace, whose ledger knows the target's ids."""
    ledger = Workspace(root).report / "ledger.csv" if root is not None else None
    if verdicts.is_empty() or ledger is None or not ledger.is_file():
        return Decisions(verdicts)
    became = _became(pl.read_csv(ledger, infer_schema=False), tables)
    moved = verdicts
    for side in _SIDES:
        moved = moved.join(became, left_on=side, right_on="record", how="left", maintain_order="left")
        moved = moved.with_columns(pl.coalesce("now", side).alias(side)).drop("now")
    other = moved.filter(pl.col("left") != pl.col("right"))
    return Decisions(pl.concat([verdicts, other.select(verdicts.columns)]).unique(maintain_order=True))


def _became(ledger: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the record of the export that a record of the sources became; the losers of merges, too."""
    known = ledger.select("object", "record", "target_id").drop_nulls("target_id")
    parts = [pl.DataFrame(schema=_MAP)]
    for name, table in tables.items():
        there = table.select(now=RECORD, target_id=column(table, "source_id")).drop_nulls()
        own = known.filter(pl.col("object") == name).join(there, on="target_id")
        parts.append(own.filter(pl.col("record") != pl.col("now")).select("record", "now"))
    return pl.concat(parts).unique("record", keep="first", maintain_order=True)
