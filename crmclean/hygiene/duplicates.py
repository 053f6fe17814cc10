"""Which records are, certainly or possibly, the same: by matching, or by equal keys alone."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from crmclean.hygiene.material import GROUPS
from crmclean.matching.components import components
from crmclean.matching.decisions import Decisions
from crmclean.matching.engine import match
from crmclean.matching.mailboxes import mailboxes, once
from crmclean.matching.model import LEAVE, MatchSettings
from crmclean.pipeline.employers import employed
from crmclean.records import RECORD
from crmclean.values import companies

EXACT, FULL = "exact", "full"
MATCHED = ("companies", "contacts")
_KEYS = ("email", "name", "domain", "country")


def duplicate_groups(
    tables: Mapping[str, pl.DataFrame], how: str, settings: MatchSettings, said: Decisions | None = None
) -> dict[str, pl.DataFrame]:
    """Return object -> record, group of the records that share a group.

    settings: rules of the plan. said: what people decided: pairs that are different, pairs that are the same, and
    pairs that they have to see again, which are possible duplicates.
    """
    found: dict[str, pl.DataFrame] = {}
    decided = said or Decisions()
    for object_ in (name for name in MATCHED if name in tables):
        own = replace(
            settings,
            rejected=decided.rejected(object_),
            accepted=decided.accepted(object_),
            reopened=decided.reopened(object_),
        )
        found[object_] = _exact(object_, tables[object_], own) if how == EXACT else _full(object_, tables, own, found)
    return found


def _full(
    object_: str, tables: Mapping[str, pl.DataFrame], settings: MatchSettings, found: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return what matching would merge, and what it would ask a person about."""
    table = tables[object_]
    people = table if object_ == "companies" else employed(table, tables.get("companies"), found.get("companies"))
    matching = match(object_, people, settings)
    grouped = matching.groups.select(left="group", right="record")
    doubtful = matching.pairs.filter(pl.col("band") != LEAVE).select("left", "right")
    return _connected(pl.concat([grouped, doubtful]))


def _exact(object_: str, table: pl.DataFrame, settings: MatchSettings) -> pl.DataFrame:
    """Return records with the same mailbox; companies with the same domain, or the same name in one country."""
    whole = table.with_columns(pl.lit(None, pl.String).alias(name) for name in _KEYS if name not in table.columns)
    if object_ == "contacts":
        keys = [mailboxes(whole["email"])["key"]]
    else:
        named = whole.with_columns(_key=once(whole["name"], companies.key))
        place = pl.concat_str("_key", pl.col("country").fill_null(""), separator=" ")
        keys = [named.select(place).to_series(), whole["domain"].str.to_lowercase()]
    records = table[RECORD].implode()
    told = pl.concat([each.select("left", "right") for each in (settings.accepted, settings.reopened)])
    known = told.filter(pl.all_horizontal(pl.col("left", "right").is_in(records)))
    pairs = [_same(table[RECORD], key, settings.rejected) for key in keys]
    return _connected(pl.concat([known, *pairs]))


def _same(records: pl.Series, key: pl.Series, rejected: pl.DataFrame) -> pl.DataFrame:
    """Pair every record with the first one of its key; where people rejected a pair of it, all that are left."""
    both = pl.DataFrame({"right": records, "key": key.cast(pl.String)}).drop_nulls("key")
    first = both.group_by("key").agg(left=pl.col("right").min(), size=pl.len()).filter(pl.col("size") > 1)
    pairs = both.join(first, on="key").filter(pl.col("left") != pl.col("right")).select("left", "right", "key")
    if rejected.is_empty():
        return pairs.select("left", "right")
    named = both.filter(pl.col("right").is_in(pl.concat([rejected["left"], rejected["right"]]).implode()))
    asked = both.join(named.select("key").unique(), on="key", how="semi")
    whole = asked.join(asked.rename({"right": "left"}), on="key").filter(pl.col("left") < pl.col("right"))
    left = whole.join(rejected, on=["left", "right"], how="anti").select("left", "right")
    return pl.concat([pairs.join(named, on="key", how="anti").select("left", "right"), left])


def _connected(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return record and group, the smallest record id of all that hang together."""
    if pairs.is_empty():
        return pl.DataFrame(schema=GROUPS)
    names = pl.concat([pairs["left"], pairs["right"]]).unique().sort()
    left, right = (names.search_sorted(pairs[side]).cast(pl.Int64).to_numpy() for side in ("left", "right"))
    grouped = pl.DataFrame({"record": names, "root": components(names.len(), left, right)})
    return grouped.select("record", group=pl.col("record").min().over("root")).sort("record")
