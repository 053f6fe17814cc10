"""Opportunity.csv, OpportunityContactRole.csv and Task.csv: deals, who is on them, and what was done."""

import polars as pl

from crmclean.samples.accounts import owner_id
from crmclean.samples.dice import Dice, nth
from crmclean.samples.ids import salesforce_id
from crmclean.samples.mess import day, either, moment
from crmclean.samples.world import AS_OF, World

KEY = pl.col("key")
_OPEN_STAGES = ("Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review")
_PROBABILITY = {
    "Prospecting": 10,
    "Qualification": 10,
    "Needs Analysis": 20,
    "Proposal/Price Quote": 75,
    "Negotiation/Review": 90,
}
_DEALS = (0.68, 0.2, 0.08, 0.04)  # companies with no, one, two, three deals
_OUTCOMES = (0.22, 0.4, 0.38)  # open, won, lost
_ROLES = ("Decision Maker", "Economic Buyer", "Technical Buyer", "Influencer", "Evaluator")
_CALLS = ("Call: next steps", "Call: pricing", "Call: check-in", "Call: renewal")
_ERRANDS = ("Follow up", "Send brochure", "Update address")


def deals(world: World, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the deals: `deal_id`, `company`, `account_id`, `state` (0 open, 1 won, 2 lost), `age` in days."""
    dice, company = world.dice, pl.col("company")
    first = accounts.filter(pl.col("copy") == 0).select("company", "account_id", "base", "age").sort("company")
    frame = (
        first.with_columns(pl.int_ranges(0, dice.band("deals", company, _DEALS)).alias("number"))
        .explode("number")
        .drop_nulls("number")
    )
    frame = frame.with_columns((company * 4 + pl.col("number")).alias("key"))
    return frame.with_columns(
        salesforce_id("deals", 800 + pl.int_range(pl.len()) * 5).alias("deal_id"),
        dice.band("deal state", KEY, _OUTCOMES).alias("state"),
        (30 + dice.below("deal age", KEY, pl.col("age").clip(1))).alias("age"),
    )


def deal_table(world: World, frame: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """Opportunity.csv."""
    dice, as_of, state = world.dice, pl.lit(AS_OF), pl.col("state")
    stage = (
        pl.when(state == 0)
        .then(dice.pick("stage", KEY, _OPEN_STAGES))
        .otherwise(nth(("", "Closed Won", "Closed Lost"), state))
    )
    closing = (
        pl.when(state == 0)
        .then(-dice.below("closing", KEY, 150))
        .otherwise(dice.below("closed", KEY, pl.col("age").clip(1)))
    )
    chance = pl.col("StageName").replace_strict(
        _PROBABILITY, default=pl.when(state == 1).then(100).otherwise(0), return_dtype=pl.Int64
    )
    amount = pl.format(
        "{}.{}",
        800 + dice.below("amount", KEY, 90_000),
        (dice.below("cents", KEY, 4) * 25).cast(pl.String).str.zfill(2),
    )
    return frame.with_columns(stage.alias("StageName")).select(
        pl.col("deal_id").alias("Id"),
        pl.lit("false").alias("IsDeleted"),
        pl.col("account_id").alias("AccountId"),
        pl.format(
            "{} - {}", "base", dice.pick("product", KEY, ("Licences", "Rollout", "Renewal", "Support plan", "Pilot"))
        ).alias("Name"),
        "StageName",
        amount.alias("Amount"),
        chance.cast(pl.String).alias("Probability"),
        day(closing, as_of).alias("CloseDate"),
        dice.pick("deal type", KEY, ("New Business", "Existing Business")).alias("Type"),
        either(state > 0, "true", "false").alias("IsClosed"),
        either(state == 1, "true", "false").alias("IsWon"),
        owner_id(dice, "deal owner", KEY, users).alias("OwnerId"),
        moment(pl.col("age"), as_of, dice, "deal created", KEY).alias("CreatedDate"),
        moment(pl.col("age") // 2, as_of, dice, "deal edited", KEY).alias("LastModifiedDate"),
    )


def roles(dice: Dice, deals_: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """OpportunityContactRole.csv: one or two contacts of the company on its deals."""
    # a record and its copy may be on one deal under two ids, as in life; a soft-deleted one may not
    staff = (
        contacts.filter(~pl.col("deleted") & ~pl.col("same_id"))
        .group_by("employer")
        .agg(pl.col("contact_id").sort().alias("staff"))
    )
    frame = deals_.join(staff, left_on="company", right_on="employer", how="inner", maintain_order="left")
    size = pl.col("staff").list.len()
    first, second = (dice.below(f"role {place}", KEY, size) for place in ("one", "two"))
    two = dice.chance("two roles", KEY, 0.5) & (first != second)
    frame = pl.concat(
        frame.filter(keep).select(
            "deal_id", pl.col("staff").list.get(which).alias("contact_id"), "key", pl.lit(number).alias("number")
        )
        for number, (which, keep) in enumerate(((first, pl.lit(value=True)), (second, two)))
    ).sort("deal_id", "number")
    return frame.select(
        salesforce_id("links", 300 + pl.int_range(pl.len()) * 2).alias("Id"),
        pl.col("deal_id").alias("OpportunityId"),
        pl.col("contact_id").alias("ContactId"),
        dice.pick("role", KEY * 2 + pl.col("number"), _ROLES).alias("Role"),
        either(pl.col("number") == 0, "true", "false").alias("IsPrimary"),
    )


def tasks(world: World, contacts: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    """Return Task.csv with one column that is not exported: `happened` (days ago; null while a task is open).

    Completed calls, the last one on the day when the person was last engaged; and what is no engagement, for stale
    people too: bulk mail, errands, open tasks due in the future.
    """
    dice = world.dice
    people = contacts.filter(~pl.col("deleted") & ~pl.col("same_id"))
    people = people.with_columns(pl.when(~pl.col("orphaned")).then("account_id").alias("account_id"))
    chosen = people.filter(pl.col("key") == pl.col("key").max().over("person"))
    last = chosen.filter(pl.col("engaged").is_not_null())
    before = pl.min_horizontal(pl.col("engaged") + 1 + dice.below("earlier", KEY, 300), pl.col("age"))
    due, lately = -dice.below("due", KEY, 60) - 1, 1 + dice.below("lately", KEY, 90)
    kinds = [
        (last, "Call", pl.col("engaged")),
        (last.filter(dice.chance("twice", KEY, 0.4)), "Call", before),
        (chosen.filter(dice.chance("mailed", KEY, 0.15)), "ListEmail", lately),
        (chosen.filter(dice.chance("errand", KEY, 0.05)), "Task", lately + 1),
        (chosen.filter(dice.chance("open task", KEY, 0.06)), "Task", due),
    ]
    made = (
        frame.select("contact_id", "account_id", "key", days.alias("days"), pl.lit(kind).alias("kind"))
        for frame, kind, days in kinds
    )
    return _task_table(world, pl.concat(made), users)


def _task_table(world: World, frame: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    dice, as_of, number = world.dice, pl.lit(AS_OF), pl.int_range(pl.len())
    call, still_open = pl.col("kind") == "Call", pl.col("days") < 0
    subject = (
        pl.when(call)
        .then(dice.pick("call", number, _CALLS))
        .when(pl.col("kind") == "ListEmail")
        .then(pl.lit("Email: product news"))
        .otherwise(dice.pick("errand", number, _ERRANDS))
    )
    return frame.select(
        salesforce_id("activities", 2000 + number * 2).alias("Id"),
        pl.col("contact_id").alias("WhoId"),
        pl.col("account_id").alias("WhatId"),
        subject.alias("Subject"),
        day(pl.col("days"), as_of).alias("ActivityDate"),
        either(still_open, "Not Started", "Completed").alias("Status"),
        pl.lit("Normal").alias("Priority"),
        owner_id(dice, "task owner", KEY, users).alias("OwnerId"),
        pl.lit("false").alias("IsDeleted"),
        either(still_open, "false", "true").alias("IsClosed"),
        moment(pl.col("days").clip(0), as_of, dice, "task created", number).alias("CreatedDate"),
        pl.when(call).then((60 + dice.below("duration", number, 1800)).cast(pl.String)).alias("CallDurationInSeconds"),
        pl.when(call).then(dice.pick("direction", number, ("Inbound", "Outbound"))).alias("CallType"),
        pl.col("kind").alias("TaskSubtype"),
        pl.when(~still_open).then("days").alias("happened"),
    )
