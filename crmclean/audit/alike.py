"""What says the same at a target: a checkbox has no third state, and numbers come back without their last zeros."""

import polars as pl

from crmclean.crm.target_model import TargetSchema

_NUMBERS = frozenset(("integer", "decimal"))
_ZEROS = r"(\.\d*?)0+$"


def comparable(cell: pl.Expr, kind: str) -> pl.Expr:
    """Return a cell of a field of this type in the form in which both sides write it."""
    if kind == "boolean":
        return cell.fill_null("false")
    if kind in _NUMBERS:
        return cell.str.replace(_ZEROS, "${1}").str.strip_suffix(".")
    return cell


def kinds_of(schema: TargetSchema) -> pl.DataFrame:
    """Return object, field and type of the fields whose form may differ."""
    rows = [
        (name, field.name, field.type)
        for name, object_ in schema.objects.items()
        for field in object_.fields.values()
        if field.type == "boolean" or field.type in _NUMBERS
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("object", "field", "type"), pl.String), orient="row")


def comparable_cells(cell: str) -> pl.Expr:
    """Return a column of cells of all fields, told apart by the column `type`, in the form of both sides."""
    form = pl.when(type="boolean").then(comparable(pl.col(cell), "boolean"))
    number = form.when(pl.col("type").is_not_null()).then(comparable(pl.col(cell), "decimal"))
    return number.otherwise(pl.col(cell))
