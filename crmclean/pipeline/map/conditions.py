"""The plan's conditions on single fields of the target, worked out beside the canonical records."""

from datetime import date

import polars as pl

from crmclean.crm.targets import SourceRule, TargetObject
from crmclean.pipeline.map.cells import case_column
from crmclean.plan.expressions import faults_of, flagged


def with_cases(frame: pl.LazyFrame, target_object: TargetObject, rule: SourceRule, as_of: date | None) -> pl.LazyFrame:
    """Add a Boolean column per condition; one that speaks of fields which this object lacks never holds."""
    for field in target_object.fields.values():
        for number, (where, _) in enumerate(field.cases):
            if not faults_of(where, rule.object, field.name):
                frame = flagged(frame, where, rule.object, as_of, name=case_column(field, number))
    return frame
