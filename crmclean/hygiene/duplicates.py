"""Which records are, certainly or possibly, the same: by matching, or by equal keys alone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import call

import polars as pl

from crmclean.files.at_once import at_once, meanwhile
from crmclean.hygiene.material import GROUPS, Groups, R
from crmclean.matching.components import components
from crmclean.matching.contacts import made_ready
from crmclean.matching.decisions import PAIR, Decisions
from crmclean.matching.engine import match
from crmclean.matching.mailboxes import likely_shared
from crmclean.matching.model import LEAVE, Matching, MatchSettings
from crmclean.pipeline.dedupe.employers import employed
from crmclean.records import RECORD
from crmclean.values import companies
from crmclean.values.distinct import encoded
from crmclean.values.places import places_among

EXACT, FULL = "exact", "full"
MATCHED = ("companies", "contacts")
_KEYS = ("email", "name", "domain", "country")


def duplicate_groups(
    tables: Mapping[str, pl.DataFrame], how: str, settings: MatchSettings, decided: Decisions, beside: Callable[[], R]
) -> tuple[Groups, R]:
    """Return object -> GROUPS of the records that share a group, and what the work beside it comes to.

    settings: rules of the plan. decided: by people: pairs that are different, pairs that are the same, and pairs that
    they have to see again, which are possible duplicates.
    """
    own = {
        object_: replace(
            settings,
            rejected=decided.rejected(object_),
            accepted=decided.accepted(object_),
            reopened=decided.reopened(object_),
        )
        for object_ in MATCHED
        if object_ in tables
    }
    if how == EXACT:
        with meanwhile(call, beside) as other:
            parts = at_once(lambda name: _connected(tables[name].height, _exact(name, tables[name], own[name])), own)
            return dict(zip(own, parts, strict=True)), other()
    return _full(tables, own, beside)


def _full(
    tables: Mapping[str, pl.DataFrame], settings: Mapping[str, MatchSettings], beside: Callable[[], R]
) -> tuple[Groups, R]:
    """Return what matching would merge, and what it would ask a person about.

    People are made ready for it while their companies are matched; the other work waits until people are.
    """
    found: dict[str, pl.DataFrame] = {}
    with made_ready(tables.get("contacts")) as ready:
        if "companies" in settings:
            table = tables["companies"]
            found["companies"] = _grouped(table, match("companies", table, settings["companies"]))
        people = ready()
    with meanwhile(call, beside) as other:
        if "contacts" in settings:
            table = tables["contacts"]
            matching = match("contacts", _employed(table, tables, found), settings["contacts"], people)
            found["contacts"] = _grouped(table, matching)
        return found, other()


def _grouped(table: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    same = matching.groups.select(left="group", right="record")
    doubtful = matching.pairs.filter(pl.col("band") != LEAVE).select("left", "right")
    return _connected(table.height, _rows(pl.concat([same, doubtful]), table[RECORD]))


def _employed(
    people: pl.DataFrame, tables: Mapping[str, pl.DataFrame], found: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    if "companies" not in tables:
        return people
    records, groups = tables["companies"][RECORD], found["companies"]
    named = groups.select("group", record=records.gather(groups["row"]))
    first = pl.col("record").min().over("group")
    return employed(people, tables["companies"], named.select("record", group=first))


def _exact(object_: str, table: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """Return records with the same mailbox; companies with the same domain, or the same name in one country."""
    whole = table.with_columns(pl.lit(None, pl.String).alias(name) for name in _KEYS if name not in table.columns)
    keys = [likely_shared(whole["email"])] if object_ == "contacts" else _keys(whole)
    told = pl.concat([each.select("left", "right") for each in (settings.accepted, settings.reopened)])
    rejected = _rows(settings.rejected.select("left", "right"), table[RECORD])
    return pl.concat([_rows(told, table[RECORD]), *(_same(key, rejected) for key in keys)])


def _keys(table: pl.DataFrame) -> list[pl.DataFrame]:
    """Return row and key of the companies that may share one: name and country, and domain."""
    place = pl.concat_str(companies.key(pl.col("name")), pl.col("country").fill_null(""), separator=" ")
    return [_repeated(key) for key in table.select(place, pl.col("domain").str.to_lowercase())]


def _rows(pairs: pl.DataFrame, records: pl.Series) -> pl.DataFrame:
    """Return pairs of records as pairs of rows, the first one left, of those that are there."""
    rows = pl.DataFrame([places_among(pairs[side], records).alias(side) for side in PAIR]).drop_nulls()
    return rows.select(left=pl.min_horizontal(PAIR), right=pl.max_horizontal(PAIR))


def _same(keys: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Pair every row with the first one of its key; where people rejected a pair of it, all that are left."""
    _, numbers = encoded(keys["key"])
    both = pl.DataFrame({"right": keys["row"], "key": numbers}).drop_nulls()
    first = both.group_by("key").agg(left=pl.col("right").min())
    pairs = both.join(first, on="key").filter(pl.col("left") != pl.col("right")).select("left", "right", "key")
    if rejected.is_empty():
        return pairs.select("left", "right")
    named = both.filter(pl.col("right").is_in(pl.concat([rejected["left"], rejected["right"]]).implode()))
    asked = both.join(named.select("key").unique(), on="key", how="semi")
    whole = asked.join(asked.rename({"right": "left"}), on="key").filter(pl.col("left") < pl.col("right"))
    left = whole.join(rejected, on=["left", "right"], how="anti").select("left", "right")
    return pl.concat([pairs.join(named, on="key", how="anti").select("left", "right"), left])


def _repeated(key: pl.Series) -> pl.DataFrame:
    """Return row and key of the keys that come up more than once, most of them told from the others by their hashes."""
    rows = (key.is_not_null() & key.hash().is_duplicated()).arg_true()
    return pl.DataFrame({"row": rows, "key": key.gather(rows)})


def _connected(height: int, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return GROUPS: the rows of pairs, and the first of all rows that hang together with each."""
    left, right = (pairs[side].cast(pl.Int64).to_numpy() for side in PAIR)
    first = pl.Series("group", components(height, left, right)).cast(pl.UInt32)
    rows = pl.concat([pairs["left"], pairs["right"]]).unique().sort().alias("row")
    return pl.DataFrame([rows, first.gather(rows)], schema=GROUPS)
