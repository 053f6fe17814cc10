"""References of mapped records: each points to a record that will be at the target, or to nobody with a reason."""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.targets import SourceRule, TargetField, TargetObject
from crmclean.pipeline.map.homes import Homes
from crmclean.pipeline.map.mapped_rows import NOT_MIGRATED, PARENT_HELD
from crmclean.pipeline.map.owners import Owners, owner_of
from crmclean.records import REF_PREFIX

OWNER = "owner_ref"
LOST = "_lost."  # _lost.<field>: code of why a reference of the source points to nobody at the target
_CANDIDATE = "_candidate."


def candidates(target_object: TargetObject, rule: SourceRule, columns: Sequence[str], owners: Owners) -> list[pl.Expr]:
    """Return the columns that `resolved` needs: every reference's candidates in order, owners resolved already."""
    found: list[pl.Expr] = []
    for field in target_object.references():
        feed = [name for name in rule.feeds(field) if name in columns or REF_PREFIX + name in columns]
        for place, name in enumerate(feed):
            ref = pl.col(REF_PREFIX + name) if REF_PREFIX + name in columns else pl.lit(None, pl.String)
            if name == OWNER:
                text = pl.col(name) if name in columns else pl.lit(None, pl.String)
                ref, lost = owner_of(owners, ref.cast(pl.String), text)
                found.append(lost.alias(LOST + field.name))
            found.append(ref.cast(pl.String).alias(f"{_CANDIDATE}{field.name}.{place}"))
    return found


def resolved(target_object: TargetObject, table: pl.DataFrame, homes: Homes) -> pl.DataFrame:
    """Turn the candidates into `_ref.<field>`, and say in `_lost.<field>` why one points to nobody."""
    for field in target_object.references():
        table = _resolved_field(field, table, homes)
    return table


def _resolved_field(field: TargetField, table: pl.DataFrame, homes: Homes) -> pl.DataFrame:
    prefix = f"{_CANDIDATE}{field.name}."
    names = sorted(name for name in table.columns if name.startswith(prefix))
    for name in names:
        table = homes.beside(table, name, home=f"_home{name}")
    allowed = list(field.ref)
    ends = [pl.when(pl.col(f"_home{name}").is_in(allowed)).then(pl.col(name)) for name in names]
    away = pl.any_horizontal(
        pl.lit(value=False), *(pl.col(f"_home{name}").is_null() & pl.col(name).is_not_null() for name in names)
    )
    waiting = pl.any_horizontal(pl.lit(value=False), *(pl.col(name).is_in(homes.waiting) for name in names))
    target = pl.coalesce([*ends, pl.lit(None, pl.String)])
    lost = pl.col(LOST + field.name) if LOST + field.name in table.columns else pl.lit(None, pl.String)
    why = pl.when(waiting).then(pl.lit(PARENT_HELD)).otherwise(pl.lit(NOT_MIGRATED))
    gone = pl.when(target.is_null() & away).then(why)
    done = table.with_columns(target.alias(REF_PREFIX + field.name), pl.coalesce(lost, gone).alias(LOST + field.name))
    return done.drop(names, [f"_home{name}" for name in names])


def with_ends(links: pl.DataFrame, homes: Homes) -> pl.DataFrame:
    """Put the target objects at the ends of links beside them: `_from`, `_to`, `_pair` such as deals>contacts."""
    for end in ("from", "to"):
        ref = f"{REF_PREFIX}{end}_ref"
        if ref not in links.columns:
            links = links.with_columns(pl.lit(None, pl.String).alias(ref))
        links = homes.beside(links, ref, home=f"_{end}")
    return links.with_columns(_pair=pl.format("{}>{}", "_from", "_to"))
