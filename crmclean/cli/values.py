"""`crmclean values`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def values(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    kind: Annotated[str, typer.Argument(metavar="KIND", help="phones, emails, companies, ...: see above.")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A list with a header; else stdin.")] = None,
    column: Annotated[str | None, typer.Option("--column", metavar="HEADER", help="Else the first column.")] = None,
    form: Annotated[str | None, typer.Option("--form", metavar="FORM", help="Else the first form of the kind.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="CC", help="Country of phones or states: US.")
    ] = None,
    vocabulary: Annotated[
        str | None, typer.Option("--vocabulary", metavar="CRM", help="Industries for hubspot, salesforce.")
    ] = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="No repairs, only normal forms.", metavar="")] = False,
) -> Result:
    """Try one kind of value on a column of a CSV.

    CSV in, CSV out: value, result and reason of every row, in the same order.
    A refused value has no result. The kinds and their forms (the first is the
    default):

    phones: e164, extension. emails: store, match, class, suggest.
    companies: display, base, key. persons: parse, display. countries: iso2.
    states: iso. industries: value. dates: iso, date. money: plain.
    numbers: integer, percent. booleans: truth, opted-out. urls: domain, form.
    texts: line, lines.
    """
    from crmclean.values.kinds import Options
    from crmclean.workflow.values import values as work
    from crmclean.workflow.values import written

    options = Options(region=region, vocabulary=vocabulary, strict=strict)
    source = sys.stdin.buffer if file is None or str(file) == "-" else file
    answers = work(kind, source, form=form, column=column, options=options)
    rows = answers.to_dicts()
    return Result("values", f"{len(rows):,} values", text=written(answers).decode(), data={"kind": kind, "rows": rows})
