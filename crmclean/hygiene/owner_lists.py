"""What each owner has to do: their exceptions by money, with the record's name; leavers' go to their manager."""

import polars as pl

from crmclean.hygiene.owners import NOBODY
from crmclean.hygiene.scorecard import Scorecard
from crmclean.pipeline.engagement import column
from crmclean.records import FILE, RECORD, ROW

LONGEST = 200  # letters of a record's name
_CALLED = ("name", "first_name", "last_name", "full_name", "email")  # what tells the name of a record


def listed(card: Scorecard) -> pl.DataFrame:
    """Return every exception, the fixed ones too, as people read it; sorted by owner, state, money, age.

    Columns: owner_id, owner, taken_over_from, measure, problem, to_do, object, record, name, field, money, since,
    state, cause, file, row.
    """
    every = pl.concat([card.exceptions, card.fixed])
    owners = card.owners.rename({"owner": "_owner", "name": "_name"})
    told = every.join(owners, left_on="owner", right_on="_owner", how="left", nulls_equal=True, maintain_order="left")
    called = owners.unique("id", keep="first", maintain_order=True).select(assignee="id", owner_name="_name")
    told = told.join(called, on="assignee", how="left", maintain_order="left")
    told = told.join(_names(card), on="record", how="left", maintain_order="left")
    measures = card.dictionary.measures.values()
    labels = {measure.id: measure.label for measure in measures}
    advice = {measure.id: measure.fix for measure in measures}
    left = pl.col("assignee") != pl.col("id")
    shown = told.select(
        pl.col("assignee").fill_null(NOBODY).alias("owner_id"),
        pl.col("owner_name").alias("owner"),
        pl.when(left).then("_name").alias("taken_over_from"),
        "measure",
        pl.col("measure").replace_strict(labels, return_dtype=pl.String).alias("problem"),
        pl.col("measure").replace_strict(advice, return_dtype=pl.String).alias("to_do"),
        "object", "record", "name", "field", "money", "since", "state", "cause", "file", "row",
    )  # fmt: skip
    rank = pl.col("state").replace_strict({"new": 0, "open": 0, "fixed": 1}, return_dtype=pl.Int8)
    owner, measure = (_numbered(shown, name) for name in ("owner_id", "measure"))
    return shown.sort(
        [owner, rank, "money", "since", measure, "record", "field"],
        descending=[False, False, True, False, False, False, False],
        nulls_last=True,
    )


def _numbered(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a column of few texts as numbers in their order, which are sorted sooner."""
    return pl.col(name).cast(pl.Enum(frame[name].unique().sort()))


def _names(card: Scorecard) -> pl.DataFrame:
    """Return record, name, file and row of the records that are named."""
    every = pl.concat([each.select("object", "record") for each in (card.exceptions, card.fixed)])
    parts = [pl.DataFrame(schema={"record": pl.String, "name": pl.String, "file": pl.String, "row": pl.Int64})]
    for object_, frame in card.frames.items():
        wanted = every.filter(pl.col("object") == object_)["record"].unique()
        names = [name for name in _CALLED if name in frame.columns]
        mine = frame.select(RECORD, FILE, ROW, *names).filter(pl.col(RECORD).is_in(wanted.implode()))
        person = pl.concat_str(column(mine, "first_name"), column(mine, "last_name"), separator=" ", ignore_nulls=True)
        name = pl.coalesce(
            column(mine, "name"), pl.when(person != "").then(person), column(mine, "full_name"), column(mine, "email")
        )
        file = pl.col(FILE).str.split("/").list.last()
        parts.append(mine.select(record=RECORD, name=name.str.head(LONGEST), file=file, row=pl.col(ROW).cast(pl.Int64)))
    return pl.concat(parts)


def largest(lists: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return the exceptions that are not fixed with most money at stake; those without money stand last."""
    there = pl.col("state") != "fixed"
    money = lists.filter(there)["money"].drop_nulls()
    if money.len() >= count:  # a few to sort, and not all
        there &= pl.col("money") >= money.top_k(count).min()
    found = lists.filter(there)
    return found.sort(["money", "record", "measure"], descending=[True, False, False], nulls_last=True).head(count)


def index(card: Scorecard, lists: pl.DataFrame) -> pl.DataFrame:
    """Return one line per owner with exceptions: counts by state and measure, and the money that hangs on them.

    The counts of a measure add up to its exceptions on the scorecard.
    """
    there = lists.filter(pl.col("state") != "fixed")
    money = there.unique(["owner_id", "record"]).group_by("owner_id").agg(pl.col("money").sum())
    counts = lists.group_by("owner_id").agg(
        pl.col("owner").first(),
        exceptions=(pl.col("state") != "fixed").sum(),
        new=(pl.col("state") == "new").sum(),
        open=(pl.col("state") == "open").sum(),
        fixed=(pl.col("state") == "fixed").sum(),
    )
    wide = counts.join(money, on="owner_id", how="left")
    for name in [row.value.measure.id for row in card.rows if row.exceptions]:
        mine = there.filter(pl.col("measure") == name).group_by("owner_id").agg(pl.len().alias(name))
        wide = wide.join(mine, on="owner_id", how="left").with_columns(pl.col(name).fill_null(0))
    return wide.sort(["exceptions", "owner_id"], descending=[True, False])
