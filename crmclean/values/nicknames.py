"""Nicknames as graded evidence that two first names can be one person's; never a reason to merge by itself.

Sources: data/nicknames_vetted.csv, written for this project, and data/nicknames.csv (scripts/derive_nicknames.py). Two
short forms of one full name prove nothing: only the pair of a name and its own short form counts, so that Rob and Bert
are not one. Of the second list only what the strong pairs do not contradict is taken: Billy is no Fred there either.
"""

from functools import cache

import polars as pl

from crmclean.values.folding import fold
from crmclean.values.lists import table


@cache
def nickname_pairs() -> pl.DataFrame:
    """Return name, canonical, strength ("strong", "weak"): a short form, the full name, how sure; folded spelling."""
    vetted = table("nicknames_vetted").with_columns(strength=pl.lit("strong"))
    both = pl.concat([vetted, table("nicknames")])
    return both.unique(["name", "canonical"], keep="first", maintain_order=True).sort("name", "canonical")


@cache
def main_forms() -> dict[str, str]:
    """Return the one full name that a short form most often stands for: Chris is Christopher, Alex is Alexander.

    For a key under which names meet; other full names of it are in nickname_pairs.
    """
    common = table("nicknames").filter(pl.col("strength") == "strong").select("name", "canonical")
    either = pl.concat([common, table("nicknames_vetted")]).unique("name", keep="first", maintain_order=True)
    return dict(either.sort("name").iter_rows())


@cache
def given_names() -> frozenset[str]:
    """Return names that are surely given names, folded: those with a short form that is no mere guess."""
    sure = nickname_pairs().filter(pl.col("strength") == "strong")
    return frozenset(sure["canonical"]) | frozenset(sure["name"])


@cache
def known_names() -> frozenset[str]:
    """Return names that people have, folded: full names of the nicknames, sure short ones, and data/given_names.csv.

    The last was written for this project: names that a slip makes of one another. A rare short form is left out: Lura
    is a Laura misspelt.
    """
    return given_names() | frozenset(nickname_pairs()["canonical"]) | frozenset(table("given_names")["name"])


def grade(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return "same", "strong", "weak" or null for each pair of first names, whatever the case or accents."""
    pairs = pl.DataFrame({"left": left, "right": right})
    distinct = pairs.unique(maintain_order=False)
    grades = pl.Series("grade", [_graded(a, b) for a, b in distinct.iter_rows()], dtype=pl.String)
    known = distinct.with_columns(grades)
    return pairs.join(known, on=["left", "right"], how="left", nulls_equal=True, maintain_order="left")["grade"]


def _graded(left: str | None, right: str | None) -> str | None:
    if not left or not right:
        return None
    a, b = fold(left), fold(right)
    return "same" if a == b else _strengths().get((a, b))


@cache
def _strengths() -> dict[tuple[str, str], str]:
    strengths: dict[tuple[str, str], str] = {}
    for name, canonical, strength in nickname_pairs().sort("strength", descending=True).iter_rows():
        strengths[name, canonical] = strengths[canonical, name] = strength  # weak ones first: strong overwrites
    return strengths
