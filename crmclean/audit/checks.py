"""Checks on everything that the target holds: duplicates left, required fields, references, counts.

What an export of the target leaves out cannot be checked: such a check says so, and counts as neither good nor bad.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from crmclean.audit.readback import ID, KEY
from crmclean.audit.result import NOT_SHOWN, Check
from crmclean.crm.target_model import TargetObject, TargetSchema


def all_checks(
    schema: TargetSchema,
    found: Mapping[str, pl.DataFrame],
    written: Mapping[str, int],
    doubled: Mapping[str, Sequence[Check]],
    absent: Collection[str] = (),
) -> Iterator[Check]:
    """Yield every check. doubled: object -> those on duplicates.

    found: object -> records at the target; fields that were not exported have no column. written: object -> records
    that the journal says it has. absent: objects that were not exported.
    """
    for name, object_ in schema.objects.items():
        if name in absent:
            if written.get(name):
                yield Check("counts", name, 0, written[name], None, NOT_SHOWN)
        elif found[name].height or written.get(name):
            yield _count(name, found[name], written.get(name, 0))
            yield from doubled.get(name, ())
            yield from _required(object_, found[name])
            yield from _orphans(object_, found, absent)


def _count(name: str, records: pl.DataFrame, written: int) -> Check:
    ours = records[KEY].drop_nulls()
    others = records.height - ours.len()
    note = f"{others} records there are not ours" if others else ""
    return Check("counts", name, abs(ours.len() - written), written, ours.n_unique() == ours.len() == written, note)


def _required(object_: TargetObject, records: pl.DataFrame) -> Iterator[Check]:
    for field in object_.writable():
        name = f"{object_.name}.{field.name}"
        if field.required and field.name != object_.key and field.name not in records.columns:
            yield Check("required", name, 0, records.height, None, NOT_SHOWN)
        elif field.required and field.name in records.columns:
            missing = records[field.name].null_count()
            yield Check("required", name, missing, records.height, missing == 0)
    if object_.one_of:
        yield _one_of(object_, records)


def _one_of(object_: TargetObject, records: pl.DataFrame) -> Check:
    """Where some of the fields were not exported, records that are empty in the others may still be right."""
    name = f"{object_.name}: one of {', '.join(object_.one_of)}"
    shown = [each for each in object_.one_of if each in records.columns]
    empty = records.select(pl.all_horizontal(pl.col(shown).is_null()).sum()).item() if shown else records.height
    if empty and len(shown) < len(object_.one_of):
        return Check("required", name, 0, records.height, None, NOT_SHOWN)
    return Check("required", name, empty, records.height, empty == 0)


def _orphans(object_: TargetObject, found: Mapping[str, pl.DataFrame], absent: Collection[str]) -> Iterator[Check]:
    records = found[object_.name]
    for field in object_.references():
        if field.name not in records.columns:
            yield Check("references", f"{object_.name}.{field.name}", 0, records.height, None, NOT_SHOWN)
            continue
        pointing = records.select(pl.col(field.name)).drop_nulls()
        if pointing.height and any(name in absent for name in field.ref):
            yield Check("references", f"{object_.name}.{field.name}", 0, pointing.height, None, NOT_SHOWN)
        elif pointing.height:
            there = pl.concat([found[name].select(pl.col(ID)) for name in field.ref if name in found])
            lost = pointing.join(there, left_on=field.name, right_on=ID, how="anti").height
            yield Check("references", f"{object_.name}.{field.name}", lost, pointing.height, lost == 0)
