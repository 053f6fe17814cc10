"""Marks the records of people who must not come along: excluded, or erased, whatever their outcome was."""

from collections.abc import Iterator

import polars as pl

from crmclean.records import OUTCOME, RECORD, Outcome
from crmclean.steps.beside import marked, met
from crmclean.steps.contract import Cells, Patch

ERASED_CODE = "suppress.erased"
EXCLUDED_CODE = "suppress.do-not-import"
_OUTCOMES = {"erase": Outcome.ERASED.value, "do-not-import": Outcome.EXCLUDED.value}
_CODES = {"erase": ERASED_CODE, "do-not-import": EXCLUDED_CODE}


def suppress_patch(found: pl.DataFrame) -> Patch:
    """Return the patch that marks the records of `found` (record, reason) with outcome and code."""

    def cells(table: pl.DataFrame) -> Iterator[Cells]:
        if OUTCOME not in table.columns:
            return
        rows, places = met(table[RECORD], found["record"])
        reason = found["reason"].gather(places)
        out = (reason == "erase") | table[OUTCOME].gather(rows).is_null()
        reason = reason.filter(out)
        code = reason.replace_strict(_CODES, return_dtype=pl.String)
        yield from marked(rows.filter(out), reason.replace_strict(_OUTCOMES, return_dtype=pl.String), code)

    return Patch("suppress", cells)
