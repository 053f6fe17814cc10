"""Lists in one cell: tags and record ids, joined by `;`, each entry once, in the order in which they stand."""

import polars as pl

from crmclean.values.results import result, unless_plain

_ID_SEPARATORS = r"[;,|\s]+"


def tags(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of tags, which a cell separates by `;`, else by `|`, else by `,`."""
    return unless_plain(value, ~value.str.contains(r"[;|,]|^\s|\s$|\"|^'|'$|^$"), _tags)


def _tags(value: pl.Expr) -> pl.Expr:
    separator = (
        pl.when(value.str.contains(";", literal=True))
        .then(pl.lit(";"))
        .when(value.str.contains("|", literal=True))
        .then(pl.lit("|"))
        .otherwise(pl.lit(","))
    )
    entries = value.str.split(separator).list.eval(pl.element().str.strip_chars(" \"'\t\n"))
    return _joined(value, entries)


def ids(value: pl.Expr) -> pl.Expr:
    """Return Struct{value, code} of record ids, separated by `;`, `,`, `|` or blanks."""
    return unless_plain(value, ~value.str.contains(rf"{_ID_SEPARATORS}|^$"), _ids)


def _ids(value: pl.Expr) -> pl.Expr:
    return _joined(value, value.str.replace_all(_ID_SEPARATORS, ";").str.split(";"))


def _joined(value: pl.Expr, entries: pl.Expr) -> pl.Expr:
    joined = entries.list.eval(pl.element().filter(pl.element() != "")).list.unique(maintain_order=True).list.join(";")
    written = pl.when(joined != "").then(joined)
    return result(written, pl.when(written.ne_missing(value)).then(pl.lit("lists.joined")))
