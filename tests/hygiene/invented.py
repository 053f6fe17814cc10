"""Small invented exports, written as rows of canonical text."""

from datetime import date
from functools import cache

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.hygiene.material import GROUPS, KEPT_CELLS, MOVES, Material
from crmclean.hygiene.measuring import measured
from crmclean.plan.kpi import read_dictionary

AS_OF = date(2026, 3, 31)
KPI = {
    "territory": [
        {"name": "West", "countries": ["US", "Canada"], "owners": ["Ann"]},
        {"name": "East", "countries": ["DE"], "owners": ["Bo"]},
    ],
    "stage": [
        {"name": "New", "days": 10},
        {"name": "Offer", "required": ["amount"]},
        {"name": "Signing", "required": ["close_date"]},
    ],
    "quota": {"amount": 1000, "from": date(2026, 1, 1), "until": date(2026, 6, 30)},
}


@cache
def _dictionary(_kpi):
    return read_dictionary(plan=KPI)


def table(object_, rows):
    """Records of an object: rows are dicts of canonical text; `id` is the source id, `ref.x` the parent's record."""
    names = dict.fromkeys(key for row in rows for key in row if key != "id" and not key.startswith("ref."))
    refs = dict.fromkeys(key for row in rows for key in row if key.startswith("ref."))
    body = {
        "_record": [f"s:{object_}:{row['id']}" for row in rows],
        "_source": ["s"] * len(rows),
        "_file": [f"{object_}.csv"] * len(rows),
        "_row": list(range(2, len(rows) + 2)),
        "_outcome": [None] * len(rows),
        "_into": [None] * len(rows),
        "_code": [None] * len(rows),
        "source_id": [row["id"] for row in rows],
        **{name: [row.get(name) for row in rows] for name in names},
        **{f"_ref.{name[4:]}": [row.get(name) for row in rows] for name in refs},
    }
    schema = {name: pl.Int64 if name == "_row" else pl.String for name in body}
    assert all(name in canonical()[object_].fields for name in names), names
    return pl.DataFrame(body, schema=schema)


def _place(rows, id_):
    return [row["id"] for row in rows].index(id_)


def material(kpi=KPI, *, kept=None, groups=None, moves=(), earlier=None, as_of=AS_OF, dated=True, **tables):
    """What measures are worked out from. kept: object -> [(record id, field)]; groups: object -> [[ids]]."""
    made = {name: table(name, rows) for name, rows in tables.items()}
    wrong = {
        name: pl.DataFrame(
            [(_place(tables[name], id_), field) for id_, field in cells], schema=KEPT_CELLS, orient="row"
        )
        for name, cells in (kept or {}).items()
    }
    same = {
        name: pl.DataFrame(
            [(_place(tables[name], id_), _place(tables[name], ids[0])) for ids in all_ids for id_ in ids],
            schema=GROUPS,
            orient="row",
        )
        for name, all_ids in (groups or {}).items()
    }
    steps = [(f"s:deals:{deal}", stage, date.fromisoformat(on)) for deal, stage, on in moves]
    known = pl.DataFrame(steps, schema=MOVES, orient="row")
    before = pl.DataFrame() if earlier is None else earlier
    return Material(
        made,
        _dictionary(id(kpi)) if kpi is KPI else read_dictionary(plan=kpi),
        as_of,
        wrong,
        lambda beside: (same, beside()),
        known,
        before,
        dated,
    )


def measure(name, **known):
    """Return (value, names of the exceptions as ids or id.field)."""
    found = measured(material(**known))
    (value,) = [each for each in found.values if each.measure.id == name]
    mine = found.defects.filter(pl.col("measure") == name)
    ids = [
        record.rpartition(":")[2] + (f".{field}" if field else "")
        for record, field in mine.select("record", "field").rows()
    ]
    return value, sorted(ids)
