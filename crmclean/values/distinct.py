"""Call Python for the distinct values of a column only, inside a polars expression."""

from collections.abc import Callable, Sequence

import polars as pl

_SAMPLE = 4_096
_FEW = 1 << 16  # numbers for which a table costs next to nothing

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


def encoded(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the distinct texts, in order of their first places, and for every text the place of its own among them.

    The answers of the distinct ones, gathered by these places, are those of all. A null has no place, and stays null.
    One pass over a dictionary of its own: half as long as to find the distinct ones and then each one among them.
    """
    kind = pl.Categorical(pl.Categories.random("texts"))
    told = values.cast(kind)  # the dictionary is let go of with this column
    places = told.to_physical()
    last = places.max()
    count = 0 if last is None else int(last) + 1  # type: ignore[arg-type]
    distinct = pl.int_range(count, dtype=pl.UInt32, eager=True).cat.to(kind).cast(pl.String)
    return distinct.alias(values.name), places


def repeats(values: pl.Series) -> bool:
    """Return whether texts come up again so often that to find the distinct ones costs less than a few patterns.

    It does where they fit the cache of a processor: then most of a sample come up again in the sample itself.
    """
    texts = _sample(values).drop_nulls()
    alone = (texts.unique_counts() == 1).sum()
    return len(values) > 0 and 2 * alone <= len(texts)


def throughout(values: pl.Series, form: pl.Expr) -> bool:
    """Return whether a condition of the column holds for all its texts; nulls do not count."""
    if not _sample(values).to_frame().select(form.all()).item():
        return False
    return bool((values.unique() if repeats(values) else values).to_frame().select(form.all()).item())


def _sample(values: pl.Series) -> pl.Series:
    return values.gather_every(max(1, len(values) // _SAMPLE))


def once_each(name: str, value: pl.Expr, answer: Callable[[pl.DataFrame], pl.Series], dtype: pl.DataType) -> pl.Expr:
    """Return an expression that holds `answer(distinct)[i]` for every row of `value`.

    answer: takes a frame with one column `name` of distinct texts, answers a series of its height; null stays null.
    The whole column is taken at once: in batches, most texts would come up in every one.
    """

    def look_up(columns: Sequence[pl.Series]) -> pl.Series:
        distinct, places = encoded(columns[0])
        return answer(distinct.to_frame(name)).gather(places)

    return pl.map_batches([value], look_up, return_dtype=dtype)


def _judged(columns: Sequence[pl.Series], judge: Callable[..., Answer], dtype: pl.DataType) -> pl.Series:
    texts = [column.cast(pl.String) for column in columns]
    if len(texts) > 1:
        return _judged_together(texts, judge, dtype).alias(columns[0].name)
    distinct, places = encoded(texts[0])
    return _series([judge(text) for text in distinct], dtype).gather(places)


def _judged_together(columns: Sequence[pl.Series], judge: Callable[..., Answer], dtype: pl.DataType) -> pl.Series:
    lengths = [len(column) for column in columns]
    height = max(lengths) if all(lengths) else 0  # a literal has one row, also beside an empty column
    rows = pl.DataFrame([_stretched(column, height).alias(str(i)) for i, column in enumerate(columns)])
    first, places = _encoded_together(rows)
    return _series([judge(*row) for row in rows.select(pl.all().gather(first)).iter_rows()], dtype).gather(places)


def _encoded_together(rows: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return where each distinct row stands first, and for every row its place among them; null without a first cell.

    The places of the cells, each among those of its column, make one number.
    """
    number = pl.Series(dtype=pl.UInt64)
    several = 1
    for column in rows.iter_columns():
        distinct, places = encoded(column)
        several *= len(distinct) + 1
        places = places.cast(pl.UInt64)
        number = number * (len(distinct) + 1) + places.fill_null(len(distinct)) if len(number) else places
    first = number.arg_unique()
    first = first.filter(number.gather(first).is_not_null())
    told = number.gather(first)
    among = pl.int_range(len(first), dtype=pl.UInt32, eager=True)
    if several > max(_FEW, len(number)):
        return first, number.replace_strict(told, among, default=None, return_dtype=pl.UInt32)
    table = pl.Series([None], dtype=pl.UInt32).new_from_index(0, several)
    return first, table.scatter(told, among).gather(number)


def _stretched(column: pl.Series, height: int) -> pl.Series:
    """A literal arrives as one row; polars would do this itself for its own functions."""
    return column if len(column) == height else column.new_from_index(0, height)


def _series(answers: Sequence[Answer], dtype: pl.DataType) -> pl.Series:
    if not isinstance(dtype, pl.Struct):
        return pl.Series("answer", answers, dtype=dtype)
    schema = {field.name: field.dtype for field in dtype.fields}
    return pl.DataFrame(answers, schema=schema, orient="row").to_struct("answer")
