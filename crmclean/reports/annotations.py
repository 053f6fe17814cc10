"""annotations.txt: closed gates and findings as GitHub workflow commands, which show them beside the files' rows.

Syntax: https://docs.github.com/actions/reference/workflow-commands-for-github-actions. No cell value stands in them.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

import polars as pl

from crmclean.records import Severity
from crmclean.reports.summary import Summary

_COMMANDS: Mapping[str, str] = {
    Severity.ERROR.value: "error",
    Severity.WARNING.value: "warning",
    Severity.INFO.value: "notice",
}
_SINGLE = 50  # findings that get a line of their own; the rest share one per code and file
_PLAN = "migration.toml"


def annotations(summary: Summary, findings: pl.DataFrame, folder: str) -> str:
    """Return the file: closed gates, the 50 worst findings (see findings.listed), then sums of the others.

    folder: path of the workspace from its repository's root, empty where it is the root.
    """
    below = PurePosixPath(folder)
    lines = [*_gates(summary, below), *_single(findings.head(_SINGLE), below), *_sums(findings.slice(_SINGLE), below)]
    return "".join(f"{line}\n" for line in lines)


def command(kind: str, message: str, **properties: str) -> str:
    """Return one workflow command, escaped as GitHub's own toolkit does it."""
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {told}::{_data(message)}"


def _gates(summary: Summary, below: PurePosixPath) -> Iterator[str]:
    for gate in summary.closed_gates:
        message = f"the gate is closed: {gate.value} against a limit of {gate.limit}"
        yield command("error", message, file=str(below / _PLAN), title=f"gate {gate.name}")


def _single(findings: pl.DataFrame, below: PurePosixPath) -> Iterator[str]:
    for row in findings.iter_rows(named=True):
        where = f", row {row['row']}" if row["row"] is not None else ""
        yield _finding(row, below, f"{_meaning(row)} ({row['field'] or 'the record'}{where})", row["row"])


def _sums(findings: pl.DataFrame, below: PurePosixPath) -> Iterator[str]:
    keys = ["severity", "code", "meaning", "file"]
    sums = findings.group_by(keys, maintain_order=True).agg(pl.len().alias("count"), pl.col("row").min())
    for row in sums.iter_rows(named=True):
        first = f", the first in row {row['row']}" if row["row"] is not None else ""
        yield _finding(row, below, f"{_meaning(row)} ({row['count']:,} more{first})", row["row"])


def _finding(row: Mapping[str, str], below: PurePosixPath, message: str, line: str | None) -> str:
    place = {"file": str(below / row["file"])} if row["file"] else {}
    if line is not None and place:
        place["line"] = str(line)
    return command(_COMMANDS.get(row["severity"], "notice"), message, **place, title=str(row["code"]))


def _meaning(row: Mapping[str, str]) -> str:
    return row["meaning"] or "see findings.csv"


def _data(text: str) -> str:
    return _escaped(text, (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")))


def _property(text: str) -> str:
    return _escaped(text, (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")))


def _escaped(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for letter, written in pairs:
        text = text.replace(letter, written)
    return text
