"""Small canonical tables and plans for the tests of map and validate."""

from pathlib import Path

import polars as pl

from crmclean.plan.model import Plan, Target

FALLBACK = "lead@seller.example"


def plan(crm="hubspot", fallback=FALLBACK, **parts):
    return Plan(root=Path(), name="test", target=Target(crm, fallback), sources=(), **parts)


def table(object_, *rows, source="old"):
    """Rows of an object after `stale`; record ids are old:<object>:<n>, n from 1."""
    whole = [
        {
            "_record": f"{source}:{object_}:{number}",
            "_source": source,
            "_file": f"{object_}.csv",
            "_outcome": None,
            "_into": None,
            "_code": None,
            "source_id": str(number),
            **row,
        }
        for number, row in enumerate(rows, start=1)
    ]
    base = ("_record", "_source", "_file", "_outcome", "_into", "_code", "source_id")
    names = list(dict.fromkeys([*base, *(name for row in whole for name in row)]))
    frame = pl.DataFrame(
        {name: [row.get(name) for row in whole] for name in names}, schema=dict.fromkeys(names, pl.String)
    )
    return frame.with_columns(_row=pl.int_range(pl.len(), dtype=pl.Int64) + 2).lazy()


def ref(field, object_, number):
    """A reference cell with the record that it resolved to."""
    return {field: str(number), f"_ref.{field}": f"old:{object_}:{number}"}


def rows(mapped, name, *fields):
    """The cells of a mapped table, as tuples in record order."""
    return mapped.tables[name].select(fields).collect().rows()
