"""Values that several records share in a field that the target wants unique, such as HubSpot's email.

A lead with the name of the record that holds the value already is that person and is merged into it: it fills that
one's blanks, and its opt-outs hold. Any other record keeps the value in the field's overflow field, so that nothing is
lost and no two people become one.
"""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.targets import TargetField
from crmclean.records import CODE, INTO, OUTCOME, RECORD, Outcome

SAME_LEAD = "leads.same-email"
MOVED = "map.shared-moved"
FROM_LEAD = "map.from-merged-lead"


def settle_shared(
    table: pl.DataFrame, field: TargetField, *, name: tuple[str, str] | None, kind: str
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the table without doubles in `field`, the fates of merged leads, and the records whose value was moved.

    The first record keeps the value: others before leads, then by record id. name: the fields of given and family
    name; kind: the column that says which canonical object a record comes from.
    """
    key = pl.col(field.name).str.to_lowercase()
    double = table.select(RECORD, kind, field.name, *(name or ()), _key=key).filter(
        pl.col("_key").is_not_null() & pl.col("_key").is_duplicated()
    )
    ranked = double.sort((pl.col(kind) == "leads"), RECORD).with_columns(
        _into=pl.col(RECORD).first().over("_key"), _same=_same_person(name)
    )
    others = ranked.filter(pl.col("_into") != pl.col(RECORD)).sort(RECORD)
    lead = (pl.col(kind) == "leads") & pl.col("_same")
    merged, moved = others.filter(lead), others.filter(~lead)
    fates = merged.select(
        RECORD,
        pl.lit(Outcome.MERGED.value).alias(OUTCOME),
        pl.col("_into").alias(INTO),
        pl.lit(SAME_LEAD).alias(CODE),
    )
    rest = table.join(merged, on=RECORD, how="anti", maintain_order="left") if merged.height else table
    return _moved(rest, moved, field), fates, moved.select(RECORD, pl.col(field.name))


def with_values_of_leads(
    table: pl.DataFrame, leads: pl.DataFrame, fates: pl.DataFrame, fields: Sequence[str], consents: Sequence[str]
) -> tuple[pl.DataFrame, Sequence[pl.DataFrame]]:
    """Fill the blanks of survivors from the leads that were merged into them; of consents the strictest holds.

    leads: the rows of the merged leads. Returns the table, and per field the rows _record, before, after that changed.
    """
    given = leads.join(fates.select(RECORD, _key=INTO), on=RECORD).sort(RECORD)
    first = [pl.col(name).drop_nulls().first() for name in fields if name not in consents]
    strict = [pl.when((pl.col(name) == "true").any()).then(pl.lit("true")).alias(name) for name in consents]
    offers = given.group_by("_key").agg(*first, *strict).rename({"_key": RECORD})
    both = table.join(offers, on=RECORD, how="left", suffix="_lead", maintain_order="left")
    new = [pl.coalesce(name, f"{name}_lead").alias(name) for name in fields if name not in consents]
    new += [pl.coalesce(f"{name}_lead", name).alias(name) for name in consents]
    after = both.with_columns(new).select(table.columns)
    changed = [
        pl.DataFrame([table[RECORD], table[name].alias("before"), after[name].alias("after")]).filter(
            pl.col("before").ne_missing(pl.col("after"))
        )
        for name in (*fields, *consents)
    ]
    return after, changed


def _same_person(name: tuple[str, str] | None) -> pl.Expr:
    """Whether a record's name is that of the first holder: equal family names, given names equal or one missing."""
    if name is None:
        return pl.lit(value=False)
    given, family = (pl.col(part).str.to_lowercase().str.strip_chars() for part in name)
    first_given, first_family = given.first().over("_key"), family.first().over("_key")
    return (family == first_family).fill_null(value=False) & (given == first_given).fill_null(value=True)


def _moved(table: pl.DataFrame, moved: pl.DataFrame, field: TargetField) -> pl.DataFrame:
    if moved.is_empty() or field.overflow is None:
        return table
    here = pl.col(RECORD).is_in(moved[RECORD].implode())
    value = pl.col(field.name)
    return table.with_columns(
        pl.when(here).then(value).otherwise(pl.col(field.overflow)).alias(field.overflow),
        pl.when(~here).then(value).alias(field.name),
    )
