"""What a record id says: `<source>:<object>:<source id>`."""

import polars as pl

_OBJECT = "^[^:]*:([^:]*):"


def object_in(record: str) -> str:
    """Return the object of a record id."""
    return record.split(":", 2)[1]


def object_of(record: str) -> pl.Expr:
    """Return the objects of the record ids in a column."""
    return pl.col(record).str.extract(_OBJECT, 1)


def object_of_pair() -> pl.Expr:
    """Return the object that a pair (left, right) counts to: a lead and a contact are a question about the contact."""
    return pl.min_horizontal(object_of("left"), object_of("right"))  # contacts come before leads
