"""The scorecard: every measure against its target, the last run and the accepted run; and who has to do what."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import polars as pl

from crmclean.hygiene.accepted import Accepted
from crmclean.hygiene.computed import DUPLICATES
from crmclean.hygiene.history import KNOWN_DEALS, History, Line, Point
from crmclean.hygiene.kept import kept_parts
from crmclean.hygiene.material import Groups, Material, R
from crmclean.hygiene.measuring import Measured, measured
from crmclean.hygiene.owners import owner_table
from crmclean.hygiene.score import Maturity, maturity, score
from crmclean.hygiene.tracing import fixed, traced, with_lapsed
from crmclean.hygiene.values import Value
from crmclean.plan.kpi_model import Dictionary, Measure
from crmclean.records import RECORD

BETTER, WORSE, SAME, FIRST = "better", "worse", "same", "first"


@dataclass(frozen=True)
class Row:
    """One measure on the scorecard.

    previous: value of the run before, None where there is none. trend: against it. exceptions: records (or cells) to
    look at, without the accepted ones. escalated: below target in two runs in a row. series: (day, value) of all runs.
    """

    value: Value
    exceptions: int
    accepted: int
    new: int
    fixed: int
    previous: float | None
    trend: str
    escalated: bool
    accepted_value: float | None
    regressed: bool
    series: tuple[tuple[date, float], ...]


@dataclass(frozen=True)
class Scorecard:
    """One export, judged.

    exceptions: DEFECTS with since, state, cause. fixed: the same, of what is none any more. owners: see owner_table.
    points: runs in the history, this one among them. run: its number there. accepted: day of the accepted run.
    repeated: this very export was in the history already. expired: accepted exceptions that count again.
    reopened: pairs that people have to decide again, and why (matching.model.REOPENED).
    """

    as_of: date | None
    rows: tuple[Row, ...]
    score: float | None
    previous_score: float | None
    maturity: Maturity
    exceptions: pl.DataFrame
    fixed: pl.DataFrame
    owners: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    dictionary: Dictionary
    points: int
    run: int
    accepted: date | None
    repeated: bool
    expired: int
    scores: tuple[tuple[date, float], ...]
    reopened: pl.DataFrame

    @property
    def missed(self) -> tuple[Row, ...]:
        """Measures below their target."""
        return tuple(row for row in self.rows if row.value.met is False)

    @property
    def regressed(self) -> tuple[Row, ...]:
        """Measures that are worse than in the accepted run."""
        return tuple(row for row in self.rows if row.regressed)


def scorecard(
    material: Material,
    inputs: str,
    how: str,
    accepted: Accepted,
    history: History,
    imported: pl.Series,
    *,
    accept: bool,
) -> Scorecard:
    """Measure one export, compare it with the history and add it to it.

    inputs: hash over its files. how: which duplicate rules were used. accept: later runs are compared with this one.
    """
    material = _ungrouped(_with_past(material, history), accepted)
    rules = {name: _rule(each, material.dictionary, how) for name, each in material.dictionary.measures.items()}
    fingerprint = _hash([inputs, material.as_of, rules, accepted.rows.sort(pl.all()).rows()])
    points = history.points()
    known = history.find(fingerprint)
    before = _before(points, material.as_of, known)
    found, taken = _without_accepted(measured(material), accepted)
    exceptions = traced(found, material, history, before, rules, imported)
    exceptions = with_lapsed(exceptions, accepted.lapsed_among(exceptions))
    done = fixed(found, exceptions, material, history, before)
    done = done.filter(~accepted.among(done))  # who accepts an exception has not mended it
    counts = _counts(exceptions)
    lines = {value.measure.id: _line(value, counts, rules[value.measure.id]) for value in found.values}
    total = score(found.values)
    run = history.add(Point(0, fingerprint, material.as_of, total, lines), kept_parts(material, exceptions))
    if accept or history.accepted() is None:
        history.accept(run)
    points = history.points()
    base = next((point for point in points if point.run == history.accepted()), None)
    rows = _rows(found.values, exceptions, counts, done, taken, before, base, points, material.dictionary.tolerance)
    scores = tuple((point.as_of, point.score) for point in points if point.score is not None)
    return Scorecard(
        as_of=material.as_of if material.dated else None,
        rows=rows,
        score=total,
        previous_score=before.score if before else None,
        maturity=maturity(found.values, len(points), sum(row.escalated for row in rows)),
        exceptions=exceptions,
        fixed=done,
        owners=owner_table(material),
        frames=found.frames,
        dictionary=material.dictionary,
        points=len(points),
        run=run,
        accepted=base.as_of if base else None,
        repeated=known is not None,
        expired=accepted.lapsed.height,
        scores=scores,
        reopened=material.reopened,
    )


def _with_past(material: Material, history: History) -> Material:
    """Add what earlier runs know of the stages and forecasts of deals."""
    moves, earlier = [material.moves], [pl.DataFrame(schema={"on": pl.Date, **KNOWN_DEALS})]
    for point in history.points():
        if point.as_of < material.as_of:
            deals = history.part(point.run, "deals").select(pl.lit(point.as_of, pl.Date).alias("on"), pl.all())
            earlier.append(deals)
            moves.append(deals.select("record", "stage", "on").drop_nulls())
    if len(earlier) > 1 and "deals" in material.tables and "stage" in material.tables["deals"].columns:
        deals = material.tables["deals"]
        moves.append(deals.select(record=RECORD, stage="stage", on=pl.lit(material.as_of, pl.Date)).drop_nulls())
    told = pl.concat(moves).unique().sort("record", "on", "stage")
    return replace(material, moves=told, earlier=pl.concat(earlier))


def _ungrouped(material: Material, accepted: Accepted) -> Material:
    """Take accepted duplicates out of their groups; a group of one is none."""
    if accepted.rows.is_empty():
        return material
    ids = {each.object: name for name, each in material.dictionary.measures.items() if each.compute == DUPLICATES}

    def left(object_: str, group: pl.DataFrame) -> pl.DataFrame:
        said = accepted.rows.filter(pl.col("measure") == ids.get(object_, ""))["record"]
        records = material.tables[object_][RECORD].gather(group["row"])
        others = group.filter(~records.is_in(said.implode()))
        return others.filter(pl.len().over("group") > 1)

    def match(beside: Callable[[], R]) -> tuple[Groups, R]:
        groups, other = material.match(beside)
        return {name: left(name, group) for name, group in groups.items()}, other

    return replace(material, match=match)


def _without_accepted(found: Measured, accepted: Accepted) -> tuple[Measured, Mapping[str, int]]:
    """Leave accepted exceptions out of the list and out of the values."""
    taken = accepted.among(found.defects)
    if not taken.any():
        return found, {}
    counts = _counts(found.defects.filter(taken))
    values = tuple(_forgiven(value, counts.get(value.measure.id, 0)) for value in found.values)
    return replace(found, values=values, defects=found.defects.filter(~taken)), counts


def _forgiven(value: Value, count: int) -> Value:
    measure = value.measure
    if not count or value.value is None or measure.compute not in (None, "completeness"):
        return value
    good = measure.complement or measure.compute == "completeness"
    numerator = value.numerator + count if good else value.numerator - count
    return replace(value, numerator=numerator, value=numerator / value.denominator)


def _rule(measure: Measure, dictionary: Dictionary, how: str) -> str:
    """Return a hash of how a measure is worked out: its conditions, and the tables of the dictionary that it uses."""
    used: list[object] = [measure.object, measure.defect, measure.among, measure.compute, measure.complement]
    text = f"{measure.defect} {measure.compute} {measure.needs}"
    if measure.compute == "completeness":
        used.append(dictionary.required[measure.object])
    if measure.compute == DUPLICATES:
        used.append(how)
    if "territory" in text:
        used += [asdict(each) for each in dictionary.territories]
    if "stage" in text:
        used += [dictionary.thresholds["stage_days"], *(asdict(each) for each in dictionary.stages)]
    if measure.compute == "balance":
        used += [dictionary.thresholds["owner_most"], dictionary.thresholds["owner_least"]]
    return _hash(used)[:16]


def _hash(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()


def _before(points: Sequence[Point], as_of: date, known: int | None) -> Point | None:
    """Return the last point before this run, which may be in the history itself."""
    earlier = [point for point in points if point.as_of <= as_of and point.run != known]
    if known is not None:
        own = next(point for point in points if point.run == known)
        earlier = [point for point in earlier if (point.as_of, point.run) < (own.as_of, own.run)]
    return earlier[-1] if earlier else None


def _counts(exceptions: pl.DataFrame) -> Mapping[str, int]:
    return dict(exceptions.group_by("measure").len().iter_rows())


def _line(value: Value, counts: Mapping[str, int], rule: str) -> Line:
    count = counts.get(value.measure.id, 0)
    return Line(value.value, value.numerator, value.denominator, value.measure.target, value.met, count, rule)


def _rows(
    values: Sequence[Value],
    exceptions: pl.DataFrame,
    counts: Mapping[str, int],
    done: pl.DataFrame,
    taken: Mapping[str, int],
    before: Point | None,
    base: Point | None,
    points: Sequence[Point],
    tolerance: float,
) -> tuple[Row, ...]:
    gone = _counts(done)
    fresh = _counts(exceptions.filter(pl.col("state") == "new"))
    rows = []
    for value in values:
        name = value.measure.id
        last = before.lines.get(name) if before else None
        good = base.lines.get(name) if base else None
        series = [(point.as_of, line.value) for point in points if (line := point.lines.get(name))]
        rows.append(
            Row(
                value=value,
                exceptions=counts.get(name, 0),
                accepted=taken.get(name, 0),
                new=fresh.get(name, 0),
                fixed=gone.get(name, 0),
                previous=last.value if last else None,
                trend=trend(value, last.value if last else None, tolerance),
                escalated=value.met is False and last is not None and last.met is False,
                accepted_value=good.value if good else None,
                regressed=_is_worse(value, good, tolerance),
                series=tuple((on, known) for on, known in series if known is not None),
            )
        )
    return tuple(rows)


def trend(value: Value, previous: float | None, tolerance: float) -> str:
    """Return better, worse or same against an earlier value; first where there is none."""
    if value.value is None or previous is None:
        return FIRST
    change = value.value - previous
    if abs(change) <= tolerance * max(1.0, abs(previous)):
        return SAME
    return BETTER if (change > 0) == (value.measure.direction == "up") else WORSE


def _is_worse(value: Value, good: Line | None, tolerance: float) -> bool:
    judged = value.measure.target is not None or value.passed is not None
    return judged and good is not None and trend(value, good.value, tolerance) == WORSE
