"""Records at a target that share what two records of one entity share, whatever matching says of them.

Not counted are pairs that are known to be two, mailboxes of a role (info@), and namesakes among companies in two towns.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.audit.readback import ID, KEY
from crmclean.audit.result import NOT_SHOWN, Check
from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.values import companies, email_kinds

_NOBODY = pl.DataFrame(schema={"left": pl.String, "right": pl.String})
_KEYS = {  # canonical object -> canonical fields that two records of one entity share
    "contacts": (("email",),),
    "leads": (("email",),),
    "companies": (("name", "domain"), ("name", "country")),
}
_PLACED = ("name", "country")  # so many have a name in a country that other towns tell them apart
_TOWN = ("city", "region")
_SAID = ("name", "email", "domain", *_TOWN)
LISTED = pl.Schema(dict.fromkeys(("object", "group", "id", "record", "rule", *_SAID), pl.String()))
_AS_IT_STANDS = "_said."
_COUNTED = "_extra"  # records of a group beyond the entities that it may be


@dataclass(frozen=True)
class Doubled:
    """The checks of each object, and every record of every group (LISTED)."""

    checks: Mapping[str, tuple[Check, ...]]
    listed: pl.DataFrame


def doubled(
    schema: TargetSchema, found: Mapping[str, pl.DataFrame], allowed: float, apart: pl.DataFrame | None = None
) -> Doubled:
    """Check every object that was read back. apart: (left, right) keys of records that are known to be two.

    allowed: share of an object's records that may be duplicates.
    """
    checks, listed = dict[str, tuple[Check, ...]](), [pl.DataFrame(schema=LISTED)]
    for name, records in found.items():
        looked = list(_looked(schema.objects[name], records, allowed, _NOBODY if apart is None else apart))
        checks[name] = tuple(check for check, _ in looked)
        listed += [rows for _, rows in looked]
    return Doubled(checks, pl.concat(listed))


def _looked(
    object_: TargetObject, records: pl.DataFrame, allowed: float, apart: pl.DataFrame
) -> Iterator[tuple[Check, pl.DataFrame]]:
    for canonical, keys in _KEYS.items():
        for key in keys:
            wanted = (*key, *_TOWN) if key == _PLACED else key
            fields = {name: field for name in wanted if (field := _field_of(object_, canonical, name))}
            if set(key) <= set(fields):
                yield _checked(object_.name, key, fields, records, allowed, apart)
        if any(rule.object == canonical for rule in object_.sources):
            return


def _checked(
    object_: str, key: tuple[str, ...], fields: Mapping[str, str], records: pl.DataFrame, allowed: float,
    apart: pl.DataFrame,
) -> tuple[Check, pl.DataFrame]:  # fmt: skip
    rule = f"the same {' and '.join(key)}"
    name = f"{object_} with {rule}"
    if not {fields[each] for each in key} <= set(records.columns):
        return Check("duplicates", name, 0, records.height, None, NOT_SHOWN), pl.DataFrame(schema=LISTED)
    there = {name: field for name, field in fields.items() if field in records.columns}
    said = [pl.col(field).alias(_AS_IT_STANDS + name) for name, field in there.items()]
    folded = [_folded(name, field) for name, field in there.items()]
    filled = records.select(KEY, ID, *folded, *said).drop_nulls(list(key))
    doubtful = filled.filter(~pl.col(KEY).is_in(_told_apart(filled, key, apart).implode()))
    if key == ("email",):
        doubtful = doubtful.filter(~email_kinds.is_role(pl.col("email")).fill_null(value=False))
    groups = doubtful.group_by(key).agg((pl.len().cast(pl.Int64) - _towns(there)).alias(_COUNTED))
    extra = int(groups[_COUNTED].sum())
    again = doubtful.join(groups.filter(pl.col(_COUNTED) > 0), on=key, how="semi")
    passed = extra <= allowed * max(filled.height, 1)
    return Check("duplicates", name, extra, filled.height, passed), _listed(object_, key, rule, again)


def _towns(there: Collection[str]) -> pl.Expr:
    """Return in how many towns the records of a group are: so many entities they may be, or one."""
    if "city" not in there:
        return pl.lit(1)
    town = pl.struct(name for name in _TOWN if name in there)
    return pl.max_horizontal(1, town.filter(pl.col("city").is_not_null()).n_unique())


def _listed(object_: str, key: tuple[str, ...], rule: str, again: pl.DataFrame) -> pl.DataFrame:
    shown = [
        pl.col(_AS_IT_STANDS + name).alias(name)
        if _AS_IT_STANDS + name in again.columns
        else pl.lit(None, pl.String).alias(name)
        for name in _SAID
    ]
    group = pl.col(ID).min().over(key)
    rows = again.select(*shown, object=pl.lit(object_), group=group, id=ID, record=KEY, rule=pl.lit(rule))
    return rows.select(LISTED.names()).sort("group", "id")


def _folded(name: str, field: str) -> pl.Expr:
    text = pl.col(field)
    return (companies.key(text) if name == "name" else text.str.to_lowercase()).alias(name)


def _told_apart(filled: pl.DataFrame, key: tuple[str, ...], apart: pl.DataFrame) -> pl.Series:
    """Return the keys of records that share the fields with another one, and are known not to be it."""
    sides = [filled.select(pl.col(KEY).alias(side), *key) for side in ("left", "right")]
    both = apart.join(sides[0], on="left").join(sides[1], on=["right", *key])
    return both["right"].unique()


def _field_of(object_: TargetObject, canonical: str, name: str) -> str | None:
    """Return the target field that a canonical field lands in first of all; None where there is none."""
    for rule in object_.sources:
        if rule.object == canonical:
            fields = [each for each in object_.writable() if each.name != object_.key and name in rule.feeds(each)]
            best = min(fields, key=lambda each: rule.feeds(each).index(name), default=None)
            return best.name if best else None
    return None
