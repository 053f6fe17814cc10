"""Who must not come along: the people that a list names, everybody in their groups, and what belongs to them alone."""

from collections.abc import Iterable, Mapping

import polars as pl

from crmclean.errors import Fault, RefusedError
from crmclean.files.tables import empty
from crmclean.matching.model import REVIEW, Matching
from crmclean.pipeline.dedupe.suppression_lists import HITS, hits, read_lists, strictest
from crmclean.plan.model import Plan
from crmclean.plan.suppress import DO_NOT_IMPORT, ERASE
from crmclean.records import FILE, FINDINGS, OUTCOME, RECORD, REF_PREFIX, ROW, Severity

POSSIBLE = "suppress.possible"
_OWNER = REF_PREFIX + "owner_ref"
_FOLLOWERS = ("activities", "links")


def spread(
    found: pl.DataFrame, matchings: Iterable[Matching], converted: pl.DataFrame, tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Follow from the records that lists name (HITS) to their whole groups, then to what belongs to them; return all.

    converted: (record, survivor) of leads that became contacts. tables: canonical objects after `normalize`.
    """
    if found.is_empty():
        return found
    groups = [matching.groups.select("record", "group") for matching in matchings]
    pairs = converted.with_columns(group=pl.concat_str(pl.lit("converted "), "record"))
    groups += [pairs.select(pl.col(name).alias("record"), "group") for name in ("record", "survivor")]
    people = _whole(found, pl.concat(groups))
    belongings = [_belonging(tables[name], people, is_link=name == "links") for name in _FOLLOWERS if name in tables]
    return strictest(pl.concat([people, *belongings]))


def _whole(found: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Extend to every group that has a suppressed member, until nothing is added."""
    while True:
        reasons = members.join(found, on="record").group_by("group").agg(pl.col("reason").max())
        wider = strictest(pl.concat([found, members.join(reasons, on="group").select("record", "reason")]))
        if wider.equals(strictest(found)):
            return wider
        found = wider


def _belonging(table: pl.DataFrame, people: pl.DataFrame, *, is_link: bool) -> pl.DataFrame:
    """Return the activities and links of suppressed records.

    A link needs both ends. An activity of an erased person goes, whoever else took part, as its text tells of that
    person; one of a person who is left out stays for as long as another end stays.
    """
    ends = [name for name in table.columns if name.startswith(REF_PREFIX) and name != _OWNER]
    if not ends:
        return empty(HITS)
    gone = [pl.col(end).is_in(people["record"].implode()) for end in ends]
    erased = [pl.col(end).is_in(people.filter(pl.col("reason") == ERASE)["record"].implode()) for end in ends]
    lives = [pl.col(end).is_not_null() & ~is_gone for end, is_gone in zip(ends, gone, strict=True)]
    erase = pl.any_horizontal(erased).fill_null(value=False)
    goes = pl.any_horizontal(gone) & (pl.lit(value=is_link) | ~pl.any_horizontal(lives))
    code = pl.when(erase).then(pl.lit(ERASE)).otherwise(pl.lit(DO_NOT_IMPORT))
    return table.filter(erase | goes.fill_null(value=False)).select(record=RECORD, reason=code)


def without(matching: Matching, records: pl.Series) -> Matching:
    """Return what matching found among the other records."""
    gone = records.implode()
    pairs = matching.pairs.filter(~pl.col("left").is_in(gone), ~pl.col("right").is_in(gone))
    groups = matching.groups.filter(~pl.col("record").is_in(gone))
    held = matching.held.filter(~pl.col("record").is_in(gone))
    return Matching(pairs, groups, held, matching.notes, matching.weights)


def possible(object_: str, table: pl.DataFrame, matching: Matching, records: pl.Series) -> pl.DataFrame:
    """Return a finding (records.FINDINGS) for every live record that may be the same entity as a suppressed one."""
    doubtful = matching.pairs.filter(pl.col("band") == REVIEW)
    both = pl.concat([doubtful.select("left", "right"), doubtful.select(left="right", right="left")])
    gone = records.implode()
    near = both.filter(pl.col("left").is_in(gone), ~pl.col("right").is_in(gone))["right"]
    rows = table.filter(pl.col(RECORD).is_in(near.implode()), pl.col(OUTCOME).is_null())
    return rows.select(
        object=pl.lit(object_),
        record=RECORD,
        file=FILE,
        row=pl.col(ROW).cast(pl.Int64),
        field=pl.lit(None, pl.String),
        check=pl.lit("suppress"),
        severity=pl.lit(Severity.WARNING.value),
        code=pl.lit(POSSIBLE),
    ).cast(pl.Schema(empty(FINDINGS).schema))


def refuse_listed(plan: Plan, tables: Mapping[str, pl.LazyFrame], what: str) -> None:
    """Look at the lists once more, just before records leave or come back.

    tables: canonical object -> rows that are about to. what: such as "would be sent".

    Raises:
        InputError: a list cannot be read. RefusedError: a list names one of the records.
    """
    if not plan.suppress:
        return
    found = hits(read_lists(plan), {name: table.collect() for name, table in tables.items()})
    if not found.is_empty():
        hint = "type `crmclean run`: it applies the lists of [[suppress]] to whole groups, from the exports on"
        shown = found["record"].len()
        problem = f"{shown:,} {'record' if shown == 1 else 'records'} that a suppression list names {what}"
        raise RefusedError(Fault("suppress", problem, hint, "suppress.listed"))
