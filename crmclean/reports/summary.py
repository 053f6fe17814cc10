"""The frozen summary that every report is written from; equal inputs give equal summaries."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

import polars as pl

from crmclean.audit.result import Check
from crmclean.pipeline.balance import Line
from crmclean.records import DERIVED, OBJECTS, Outcome
from crmclean.reports.facts import ColumnFacts, GateFacts, PhaseFacts, RunFacts, Waiting
from crmclean.reports.roi import Figure, cleaned, figures

SCHEMA_VERSION = 1
_VALUES = ("examples", "unlisted", "samples")  # what holds cell values
_PICTURED = ("quality", "phones", "ages", "duplicates", *_VALUES)
Row = dict[str, Any]  # one row of a small frame, by column
_DERIVED = " (derived)"  # after the object of records that no export holds
_OUTCOMES = tuple(outcome.value for outcome in Outcome)


@dataclass(frozen=True)
class ObjectLine:
    """One object: records read, and how many ended with each outcome."""

    object: str
    read: int
    outcomes: dict[str, int]


@dataclass(frozen=True)
class Count:
    """Records or cells that share the same keys, such as object, outcome and code."""

    keys: dict[str, str | None]
    count: int


@dataclass(frozen=True)
class Summary:
    """A run in numbers; quality to samples are rows of the frames of facts.Insight; examples to samples hold cells."""

    name: str
    target: str
    destination: str
    as_of: str | None
    seed: int
    version: str
    objects: tuple[ObjectLine, ...]
    outcomes: tuple[Count, ...]
    sources: tuple[Count, ...]
    stages: tuple[Count, ...]
    changes: tuple[Count, ...]
    findings: tuple[Count, ...]
    phases: tuple[PhaseFacts, ...]
    gates: tuple[GateFacts, ...]
    balance: tuple[Line, ...]
    checks: tuple[Check, ...]
    waiting: tuple[Waiting, ...]
    profile: tuple[ColumnFacts, ...]
    quality: tuple[Row, ...]
    phones: tuple[Row, ...]
    ages: tuple[Row, ...]
    duplicates: tuple[Row, ...]
    examples: tuple[Row, ...]
    unlisted: tuple[Row, ...]
    samples: tuple[Row, ...]
    roi: tuple[Figure, ...] = ()

    @property
    def closes(self) -> bool:
        """Whether every line of the balance closes."""
        return all(line.closes for line in self.balance)

    @property
    def closed_gates(self) -> tuple[GateFacts, ...]:
        """The gates that stop the run."""
        return tuple(gate for gate in self.gates if not gate.passed)

    def total(self, outcome: str) -> int:
        """Return the records of all objects with this outcome."""
        return sum(line.outcomes.get(outcome, 0) for line in self.objects)

    @property
    def read(self) -> int:
        """Source records of all objects; what was derived from them stood in no export."""
        return sum(line.read for line in self.objects if not line.object.endswith(_DERIVED))


def summarise(facts: RunFacts) -> Summary:
    """Return the numbers of a run."""
    ledger = facts.ledger
    objects = _objects(ledger)
    return Summary(
        name=facts.name,
        target=facts.target,
        destination=facts.destination,
        as_of=facts.as_of.isoformat() if facts.as_of else None,
        seed=facts.seed,
        version=facts.version,
        objects=objects,
        outcomes=counts(ledger, "object", "outcome", "code"),
        sources=counts(ledger, "source", "file", "object"),
        stages=_stages(ledger, facts.stages),
        changes=counts(facts.changes, "object", "field", "step", "code"),
        findings=counts(facts.findings, "object", "field", "check", "severity", "code"),
        phases=facts.phases,
        gates=facts.gates,
        balance=facts.balance,
        checks=facts.checks,
        waiting=facts.waiting,
        profile=facts.profile,
        roi=figures(facts.roi, cleaned({line.object: line.outcomes for line in objects})),
        **{name: tuple(getattr(facts.insight, name).iter_rows(named=True)) for name in _PICTURED},
    )


def document(summary: Summary) -> dict[str, object]:
    """Return report.json; docs/reference/report.md describes it."""
    lists = ("outcomes", "sources", "stages", "changes", "findings")
    body: dict[str, object] = _without_values(summary) | {name: _flat(getattr(summary, name)) for name in lists}
    body["objects"] = [{"object": line.object, "read": line.read, **line.outcomes} for line in summary.objects]
    body["balance"] = [asdict(line) | {"closes": line.closes} for line in summary.balance]
    body["unmapped_values"] = _unmapped(summary.unlisted)
    return {"schema_version": SCHEMA_VERSION, "closes": summary.closes, **body}


def _unmapped(unlisted: Sequence[Row]) -> list[dict[str, object]]:
    """Return how many values of a column the target has no option for, and their records; the most frequent first."""
    keys = ("object", "column", "target_object", "target_field")
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for row in unlisted:
        values, records = sums.get(place := tuple(str(row[key]) for key in keys), (0, 0))
        sums[place] = (values + 1, records + int(row["records"]))
    lines = sorted(sums.items(), key=lambda line: (-line[1][1], line[0]))
    return [{**dict(zip(keys, place, strict=True)), "values": n, "records": m} for place, (n, m) in lines]


def _without_values(summary: Summary) -> dict[str, object]:
    told = {name: value for name, value in vars(summary).items() if name not in _VALUES}  # report.json holds no cells
    return {name: list(map(_plain, value)) if isinstance(value, tuple) else value for name, value in told.items()}


def _plain(part: Any) -> Any:
    return asdict(part) if is_dataclass(part) and not isinstance(part, type) else part


@dataclass(frozen=True)
class Area:
    """The checks of one area together: how many, over how many records, and how many records failed them.

    passed: None where none of them could be told. unknown: how many could not be told.
    """

    name: str
    checks: int
    total: int
    count: int
    passed: bool | None
    unknown: int = 0


def areas(summary: Summary) -> tuple[Area, ...]:
    """Return the checks by area, in their order."""
    found = []
    for name in dict.fromkeys(check.area for check in summary.checks):
        own = [check for check in summary.checks if check.area == name]
        told = [check for check in own if check.passed is not None]
        totals = sum(check.total for check in told), sum(check.count for check in told)
        passed = all(check.passed for check in told) if told else None
        found.append(Area(name, len(own), *totals, passed, len(own) - len(told)))
    return tuple(found)


def counts(frame: pl.LazyFrame, *keys: str) -> tuple[Count, ...]:
    """Return how many rows share each combination of `keys`, in their order."""
    table = frame.group_by(keys).agg(pl.len().alias("count")).sort(keys, nulls_last=True).collect()
    return tuple(Count({key: row[key] for key in keys}, row["count"]) for row in table.iter_rows(named=True))


def _objects(ledger: pl.LazyFrame) -> tuple[ObjectLine, ...]:
    found: dict[str, dict[str, int]] = {}
    apart = pl.when(pl.col("source") == DERIVED).then(pl.col("object") + _DERIVED).otherwise("object")
    for line in counts(ledger.with_columns(apart.alias("object")), "object", "outcome"):
        name, outcome = line.keys["object"], line.keys["outcome"]
        found.setdefault(str(name), {})[str(outcome or "none")] = line.count
    return tuple(_object(name, found[name]) for name in _in_order(found))


def _object(name: str, outcomes: dict[str, int]) -> ObjectLine:
    return ObjectLine(
        name, sum(outcomes.values()), {key: outcomes[key] for key in (*_OUTCOMES, "none") if key in outcomes}
    )


def _stages(ledger: pl.LazyFrame, names: Sequence[str]) -> tuple[Count, ...]:
    found = counts(ledger.filter(pl.col("stage").is_not_null()), "stage", "object", "outcome")
    places = {name: place for place, name in enumerate(names)}
    return tuple(sorted(found, key=lambda line: places.get(str(line.keys["stage"]), len(places))))


def _in_order(names: dict[str, dict[str, int]]) -> list[str]:
    return [name for name in OBJECTS if name in names] + sorted(set(names) - set(OBJECTS))


def _flat(lines: Sequence[Count]) -> list[dict[str, object]]:
    return [{**line.keys, "count": line.count} for line in lines]
