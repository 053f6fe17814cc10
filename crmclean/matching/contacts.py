"""Rules for persons: by mailbox first, by phone and name second, by name and context third."""

import polars as pl

from crmclean.matching import people
from crmclean.matching.blocks import Key, candidates
from crmclean.matching.model import Note
from crmclean.matching.names import COMPATIBLE, CONFLICT, SAME, UNKNOWN, compared
from crmclean.matching.sharing import without_shared


def scored(frame: pl.DataFrame, company_groups: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame, list[Note]]:
    """Return the features, the scored pairs (l, r, rule, probability, reasons, veto) and what was not compared."""
    features = people.prepared(frame, company_groups)
    notes = []
    for column, names, what in (
        ("mails", people.SHARED_NAMES, "mailboxes"),
        ("phones", people.SWITCHBOARD_NAMES, "phone numbers"),
    ):
        features, count = without_shared(features, column, names=names)
        if count:
            notes.append(Note(f"match.shared-{column}", f"{what} that many names share count as no evidence", count))
    pairs, capped = candidates(_keys(features), features.select("i", "name"))
    notes += [
        Note(f"match.capped-{key}", "records in large blocks were compared with their neighbours only", count)
        for key, count in capped.items()
    ]
    return features, judged(evidence(pairs, features)), notes


def _keys(features: pl.DataFrame) -> list[Key]:
    full = pl.col("given").is_not_null() & pl.col("family").is_not_null()
    named = pl.when(full).then(pl.col("name"))
    return [
        Key("email", _long(features, "mails")),
        Key("phone", _long(features, "phones")),
        Key(
            "name+company",
            features.select("i", key=pl.struct(named, "company").hash()).filter(_has(features, "company")),
        ),
        Key("name+city", features.select("i", key=pl.struct(named, "city").hash()).filter(_has(features, "city"))),
    ]


def _has(features: pl.DataFrame, column: str) -> pl.Series:
    return features.select(pl.all_horizontal(pl.col("given", "family", column).is_not_null())).to_series()


def _long(features: pl.DataFrame, column: str) -> pl.DataFrame:
    return features.select("i", pl.col(column).alias("key")).explode("key", empty_as_null=False, keep_nulls=False)


def evidence(pairs: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    """Join both sides' features to the pairs and compare them: names, mail, phone, company, place."""
    columns = features.select("i", "given", "family", "name", "mails", "phones", "company", "city")
    joined = pairs.join(columns, left_on="l", right_on="i", how="left", maintain_order="left")
    joined = joined.join(columns, left_on="r", right_on="i", how="left", maintain_order="left", suffix="_r")
    return compared(joined).select(
        "l",
        "r",
        "rule",
        "names",
        mail=pl.col("mails").list.set_intersection("mails_r").list.len() > 0,
        phone=pl.col("phones").list.set_intersection("phones_r").list.len() > 0,
        company=(pl.col("company") == pl.col("company_r")).fill_null(value=False),
        city=(pl.col("city") == pl.col("city_r")).fill_null(value=False),
    )


def judged(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add probability, reasons and veto."""
    names = pl.col("names")
    probability = (
        pl.when(names == CONFLICT)
        .then(pl.when("mail").then(0.5).otherwise(0.01))
        .when(pl.col("mail") & (names != UNKNOWN))
        .then(0.995)
        .when(pl.col("mail"))
        .then(0.97)
        .when(pl.col("phone") & (names == SAME))
        .then(0.985)
        .when(pl.col("phone") & (names == COMPATIBLE))
        .then(0.96)
        .when(pl.col("phone"))
        .then(0.3)
        .when((names == SAME) & pl.col("company"))
        .then(pl.when("city").then(0.9).otherwise(0.8))
        .when((names == SAME) & pl.col("city"))
        .then(0.5)
        .otherwise(0.1)
    )
    said = [pl.when(flag).then(pl.lit(f"same {flag}")) for flag in ("mail", "phone", "company", "city")]
    reasons = pl.concat_str(pl.lit("names ") + names, *said, separator="; ", ignore_nulls=True)
    return pairs.select(
        "l",
        "r",
        "rule",
        probability=probability,
        reasons=reasons,
        veto=pl.when(names == CONFLICT).then(pl.lit("names")),
    )
