"""Rules for companies: by domain with compatible names first, by name and country second."""

import polars as pl
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import cpdist

from crmclean.matching import standins as urls
from crmclean.matching.blocks import Key, candidates
from crmclean.matching.folding import folded, hashed
from crmclean.matching.model import Note
from crmclean.matching.sharing import without_shared
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values import companies

IDS = ("tax_id", "duns_number")
TEXTS = ("name", "domain", "website", "phone", "city", "country", "account_number", "source_id", *IDS)
DOMAIN_NAMES = 5  # a domain that more different names use belongs to a host, a group or a market place
ALIKE = 85  # token-set ratio from which two company names may be one


def prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the features of each company, sorted by record id; `i` is its rank."""
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in TEXTS if name not in frame.columns)
    reference = f"{REF_PREFIX}parent_ref"
    parent = pl.col(reference) if reference in frame.columns else pl.lit(None, pl.String)
    sites = pl.concat_list(urls.registrable_domain(pl.col("domain")), urls.registrable_domain(pl.col("website")))
    return frame.sort(RECORD).select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("i"),
        pl.col(RECORD).alias("record"),
        pl.col("_source").alias("source"),
        companies.key(pl.col("name")).alias("name"),
        folded(companies.base(pl.col("name"))).alias("words"),
        companies.form_class(pl.col("name")).alias("form"),
        sites.list.drop_nulls().list.unique().list.eval(hashed(pl.element())).alias("domains"),
        hashed(pl.col("phone")).alias("phone"),
        folded(pl.col("city")).alias("city"),
        pl.col("country"),
        parent.alias("parent"),
        *(folded(pl.col(name)).str.replace_all(" ", "").alias(name) for name in (*IDS, "account_number")),
    )


def scored(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, list[Note]]:
    """Return the features, the scored pairs (l, r, rule, probability, reasons, veto) and what was not compared."""
    features, count = without_shared(prepared(frame), "domains", names=DOMAIN_NAMES)
    notes = (
        [Note("match.shared-domains", "domains that many company names share count as no evidence", count)]
        if count
        else []
    )
    long = features.select("i", pl.col("domains").alias("key")).explode("key", empty_as_null=False, keep_nulls=False)
    keys = [Key("domain", long), Key("name", features.select("i", key="name"))]
    keys += [Key(name, features.select("i", key=name)) for name in IDS]
    pairs, capped = candidates(keys, features.select("i", "name"))
    notes += [
        Note(f"match.capped-{key}", "records in large blocks were compared with their neighbours only", n)
        for key, n in capped.items()
    ]
    return features, judged(evidence(pairs, features)), notes


def evidence(pairs: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    """Join both sides' features to the pairs and compare them."""
    joined = pairs.join(features, left_on="l", right_on="i", how="left", maintain_order="left")
    joined = joined.join(features, left_on="r", right_on="i", how="left", maintain_order="left", suffix="_r")
    joined = joined.with_columns(_alike(joined))
    return joined.select(
        "l",
        "r",
        "rule",
        "alike",
        name=_equal("name"),
        phone=_equal("phone"),
        city=_equal("city"),
        country=_equal("country"),
        domain=pl.col("domains").list.set_intersection("domains_r").list.len() > 0,
        veto=_veto(),
    )


def _equal(name: str) -> pl.Expr:
    return (pl.col(name) == pl.col(f"{name}_r")).fill_null(value=False)


def _differ(name: str) -> pl.Expr:
    return (pl.col(name) != pl.col(f"{name}_r")).fill_null(value=False)


def _veto() -> pl.Expr:
    one_source = pl.col("source") == pl.col("source_r")
    conflicts = {
        "form": _differ("form"),
        "country": _differ("country"),
        **{name: _differ(name) for name in IDS},
        "account_number": _differ("account_number") & one_source,
        "parent": (pl.col("parent") == pl.col("record_r")) | (pl.col("parent_r") == pl.col("record")),
    }
    said = [pl.when(conflict).then(pl.lit(name)) for name, conflict in conflicts.items()]
    listed = pl.concat_str(said, separator=",", ignore_nulls=True)
    return pl.when(listed != "").then(listed)


def _alike(pairs: pl.DataFrame) -> pl.Series:
    distinct = pairs.select("words", "words_r").drop_nulls().unique()
    scores = cpdist(distinct["words"].to_list(), distinct["words_r"].to_list(), scorer=token_set_ratio, workers=-1)
    scored = distinct.with_columns(pl.Series("alike", scores, dtype=pl.Float64) >= ALIKE)
    return pairs.select("words", "words_r").join(scored, on=["words", "words_r"], how="left", maintain_order="left")[
        "alike"
    ]


def judged(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add probability and reasons; what a veto names is never more than a question."""
    tax = pl.col("rule").is_in(IDS)
    more = pl.col("phone") | pl.col("city")
    probability = (
        pl.when(pl.col("domain") & pl.col("name"))
        .then(0.995)
        .when(pl.col("domain") & pl.col("alike").fill_null(value=True))
        .then(0.97)
        .when(pl.col("domain"))
        .then(0.5)
        .when(tax & pl.col("alike").fill_null(value=True))
        .then(0.98)
        .when(tax)
        .then(0.5)
        .when(pl.col("name") & pl.col("country"))
        .then(0.96)
        .when(pl.col("name") & more)
        .then(0.95)
        .when(pl.col("name"))
        .then(0.7)
        .otherwise(0.1)
    )
    flags = ("name", "domain", "phone", "city", "country")
    reasons = pl.concat_str(
        [pl.when(flag).then(pl.lit(f"same {flag}")) for flag in flags], separator="; ", ignore_nulls=True
    )
    doubtful = pl.when(pl.col("veto").is_not_null()).then(pl.min_horizontal(probability, 0.5)).otherwise(probability)
    return pairs.select("l", "r", "rule", probability=doubtful, reasons=reasons, veto="veto")
