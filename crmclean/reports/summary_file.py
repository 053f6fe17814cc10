"""report.json back as the summary that it was written from, without cells: for reports that outlive their run."""

from collections.abc import Mapping
from typing import Any

from crmclean.audit.result import Check
from crmclean.errors import Fault, InputError
from crmclean.pipeline.balance import Line
from crmclean.reports.facts import ColumnFacts, GateFacts, PhaseFacts, Waiting
from crmclean.reports.redacting import redacted_line
from crmclean.reports.roi import Figure
from crmclean.reports.summary import Count, ObjectLine, Summary

_PLAIN = ("name", "target", "destination", "as_of", "seed", "version")
_COUNTS = ("outcomes", "sources", "stages", "changes", "findings")
_ROWS = ("quality", "phones", "ages", "duplicates")
_CLASSES: Mapping[str, type] = {
    "phases": PhaseFacts,
    "gates": GateFacts,
    "checks": Check,
    "waiting": Waiting,
    "profile": ColumnFacts,
    "roi": Figure,
}


def summary_of(document: Mapping[str, Any], where: str) -> Summary:
    """Return the summary of a report.json; owners in the balance are masked.

    Raises:
        InputError: it is not what this version writes.
    """
    try:
        parts: dict[str, Any] = {name: document[name] for name in _PLAIN}
        parts |= {name: tuple(map(_count, document[name])) for name in _COUNTS}
        parts |= {name: tuple(document[name]) for name in _ROWS}
        parts |= {name: tuple(made(**line) for line in document[name]) for name, made in _CLASSES.items()}
        lines = [Line(*(line[key] for key in ("what", "key", "read", "accounted"))) for line in document["balance"]]
        objects = tuple(map(_object, document["objects"]))
    except (KeyError, TypeError) as error:
        hint = "type `crmclean run` to write it again"
        raise InputError(
            Fault(where, "is not what this version of crmclean writes", hint, "report.unreadable")
        ) from error
    parts |= dict.fromkeys(("examples", "unlisted", "samples"), ())
    return Summary(**parts, objects=objects, balance=tuple(map(redacted_line, lines)))


def _count(line: Mapping[str, Any]) -> Count:
    return Count({key: value for key, value in line.items() if key != "count"}, line["count"])


def _object(line: Mapping[str, Any]) -> ObjectLine:
    return ObjectLine(
        line["object"], line["read"], {key: value for key, value in line.items() if key not in ("object", "read")}
    )
