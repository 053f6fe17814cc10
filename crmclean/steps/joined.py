"""Lists in one cell: tags and ids of merged records."""

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.steps.contract import Context, Step
from crmclean.steps.writing import fields_of_kind, write
from crmclean.values import joined

columns = fields_of_kind("tags", "ids")


def apply(frame: pl.LazyFrame, context: Context) -> pl.LazyFrame:
    """Join the entries by `;`, each once."""
    fields = columns(context.object, context.columns)
    ids = canonical()[context.object].of_kind("ids") if fields else ()
    return write(frame, {name: (joined.ids if name in ids else joined.tags)(pl.col(name)) for name in fields})


STEP = Step(code="lists.joined", columns=columns, apply=apply)
