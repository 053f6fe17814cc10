"""The CRM's users and accounts: owners who left, company names in every spelling, domains that moved, branches."""

import polars as pl

from crmclean.samples.dice import Dice, nth
from crmclean.samples.ids import salesforce_id
from crmclean.samples.mess import company_variant, day, either, gone, moment, sometimes, typo
from crmclean.samples.places import phone_text, spelt
from crmclean.samples.vocabulary import COMMON_SURNAMES, GIVEN, TRADES
from crmclean.samples.world import AS_OF, World, ascii_letters

_USER, _KEY = pl.col("user"), pl.col("key")
_DUPLICATE, _THIRD = 0.14, 0.02  # companies with a second and a third account
_ACTIVE_USERS = 0.8
_OWNER_LEFT = 0.03


def users(dice: Dice, contacts: int) -> pl.DataFrame:
    """User.csv: an owner for every 1,500 contacts, eight at least; one in five has left."""
    frame = pl.select(pl.int_range(max(8, contacts // 1500)).alias("user")).with_columns(
        nth([name for name, _, _ in GIVEN], (_USER * 37 + dice.seed) % len(GIVEN)).alias("FirstName"),
        nth(COMMON_SURNAMES, (_USER * 31 + dice.seed) % len(COMMON_SURNAMES)).alias("LastName"),
    )
    box = pl.format(
        "{}.{}{}@seller.example", ascii_letters(pl.col("FirstName")), ascii_letters(pl.col("LastName")), _USER
    )
    return frame.select(
        salesforce_id("users", 101 + _USER * 7).alias("Id"),
        box.alias("Username"),
        "LastName",
        "FirstName",
        pl.format("{} {}", "FirstName", "LastName").alias("Name"),
        box.alias("Email"),
        # the first owner always stays, so that somebody can take over
        either((_USER == 0) | dice.chance("stayed", _USER, _ACTIVE_USERS), "true", "false").alias("IsActive"),
    )


def owner_id(dice: Dice, name: str, key: pl.Expr, users_: pl.DataFrame) -> pl.Expr:
    """Return the id of a user who is still there; of one who left in a few rows."""
    here, left = (users_.filter(pl.col("IsActive") == answer)["Id"].to_list() for answer in ("true", "false"))
    orphaned = dice.chance(f"{name} left", key, _OWNER_LEFT if left else 0)
    return pl.when(orphaned).then(dice.pick(name, key, left or here)).otherwise(dice.pick(name, key, here))


def accounts(world: World, employers: pl.DataFrame) -> pl.DataFrame:
    """Return one row per account of the companies in `employers` (column `company`), with `account_id` and `copy`."""
    dice, company = world.dice, pl.col("company")
    copies = 1 + dice.chance("second account", company, _DUPLICATE).cast(pl.Int64)
    copies = copies + (dice.chance("second account", company, _THIRD)).cast(pl.Int64)
    frame = world.companies.join(employers, on="company", how="semi", maintain_order="left")
    frame = frame.with_columns(pl.int_ranges(0, copies).alias("copy")).explode("copy")
    frame = frame.with_columns((company * 4 + pl.col("copy")).alias("key")).sort(
        dice.bits("account order", pl.col("key")), "key"
    )
    return frame.with_columns(salesforce_id("companies", 1000 + pl.int_range(pl.len()) * 3).alias("account_id"))


def account_table(world: World, frame: pl.DataFrame, users_: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Account.csv of `accounts`; `customers` has the `company` of those that bought something."""
    dice, as_of = world.dice, pl.lit(AS_OF)
    first = frame.filter(pl.col("copy") == 0).select(
        pl.col("company").alias("parent"), pl.col("account_id").alias("ParentId")
    )
    frame = frame.join(first, on="parent", how="left", maintain_order="left")
    frame = frame.with_columns(
        pl.col("company").is_in(customers["company"].implode()).alias("customer"), _name(dice).alias("Name")
    )
    later = pl.col("copy") > 0
    age = pl.when(later).then(pl.col("age") // 2).otherwise(pl.col("age")) + 90
    created = moment(age, as_of, dice, "account created", _KEY)
    return frame.select(
        pl.col("account_id").alias("Id"),
        pl.lit("false").alias("IsDeleted"),
        "Name",
        _type(dice).alias("Type"),
        pl.when(~later).then(pl.col("ParentId")).alias("ParentId"),
        gone(dice, "no street", _KEY, 0.1, pl.col("street")).alias("BillingStreet"),
        pl.col("city").alias("BillingCity"),
        pl.when(pl.col("state_code") != "").then(pl.col("state_code")).alias("BillingState"),
        gone(dice, "no postal code", _KEY, 0.15, pl.col("postal_code")).alias("BillingPostalCode"),
        spelt(dice, _KEY, pl.col("country"), "billing country").alias("BillingCountry"),
        gone(dice, "no main line", _KEY, 0.15, _main_line(dice)).alias("Phone"),
        gone(dice, "no site", _KEY, 0.12, _site(dice)).alias("Website"),
        gone(dice, "no industry", _KEY, 0.12, _industry(dice)).alias("Industry"),
        pl.format("{}.0", pl.col("employees") * (60_000 + dice.below("revenue", pl.col("company"), 90_000))).alias(
            "AnnualRevenue"
        ),
        pl.col("employees").cast(pl.String).alias("NumberOfEmployees"),
        owner_id(dice, "account owner", _KEY, users_).alias("OwnerId"),
        created.alias("CreatedDate"),
        moment(dice.below("account edited", _KEY, age.clip(1)), as_of, dice, "account edited at", _KEY).alias(
            "LastModifiedDate"
        ),
        gone(dice, "no renewal", _KEY, 0.5, day(-dice.below("renewal", _KEY, 400), as_of)).alias("Renewal_Date__c"),
    )


def _site(dice: Dice) -> pl.Expr:
    """Return the website; of a company that moved, the old one on second accounts and on some first ones."""
    moved = pl.col("moved") & ((pl.col("copy") > 0) | dice.chance("old site", _KEY, 0.5))
    scheme = dice.pick("site", _KEY, ("www.", "https://www.", "http://", ""))
    return pl.format("{}{}", scheme, pl.when(moved).then("old_domain").otherwise("domain"))


def _name(dice: Dice) -> pl.Expr:
    style = (
        pl.when(pl.col("copy") == 0)
        .then(dice.band("name style", _KEY, (0.7, 0.15, 0.1, 0.05)))
        .otherwise(dice.below("name style", _KEY, 8))
    )
    written = company_variant(pl.col("base"), pl.col("form"), style)
    misspelt = (pl.col("copy") > 0) & dice.chance("company typo", _KEY, 0.08)
    return pl.when(misspelt).then(typo(dice, "company", _KEY, written)).otherwise(written)


def _type(dice: Dice) -> pl.Expr:
    other = dice.pick("company type", _KEY, ("Prospect", "Prospect", "Prospect", "Other", "Technology Partner"))
    return (
        pl.when(pl.col("customer")).then(pl.lit("Customer - Direct")).otherwise(gone(dice, "no type", _KEY, 0.2, other))
    )


def _main_line(dice: Dice) -> pl.Expr:
    return phone_text(pl.col("main_area"), pl.col("main_local"), pl.col("country"), dice.below("main style", _KEY, 6))


def _industry(dice: Dice) -> pl.Expr:
    chosen = dice.pick("industry", _KEY, TRADES[0][1])
    for index, (_, words) in enumerate(TRADES[1:], start=1):
        chosen = pl.when(pl.col("trade") == index).then(dice.pick("industry", _KEY, words)).otherwise(chosen)
    plain = nth([words[0] for _, words in TRADES], pl.col("trade"))
    return sometimes(dice, "plain industry", _KEY, 0.5, plain, chosen)
