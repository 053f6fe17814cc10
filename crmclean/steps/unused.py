"""Marks rows of enrichment sources that fill nothing: they are no records of their own, and stay in the ledger."""

from collections.abc import Iterator

import polars as pl

from crmclean.records import RECORD, Outcome
from crmclean.steps.beside import marked, met
from crmclean.steps.contract import Cells, Patch


def unused_patch(fates: pl.DataFrame) -> Patch:
    """Return the patch that excludes rows. fates: (record, code)."""

    def cells(table: pl.DataFrame) -> Iterator[Cells]:
        rows, places = met(table[RECORD], fates["record"])
        code = fates["code"].gather(places)
        yield from marked(rows, pl.repeat(Outcome.EXCLUDED.value, len(rows), eager=True), code)

    return Patch("enrich.unused", cells)
