"""One file of the exports as `load` goes on with it, and what columns.json tells of it."""

from dataclasses import dataclass, replace

import polars as pl

from crmclean.exports.naming import Named
from crmclean.files.read import Reading


@dataclass(frozen=True)
class Part:
    """One file as it was read and named. reading: without its frame, which nobody reads once it is named."""

    named: Named
    reading: Reading
    path: str


def part_of(one: Named, reading: Reading, path: str) -> Part:
    """Return a file of which only the named frame stays in memory."""
    return Part(one, replace(reading, frame=pl.LazyFrame()), path)


def document(part: Part) -> dict[str, object]:
    """Tell what a file was taken for, and why, for columns.json."""
    known, reading = part.named.recognition, part.reading
    return {
        "source": part.named.origin.source,
        "object": part.named.origin.object,
        "kind": known.kind,
        "table": known.table,
        "sure": known.sure,
        "evidence": [*reading.evidence, *known.evidence],
        "encoding": reading.dialect.encoding,
        "delimiter": reading.dialect.delimiter,
        "rows": reading.rows,
        "rejected": reading.rejects.height,
        "bytes": reading.size,
        "sha256": reading.sha256,
        "columns": [
            {"header": verdict.header, "column": part.named.columns[verdict.name], "evidence": verdict.evidence}
            for verdict in known.columns
        ],
    }
