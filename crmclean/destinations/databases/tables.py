"""The tables of a database: our columns, and what stands against writing into tables that are there already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crmclean.crm.target_model import TargetField, TargetObject
from crmclean.errors import Fault

ID = "_id"  # of our own, beside any field that a CRM may call id


def columns_of(object_: TargetObject) -> tuple[TargetField, ...]:
    """Return the fields that are columns of an object's table, without its key."""
    return tuple(field for field in object_.writable() if field.name != object_.key)


@dataclass(frozen=True)
class TableThere:
    """A table as the database tells it.

    columns: name -> whether every row must be given a value. unique: the columns that are unique by themselves.
    """

    columns: Mapping[str, bool]
    unique: frozenset[str]


def faults_of(object_: TargetObject, there: TableThere) -> Iterator[Fault]:
    """Yield the columns that are missing, those that we cannot fill, and a key that would let doubles in."""
    ours = (ID, object_.key, *(field.name for field in columns_of(object_)))
    for name in ours:
        if name not in there.columns:
            hint = "add the column, or import under a new destination name into an empty database"
            yield Fault(f"{object_.name}.{name}", "is not there", hint, "target.no-field")
    for name, required in there.columns.items():
        if required and name not in ours:
            hint = "give the column a default value, or map a column to it: see `crmclean schema import`"
            yield Fault(f"{object_.name}.{name}", "is required there, and we have no value", hint, "target.required")
    if object_.key in there.columns and object_.key not in there.unique:
        hint = "add a unique index on this column: only unique values stop doubles"
        yield Fault(f"{object_.name}.{object_.key}", "is not unique", hint, "target.key-not-enforced")


def table_gone(object_: str) -> Fault:
    """Return the fault of a table that was made for an import and is not there any more."""
    hint = "put the database back from a backup; `crmclean schema apply --to NAME` makes the table again, empty"
    return Fault(object_, "the table is not there any more", hint, "target.no-object")
