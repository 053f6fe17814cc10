"""Lists in one cell: tags and record ids, joined by `;`, each entry once, in the order in which they stand."""

import polars as pl

from crmclean.values.results import result

_ID_SEPARATORS = r"[;,|\s]+"


def tags(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of tags, which a cell separates by `;`, else by `|`, else by `,`."""
    separator = (
        pl.when(value.str.contains(";", literal=True))
        .then(pl.lit(";"))
        .when(value.str.contains("|", literal=True))
        .then(pl.lit("|"))
        .otherwise(pl.lit(","))
    )
    entries = value.str.split(separator).list.eval(pl.element().str.strip_chars(" \"'\t\n"))
    return _joined(value, value.str.contains(r"[;|,]|^\s|\s$|\"|^'|'$"), entries)


def ids(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of record ids, separated by `;`, `,`, `|` or blanks."""
    entries = value.str.replace_all(_ID_SEPARATORS, ";").str.split(";")
    return _joined(value, value.str.contains(_ID_SEPARATORS), entries)


def _joined(value: pl.Expr, several: pl.Expr, entries: pl.Expr) -> pl.Expr:
    real = entries.list.eval(pl.element().filter(pl.element() != "")).list.unique(maintain_order=True)
    joined = pl.when(several).then(real.list.join(";")).otherwise(value)
    written = pl.when(joined != "").then(joined)
    return result(written, pl.when(written.ne_missing(value)).then(pl.lit("lists.joined")))
