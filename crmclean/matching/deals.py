"""Deals that look alike: the same name at the same company with the same amount or close. Always a question."""

import numpy as np
import polars as pl

from crmclean.matching import versions
from crmclean.matching.folding import folded
from crmclean.matching.listing import Scored
from crmclean.matching.model import Note
from crmclean.matching.weights import Weights
from crmclean.records import RECORD, REF_PREFIX

BLOCK = 20  # deals of one name and company; more are a series, such as renewals
ALL, ONE = 0.9, 0.6  # said of pairs that agree in both amount and close, in one of them
COMPANY = f"{REF_PREFIX}company_ref"
TEXTS = ("name", "amount", "close_date", "company_name", COMPANY)
NEVER = "deals are merged by people only"


def scored(frame: pl.DataFrame) -> Scored:
    """Return pairs of deals with the same name and company, and the same amount or close; and rows of one id."""
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in TEXTS if name not in frame.columns)
    deals = frame.sort(RECORD).select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("i"),
        pl.col(RECORD).alias("record"),
        folded(pl.col("name")).alias("name"),
        pl.coalesce(folded(pl.col("company_name")), COMPANY).alias("company"),
        pl.col("amount"),
        pl.col("close_date"),
    )
    named = deals.filter(pl.col("name").is_not_null() & pl.col("company").is_not_null())
    sized = named.with_columns(pl.len().over("name", "company").alias("size"))
    series = sized.filter(pl.col("size") > BLOCK)
    blocks = sized.filter(pl.col("size").is_between(2, BLOCK))
    pairs = blocks.join(blocks, on=["name", "company"], suffix="_r").filter(pl.col("i") < pl.col("i_r"))
    problem = f"deals share name and company with over {BLOCK} others, such as renewals, and were not compared"
    notes = (Note("match.series", problem, series.height),) if series.height else ()
    found = pl.concat([_again(deals), _judged(pairs)]).unique(["left", "right"], keep="first", maintain_order=True)
    return Scored(deals["record"], found, notes, Weights(0.0), lambda left, _right: np.zeros(len(left), bool))


def _again(deals: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of rows of one record id: the same deal where name and amount agree, else a question."""
    keyed = versions.KEY.rows(deals).join(deals, on="i").filter(pl.len().over("key") <= BLOCK)
    pairs = keyed.join(keyed, on="key", suffix="_r").filter(pl.col("i") < pl.col("i_r"))
    equal = pl.col("name").eq_missing(pl.col("name_r")) & pl.col("amount").eq_missing(pl.col("amount_r"))
    return pairs.sort("i", "i_r").select(
        pl.col("i").alias("left"),
        pl.col("i_r").alias("right"),
        pl.lit(versions.NAME).alias("rule"),
        pl.when(equal).then(1.0).otherwise(ONE).alias("probability"),
        pl.lit(versions.SAME).alias("reasons"),
        pl.when(~equal).then(pl.lit(NEVER)).alias("veto"),
        (~equal).alias("asked"),
        pl.lit(value=False).alias("soft"),
    )


def _judged(pairs: pl.DataFrame) -> pl.DataFrame:
    amount = (pl.col("amount") == pl.col("amount_r")).fill_null(value=False)
    close = (pl.col("close_date") == pl.col("close_date_r")).fill_null(value=False)
    said = [pl.when(amount).then(pl.lit("same amount")), pl.when(close).then(pl.lit("same close"))]
    return pairs.filter(amount | close).select(
        pl.col("i").alias("left"),
        pl.col("i_r").alias("right"),
        pl.lit("deal").alias("rule"),
        pl.when(amount & close).then(ALL).otherwise(ONE).alias("probability"),
        pl.concat_str(pl.lit("same name; same company"), *said, separator="; ", ignore_nulls=True).alias("reasons"),
        pl.lit(NEVER).alias("veto"),
        pl.lit(value=True).alias("asked"),
        pl.lit(value=False).alias("soft"),
    )
