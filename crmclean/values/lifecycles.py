"""Lifecycle stages in the closed list of mappings/canonical.toml, from HubSpot's values and labels and usual spellings.

Source: data/lifecycles.csv, written for this project. A word that stands for several stages (prospect, active) is kept:
the plan maps it.
"""

from functools import cache

import polars as pl

from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.folding import LONGEST, fold
from crmclean.values.lists import mapping


def normalised(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code}: the stage in canonical form; null and a code where it is kept as it was."""
    return over_distinct(value, judge, RESULT)


def judge(text: str) -> tuple[str | None, str | None]:
    """Return (canonical stage, reason code) of one cell; null and a code where it is kept as it was."""
    if text in _known().values():
        return text, None
    folded = fold(text.replace("_", " ")) if len(text) <= LONGEST else ""
    found = _known().get(folded)
    return (found, "lifecycles.value") if found else (None, "lifecycles.unmapped")


@cache
def _known() -> dict[str, str]:
    return mapping("lifecycles", "alias", "value")
