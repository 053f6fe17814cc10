"""scorecard.json; docs/reference/scorecard.md describes it. Owners stand in it by id, records not at all."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from crmclean.hygiene.score import FORMULA, attainment
from crmclean.hygiene.scorecard import Row, Scorecard
from crmclean.reports.roi import Figure

SCHEMA_VERSION = 1


def document(card: Scorecard, index: pl.DataFrame, worth: Sequence[Figure]) -> dict[str, object]:
    """Return the document; plain numbers and ISO days."""
    ids = dict(card.owners.drop_nulls("owner").select("owner", "id").iter_rows())
    causes = _causes(card)
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": card.as_of.isoformat() if card.as_of else None,
        "score": card.score,
        "score_formula": FORMULA,
        "previous_score": card.previous_score,
        "scores": [[on.isoformat(), value] for on, value in card.scores],
        "maturity": vars(card.maturity),
        "run": card.run,
        "runs": card.points,
        "accepted_run": card.accepted.isoformat() if card.accepted else None,
        "locale": card.dictionary.locale,
        "expired_acceptances": card.expired,
        "exceptions": card.exceptions.height,
        "fixed": card.fixed.height,
        "measures": [_measure(row, ids, causes.get(row.value.measure.id, {})) for row in card.rows],
        "owners": list(_owners(index)),
        "roi": [vars(figure) for figure in worth],
    }


def _measure(row: Row, ids: Mapping[str, str], causes: Mapping[str, int]) -> dict[str, object]:
    value, measure = row.value, row.value.measure
    return {
        "id": measure.id,
        "label": measure.label,
        "definition": measure.definition,
        "formula": measure.formula,
        "fields": list(measure.fields),
        "unit": measure.unit,
        "direction": measure.direction,
        "owner": measure.owner,
        "refresh": measure.refresh,
        "weight": measure.weight,
        "target": measure.target,
        "value": value.value,
        "numerator": value.numerator if value.value is not None else None,
        "denominator": value.denominator if value.value is not None else None,
        "currency": value.currency,
        "not_measurable": value.reason,
        "met": value.met,
        "attainment": attainment(value),
        "previous": row.previous,
        "trend": row.trend,
        "escalated": row.escalated,
        "accepted_value": row.accepted_value,
        "worse_than_accepted": row.regressed,
        "exceptions": row.exceptions,
        "accepted_exceptions": row.accepted,
        "new": row.new,
        "fixed": row.fixed,
        "causes": dict(causes),
        "series": [[on.isoformat(), known] for on, known in row.series],
        "parts": [
            vars(part) | {"key": ids.get(part.key, part.key) if part.dimension == "owner" else part.key}
            for part in value.parts
        ],
    }


def _causes(card: Scorecard) -> Mapping[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    new = card.exceptions.filter(pl.col("state") == "new").group_by("measure", "cause").len().sort("measure", "cause")
    for measure, cause, count in new.iter_rows():
        found.setdefault(measure, {})[cause] = count
    return found


def _owners(index: pl.DataFrame) -> Iterator[dict[str, object]]:
    columns = ("owner_id", "exceptions", "new", "open", "fixed", "money")
    for row in index.select(columns).iter_rows(named=True):
        yield {"id": row.pop("owner_id"), **row}
