"""`crmclean values`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmclean.cli.console import Terminal
from crmclean.reports.results import Result


def values(
    terminal: Terminal,  # noqa: ARG001  nothing here takes long
    kind: Annotated[str, typer.Argument(metavar="KIND", help="phones, emails, companies, dates, countries, ...")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A list with a header; else stdin.")] = None,
    column: Annotated[str | None, typer.Option("--column", metavar="HEADER", help="Else the first column.")] = None,
    form: Annotated[str | None, typer.Option("--form", metavar="FORM", help="Which form of the kind.")] = None,
    region: Annotated[str | None, typer.Option("--region", metavar="CC", help="Country, such as US.")] = None,
    vocabulary: Annotated[str | None, typer.Option("--vocabulary", metavar="CRM", help="Words of a CRM.")] = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="No repairs, only normal forms.", metavar="")] = False,
) -> Result:
    """Try one kind of value on a column of a CSV.

    CSV in, CSV out: value, result and reason of every row.
    """
    from crmclean.values.kinds import Options
    from crmclean.workflow.values import values as work
    from crmclean.workflow.values import written

    options = Options(region=region, vocabulary=vocabulary, strict=strict)
    source = sys.stdin.buffer if file is None or str(file) == "-" else file
    answers = work(kind, source, form=form, column=column, options=options)
    rows = answers.to_dicts()
    return Result("values", f"{len(rows):,} values", text=written(answers).decode(), data={"kind": kind, "rows": rows})
