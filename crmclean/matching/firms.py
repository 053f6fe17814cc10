"""Organisations made comparable: one row of folded features per record, and the keys that find pairs of them."""

import polars as pl

from crmclean.matching import versions
from crmclean.matching.blocks import Key, having
from crmclean.matching.extras import EXTRA, extras
from crmclean.matching.folding import building, compact, dialled, folded, gathered, hashed, titled
from crmclean.matching.mailboxes import once
from crmclean.matching.sisters import without_brackets
from crmclean.records import RECORD, REF_PREFIX, SOURCE
from crmclean.values import companies, email_kinds, urls
from crmclean.values.distinct import encoded

IDS = ("tax_id", "duns_number")
SELLERS = "_sellers"  # owners of open deals, `;` between them
TEXTS = ("name", "domain", "website", "phone", "street", "city", "postal_code", "country", "account_number", *IDS)
HOSTS = ("facebook.com", "linkedin.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "google.com")


def prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the features of each company, sorted by record id; `i` is its rank."""
    frame = frame.with_columns(
        pl.lit(None, pl.String).alias(name) for name in (*TEXTS, SELLERS) if name not in frame.columns
    )
    ready = frame.sort(RECORD)
    reference = f"{REF_PREFIX}parent_ref"
    names = _names(ready["name"])
    parent = pl.col(reference) if reference in frame.columns else pl.lit(None, pl.String)
    features = ready.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("i"),
        pl.col(RECORD).alias("record"),
        pl.col(SOURCE).alias("source"),
        parent.alias("parent"),
        pl.col("country"),
        pl.col(SELLERS).str.split(";").alias("sellers"),
        dialled(pl.col("phone")).alias("phone"),
        *(pl.lit(once(ready[name], compact)).alias(name) for name in (*IDS, "account_number")),
        *(pl.lit(names[name]).alias(name) for name in names.columns),
        pl.lit(once(ready["street"], building)).alias("street"),
        pl.lit(once(ready["city"], folded)).alias("city"),
        pl.lit(once(ready["postal_code"], compact)).alias("postal"),
        gathered(pl.lit(_domains(ready[name])) for name in ("domain", "website")).alias("domains"),
    )
    features = features.with_columns(**extras(ready))
    own = pl.col("domains").list.unique(maintain_order=True)
    features = features.with_columns(own, pl.lit(encoded(features["key"].str.slice(0, 5))[1]).alias("signature"))
    place = pl.coalesce("postal", "city").drop_nulls().n_unique()
    key, site, phone = (
        pl.when(pl.col(by).is_not_null()).then(place.over(by)).otherwise(0) for by in ("key", "site", "phone")
    )
    features = features.with_columns(pl.col("domains").list.first().alias("site"))
    return features.with_columns(pl.max_horizontal(key, site).alias("places"), phone.alias("phone_places"))


def _names(names: pl.Series) -> pl.DataFrame:
    """Return key, weak, form and words of each name, worked out for the distinct ones only."""
    distinct, places = encoded(names)
    told = distinct.to_frame("name").with_columns(told=companies.compared(pl.col("name"))).unnest("told")
    whole = without_brackets(pl.col("name"))
    base = (
        pl.when(whole == pl.col("name"))
        .then("base")
        .otherwise(companies.base(pl.when(whole != pl.col("name")).then(whole)))
    )
    return told.select("key", "weak", "form", words=titled(base)).select(pl.all().gather(places))


def _domains(addresses: pl.Series) -> pl.Series:
    """Return the registrable domains that belong to one firm: no free-mail provider, no big host."""
    domains = once(addresses, urls.registrable_domain)
    kinds = once(domains, email_kinds.of_host)
    own = (pl.col("kind") == "business") & ~pl.col("domain").is_in(HOSTS)
    return pl.DataFrame({"domain": domains, "kind": kinds}).select(pl.when(own).then("domain")).to_series()


def keys(features: pl.DataFrame) -> list[Key]:
    """Return the ways to find pairs, the surest first."""
    begins = pl.col("key").str.slice(0, 4)
    return [
        versions.KEY,
        Key("domain", _sites, "words"),
        *(Key(name, having(name), "words") for name in IDS),
        Key("phone", having("phone"), "words"),
        Key("name", having("key"), "city"),
        Key("name-core", having("weak"), "city"),
        Key("word", _rare_words, "words"),
        Key("name+city", having(begins, "city"), "words"),
        Key("name+postal", having(begins, "postal"), "words"),
        *(Key(name, having(name), "words") for name in features.columns if name.startswith(EXTRA)),
        Key("street", having("street", pl.col("city").fill_null("")), "words"),
    ]


def _sites(features: pl.DataFrame) -> pl.DataFrame:
    domains = features.select("i", key="domains").explode("key", empty_as_null=False, keep_nulls=False)
    return domains.select("i", hashed(pl.col("key")))


def _rare_words(features: pl.DataFrame) -> pl.DataFrame:
    """Return the two rarest words of each name."""
    words = features.select("i", word=pl.col("words").str.split(" ")).explode("word").drop_nulls().unique()
    sized = words.with_columns(n=pl.len().over("word")).sort("i", "n", "word")
    return sized.group_by("i", maintain_order=True).agg(key=hashed(pl.col("word").head(2))).explode("key")
