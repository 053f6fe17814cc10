"""Contact.csv of the CRM and the marketing list's CSV, out of the same people."""

import polars as pl

from crmclean.samples.accounts import owner_id
from crmclean.samples.dice import Dice
from crmclean.samples.ids import salesforce_id
from crmclean.samples.mess import company_variant, day, either, gone, moment
from crmclean.samples.vocabulary import LEAD_SOURCES, TAGS
from crmclean.samples.world import AS_OF, World

KEY = pl.col("key")
_DELETED, _SAME_ID, _ORPHANED = 0.008, 0.02, 0.003
_US_DAY = "%m/%d/%Y"


def crm_records(world: World, cells: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Give the CRM's records ids, accounts and the faults that ids have; in the order of the file."""
    dice = world.dice
    frame = cells.filter(pl.col("channel") == "crm").sort(dice.bits("contact order", KEY), "key")
    frame = frame.with_columns(salesforce_id("contacts", 5000 + pl.int_range(pl.len()) * 3).alias("own_id"))
    again = (pl.col("copy") == 1) & dice.chance("same id", KEY, _SAME_ID)
    of_first = pl.col("own_id").filter(pl.col("copy") == 0).first().over("person")
    return _with_account(dice, frame, accounts).with_columns(
        again.alias("same_id"),
        pl.when(again).then(of_first).otherwise(pl.col("own_id")).alias("contact_id"),
        ((pl.col("copy") > 0) & ~again & dice.chance("deleted", KEY, _DELETED * 3)).alias("deleted"),
    )


def _with_account(dice: Dice, frame: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    listed = (
        accounts.sort("company", "copy")
        .group_by("company", maintain_order=True)
        .agg(pl.col("account_id").alias("choices"))
    )
    frame = frame.join(listed, left_on="employer", right_on="company", how="left", maintain_order="left")
    choice = pl.col("choices").list.get(
        dice.below("account", KEY, pl.col("choices").list.len().fill_null(1)), null_on_oob=True
    )
    orphaned = dice.chance("orphaned", KEY, _ORPHANED) & choice.is_not_null()
    frame = frame.with_columns(choice.alias("account_id"), orphaned.alias("orphaned"))
    frame = frame.with_columns(salesforce_id("companies", 40_000_000 + pl.int_range(pl.len())).alias("nowhere"))
    known = gone(dice, "no account", KEY, 0.06, pl.col("account_id"))
    return frame.with_columns(pl.when("orphaned").then(pl.col("nowhere")).otherwise(known).alias("account_id")).drop(
        "choices"
    )


def contact_table(world: World, frame: pl.DataFrame, users: pl.DataFrame, touched: pl.DataFrame) -> pl.DataFrame:
    """Contact.csv; `touched` (per `contact_id`) says how many days ago the last task of any kind was done."""
    dice, as_of = world.dice, pl.lit(AS_OF)
    frame = frame.join(touched, on="contact_id", how="left", maintain_order="left")
    # blanks are no answer: the CRM knows one opt-out in two, the marketing list the others
    opted_out = pl.col("opted_out") & dice.chance("known opt-out", KEY, 0.5)
    bounced = dice.chance("bounced", KEY, 0.03) & pl.col("mailbox").str.contains("@")
    edited = dice.below("edited", KEY, pl.min_horizontal(pl.col("age"), pl.lit(500)).clip(1))
    return frame.select(
        pl.col("contact_id").alias("Id"),
        either(pl.col("deleted"), "true", "false").alias("IsDeleted"),
        pl.col("account_id").alias("AccountId"),
        pl.col("family_name").alias("LastName"),
        pl.col("given_name").alias("FirstName"),
        gone(dice, "no salutation", KEY, 0.4, pl.col("salutation")).alias("Salutation"),
        pl.col("address_street").alias("MailingStreet"),
        pl.col("address_city").alias("MailingCity"),
        pl.col("address_state").alias("MailingState"),
        pl.col("address_postal_code").alias("MailingPostalCode"),
        gone(dice, "no country", KEY, 0.15, pl.col("address_country")).alias("MailingCountry"),
        pl.col("telephone").alias("Phone"),
        pl.col("cellphone").alias("MobilePhone"),
        pl.col("mailbox").alias("Email"),
        pl.col("job_title").alias("Title"),
        gone(dice, "no department", KEY, 0.4, pl.col("department")).alias("Department"),
        gone(dice, "no source", KEY, 0.3, dice.pick("source", KEY, LEAD_SOURCES)).alias("LeadSource"),
        owner_id(dice, "contact owner", KEY, users).alias("OwnerId"),
        either(opted_out, "true", "false").alias("HasOptedOutOfEmail"),
        either(dice.chance("do not call", KEY, 0.02), "true", "false").alias("DoNotCall"),
        moment(pl.col("age") - pl.col("copy"), as_of, dice, "created", KEY).alias("CreatedDate"),
        moment(edited, as_of, dice, "edited at", KEY).alias("LastModifiedDate"),
        day(pl.col("touched"), as_of).alias("LastActivityDate"),
        pl.when(bounced).then(pl.lit("550 5.1.1 user unknown")).alias("EmailBouncedReason"),
        pl.when(bounced).then(moment(edited, as_of, dice, "bounced at", KEY)).alias("EmailBouncedDate"),
        gone(dice, "no region", KEY, 0.7, dice.pick("region", KEY, ("North", "South", "East", "West"))).alias(
            "Legacy_Region__c"
        ),
    )


def list_records(dice: Dice, cells: pl.DataFrame) -> pl.DataFrame:
    """Return the marketing list's records in the order of the file."""
    return cells.filter(pl.col("channel") == "list").sort(dice.bits("list order", KEY), "key")


def list_table(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """The marketing list, as a spreadsheet saves it: labels for headers, US dates, yes and nothing for consent."""
    dice, as_of = world.dice, pl.lit(AS_OF)
    company = company_variant(pl.col("employer_base"), pl.col("employer_form"), dice.below("list company", KEY, 8))
    clicked = pl.when(dice.chance("clicked", KEY, 0.7) | (pl.col("only_listed"))).then(pl.col("engaged"))
    joined = pl.min_horizontal(pl.col("age"), pl.lit(2600))
    opened = pl.min_horizontal(clicked.fill_null(2600), dice.below("opened", KEY, joined.clip(1)), joined)
    left = pl.col("opted_out") & dice.chance("unsubscribed", KEY, 0.8)
    tags = dice.pick("tag", KEY, TAGS)
    more = (
        pl.when(dice.chance("two tags", KEY, 0.3))
        .then(pl.format("{}; {}", tags, dice.pick("tag two", KEY, TAGS)))
        .otherwise(tags)
    )
    return frame.select(
        pl.col("given_name").alias("First Name"),
        pl.col("family_name").alias("Last Name"),
        pl.col("mailbox").alias("Email Address"),
        company.alias("Company"),
        pl.col("job_title").alias("Job Title"),
        pl.col("telephone").alias("Phone Number"),
        pl.col("address_city").alias("City"),
        pl.col("address_state").alias("State"),
        pl.col("address_country").alias("Country"),
        day(joined, as_of, _US_DAY).alias("Date Added"),
        gone(dice, "no opens", KEY, 0.3, day(opened, as_of, _US_DAY)).alias("Last Opened"),
        day(clicked, as_of, _US_DAY).alias("Last Clicked"),
        pl.when(left).then(pl.lit("Yes")).alias("Unsubscribed"),
        gone(dice, "no tags", KEY, 0.4, more).alias("Tags"),
        gone(dice, "no note", KEY, 0.9, pl.lit('Met at the fair, "call back"\nbefore autumn')).alias("Notes"),
    )
