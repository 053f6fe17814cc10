"""The scorecard in words and tables; terminal, HTML, Markdown and JUnit show this same content."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from crmclean.hygiene.score import FORMULA, attainment
from crmclean.hygiene.scorecard import FIRST, SAME, Row, Scorecard
from crmclean.hygiene.values import PLACE, Part
from crmclean.plan.kpi_model import AREAS
from crmclean.reports.formats import Formats
from crmclean.reports.results import TableView
from crmclean.reports.roi import Cleaned, Figure, figures
from crmclean.reports.section import Section
from crmclean.reports.wording import counted

TITLES = {
    "contacts": "Contacts",
    "companies": "Companies",
    "deals": "Deals",
    "adoption": "Adoption",
    "pipeline": "Pipeline",
}
_STALE, _TWICE = "contacts.stale", ("contacts.duplicates", "companies.duplicates")  # measures
_TO_CLEAN = ("stale contacts that are no duplicates", "duplicate contacts", "duplicate records")
WORTH = "What cleaning this up would be worth"
_TOP = 15  # lines of a long list on the page; the files beside it have all
_STEEP = 0.1  # of the value: a move of so much takes the whole height
_POINTS = 26  # runs of a sparkline: one year, every two weeks
_WIDTH, _HEIGHT = 120.0, 24.0  # of a sparkline, in pixels


@dataclass(frozen=True)
class Shown:
    """One measure as it is shown; every value is text. points: of the sparkline, in an SVG of 120 x 24."""

    id: str
    label: str
    definition: str
    value: str
    target: str
    status: str
    trend: str
    owner: str
    exceptions: int
    new: int
    fixed: int
    accepted: int
    points: str


def headline(card: Scorecard) -> str:
    """Return the scorecard in one sentence."""
    worse = sum(row.regressed for row in card.rows)
    if card.score is None:
        return "nothing could be scored"
    parts = [f"data quality {card.score:.0f} of 100"]
    judged = sum(row.value.met is not None for row in card.rows)
    parts.append(f"{judged - len(card.missed)} of {judged} targets met")
    if worse:
        parts.append(f"{counted(worse, 'measure')} worse than the accepted run")
    return ", ".join(parts)


def facts(card: Scorecard, formats: Formats) -> str:
    """Return what the scorecard was made of."""
    level = card.maturity
    compared = card.accepted and card.points > 1
    accepted = f", compared with the accepted run of {formats.day(card.accepted)}" if compared else ""
    as_of = formats.day(card.as_of) or "an unknown day"
    return f"As of {as_of}, run {card.points} in the history{accepted}. Maturity {level.level} of 5: {level.name}."


def shown(row: Row, formats: Formats) -> Shown:
    """Return one line."""
    value, measure = row.value, row.value.measure
    return Shown(
        id=measure.id,
        label=measure.label,
        definition=measure.definition,
        value=formats.value(value.value, measure.unit, value.currency),
        target=target(row, formats),
        status=status(row),
        trend=trend(row, formats),
        owner=measure.owner,
        exceptions=row.exceptions,
        new=row.new,
        fixed=row.fixed,
        accepted=row.accepted,
        points=sparkline([known for _, known in row.series][-_POINTS:]),
    )


def target(row: Row, formats: Formats) -> str:
    """Return the limit or goal, with its direction."""
    measure = row.value.measure
    if measure.target is None:
        return ""
    sign = "≤" if measure.direction == "down" else "≥"
    return f"{sign} {formats.value(measure.target, measure.unit)}"


def status(row: Row) -> str:
    """Return met, missed, escalated, watched or not measurable."""
    if row.value.value is None:
        return "not measurable"
    if row.value.met is None:
        return "watched"
    return "met" if row.value.met else "escalated" if row.escalated else "missed"


def trend(row: Row, formats: Formats) -> str:
    """Return how the value moved since the last run."""
    if row.value.value is None or row.previous is None or row.trend == FIRST:
        return ""
    if row.trend == SAME:
        return SAME
    change, unit = row.value.value - row.previous, row.value.measure.unit
    size = f"{formats.number(abs(change) * 100)} pp" if unit == "percent" else formats.number(abs(change))
    return f"{row.trend} {'+' if change > 0 else '-'}{size}"


def sparkline(values: list[float]) -> str:
    """Return the points of a line; none for a single run. What hardly moves is nearly level: no false alarm."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    room = max(high - low, _STEEP * max(abs(high), abs(low))) or 1.0
    low = (low + high - room) / 2
    step = _WIDTH / (len(values) - 1)
    places = ((place * step, 2 + (_HEIGHT - 4) * (1 - (value - low) / room)) for place, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def areas(card: Scorecard) -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Yield the parts of the scorecard with the measures that could be worked out."""
    for area in AREAS:
        rows = tuple(row for row in card.rows if row.value.measure.area == area and row.value.value is not None)
        if rows:
            yield TITLES[area], rows


def unmeasured(card: Scorecard) -> tuple[tuple[str, str], ...]:
    """Return label and reason of the measures that could not be worked out."""
    return tuple((row.value.measure.label, row.value.reason or "") for row in card.rows if row.value.value is None)


def attention(card: Scorecard, formats: Formats) -> Section:
    """Return what missed its target, worst first: escalated, worse than accepted, then by exceptions."""
    rows = [row for row in card.rows if row.value.met is False or row.regressed]
    rows.sort(key=lambda row: (not row.escalated, not row.regressed, -row.exceptions, row.value.measure.id))
    lines = []
    for row in rows:
        line = shown(row, formats)
        told = f"{line.status}, worse than accepted" if row.regressed else line.status
        lines.append((line.label, line.value, line.target, told, row.value.measure.fix))
    columns = ("measure", "value", "target", "status", "what to do")
    return Section("What needs attention", (TableView("", columns, tuple(lines)),))


def causes(card: Scorecard) -> Section:
    """Return where the new exceptions come from."""
    new = card.exceptions.filter(pl.col("state") == "new")
    counts = new.group_by("cause").len().sort(["len", "cause"], descending=[True, False])
    table = TableView("", ("new exceptions because of", "count"), tuple(counts.iter_rows()))
    return Section("Why there are new exceptions", (table,) if counts.height else ())


def breakdowns(card: Scorecard, formats: Formats, *, names: bool) -> Section:
    """Return the measures of the pipeline by owner, segment, region, industry, source and stage.

    names: whether owners are shown by name; otherwise by id.
    """
    column = "name" if names else "id"
    called = dict(card.owners.drop_nulls("owner").select("owner", column).iter_rows())
    tables, left = [], 0
    for row in card.rows:
        for dimension in dict.fromkeys(part.dimension for part in row.value.parts):
            parts = [part for part in row.value.parts if part.dimension == dimension]
            lines = tuple(_part(row, part, called, formats) for part in parts[:_TOP])
            left += len(parts) - len(lines)
            title = f"{row.value.measure.label} by {dimension}"
            tables.append(TableView(title, (dimension, row.value.measure.label.lower(), "counted"), lines))
    return Section("Breakdowns", tuple(tables), left, "scorecard.json")


def _part(row: Row, part: Part, called: dict[str, str], formats: Formats) -> tuple[str, str, str]:
    measure = row.value.measure
    currency = part.key if part.dimension == "currency" else row.value.currency
    key = called.get(part.key, part.key) if part.dimension == "owner" else part.key
    return key, formats.value(part.value, measure.unit, currency), formats.number(part.denominator, 0)


def owner_lines(index: pl.DataFrame, formats: Formats) -> Section:
    """Return the owners with most exceptions, by name."""
    rows = tuple(
        (
            row["owner"] or "(nobody)",
            row["exceptions"],
            row["new"],
            row["open"],
            row["fixed"],
            formats.number(row["money"] or 0, 0),
        )
        for row in index.head(_TOP).iter_rows(named=True)
    )
    columns = ("owner", "exceptions", "new", "open", "fixed", "money at stake")
    return Section(
        "Who has to do what", (TableView("", columns, rows),), max(index.height - _TOP, 0), "owners/index.csv"
    )


def worth(card: Scorecard) -> tuple[Figure, ...]:
    """Return what it would be worth to merge the duplicates and to archive the stale contacts; see `[roi]`.

    A stale contact that is a duplicate as well is merged, and not counted twice.
    """
    values = {row.value.measure.id: row.value for row in card.rows if row.value.value is not None}
    twice = [int(values[name].numerator) for name in _TWICE if name in values]
    people = twice[0] if _TWICE[0] in values else None
    stale, people_twice = (
        card.exceptions.filter(pl.col("measure") == name).select("object", PLACE) for name in (_STALE, _TWICE[0])
    )
    stale = stale.join(people_twice, on=["object", PLACE], how="anti")
    archived = stale.height if _STALE in values else None
    return figures(card.dictionary.roi, Cleaned(archived, people, None if people is None else sum(twice), _TO_CLEAN))


def scoring(card: Scorecard, formats: Formats) -> Section:
    """Return how the score and the maturity stage come about."""
    lines = []
    for row in card.rows:
        reached = attainment(row.value)
        if reached is not None:
            lines.append((row.value.measure.label, formats.number(row.value.measure.weight), formats.number(reached)))
    level = card.maturity
    steps = [(each, "reached") for each in level.reasons]
    steps += [(level.next_step, "next")] if level.next_step else []
    tables = (
        TableView(FORMULA, ("measure", "weight", "attainment"), tuple(lines)),
        TableView(f"Maturity {level.level} of 5: {level.name}", ("because", "state"), tuple(steps)),
    )
    return Section("How the score comes about", tuple(table for table in tables if table.rows))
