"""Keys that many different names share, such as switchboards: no evidence of identity."""

import polars as pl


def without_shared(features: pl.DataFrame, column: str, *, names: int) -> tuple[pl.DataFrame, int]:
    """Take out of a list column the keys that more than `names` different names use; also return how many keys."""
    long = features.select("i", "name", column).explode(column, empty_as_null=False, keep_nulls=False)
    shared = (
        long.group_by(column)
        .agg(pl.col("name").drop_nulls().n_unique().alias("users"))
        .filter(pl.col("users") > names)
        .select(column)
    )
    if shared.is_empty():
        return features, 0
    kept = long.join(shared, on=column, how="anti").group_by("i").agg(pl.col(column).sort())
    empty = pl.lit([], features.schema[column])
    replaced = features.drop(column).join(kept, on="i", how="left", maintain_order="left")
    return replaced.with_columns(pl.col(column).fill_null(empty)), shared.height
