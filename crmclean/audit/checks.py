"""Checks on everything that the target holds: duplicates left, required fields, references, counts."""

from collections.abc import Iterator, Mapping

import polars as pl

from crmclean.audit.readback import ID, KEY
from crmclean.audit.result import Check
from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.values import companies

_NOBODY = pl.DataFrame(schema={"left": pl.String, "right": pl.String})
_KEYS = {  # canonical object -> canonical fields that two records of one entity share
    "contacts": (("email",),),
    "leads": (("email",),),
    "companies": (("name", "domain"), ("name", "country")),
}


def all_checks(
    schema: TargetSchema,
    found: Mapping[str, pl.DataFrame],
    written: Mapping[str, int],
    allowed: float,
    apart: pl.DataFrame | None = None,
) -> Iterator[Check]:
    """Yield every check. apart: (left, right) keys of records that are known to be two, whatever they share.

    found: object -> records at the target. written: object -> records that the journal says it has. allowed: share of
    an object's records that may be duplicates.
    """
    for name, object_ in schema.objects.items():
        if found[name].height or written.get(name):
            yield _count(name, found[name], written.get(name, 0))
            yield from _duplicates(object_, found[name], allowed, _NOBODY if apart is None else apart)
            yield from _required(object_, found[name])
            yield from _orphans(object_, found)


def _count(name: str, records: pl.DataFrame, written: int) -> Check:
    ours = records[KEY].drop_nulls()
    others = records.height - ours.len()
    note = f"{others} records there are not ours" if others else ""
    return Check("counts", name, abs(ours.len() - written), written, ours.n_unique() == ours.len() == written, note)


def _duplicates(object_: TargetObject, records: pl.DataFrame, allowed: float, apart: pl.DataFrame) -> Iterator[Check]:
    for canonical, keys in _KEYS.items():
        for key in keys:
            names = [_field_of(object_, canonical, name) for name in key]
            if all(names):
                yield _doubled(object_.name, key, records.select(KEY, *map(_folded, key, names)), allowed, apart)
        if any(rule.object == canonical for rule in object_.sources):
            return


def _folded(name: str, field: str | None) -> pl.Expr:
    text = pl.col(str(field))
    return (companies.key(text) if name == "name" else text.str.to_lowercase()).alias(name)


def _doubled(object_: str, key: tuple[str, ...], records: pl.DataFrame, allowed: float, apart: pl.DataFrame) -> Check:
    filled = records.drop_nulls(list(key))
    told = _told_apart(filled, key, apart)
    doubtful = filled.filter(~pl.col(KEY).is_in(told.implode()))
    extra = doubtful.height - doubtful.select(key).n_unique()
    name = f"{object_} with the same {' and '.join(key)}"
    return Check("duplicates", name, extra, filled.height, extra <= allowed * max(filled.height, 1))


def _told_apart(filled: pl.DataFrame, key: tuple[str, ...], apart: pl.DataFrame) -> pl.Series:
    """Return the keys of records that share the fields with another one, and are known not to be it."""
    sides = [filled.rename({KEY: side}) for side in ("left", "right")]
    both = apart.join(sides[0], on="left").join(sides[1], on=["right", *key])
    return both["right"].unique()


def _field_of(object_: TargetObject, canonical: str, name: str) -> str | None:
    """Return the target field that a canonical field lands in; None where there is none."""
    for rule in object_.sources:
        if rule.object == canonical:
            fed = (
                field.name for field in object_.writable() if field.name != object_.key and name in rule.feeds(field)
            )
            return next(fed, None)
    return None


def _required(object_: TargetObject, records: pl.DataFrame) -> Iterator[Check]:
    for field in object_.writable():
        if field.required and field.name in records.columns:
            missing = records[field.name].null_count()
            yield Check("required", f"{object_.name}.{field.name}", missing, records.height, missing == 0)
    if object_.one_of:
        empty = records.select(pl.all_horizontal(pl.col(object_.one_of).is_null()).sum()).item()
        name = f"{object_.name}: one of {', '.join(object_.one_of)}"
        yield Check("required", name, empty, records.height, empty == 0)


def _orphans(object_: TargetObject, found: Mapping[str, pl.DataFrame]) -> Iterator[Check]:
    for field in object_.references():
        pointing = found[object_.name].select(pl.col(field.name)).drop_nulls()
        if pointing.height:
            there = pl.concat([found[name].select(pl.col(ID)) for name in field.ref if name in found])
            lost = pointing.join(there, left_on=field.name, right_on=ID, how="anti").height
            yield Check("references", f"{object_.name}.{field.name}", lost, pointing.height, lost == 0)
