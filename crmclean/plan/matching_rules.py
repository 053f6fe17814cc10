"""`[dedupe]` bands and rules: where merging and asking start, and pairs that are always or never the same."""

import re
from collections.abc import Sequence

import polars as pl
from polars.exceptions import PolarsError

from crmclean.crm.canonical import canonical
from crmclean.errors import nearest
from crmclean.plan.expressions import not_row_local
from crmclean.plan.toml_table import TomlTable

SIDE = re.compile(r"^[lr]_(\w+)$")
UNMAPPED = "x_"
_EXAMPLE = "compare the sides of a pair, such as l_email = r_email or l_birthdate <> r_birthdate"
_LEAST_GROUP = 2


def read_bands(table: TomlTable) -> tuple[float | None, float | None]:
    """Read `merge` and `review`: the probabilities from which a pair merges, or a person is asked about it."""
    bands = {key: table.optional_number(key) for key in ("merge", "review")}
    for key, value in bands.items():
        if value is not None and isinstance(table.body[key], (int, float)) and not 0 < value <= 1:
            hint = f"write a probability such as {key} = {'0.98' if key == 'merge' else '0.3'}, or leave it out"
            percent = f"; {value:g} percent is {value / 100:g}" if 1 < value <= 100 else ""
            table.fault(key, f"{value:g} is no probability above 0 and up to 1{percent}", hint, "plan.wrong-value")
    merge, review = bands["merge"], bands["review"]
    if merge is not None and review is not None and review > merge:
        hint = "write a review below merge: pairs between the two are asked about"
        table.fault("review", f"{review:g} lies above merge = {merge:g}", hint, "plan.wrong-value")
    return merge, review


def read_group_limit(table: TomlTable, standard: int) -> int:
    """Read how many records a group may have before it waits for a person as a whole."""
    limit = table.number("group_limit", standard)
    if limit < _LEAST_GROUP or limit != int(limit):
        hint = f"write the most records of one group, such as {standard}"
        table.fault("group_limit", f"{limit:g} is no number of records, 2 at least", hint, "plan.wrong-value")
    return int(limit)


def read_pair_rules(table: TomlTable, key: str, objects: Sequence[str]) -> tuple[str, ...]:
    """Read SQL expressions over `l_<field>` and `r_<field>`, row-local like all conditions of a plan.

    objects: whose fields they may name; a rule says nothing of an object that lacks one of its fields.
    """
    rules = table.texts(key)
    for place, rule in enumerate(rules):
        where = f"{key}[{place}]"
        local = not_row_local(rule, f"{table.where}.{where}")
        table.faults.extend(local)
        if not local:
            _check(table, where, rule, objects)
    return rules


def _check(table: TomlTable, where: str, rule: str, objects: Sequence[str]) -> None:
    try:
        names = list(dict.fromkeys(pl.sql_expr(rule).meta.root_names()))
    except PolarsError as error:
        problem = f"cannot be read as SQL ({type(error).__name__})"
        table.fault(where, problem, _EXAMPLE, "plan.expression-syntax")
        return
    known = {f"{side}_{name}" for side in "lr" for object_ in objects for name in _fields(object_)}
    for name in names:
        side = SIDE.match(name)
        if name not in known and not (side and side[1].startswith(UNMAPPED)):
            hint = nearest(name if side else f"l_{name}", sorted(known), _EXAMPLE)
            table.fault(where, f"{name} is no field of a side", hint, "plan.expression-unknown-field")
    if len({name[0] for name in names}) == 1:
        table.fault(where, f"looks at one side of a pair only ({names[0][:2]})", _EXAMPLE, "plan.wrong-value")


def _fields(object_: str) -> Sequence[str]:
    schema = canonical().get(object_)
    return () if schema is None else tuple(schema.fields)
