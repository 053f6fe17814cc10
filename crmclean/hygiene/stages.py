"""Stages of deals: their order, what they allow and require, and how deals moved through them."""

import polars as pl

from crmclean.hygiene.material import Material
from crmclean.pipeline.engagement import column
from crmclean.plan.kpi_model import Dictionary, StageRule
from crmclean.records import RECORD

_RULES = {"_stage": pl.String, "_pipeline": pl.String, "_place": pl.Int64, "_days": pl.Float64}


def rules(dictionary: Dictionary) -> pl.DataFrame:
    """Return the stages: name and pipeline folded (null: any), place in the order of the pipeline, longest stay."""
    standard = dictionary.thresholds["stage_days"]
    rows = [
        (_fold(stage.name), _fold(stage.pipeline), place, stage.days or standard)
        for place, stage in enumerate(dictionary.stages)
    ]
    return pl.DataFrame(rows, schema=_RULES, orient="row")


def stages_of(frame: pl.DataFrame, material: Material) -> pl.DataFrame:
    """Return in_stages, stage_lacks and _days (longest stay) of deals."""
    known = rules(material.dictionary)
    own = frame.select(RECORD, _stage=_folded("stage", frame), _pipeline=_folded("pipeline", frame))
    exact = own.join(known.drop_nulls("_pipeline"), on=["_stage", "_pipeline"], how="left", maintain_order="left")
    general = own.select("_stage").join(
        known.filter(pl.col("_pipeline").is_null()).unique("_stage", keep="first", maintain_order=True),
        on="_stage",
        how="left",
        maintain_order="left",
    )
    told = exact.select(
        _place=pl.coalesce("_place", general["_place"]),
        _days=pl.coalesce("_days", general["_days"], pl.lit(material.dictionary.thresholds["stage_days"])),
    )
    placed = frame.with_columns(told["_place"])
    lacks = [_lacks(stage, place, material.dictionary, frame) for place, stage in enumerate(material.dictionary.stages)]
    return placed.select(
        pl.col("_place").is_not_null().alias("in_stages"),
        pl.any_horizontal(pl.lit(value=False), *lacks).alias("stage_lacks"),
        told["_days"],
    )


def _lacks(stage: StageRule, place: int, dictionary: Dictionary, frame: pl.DataFrame) -> pl.Expr:
    """Whether a deal in this stage lacks a field that it, or a stage before it in its pipeline, requires."""
    before = [each for each in dictionary.stages[: place + 1] if each.pipeline in (None, stage.pipeline)]
    names = list(dict.fromkeys(name for each in before for name in each.required))
    empty = [column(frame, name).is_null() for name in names]
    return (pl.col("_place") == place).fill_null(value=False) & pl.any_horizontal(pl.lit(value=False), *empty)


def moves_in_order(material: Material) -> pl.DataFrame:
    """Return record, on, stage, place of every known stay whose stage stands in the dictionary, in time."""
    known = rules(material.dictionary)
    pipelines = _pipelines(material)
    moves = material.moves.with_columns(pl.col("stage").str.strip_chars().str.to_lowercase().alias("_stage"))
    moves = moves.join(pipelines, on="record", how="left")
    both = moves.join(known.drop_nulls("_pipeline"), on=["_stage", "_pipeline"], how="left")
    general = known.filter(pl.col("_pipeline").is_null()).unique("_stage", keep="first", maintain_order=True)
    both = both.join(general.select("_stage", _any="_place"), on="_stage", how="left")
    placed_ = both.select("record", "on", "stage", place=pl.coalesce("_place", "_any")).drop_nulls()
    return placed_.unique().sort("record", "on", "place")


def _pipelines(material: Material) -> pl.DataFrame:
    deals = material.tables.get("deals")
    if deals is None:
        return pl.DataFrame(schema={"record": pl.String, "_pipeline": pl.String})
    return deals.select(pl.col(RECORD).alias("record"), _folded("pipeline", deals).alias("_pipeline"))


def reversals(material: Material) -> pl.Series:
    """Return the deals that ever went back to an earlier stage."""
    steps = moves_in_order(material).with_columns(before=pl.col("place").shift(1).over("record", order_by="on"))
    return steps.filter(pl.col("place") < pl.col("before"))["record"].unique()


def _folded(name: str, frame: pl.DataFrame) -> pl.Expr:
    return column(frame, name).str.strip_chars().str.to_lowercase()


def _fold(text: str | None) -> str | None:
    return text.strip().lower() if text else None
