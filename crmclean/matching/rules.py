"""Rules of the plan over the two sides of a pair: `always` merges it, `never` keeps it apart, also through others."""

import re
from collections.abc import Callable, Sequence

import polars as pl

from crmclean.errors import Fault, PlanError
from crmclean.matching.blocks import BLOCK, WINDOW
from crmclean.matching.model import LEAVE, MERGE, REVIEW, MatchSettings, Note
from crmclean.records import RECORD

SIDE = re.compile(r"\b([lr])_(\w+)")
EQUAL = re.compile(r"(?i)\b(?:l_(\w+)\s*=\s*r_\1|r_(\w+)\s*=\s*l_\2)\b")
OR = re.compile(r"(?i)\bor\b|\bnot\b|\bcase\b")
RULED = "a rule of the plan"
CONFLICT = "a conflict stands against a rule of the plan"
Opposed = Callable[[pl.DataFrame], pl.Series]


def ruled(
    pairs: pl.DataFrame, frame: pl.DataFrame, settings: MatchSettings, opposed: Opposed
) -> tuple[pl.DataFrame, list[Note]]:
    """Apply the rules of the plan to banded pairs; `never` wins, and a conflict makes a question of `always`.

    Pairs that an `always` with `l_<field> = r_<field>` names are added, whether they were compared or not. A rule says
    nothing where the list lacks one of its fields. The sides of a pair are told by the `_record` of frame. opposed:
    says of pairs (left, right) whether they cannot be one.

    Raises:
        PlanError: an expression cannot be read.
    """
    always, never = (_of_these(frame, rules) for rules in (settings.always, settings.never))
    if not always and not never:
        return pairs, []
    more, notes = _added(pairs, frame, always, opposed)
    pairs = pl.concat([pairs, more], how="diagonal")
    sides = _with_sides(pairs, frame, [*always, *never])
    apart, together = (_any(sides, expressions) for expressions in (never, always))
    asked = together & ~apart & pairs["veto"].is_not_null()
    merged = together & ~apart & pairs["veto"].is_null()
    said = pl.concat_str("reasons", pl.lit(RULED), separator="; ", ignore_nulls=True)
    judged = pairs.with_columns(
        pl.when(apart).then(pl.lit(LEAVE)).when(merged).then(pl.lit(MERGE)).when(asked).then(pl.lit(REVIEW))
        .otherwise("band").alias("band"),
        pl.when(apart).then(pl.lit(RULED)).otherwise("veto").alias("veto"),
        pl.when(apart).then(0.0).when(merged).then(1.0).otherwise("probability").alias("probability"),
        pl.when(merged).then(pl.lit("rule")).otherwise("rule").alias("rule"),
        pl.when(merged | asked).then(said).otherwise("reasons").alias("reasons"),
        (pl.col("soft") & ~pl.Series(apart)).alias("soft"),
    )  # fmt: skip
    return judged, notes


def forbidden(frame: pl.DataFrame, settings: MatchSettings) -> Opposed | None:
    """Return what says of pairs (left, right) whether a `never` keeps them apart; None without such rules."""
    never = _of_these(frame, settings.never)
    return (lambda pairs: _any(_with_sides(pairs, frame, never), never)) if never else None


def _of_these(frame: pl.DataFrame, rules: Sequence[str]) -> tuple[str, ...]:
    return tuple(rule for rule in rules if all(name in frame.columns for _, name in SIDE.findall(rule)))


def _added(
    pairs: pl.DataFrame, frame: pl.DataFrame, rules: Sequence[str], opposed: Opposed
) -> tuple[pl.DataFrame, list[Note]]:
    """Return the pairs that the rules merge and that are not among those that were compared."""
    found, notes = [], []
    for rule in rules:
        fields = sorted({one or other for one, other in EQUAL.findall(rule)})
        if fields and not OR.search(rule):
            near, capped = _sharing(frame, fields)
            found.append(near.filter(_any(_with_sides(near, frame, [rule]), [rule])))
            problem = "records share the fields of a rule with so many that each met only the next ones by record id"
            notes += [Note("match.rule-capped", problem, capped)] if capped else []
    if not found:
        return pairs.clear(), notes
    new = pl.concat(found).unique().join(pairs, on=["left", "right"], how="anti").sort("left", "right")
    conflict = opposed(new) if new.height else pl.Series([], dtype=pl.Boolean)
    veto = pl.when(conflict).then(pl.lit(CONFLICT)).alias("veto")
    return new.with_columns(
        veto, rule=pl.lit("rule"), probability=pl.lit(0.0), band=pl.lit(LEAVE), asked=pl.lit(value=False),
        soft=pl.lit(value=False),
    ), notes  # fmt: skip


def _sharing(frame: pl.DataFrame, fields: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """Return pairs (left, right) that agree in all fields; in a large block each record meets the next ones.

    Also how many records stand in such a block.
    """
    rows = frame.select(pl.col(RECORD).alias("left"), *fields).drop_nulls().sort(*fields, "left")
    rows = rows.with_columns(size=pl.len().over(fields)).filter(pl.col("size") > 1)
    near = []
    largest = max(rows["size"].unique().to_list(), default=1)
    for step in range(1, min(BLOCK, largest)):
        after = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-step) for name in fields)
        after = after if step <= WINDOW else after & (pl.col("size") <= BLOCK)
        near.append(rows.select("left", right=pl.col("left").shift(-step), same=after).filter("same").drop("same"))
    return pl.concat([rows.select("left", right="left").clear(), *near]), rows.filter(pl.col("size") > BLOCK).height


def _with_sides(pairs: pl.DataFrame, frame: pl.DataFrame, expressions: Sequence[str]) -> pl.DataFrame:
    named = sorted({field for text in expressions for _, field in SIDE.findall(text)})
    values = frame.select(RECORD, *named)
    left = values.rename({RECORD: "left", **{field: f"l_{field}" for field in named}})
    right = values.rename({RECORD: "right", **{field: f"r_{field}" for field in named}})
    joined = pairs.select("left", "right").join(left, on="left", how="left", maintain_order="left")
    return joined.join(right, on="right", how="left", maintain_order="left")


def _any(sides: pl.DataFrame, expressions: Sequence[str]) -> pl.Series:
    """Say for which pairs one of the expressions is true, whichever side stands left; null counts as false."""
    turned = sides.rename({name: f"{'r' if name[0] == 'l' else 'l'}{name[1:]}" for name in _fields(sides)})
    answer = pl.Series([False], dtype=pl.Boolean).new_from_index(0, sides.height)
    for text in expressions:
        try:
            condition = pl.sql_expr(text).cast(pl.Boolean).fill_null(value=False)
            answer |= sides.select(condition).to_series() | turned.select(condition).to_series()
        except pl.exceptions.PolarsError as error:
            hint = "an SQL expression that is true or false, such as l_email = r_email"
            raise PlanError(Fault("[dedupe]", "a rule cannot be read", hint, "dedupe.rule")) from error
    return answer


def _fields(sides: pl.DataFrame) -> list[str]:
    return [name for name in sides.columns if SIDE.fullmatch(name)]
