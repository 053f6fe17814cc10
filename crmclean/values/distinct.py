"""Call Python for the distinct values of a column only, inside a polars expression."""

from collections.abc import Callable, Sequence

import polars as pl

RESULT = pl.Struct({"value": pl.String, "code": pl.String})

Answer = tuple[str | bool | None, ...] | str | bool | None


def over_distinct(
    inputs: pl.Expr | Sequence[pl.Expr],
    judge: Callable[..., Answer],
    dtype: pl.DataType,
) -> pl.Expr:
    """Return an expression that holds `judge(*cells)` for every row, called once for each distinct row of `inputs`.

    judge: takes one str | None per input; answers a tuple in the order of the fields where `dtype` is a Struct.
    Rows whose first input is null are null and never reach `judge`.
    """
    exprs = [inputs] if isinstance(inputs, pl.Expr) else list(inputs)
    return pl.map_batches(
        exprs, lambda columns: _judged(columns, judge, dtype), return_dtype=dtype, is_elementwise=True
    )


def once_each(name: str, value: pl.Expr, answer: Callable[[pl.DataFrame], pl.Series], dtype: pl.DataType) -> pl.Expr:
    """Return an expression that holds `answer(distinct)[i]` for every row of `value`.

    answer: takes a frame with one column `name` of distinct texts (null among them), answers a series of its height.
    The whole column is taken at once: in batches, most texts would come up in every one.
    """

    def look_up(columns: Sequence[pl.Series]) -> pl.Series:
        rows = columns[0].alias(name).to_frame()
        distinct = rows.unique(maintain_order=False)
        known = distinct.with_columns(answer(distinct).alias("answer"))
        return rows.join(known, on=name, how="left", nulls_equal=True, maintain_order="left")["answer"]

    return pl.map_batches([value], look_up, return_dtype=dtype)


def _judged(columns: Sequence[pl.Series], judge: Callable[..., Answer], dtype: pl.DataType) -> pl.Series:
    lengths = [len(column) for column in columns]
    height = max(lengths) if all(lengths) else 0  # a literal has one row, also beside an empty column
    frame = pl.DataFrame([_stretched(column, height).alias(str(i)) for i, column in enumerate(columns)])
    distinct = frame.filter(pl.col("0").is_not_null()).unique(maintain_order=False)
    answers = _series([judge(*row) for row in distinct.iter_rows()], dtype)
    looked_up = frame.join(
        distinct.with_columns(answers), on=frame.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return looked_up["answer"].alias(columns[0].name)


def _stretched(column: pl.Series, height: int) -> pl.Series:
    """A literal arrives as one row; polars would do this itself for its own functions."""
    column = column.cast(pl.String)
    return column if len(column) == height else column.new_from_index(0, height)


def _series(answers: Sequence[Answer], dtype: pl.DataType) -> pl.Series:
    if not isinstance(dtype, pl.Struct):
        return pl.Series("answer", answers, dtype=dtype)
    schema = {field.name: field.dtype for field in dtype.fields}
    return pl.DataFrame(answers, schema=schema, orient="row").to_struct("answer")
