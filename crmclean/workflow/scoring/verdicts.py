"""What people decided about pairs of records, told by the ids that an export has: our own, or those of the target.

Verdicts name records of the sources. After an import they hold for the records that these became, too: an export of the
target has its ids, which the ledger knows. A verdict on values that are others now is open again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crmclean.errors import Fault, InputError
from crmclean.hygiene.duplicates import MATCHED
from crmclean.matching.decisions import PAIR, Decisions, known_key, read_decisions
from crmclean.pipeline.dedupe.verdicts import verdicts
from crmclean.pipeline.engagement import column
from crmclean.records import RECORD
from crmclean.workspace.paths import Workspace

_MAP = {"record": pl.String, "now": pl.String}


@dataclass(frozen=True)
class Said:
    """What people decided. root: of the workspace, whose ledger knows what records became at the target.

    table: matching.decisions.DECISIONS. key: of the hashes over what they saw; None where nothing can tell them.
    """

    table: pl.DataFrame
    root: Path | None = None
    key: bytes | None = None


def read_verdicts(root: Path | None, path: Path | None) -> Said:
    """Return the decisions of a file, else of the workspace, else none; the key stands beside the file's own folder.

    Raises:
        InputError: the file is not there, or is no list of decisions.
    """
    if path is not None and not path.is_file():
        hint = "give the decisions/pairs.csv of a workspace: left, right, verdict"
        raise InputError(Fault(str(path), "there is no such file", hint, "file.missing"))
    place = path or (Workspace(root).decisions / "pairs.csv" if root is not None else None)
    if place is None:
        return Said(Decisions().table)
    home = Workspace(place.resolve().parent.parent)
    return Said(read_decisions(place), root, known_key(home))


def told_by(said: Said, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the verdicts by the ids of an export: those of the sources, and of the records that these became."""
    ledger = Workspace(said.root).report / "ledger.csv" if said.root is not None else None
    if said.table.is_empty() or ledger is None or not ledger.is_file():
        return said.table
    became = _became(pl.read_csv(ledger, infer_schema=False), tables)
    moved = said.table
    for side in PAIR:
        moved = moved.join(became, left_on=side, right_on="record", how="left", maintain_order="left")
        moved = moved.with_columns(pl.coalesce("now", side).alias(side)).drop("now")
    other = moved.filter(pl.col("left") != pl.col("right"))
    return pl.concat([said.table, other.select(said.table.columns)]).unique(maintain_order=True)


def standing(told: pl.DataFrame, said: Said, tables: Mapping[str, pl.DataFrame]) -> Decisions:
    """Return the verdicts that hold; those on values that have changed since are open again, with what was said.

    told: see told_by. Only fields that the scorecard reads can be compared. What became of records at the target has
    their values in another form, and is not compared.
    """
    if said.key is None:
        return Decisions(told)
    seen = told.join(said.table.select(*PAIR, "seen"), on=[*PAIR, "seen"], how="semi", maintain_order="left")
    moved = told.join(seen, on=[*PAIR, "seen"], how="anti", maintain_order="left")
    held, changed = [moved], [Decisions().changed]
    for name in (name for name in MATCHED if name in tables):
        own = seen.with_columns(_known(seen["seen"], tables[name].columns))
        given = verdicts(own, (name,), tables[name], said.key).given
        held.append(given.table)
        changed.append(given.changed)
    return Decisions(pl.concat(held), pl.concat(changed))


def _known(seen: pl.Series, fields: list[str]) -> pl.Series:
    """Return of the hashes over what people saw (`field:hash field:hash`) those of some fields."""

    def kept(text: str) -> str:
        return " ".join(part for part in text.split() if part.partition(":")[0] in fields)

    return pl.Series("seen", [None if text is None else kept(text) for text in seen], dtype=pl.String)


def _became(ledger: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the record of the export that a record of the sources became; the losers of merges, too."""
    known = ledger.select("object", "record", "target_id").drop_nulls("target_id")
    parts = [pl.DataFrame(schema=_MAP)]
    for name, table in tables.items():
        there = table.select(now=RECORD, target_id=column(table, "source_id")).drop_nulls()
        own = known.filter(pl.col("object") == name).join(there, on="target_id")
        parts.append(own.filter(pl.col("record") != pl.col("now")).select("record", "now"))
    return pl.concat(parts).unique("record", keep="first", maintain_order=True)
