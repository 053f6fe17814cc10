"""Which records a person left behind, and what a contact record says about the person: shared by both sources."""

import polars as pl

from crmclean.samples.dice import Dice, nth
from crmclean.samples.mess import filler, gone, nickname, sometimes, typo
from crmclean.samples.places import phone_text, spelt
from crmclean.samples.vocabulary import FILLER_EMAILS, FILLER_PHONES, FILLER_TITLES, JOBS, ROLE_MAILBOXES
from crmclean.samples.world import World

RECORDS_PER_PERSON = 1.74  # what the weights below come to: 50,000 records are about 28,700 people
_CRM_ONLY, _BOTH, _LIST_ONLY = 0.5, 0.37, 0.13
_CRM_COPIES = (0.66, 0.25, 0.09)  # one, two or three records in the CRM
_LIST_COPIES = (0.95, 0.05)
_PERSON, KEY = pl.col("person"), pl.col("key")


def records_of(world: World, rows: int) -> pl.DataFrame:
    """Return exactly `rows` records: `person`, `channel` (crm, list), `copy` (from 0 in each), a drawing `key`."""
    dice = world.dice
    kind = dice.band("presence", _PERSON, (_CRM_ONLY, _BOTH, _LIST_ONLY))
    crm = pl.when(kind < 2).then(1 + dice.band("crm copies", _PERSON, _CRM_COPIES)).otherwise(0)
    mailing = pl.when(kind > 0).then(1 + dice.band("list copies", _PERSON, _LIST_COPIES)).otherwise(0)
    counts = world.people.select("person", crm.alias("crm"), mailing.alias("list"))
    counts = counts.filter((pl.col("crm") + pl.col("list")).cum_sum().shift(1, fill_value=0) < rows)
    frames = [
        counts.filter(pl.col(channel) > 0).select(
            "person", pl.int_ranges(0, pl.col(channel)).alias("copy"), pl.lit(channel).alias("channel")
        ).explode("copy")
        for channel in ("crm", "list")
    ]  # fmt: skip
    records = pl.concat(frames).sort("person", "channel", "copy").head(rows)
    on_list = (pl.col("channel") == "list").cast(pl.Int64)
    return records.with_columns((_PERSON * 16 + pl.col("copy") + 8 * on_list).alias("key"))


def contact_cells(world: World, records: pl.DataFrame) -> pl.DataFrame:
    """Write the cells that both sources have; later copies are messier than the first record of a person."""
    frame = records.join(world.people, on="person", how="left", maintain_order="left")
    later = (pl.col("copy") > 0) | (pl.col("channel") == "list")
    frame = _employer(world, frame.with_columns(later.alias("later")))
    for write in (_names, _job, _email, _phone, _address):
        frame = write(world.dice, frame)
    return frame


def _employer(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """People who changed jobs are on later records with the new employer: other company, other mailbox."""
    moved_on = pl.col("next_company").is_not_null() & pl.col("company").is_not_null() & pl.col("later")
    frame = frame.with_columns(
        pl.when(moved_on).then(pl.col("next_company")).otherwise(pl.col("company")).alias("employer"),
        moved_on.alias("moved_on"),
    )
    columns = ("base", "form", "domain", "old_domain", "moved", "main_area", "main_local", "country")
    employers = world.companies.select(
        pl.col("company").alias("employer"), *(pl.col(c).alias(f"employer_{c}") for c in columns)
    )
    return frame.join(employers, on="employer", how="left", maintain_order="left")


def _names(dice: Dice, frame: pl.DataFrame) -> pl.DataFrame:
    given, family, later = pl.col("given_name"), pl.col("family_name"), pl.col("later")
    frame = frame.with_columns(pl.col("first_name").alias("given_name"), pl.col("last_name").alias("family_name"))
    frame = _staged(
        frame,
        given,
        pl.when(later).then(sometimes(dice, "nickname", KEY, 0.3, nickname(given), given)).otherwise(given),
        pl.when(later)
        .then(sometimes(dice, "first typo", KEY, 0.05, typo(dice, "first", KEY, given), given))
        .otherwise(given),
        sometimes(dice, "initial", KEY, 0.015, given.str.slice(0, 1) + ".", given),
    )
    typed = sometimes(dice, "last typo", KEY, 0.06, typo(dice, "last", KEY, family), family)
    frame = _staged(frame, family, pl.when(later).then(typed).otherwise(family))
    case, swapped = dice.band("name case", KEY, (0.92, 0.04, 0.03, 0.01)), dice.chance("swapped", KEY, 0.006)
    frame = frame.with_columns(_cased(case, given), _cased(case, family))
    return frame.with_columns(
        pl.when(swapped).then(family).otherwise(gone(dice, "no first", KEY, 0.03, given)).alias("given_name"),
        pl.when(swapped).then(given).otherwise(family).alias("family_name"),
    )


def _staged(frame: pl.DataFrame, column: pl.Expr, *changes: pl.Expr) -> pl.DataFrame:
    """Change a column several times; one nested expression would be worked out again at every level."""
    for change in changes:
        frame = frame.with_columns(change.alias(column.meta.output_name()))
    return frame


def _cased(case: pl.Expr, text: pl.Expr) -> pl.Expr:
    upper, lower = text.str.to_uppercase(), text.str.to_lowercase()
    return pl.when(case == 1).then(upper).when(case == 2).then(lower).when(case == 3).then(text + " ").otherwise(text)


def _job(dice: Dice, frame: pl.DataFrame) -> pl.DataFrame:
    promoted = pl.col("moved_on") | (pl.col("later") & dice.chance("promoted", KEY, 0.1))
    title = nth([title for title, _ in JOBS], dice.below("new title", KEY, len(JOBS)))
    written = pl.when(promoted).then(title).otherwise(pl.col("title"))
    written = filler(dice, "title", KEY, 0.02, FILLER_TITLES, gone(dice, "no title", KEY, 0.12, written))
    return frame.with_columns(written.alias("job_title"))


def _email(dice: Dice, frame: pl.DataFrame) -> pl.DataFrame:
    mail, later = pl.col("mailbox"), pl.col("later")
    box = pl.col("email").str.split("@").list.first()
    before_move = pl.col("employer_moved").fill_null(value=False) & dice.chance("old domain", KEY, 0.5)
    frame = frame.with_columns(
        pl.when(pl.col("moved_on"))
        .then(pl.format("{}{}@{}", pl.col("box"), pl.col("box_number"), pl.col("employer_domain")))
        .when(before_move)
        .then(pl.format("{}@{}", box, pl.col("employer_old_domain")))
        .otherwise(pl.col("email"))
        .alias("mailbox")
    )
    role = pl.format("{}@{}", dice.pick("role", KEY, ROLE_MAILBOXES), pl.col("employer_domain"))
    written_box, domain = (mail.str.split("@").list.get(part, null_on_oob=True) for part in (0, 1))
    misspelt = pl.format("{}@{}", typo(dice, "email", KEY, written_box), domain)
    missing = pl.when(pl.col("channel") == "list").then(0.04).when(later).then(0.16).otherwise(0.05)
    return _staged(
        frame,
        mail,
        pl.when(later & dice.chance("private", KEY, 0.1)).then(pl.col("private_email")).otherwise(mail),
        pl.when(later & dice.chance("email typo", KEY, 0.03)).then(misspelt).otherwise(mail),
        pl.when(dice.chance("role", KEY, 0.012) & role.is_not_null()).then(role).otherwise(mail),
        sometimes(dice, "email case", KEY, 0.06, mail.str.to_uppercase(), mail),
        pl.when(dice.share("no email", KEY) >= missing).then(mail),
        filler(dice, "email", KEY, 0.012, FILLER_EMAILS, mail),
    )


def _phone(dice: Dice, frame: pl.DataFrame) -> pl.DataFrame:
    phone, country = pl.col("telephone"), pl.col("country")
    main = dice.chance("main line", KEY, 0.06) & pl.col("employer_main_area").is_not_null()
    reached = {"area": "direct_area", "local": "direct_local", "country": "country"}
    line = [
        pl.when(main)
        .then(pl.col(f"employer_{name if name == 'country' else f'main_{name}'}"))
        .otherwise(pl.col(own))
        .alias(f"line_{name}")
        for name, own in reached.items()
    ]
    frame = frame.with_columns(*line)
    # a number away from home is written with its country
    style = pl.when(pl.col("line_country") == country).then(dice.below("phone style", KEY, 6)).otherwise(0)
    mobile = phone_text(pl.col("mobile_area"), pl.col("mobile_local"), country, dice.below("mobile style", KEY, 6))
    frame = frame.with_columns(
        phone_text(pl.col("line_area"), pl.col("line_local"), pl.col("line_country"), style).alias("telephone"),
        gone(dice, "no mobile", KEY, 0.5, mobile).alias("cellphone"),
    )
    extension = pl.format("{} x{}", phone, 10 + dice.below("digits", KEY, 90))
    return _staged(
        frame,
        phone,
        sometimes(dice, "extension", KEY, 0.03, extension, phone),
        gone(dice, "no phone", KEY, 0.22, phone),
        filler(dice, "phone", KEY, 0.015, FILLER_PHONES, phone),
    )


def _address(dice: Dice, frame: pl.DataFrame) -> pl.DataFrame:
    code = dice.chance("state code", KEY, 0.5)
    state = pl.when(code).then(pl.col("state_code")).otherwise(pl.col("state"))
    kept = ~dice.chance("no address", KEY, 0.2)
    parts = {
        "address_street": pl.col("street"),
        "address_city": pl.col("city"),
        "address_state": state,
        "address_postal_code": pl.col("postal_code"),
    }
    country = spelt(dice, KEY, pl.col("country"), "country")
    return frame.with_columns(
        *(pl.when(kept & (text != "")).then(text).alias(name) for name, text in parts.items()),
        country.alias("address_country"),
    )
