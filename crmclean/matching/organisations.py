"""Organisations compared: the name by its words, the rest as evidence; branches, parents and other firms stay apart."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmclean.matching import firms, titles, versions
from crmclean.matching.blocks import candidates
from crmclean.matching.coding import numbered
from crmclean.matching.evidence import Field, bundled, compared, single
from crmclean.matching.extras import extra_fields
from crmclean.matching.listing import Judged, Said, Scored, Vetoes, listed
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
from crmclean.records import DERIVED

RULE = 0.99  # of the same name in the same country, where nothing stands against it
QUESTION, UNASKED = 0.49, 0.19  # the most that is thought of pairs that a person has to see, and need not see
FEW = 5  # records with a name, or with a phone, up to which it is no common one
CHAIN = 2  # places from which a name or a domain is taken for a chain's
SOLD_TWICE = "open deals of two owners"
SOLD_ALIKE = 0.5  # probability from which a person is asked about companies that two people sell to
PLACE = ("phone", "street", "city", "postal code")

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
    features = firms.prepared(frame)
    pairs = candidates(firms.keys(features), features)
    left, right = pairs.left, pairs.right
    size = max(features.height, LEAST_RECORDS)
    names = titles.compared(left, right, titles.titled(features["words"]), size)
    level = names.level
    extra = extra_fields(features)
    known = compared(features, (*CONTEXT, *IDENTITY, *extra), left, right, size)
    context, crowds = bundled(known, CONTEXT, level == titles.CONFLICT, {})
    alone, more = single(known, IDENTITY), single(known, extra)
    again = versions.same(features["record"], left, right)
    chain = _places(features, "places", left, right)
    one_phone = (context.state("phone") == AGREES) & ~_places(features, "phone_places", left, right)
    own_phone, own_site = (
        (context.state(field) == AGREES) & (features.select(pl.len().over(by)).to_series().to_numpy()[left] <= FEW)
        for field, by in (("phone", "phone"), ("domain", "site"))
    )
    branch = (_branches(context, one_phone) | (chain & ~_one_place(context, one_phone))) & ~again
    veto = _vetoes(features, left, right, level, branch, alone)
    barred = veto.given
    parts = [Part("name", level, names.log_u.__getitem__, titles.M), *alone, *more]
    probability, weights = probabilities(parts, [context], features.height, barred | again, kept)
    agreed = _name_and_area(features, left, right, names, context, chain=chain) & ~_contradicted(context)
    agreed = (agreed | _name_and_address(names, context)) & ~barred
    probability = np.where(agreed, np.maximum(probability, RULE), probability)
    probability = _bounded(probability, names, context, left, right, own_phone | own_site)
    probability[again & ~barred] = 1.0
    said = Said((versions.said(again), (level, WORDS)), context, (*alone, *more))
    shared = own_site | (own_phone & (context.state("street") >= NEAR))
    alike = (level >= titles.MISSPELT) & ~branch & ~names.sisters
    asked = ((_shared(shared, alone) & barred) | alike) & ~(branch & chain)
    asked |= again & barred
    asked |= _sold_twice(features, left, right) & (probability >= SOLD_ALIKE)
    unasked = barred & _derived(features, left, right)
    probability[unasked] = 0.0
    asked &= ~unasked
    judged = Judged(
        probability, veto, asked, np.zeros(len(left), dtype=np.bool_), lambda one, other: _opposed(features, one, other)
    )
    return listed(features["record"], pairs, judged, said, weights, crowds)


def _bounded(
    probability: NDArray[np.floating], names: titles.Likeness, context: Bundle, left: NDArray[np.int64],
    right: NDArray[np.int64], near: NDArray[np.bool_],
) -> NDArray[np.floating]:  # fmt: skip
    """Hold down pairs without names, and names that share a stem: sister firms, departments, houses of one owner.

    near: pairs with a phone or domain that few have; other sisters are not even asked about.
    """
    nearby = np.any([context.state(name) >= NEAR for name in PLACE], axis=0)
    partly = np.isin(names.level, (titles.OVERLAP, titles.CONTAINED, titles.ACRONYM)) & ~nearby
    doubtful = (names.level == titles.MISSING) | partly | names.sisters | _between(probability, names, left, right)
    return np.asarray(
        np.minimum(probability, np.where(names.sisters & ~near, UNASKED, np.where(doubtful, QUESTION, 1.0)))
    )


def _between(
    probability: NDArray[np.floating], names: titles.Likeness, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say which names lie within several that are not one another: which of these is meant nobody can tell."""
    likely = np.flatnonzero((names.level == titles.CONTAINED) & (probability >= QUESTION))
    pairs = pl.LazyFrame({"pair": likely, "left": left[likely], "right": right[likely]})
    apart = np.flatnonzero(names.sisters | (names.level == titles.CONFLICT))
    strangers = pl.LazyFrame({"one": left[apart], "two": right[apart]})
    turned = pl.concat([pairs, pairs.select("pair", left="right", right="left")])
    both = turned.join(turned, on="left", suffix="_b").filter(pl.col("right") < pl.col("right_b"))
    found = both.join(strangers, left_on=["right", "right_b"], right_on=["one", "two"], how="semi").collect()
    answer = np.zeros(len(left), dtype=np.bool_)
    answer[pl.concat([found["pair"], found["pair_b"]]).to_numpy()] = True
    return answer


def _vetoes(
    features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64], level: titles.Levels,
    branch: NDArray[np.bool_], alone: Sequence[Part],
) -> Vetoes:  # fmt: skip
    """Return the conflicts of each pair."""
    place = features.select("i", parent="record")
    parents = features.select("parent").join(place, on="parent", how="left", maintain_order="left")["i"]
    above = parents.fill_null(-1).to_numpy()
    one_source = ~_differ(features["source"], left, right)
    return Vetoes.of(
        {
            "name": level == titles.CONFLICT,
            "legal form": _differ(features["form"], left, right),
            "country": _differ(features["country"], left, right),
            "customer number": _differ(features["account_number"], left, right) & one_source,
            "parent": (above[left] == right) | (above[right] == left),
            "branch": branch,
            SOLD_TWICE: _sold_twice(features, left, right),
            **{part.name: part.levels == DIFFERS for part in alone},
        }
    )


def _differ(values: pl.Series, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs have two values that are not the same."""
    codes = numbered(values)
    one, other = codes[left], codes[right]
    return np.asarray((one != other) & (one >= 0) & (other >= 0))


def _opposed(features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs have another legal form, country or number."""
    differ = [_differ(features[name], left, right) for name in ("form", "country", *firms.IDS)]
    return np.asarray(np.any([*differ, _sold_twice(features, left, right)], axis=0))


def _derived(features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs have a side that is nothing but a name: where something conflicts, nobody could tell more."""
    derived = (features["source"] == DERIVED).to_numpy()
    return np.asarray(derived[left] | derived[right])


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


def _name_and_area(
    features: pl.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64], names: titles.Likeness, context: Bundle,
    *, chain: NDArray[np.bool_],
) -> NDArray[np.bool_]:  # fmt: skip
    """Say which pairs have one name in one country, or one that few have in one town."""
    country = (features["country"][left] == features["country"][right]).fill_null(value=False).to_numpy()
    named = features.select(pl.len().over("key")).to_series().to_numpy()
    town = ((context.state("city") == AGREES) | (context.state("postal code") == AGREES)) & (named[left] <= FEW)
    return np.asarray((names.level == titles.EQUAL) & (country | (town & ~chain)))


def _name_and_address(names: titles.Likeness, context: Bundle) -> NDArray[np.bool_]:
    """Say which pairs have one name and one street and town, or a name that is misspelt and one phone and street."""
    phone, street, city, postal = (context.state(name) for name in PLACE)
    address = (street >= NEAR) & ((city == AGREES) | (postal == AGREES))
    both = (phone == AGREES) & (street >= NEAR)
    misspelt = (names.level >= titles.MISSPELT) & ~names.sisters
    return np.asarray(((names.level == titles.EQUAL) & (address | both)) | (misspelt & both))


def _contradicted(context: Bundle) -> NDArray[np.bool_]:
    differs = [states == DIFFERS for states in context.states.values()]
    return np.asarray(np.any(differs, axis=0) if differs else np.zeros(context.pairs, dtype=np.bool_))


def _branches(context: Bundle, one_phone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which pairs stand at two places: another city, or street and more; with one phone, all that is known."""
    phone, *address = (context.state(name) for name in PLACE)
    street, city, postal = address
    moved = (street == DIFFERS) & ((postal == DIFFERS) | (phone != MISSING))
    differ = sum((state == DIFFERS).astype(np.int8) for state in address)
    elsewhere = (differ > 1) & ~np.any([state >= NEAR for state in address], axis=0)
    return np.asarray((((city == DIFFERS) | moved) & ~one_phone) | elsewhere)


def _one_place(context: Bundle, one_phone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which pairs stand at one place: the same phone or street, or the same town where no street is known."""
    phone, street, city, postal = (context.state(name) for name in PLACE)
    town = (street == MISSING) & (phone != DIFFERS) & ((city == AGREES) | (postal == AGREES))
    return np.asarray(one_phone | (street >= NEAR) | town)


def _places(features: pl.DataFrame, by: str, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which pairs have a value that stands at more than CHAIN places."""
    places = features[by].to_numpy()
    return np.asarray(np.maximum(places[left], places[right]) > CHAIN)


def _shared(telling: NDArray[np.bool_], alone: Sequence[Part]) -> NDArray[np.bool_]:
    """Say which pairs share what tells, such as a number; a person should see the barred ones of them."""
    return np.asarray(np.any([telling, *(part.levels == AGREES for part in alone)], axis=0))
