"""A field as the first steps leave it: what a later step learns must hold for a second run too, where they have run."""

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.values import mojibake, texts
from crmclean.values.fillers import without_placeholders


def settled(object_: str, field: str) -> pl.Expr:
    """Return a field with its texts cleaned and its placeholders dropped, under its own name."""
    cleaned = texts.plain(mojibake.repaired(pl.col(field)).struct.field("value"))
    return without_placeholders(cleaned, canonical()[object_].fields[field].kind).struct.field("value").alias(field)
