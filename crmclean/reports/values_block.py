"""A `[values]` block for the values that no picklist of the target has, ready for the plan once a person has decided.

Every line is a comment, so that pasting the block decides nothing by itself.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from crmclean.plan.write import quoted
from crmclean.values.likeness import likeness

VALUES = "values.toml"
_HEAD = """\
# Values that the target has no option for, the most frequent first. Paste the tables into migration.toml (or into the
# table of the same name, where there is one), and take the "# " away where a line is right. "" drops the value.
"""
_OPTIONS = 40  # shown
_PROPOSED = 500  # values of one table with a proposal
_ALIKE = 0.6  # from which an option is worth proposing; a person decides
Options = Mapping[tuple[str, str], Sequence[str]]


def values_block(unlisted: pl.DataFrame, options: Options) -> str:
    """Return the block; empty where every value has an option.

    unlisted: pipeline.mapping UNLISTED. options: (target object, field) -> its options.
    """
    rows = unlisted.filter(pl.col("records") > 0).sort("records", "value", descending=[True, False])
    if rows.is_empty():
        return ""
    tables = rows.partition_by("object", "column", maintain_order=True)
    return "\n".join([_HEAD, *(line for table in tables for line in _table(table, options))])


def _table(table: pl.DataFrame, options: Options) -> Iterator[str]:
    first = table.row(0, named=True)
    yield f'[values."{first["object"]}.{first["column"]}"]'
    for object_, field in table.select("target_object", "target_field").unique(maintain_order=True).iter_rows():
        known = options.get((object_, field), ())
        more = f" and {len(known) - _OPTIONS} more" if len(known) > _OPTIONS else ""
        yield f"# options of {object_}.{field}: {', '.join(known[:_OPTIONS])}{more}"
    values = table.unique("value", keep="first", maintain_order=True)
    for place, row in enumerate(values.iter_rows(named=True)):
        known = options.get((row["target_object"], row["target_field"]), ()) if place < _PROPOSED else ()
        near = _nearest(row["value"], known)
        said = f"{row['records']:,} records" if near else f"{row['records']:,} records, and no option is near"
        yield f"# {quoted(row['value'])} = {quoted(near or '')}  # {said}"
    yield ""


def _nearest(value: str, options: Sequence[str]) -> str | None:
    scored = [(likeness(value, option), -place, option) for place, option in enumerate(options)]
    best = max(scored, default=None)
    return best[2] if best and best[0] >= _ALIKE else None
