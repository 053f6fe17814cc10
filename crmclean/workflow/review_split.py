"""Doubtful pairs with their owners by name, dealt out to those who know the records: by owner, or by territory."""

from collections.abc import Mapping, Sequence

import polars as pl

from crmclean.errors import Fault, UsageError
from crmclean.matching.model import PAIR
from crmclean.matching.review import LEFT, RIGHT
from crmclean.pipeline.dedupe.families import family_of
from crmclean.pipeline.store import tables
from crmclean.plan.read import read_plan
from crmclean.records import RECORD, REF_PREFIX
from crmclean.workspace.paths import Workspace

OWNER, TERRITORY = "owner", "territory"
FOR = "for"  # the column that says whose sheet it is
NOBODY, ELSEWHERE = "nobody", "elsewhere"
_OWNER_REF = REF_PREFIX + "owner_ref"


Parts = list[tuple[str | None, pl.DataFrame]]


def dealt(workspace: Workspace, object_: str, rows: pl.DataFrame, by: str | None) -> Parts:
    """Return the pairs in parts, each with the name that it is for; one part without a name where nothing is split.

    A pair goes to the owner or territory of A, or to that of B where A has none, so that nobody answers it twice.

    Raises:
        UsageError: pairs are split by owner or territory only. PlanError: migration.toml has faults.
    """
    if by is None:
        return [(None, rows)]
    if by == OWNER:
        named = _by_owner(workspace, object_, rows)
    elif by == TERRITORY:
        named = _by_territory(read_plan(workspace.root).territories, rows)
    else:
        hint = "crmclean review --export --by owner, or --by territory"
        raise UsageError(Fault("--by", "is neither owner nor territory", hint, "review.split"))
    parts = named.partition_by(FOR, as_dict=True, maintain_order=True)
    return [(str(name), part) for (name,), part in sorted(parts.items(), key=lambda part: str(part[0][0]))]


def with_owners(workspace: Workspace, object_: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with the names of owners, where the users were exported, instead of their ids."""
    shown = [name for name in (f"{side}owner_ref" for side in (LEFT, RIGHT)) if name in rows.columns]
    if not shown:
        return rows
    left, right = _sides(workspace, object_, rows)
    named = {f"{LEFT}owner_ref": left, f"{RIGHT}owner_ref": right}
    return rows.with_columns(pl.coalesce(named[name], name).alias(name) for name in shown)


def _by_owner(workspace: Workspace, object_: str, rows: pl.DataFrame) -> pl.DataFrame:
    return _named(rows, pl.coalesce(*_sides(workspace, object_, rows), pl.lit(NOBODY)))


def _sides(workspace: Workspace, object_: str, rows: pl.DataFrame) -> list[pl.Expr]:
    """Return what the owners of both records of a pair are called."""
    records = [*rows["left"], *rows["right"]]
    owners = {record: name for each in family_of(object_) for record, name in _owners(workspace, each, records).items()}
    return [pl.col(side).replace_strict(owners, default=None, return_dtype=pl.String) for side in PAIR]


def _owners(workspace: Workspace, object_: str, records: Sequence[str]) -> Mapping[str, str]:
    """Return the name of the owner of each record that has one: the user's name, else what its column says."""
    normalized = tables(workspace, "normalize")
    table = normalized.get(object_)
    if table is None or "owner_ref" not in table.collect_schema():
        return {}
    ref = pl.col(_OWNER_REF) if _OWNER_REF in table.collect_schema() else pl.lit(None, pl.String)
    user = ref.replace_strict(_users(normalized), default=None, return_dtype=pl.String)
    own = table.filter(pl.col(RECORD).is_in(list(set(records)))).select(RECORD, name=pl.coalesce(user, "owner_ref"))
    return dict(own.drop_nulls("name").collect().iter_rows())


def _users(normalized: Mapping[str, pl.LazyFrame]) -> Mapping[str, str]:
    if "users" not in normalized:
        return {}
    users = normalized["users"]
    there = users.collect_schema().names()
    parts = [pl.col(name) for name in ("first_name", "last_name") if name in there]
    whole = pl.concat_str(parts, separator=" ", ignore_nulls=True) if parts else pl.lit("")
    others = [pl.col(name) for name in ("full_name", "email") if name in there]
    name = pl.coalesce(pl.when(whole != "").then(whole), *others, RECORD)
    return dict(users.select(RECORD, name=name).collect().iter_rows())


def _by_territory(territories: Mapping[str, tuple[str, ...]], rows: pl.DataFrame) -> pl.DataFrame:
    """Name the plan's territory of each pair; without a table in the plan, its state or country."""
    places = [f"{side}{name}" for side in (LEFT, RIGHT) for name in ("region", "country")]
    there = [pl.col(name) for name in places if name in rows.columns]
    if territories:
        named = {code: name for name, codes in territories.items() for code in codes}
        there = [place.replace_strict(named, default=None, return_dtype=pl.String) for place in there]
    return _named(rows, pl.coalesce(*there, pl.lit(ELSEWHERE)))


def _named(rows: pl.DataFrame, name: pl.Expr) -> pl.DataFrame:
    rest = [column for column in rows.columns if column not in PAIR]
    return rows.with_columns(name.alias(FOR)).select(*PAIR, FOR, *rest)
