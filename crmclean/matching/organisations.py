"""Organisations compared: the name by its words, the rest as evidence; branches, parents and other firms stay apart."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching import titles, versions
from crmclean.matching.blocks import Key, candidates
from crmclean.matching.evidence import Field, bundled, single
from crmclean.matching.extras import EXTRA, extra_fields, extras
from crmclean.matching.folding import compact, dialled, folded, hashed, street
from crmclean.matching.listing import Judged, Said, Scored, listed
from crmclean.matching.mailboxes import once
from crmclean.matching.parts import Numbers
from crmclean.matching.weights import (
    AGREES,
    DIFFERS,
    LEAST_RECORDS,
    MISSING,
    NEAR,
    Bundle,
    Part,
    Weights,
    probabilities,
)
from crmclean.records import RECORD, REF_PREFIX, SOURCE
from crmclean.values import companies, email_kinds, urls

IDS = ("tax_id", "duns_number")
SELLERS = "_sellers"  # owners of open deals, `;` between them
TEXTS = ("name", "domain", "website", "phone", "street", "city", "postal_code", "country", "account_number", *IDS)
HOSTS = ("facebook.com", "linkedin.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "google.com")
RULE = 0.99  # of the same name in the same country, where nothing stands against it
CHAIN = 2  # places from which a name or a domain is taken for a chain's
SOLD_TWICE = "open deals of two owners"
SOLD_ALIKE = 0.5  # probability from which a person is asked about companies that two people sell to
PLACE = ("phone", "street", "city", "postal code")
SEPARATOR = "\x1f"

CONTEXT = (
    Field("domain", "domains", 0.05, (0.15, 0.0, 0.85), places=2),
    Field("phone", "phone", 0.10, (0.35, 0.05, 0.60), 1e-3, numbers=Numbers.SLIP),
    Field("street", "street", 0.5, (0.20, 0.25, 0.55), 3e-3),
    Field("city", "city", 5.0, (0.15, 0.05, 0.80), 1e-2),
    Field("postal code", "postal", 3.0, (0.20, 0.10, 0.70), 1e-2, numbers=Numbers.SLIP),
)
IDENTITY = (
    Field("tax number", "tax_id", 0.05, (0.05, 0.05, 0.90), 1e-3, numbers=Numbers.SLIP),
    Field("D-U-N-S number", "duns_number", 0.05, (0.05, 0.05, 0.90), 1e-3, numbers=Numbers.SLIP),
)
WORDS = {
    titles.EQUAL: "same name", titles.MISSPELT: "name misspelt", titles.CONTAINED: "one name within the other",
    titles.OVERLAP: "similar name", titles.ACRONYM: "name is an acronym", titles.CONFLICT: "other name",
}  # fmt: skip


def scored(frame: pl.DataFrame, kept: Weights | None) -> Scored:
    """Compare the candidate pairs of a list of organisations."""
    features = prepared(frame)
    pairs = candidates(keys(features), features)
    left, right = pairs.left, pairs.right
    size = max(features.height, LEAST_RECORDS)
    level, log_u = titles.compared(left, right, titles.titled(features["words"]), size)
    context, crowds = bundled(features, CONTEXT, left, right, size, level == titles.CONFLICT, {})
    alone = single(features, IDENTITY, left, right, size)
    more = single(features, extra_fields(features), left, right, size)
    again = versions.same(features["record"], left, right)
    branch = (_branches(context) | (_chains(features, left, right) & ~_one_place(context))) & ~again
    veto = _vetoes(features, left, right, level, branch, alone)
    barred = veto.is_not_null().to_numpy()
    parts = [Part("name", level, log_u, titles.M), *alone, *more]
    probability, weights = probabilities(parts, [context], features.height, barred | again, kept)
    agreed = _name_and_country(features, left, right, level) & ~_contradicted(context) & ~barred
    probability = np.where(agreed, np.maximum(probability, RULE), probability)
    probability[again & ~barred] = 1.0
    said = Said((versions.said(again), (level, WORDS)), context, (*alone, *more))
    asked = _asked(level, context, alone, branch & _chains(features, left, right), barred) | (again & barred)
    asked |= _sold_twice(features, left, right) & (probability >= SOLD_ALIKE)
    judged = Judged(
        probability, veto, asked, np.zeros(len(left), dtype=np.bool_), lambda one, other: _opposed(features, one, other)
    )
    return listed(features["record"], pairs, judged, said, weights, crowds)


def prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the features of each company, sorted by record id; `i` is its rank."""
    frame = frame.with_columns(
        pl.lit(None, pl.String).alias(name) for name in (*TEXTS, SELLERS) if name not in frame.columns
    )
    ready = frame.sort(RECORD)
    reference = f"{REF_PREFIX}parent_ref"
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
        pl.lit(once(ready["name"], companies.key)).alias("key"),
        pl.lit(once(ready["name"], companies.weak_key)).alias("weak"),
        pl.lit(once(ready["name"], companies.form_class)).alias("form"),
        pl.lit(once(ready["name"], lambda name: folded(companies.base(name)))).alias("words"),
        pl.lit(once(ready["street"], street)).alias("street"),
        pl.lit(once(ready["city"], folded)).alias("city"),
        pl.lit(once(ready["postal_code"], compact)).alias("postal"),
        pl.concat_list(pl.lit(_domains(ready[name])) for name in ("domain", "website")).alias("domains"),
    )
    features = features.with_columns(**extras(ready))
    own = pl.col("domains").list.drop_nulls().list.unique(maintain_order=True)
    features = features.with_columns(own, pl.col("key").str.slice(0, 5).alias("signature"))
    place = pl.coalesce("postal", "city").drop_nulls().n_unique()
    sites = [pl.when(pl.col(by).is_not_null()).then(place.over(by)).otherwise(0) for by in ("key", "site")]
    features = features.with_columns(pl.col("domains").list.first().alias("site"))
    return features.with_columns(pl.max_horizontal(sites).alias("places"))


def _domains(addresses: pl.Series) -> pl.Series:
    """Return the registrable domains that belong to one firm: no free-mail provider, no big host."""
    domains = once(addresses, urls.registrable_domain)
    kinds = once(domains, lambda domain: email_kinds.classify(pl.lit("x@") + domain))
    own = (pl.col("kind") == "business") & ~pl.col("domain").is_in(HOSTS)
    return pl.DataFrame({"domain": domains, "kind": kinds}).select(pl.when(own).then("domain")).to_series()


def keys(features: pl.DataFrame) -> list[Key]:
    """Return the ways to find pairs, the surest first."""
    words = features.select("i", word=pl.col("words").str.split(" ")).explode("word").drop_nulls().unique()
    sized = words.with_columns(n=pl.len().over("word")).sort("i", "n", "word")
    rare = sized.group_by("i", maintain_order=True).agg(pl.col("word").head(2)).explode("word")
    domains = features.select("i", key="domains").explode("key", empty_as_null=False, keep_nulls=False)
    begins = pl.col("key").str.slice(0, 4)
    return [
        versions.key(features),
        Key("domain", domains.select("i", hashed(pl.col("key"))), "words"),
        *(Key(name, features.select("i", key=name), "words") for name in IDS),
        Key("phone", features.select("i", key="phone"), "words"),
        Key("name", features.select("i", key="key"), "city"),
        Key("name-core", features.select("i", key="weak"), "city"),
        Key("word", rare.select("i", key="word"), "words"),
        Key("name+city", _joined(features, begins, "city"), "words"),
        Key("name+postal", _joined(features, begins, "postal"), "words"),
        *(Key(name, features.select("i", key=name), "words") for name in features.columns if name.startswith(EXTRA)),
        Key("street", _joined(features, "street", pl.col("city").fill_null("")), "words"),
    ]


def _joined(features: pl.DataFrame, *parts: str | pl.Expr) -> pl.DataFrame:
    return features.select("i", pl.concat_str(*parts, separator=SEPARATOR).alias("key"))


def _vetoes(
    features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64], level: titles.Levels,
    branch: NDArray[np.bool_], alone: list[Part],
) -> pl.Series:  # fmt: skip
    """Return the conflicts of each pair, comma-separated; null where nothing stands against a merge."""
    one, other = features[left], features[right]

    def differ(name: str) -> pl.Series:
        return (one[name] != other[name]).fill_null(value=False)

    parent = ((one["parent"] == other["record"]) | (other["parent"] == one["record"])).fill_null(value=False)
    conflicts = {
        "name": pl.Series(level == titles.CONFLICT),
        "legal form": differ("form"),
        "country": differ("country"),
        "customer number": differ("account_number") & (one["source"] == other["source"]),
        "parent": parent,
        "branch": pl.Series(branch),
        SOLD_TWICE: pl.Series(_sold_twice(features, left, right)),
        **{part.name: pl.Series(part.levels == DIFFERS) for part in alone},
    }
    said = pl.DataFrame([conflict.alias(name) for name, conflict in conflicts.items()])
    listed = said.select(
        pl.concat_str(
            [pl.when(name).then(pl.lit(name)) for name in conflicts], separator=", ", ignore_nulls=True
        ).alias("veto")
    )
    return listed.select(pl.when(pl.col("veto") != "").then("veto")).to_series()


def _opposed(features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs have another legal form, country or number."""
    one, other = features[left], features[right]
    differ = [(one[name] != other[name]).fill_null(value=False).to_numpy() for name in ("form", "country", *IDS)]
    return np.asarray(np.any([*differ, _sold_twice(features, left, right)], axis=0))


def _sold_twice(features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs have open deals on both sides, and no owner of theirs in common."""
    sold = features["sellers"].is_not_null().to_numpy()
    answer = sold[left] & sold[right]
    both = np.flatnonzero(answer)
    sides = pl.DataFrame(
        [features["sellers"].gather(side[both]).alias(name) for side, name in ((left, "a"), (right, "b"))]
    )
    answer[both] = sides.select(pl.col("a").list.set_intersection("b").list.len() == 0).to_series().to_numpy()
    return np.asarray(answer)


def _name_and_country(
    features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64], level: titles.Levels
) -> NDArray[np.bool_]:
    country = (features["country"][left] == features["country"][right]).fill_null(value=False).to_numpy()
    return np.asarray((level == titles.EQUAL) & country)


def _contradicted(context: Bundle) -> NDArray[np.bool_]:
    differs = [states == DIFFERS for states in context.states.values()]
    return np.asarray(np.any(differs, axis=0) if differs else np.zeros(len(context.log_u), dtype=np.bool_))


def _branches(context: Bundle) -> NDArray[np.bool_]:
    """Say which pairs stand at two places and have no phone in common: another city, or street and more."""
    phone, street, city, postal = (context.state(name) for name in PLACE)
    moved = (street == DIFFERS) & ((postal == DIFFERS) | (phone == DIFFERS))
    return np.asarray(((city == DIFFERS) | moved) & (phone != AGREES))


def _one_place(context: Bundle) -> NDArray[np.bool_]:
    """Say which pairs stand at one place: the same phone or street, or the same town where no street is known."""
    phone, street, city, postal = (context.state(name) for name in PLACE)
    town = (street == MISSING) & ((city == AGREES) | (postal == AGREES))
    return np.asarray((phone == AGREES) | (street >= NEAR) | town)


def _chains(features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs have a name or a domain that stands at more than CHAIN places."""
    places = features["places"].to_numpy()
    return np.asarray(np.maximum(places[left], places[right]) > CHAIN)


def _asked(
    level: titles.Levels, context: Bundle, alone: list[Part], chain: NDArray[np.bool_], barred: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say which pairs a person should see in any case: equal names, and barred pairs that share what is telling.

    That is a domain, a number, or phone and street. Not the branches of a chain: they are many, and rarely one.
    """
    shared = (context.state("domain") == AGREES) | (
        (context.state("phone") == AGREES) & (context.state("street") >= NEAR)
    )
    for part in alone:
        shared |= part.levels == AGREES
    return np.asarray(((barred & shared) | ((level >= titles.MISSPELT) & ~_branches(context))) & ~chain)
