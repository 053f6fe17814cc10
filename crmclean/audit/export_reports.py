"""Tables that a CRM's report page exports: grouped, with subtotals between the groups, as people mail them.

Titles above the header and notices below the table are passed over when a file is read (files.workbooks,
files.mending). Salesforce marks a column that a report is grouped by with an arrow, writes the group's value into its
first row only, and `-` where records have none.
"""

import re
from dataclasses import replace

import polars as pl

from crmclean.audit.export_columns import Table

_ARROW = re.compile(r"\s*[\u2191\u2193]\s*$")
_LABEL = (
    r"^(?i:(?:sub|grand )?totals?(?: \(.*\))?|(?:record |row )?count"
    r"|(?:sum|average|avg\.?|median|min(?:imum)?|max(?:imum)?|largest|smallest) of .+)$"
)
_FIGURE = r"^[^\w-]?(?:[A-Z]{3} )?-?[\d.,\s]*\d ?%?$"
_NONE = "-"


def ungrouped(table: Table) -> Table:
    """Return a report as a plain table: no rows of totals, and the group's value in every row of the group."""
    grouped = [name for head, name in zip(table.header, table.names, strict=True) if _ARROW.search(head)]
    rows = table.frame.filter(~_is_total(table.frame, table.names))
    if grouped:
        rows = rows.filter(pl.any_horizontal(pl.exclude("_row", *grouped).is_not_null()))
        filled = (pl.col(name).forward_fill() for name in grouped)
        rows = rows.with_columns(filled).with_columns(pl.col(grouped).replace(_NONE, None))
    return replace(table, header=tuple(_ARROW.sub("", head) for head in table.header), frame=rows)


def _is_total(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.Expr:
    """A row in which nothing stands but figures and at least one word of a total."""
    cells = [pl.col(name).str.strip_chars() for name in names if frame[name].dtype == pl.String]
    labels = [cell.str.contains(_LABEL).fill_null(value=False) for cell in cells]
    plain = [
        label | cell.str.contains(_FIGURE).fill_null(value=True) for cell, label in zip(cells, labels, strict=True)
    ]
    return pl.any_horizontal(labels) & pl.all_horizontal(plain)
