"""Sources with the role enrichment: their rows fill blanks of the records that they match, and become none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.matching.engine import match
from crmclean.matching.filling import filled
from crmclean.matching.model import MERGE, MatchSettings, Note
from crmclean.matching.survivors import SurvivorRules, Survivors
from crmclean.pipeline.dedupe.families import beside
from crmclean.pipeline.record_ids import object_of
from crmclean.plan.model import Plan
from crmclean.plan.sources import ENRICHMENT
from crmclean.records import OUTCOME, RECORD, SOURCE

SERVED = pl.Schema({"record": pl.String(), "survivor": pl.String()})
NO_MATCH, AMBIGUOUS = "enrich.no-match", "enrich.ambiguous"


@dataclass(frozen=True)
class Enrichment:
    """served: (record, survivor) of the rows that fill. unused: (record, code) of the others."""

    served: pl.DataFrame
    unused: pl.DataFrame

    @property
    def notes(self) -> list[Note]:
        """What to say aloud."""
        problem = "rows of enrichment sources fit several records, or none, and were not used"
        return [Note("enrich.unused", problem, self.unused.height)] if self.unused.height else []


def enriches(plan: Plan) -> pl.Expr:
    """Say of a row whether it only enriches others."""
    names = [source.name for source in plan.sources if source.role == ENRICHMENT]
    return pl.col(SOURCE).is_in(names)


def all_unused(rows: pl.DataFrame) -> Enrichment:
    """Return what becomes of rows of an object that is not matched."""
    return Enrichment(pl.DataFrame(schema=SERVED), rows.select(record=RECORD, code=pl.lit(NO_MATCH)).sort("record"))


def enrichment(
    object_: str, own: pl.DataFrame, helpers: pl.DataFrame, members: pl.DataFrame, settings: MatchSettings
) -> Enrichment:
    """Find the record that each row enriches: the one that it matches for certain, and no other one.

    own: our records, as they were matched. members: (record, survivor) of the merges among them.
    """
    if helpers.is_empty() or own.is_empty():
        return all_unused(helpers)
    found = match(object_, pl.concat([own, helpers], how="diagonal"), settings)
    ours, theirs = own[RECORD], helpers[RECORD]
    sides = [found.pairs.filter(pl.col("band") == MERGE).select(record=one, ours=other) for one, other in _BOTH]
    met = pl.concat(sides).filter(pl.col("record").is_in(theirs.implode()), pl.col("ours").is_in(ours.implode()))
    into = members.select(ours="record", survivor="survivor")
    fits = met.join(into, on="ours", how="left").select("record", survivor=pl.coalesce("survivor", "ours")).unique()
    counted = fits.with_columns(several=pl.len().over("record") > 1)
    served = counted.filter(~pl.col("several")).select(SERVED.names()).sort("record")
    rest = helpers.select(record=RECORD).join(served, on="record", how="anti")
    unclear = pl.col("record").is_in(counted.filter("several")["record"].implode())
    code = pl.when(unclear).then(pl.lit(AMBIGUOUS)).otherwise(pl.lit(NO_MATCH)).alias("code")
    return Enrichment(served, rest.with_columns(code).sort("record"))


_BOTH: Sequence[tuple[str, str]] = (("left", "right"), ("right", "left"))


def fills(
    tables: Mapping[str, pl.DataFrame], found: Enrichment, rules: Mapping[str, SurvivorRules], crm: str
) -> dict[str, Survivors]:
    """Return by object the cells that the rows fill, and the rows as members of the records that they fill.

    rules: of every object of the family. crm: the target.
    """
    opened = {name: tables[name].filter(pl.col(OUTCOME).is_null()) for name in rules}
    answer = {}
    for object_ in rules:
        served = found.served.filter(object_of("survivor") == object_)
        if served.height:
            answer[object_] = filled(object_, beside(object_, opened, served["record"], crm), served, rules[object_])
    return answer
