"""What each owner has to do: their exceptions by money, with the record's name; leavers' go to their manager."""

import polars as pl

from crmclean.hygiene.ordering import in_order
from crmclean.hygiene.scorecard import Scorecard
from crmclean.hygiene.tracing import FIXED
from crmclean.hygiene.values import PLACE
from crmclean.pipeline.engagement import column
from crmclean.records import FILE, ROW
from crmclean.values.distinct import encoded

LONGEST = 200  # letters of a record's name
_CALLED = ("name", "first_name", "last_name", "full_name", "email")  # what tells the name of a record
_NAMED = {"name": pl.String, "file": pl.String, "row": pl.Int64}


def listed(card: Scorecard) -> pl.DataFrame:
    """Return every exception, the fixed ones too, as people read it; sorted by owner, state, money, age.

    Columns: owner_id, owner, taken_over_from, measure, problem, to_do, object, record, field, money, since, state,
    cause, and place (values.defects), by which `with_names` tells the rest. Texts that stand in many rows are Enums,
    in the order of the texts.
    """
    every = pl.concat([card.exceptions, card.fixed], rechunk=True)  # each by measure, record and field
    keepers = _keepers(card)
    owner = every["owner"].to_physical().fill_null(keepers.height - 1)  # the last one is nobody
    done = every["state"] == FIXED
    since = every["since"].to_physical()
    age = since - (since.min() or 0)
    order = in_order(keepers["owner_id"].to_physical().gather(owner), done, _falling(every["money"]), age)
    every, owner = every.select(pl.all().gather(order)), owner.gather(order)
    advice = _advice(card).select(pl.all().gather(every["measure"].to_physical()))
    told = keepers.select(pl.all().gather(owner))
    return every.drop("owner").hstack([*told, *advice]).select(
        "owner_id", "owner", "taken_over_from", "measure", "problem", "to_do", "object", "record",
        _told(every["field"]), "money", "since", "state", "cause", PLACE,
    )  # fmt: skip


def with_names(card: Scorecard, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `listed` with name behind record, file and row instead of place."""
    name, file, row = _names(card, rows)
    return rows.drop(PLACE).insert_column(rows.columns.index("record") + 1, name).with_columns(file, row)


def _falling(money: pl.Series) -> pl.Series:
    """Return the place of each amount, the largest first; those without one stand last."""
    return money.rank("dense", descending=True).fill_null(money.len() + 1)


def _told(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Enum(texts.drop_nulls().unique().sort()))


def _keepers(card: Scorecard) -> pl.DataFrame:
    """Return who gets the exceptions of each owner: owner_id, owner and taken_over_from, in the order of the owners."""
    owners = card.owners
    called = owners.unique("id", keep="first", maintain_order=True).select(assignee="id", owner="name")
    told = owners.drop("owner").join(called, on="assignee", how="left", maintain_order="left")
    left = pl.col("assignee") != pl.col("id")
    shown = told.select(
        pl.col("assignee").alias("owner_id"), "owner", pl.when(left).then("name").alias("taken_over_from")
    )
    return pl.DataFrame([_told(each) for each in shown])


def _advice(card: Scorecard) -> pl.DataFrame:
    """Return problem and to_do of each measure, in the order of their ids."""
    measures = [card.dictionary.measures[name] for name in sorted(card.dictionary.measures)]
    texts = {"problem": [each.label for each in measures], "to_do": [each.fix for each in measures]}
    return pl.DataFrame([_told(pl.Series(name, told, dtype=pl.String)) for name, told in texts.items()])


def _names(card: Scorecard, every: pl.DataFrame) -> pl.DataFrame:
    """Return name, file and row of the records that are named."""
    parts, start = [pl.DataFrame(schema=_NAMED)], 0
    found = pl.repeat(None, every.height, dtype=pl.UInt32, eager=True)
    for object_, frame in card.frames.items():
        mine = ((every["object"] == object_) & every[PLACE].is_not_null()).arg_true()
        places = every[PLACE].gather(mine)
        known = pl.repeat(value=False, n=frame.height, eager=True).scatter(places, values=True).arg_true()
        if known.len():
            spots = pl.repeat(None, frame.height, dtype=pl.UInt32, eager=True)
            spots = spots.scatter(known, pl.int_range(start, start + known.len(), dtype=pl.UInt32, eager=True))
            found = found.scatter(mine, spots.gather(places))
            columns = [name for name in (FILE, ROW, *_CALLED) if name in frame.columns]
            parts.append(_called(frame.select(pl.col(columns).gather(known))))
            start += known.len()
    return pl.concat(parts, rechunk=True).select(pl.all().gather(found))  # to gather from several pieces is slow


def _called(frame: pl.DataFrame) -> pl.DataFrame:
    person = pl.concat_str(column(frame, "first_name"), column(frame, "last_name"), separator=" ", ignore_nulls=True)
    name = pl.coalesce(
        column(frame, "name"), pl.when(person != "").then(person), column(frame, "full_name"), column(frame, "email")
    )
    paths, places = encoded(frame[FILE])
    file = paths.str.split("/").list.last().gather(places)
    return frame.select(name=name.str.head(LONGEST), file=file, row=pl.col(ROW).cast(pl.Int64))


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
    there = lists.filter(pl.col("state") != FIXED)
    dear = there.drop_nulls("money").unique(["owner_id", "record"], maintain_order=True)
    money = dear.group_by("owner_id", maintain_order=True).agg(pl.col("money").sum())
    counts = lists.group_by("owner_id").agg(
        pl.col("owner").first(),
        exceptions=(pl.col("state") != FIXED).sum(),
        new=(pl.col("state") == "new").sum(),
        open=(pl.col("state") == "open").sum(),
        fixed=(pl.col("state") == FIXED).sum(),
    )
    wide = counts.join(money, on="owner_id", how="left")
    none = pl.when(pl.col("exceptions") > 0).then(pl.lit(0.0))
    wide = wide.with_columns(pl.col("money").fill_null(none))
    by_measure = there.group_by("owner_id", "measure").len()
    for name in [row.value.measure.id for row in card.rows if row.exceptions]:
        mine = by_measure.filter(pl.col("measure") == name).select("owner_id", pl.col("len").alias(name))
        wide = wide.join(mine, on="owner_id", how="left").with_columns(pl.col(name).fill_null(0))
    return wide.sort(["exceptions", "owner_id"], descending=[True, False])
