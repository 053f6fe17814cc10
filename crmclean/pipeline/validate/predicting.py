"""What the target will do with every mapped record.

prediction: created, updated (it is there already: from an earlier round, or others made it) or rejected.
Beside it stand the fields that are left empty for it and what becomes of its owner; neither keeps it out.
"""

from collections.abc import Mapping

import polars as pl

from crmclean.crm.targets import TargetObject
from crmclean.files.tables import empty
from crmclean.pipeline.map.blanking import CODES_OF_BLANKS
from crmclean.pipeline.map.mapped_rows import OBJECT
from crmclean.pipeline.map.mapping import Mapped
from crmclean.pipeline.map.owners import BLANKED as BLANKED_OWNER
from crmclean.pipeline.map.owners import ON_FALLBACK, UNDECIDED
from crmclean.records import RECORD, REF_PREFIX, Severity

PARENT_REJECTED = "references.parent-rejected"
CYCLE = "references.cycle"
EXISTING = {"record": "text", "target_id": "text", "prediction": "text"}
PREDICTIONS = {
    "object": "text",
    "record": "text",
    "target_object": "text",
    "prediction": "text",
    "code": "text",
    "field": "text",
    "blanked": "text",
    "owner": "text",
    "existing": "text",
}
CREATED, UPDATED, REJECTED = "created", "updated", "rejected"
_BESIDE = ("blanked", "owner", "existing")
_OWNERS = {ON_FALLBACK: "replaced", BLANKED_OWNER: "left empty", UNDECIDED: "left empty"}


def cycles(target_object: TargetObject, table: pl.DataFrame) -> Mapping[str, pl.Series]:
    """Return, per reference to its own object, the records that are their own ancestors."""
    found = {}
    for each in target_object.references():
        ref = REF_PREFIX + each.name
        if target_object.name in each.ref and table[ref].null_count() < table.height:
            pairs = table.select(RECORD, parent=ref).drop_nulls()
            found[each.name] = _turning(pairs.join(table, left_on="parent", right_on=RECORD, how="semi"))
    return found


def _turning(left: pl.DataFrame) -> pl.Series:
    """Take away, from both ends, the records that are on no cycle."""
    before = -1
    while left.height not in (0, before):
        before = left.height
        left = left.join(left.select(RECORD), left_on="parent", right_on=RECORD, how="semi")
        left = left.join(left.select("parent"), left_on=RECORD, right_on="parent", how="semi")
    return left[RECORD].sort()


def predictions(
    mapped: Mapped,
    tables: Mapping[str, pl.DataFrame],
    found: Mapping[str, pl.DataFrame],
    existing: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Predict for every record whether the target takes it (shape PREDICTIONS); refused parents refuse their children.

    found: target object -> findings. existing: `record`, `target_id` and `prediction` (UPDATED) of records
    that the target has already. A reference on a cycle is written in a second pass, so that it spreads no refusal.
    """
    known = empty(EXISTING) if existing is None else existing
    beside = _beside(mapped.findings)
    rejected = pl.Series("rejected", [], pl.String)
    parts = [empty({name: type_ for name, type_ in PREDICTIONS.items() if name not in _BESIDE})]
    for name, target_object in mapped.schema.objects.items():
        told = _with_own_errors(target_object, tables[name], found[name])
        told = _with_parents(target_object, told, rejected)
        parts.append(
            told.select(
                object=pl.col(OBJECT),
                record=pl.col(RECORD),
                target_object=pl.lit(name),
                prediction=pl.when(pl.col("code").is_null()).then(pl.lit(CREATED)).otherwise(pl.lit(REJECTED)),
                code="code",
                field="field",
            )
        )
        rejected = pl.concat([rejected, _rejected(told)])
    whole = pl.concat(parts)
    both = whole.join(beside, on="record", how="left", maintain_order="left").join(
        known.unique("record", keep="first", maintain_order=True).rename({"prediction": "there"}),
        on="record",
        how="left",
        maintain_order="left",
    )
    taken = pl.col("prediction") != REJECTED
    there = pl.when(taken & pl.col("there").is_not_null()).then("there").otherwise("prediction")
    return both.with_columns(prediction=there).rename({"target_id": "existing"}).select(list(PREDICTIONS))


def _beside(findings: pl.DataFrame) -> pl.DataFrame:
    """Return, per record, the fields that `map` left empty and what it did with the owner."""
    blank = pl.col("code").is_in(CODES_OF_BLANKS)
    owner = pl.col("code").replace_strict(_OWNERS, default=None, return_dtype=pl.String)
    told = findings.filter(blank | owner.is_not_null())
    return told.group_by("record").agg(
        blanked=pl.col("field").filter(blank).unique().sort().str.join(";").replace("", None),
        owner=owner.drop_nulls().first(),
    )


def _with_own_errors(target_object: TargetObject, table: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    errors = found.filter(pl.col("severity") == Severity.ERROR.value).unique(
        "record", keep="first", maintain_order=True
    )
    refs = [REF_PREFIX + each.name for each in target_object.references()]
    filled = [name for name in refs if table[name].null_count() < table.height]
    turning = cycles(target_object, table)
    outside = [
        pl.when(~pl.col(RECORD).is_in(records.implode())).then(pl.col(REF_PREFIX + field)).alias(REF_PREFIX + field)
        for field, records in turning.items()
        if len(records)
    ]
    told = table.select(OBJECT, RECORD, *filled).with_columns(outside)
    first = errors.unique("record", keep="first", maintain_order=True).select("record", "code", "field")
    return told.join(first, left_on=RECORD, right_on="record", how="left", maintain_order="left")


def _rejected(told: pl.DataFrame) -> pl.Series:
    return told.filter(pl.col("code").is_not_null())[RECORD].alias("rejected")


def _with_parents(target_object: TargetObject, told: pl.DataFrame, rejected: pl.Series) -> pl.DataFrame:
    """Reject records that point to rejected ones; again and again where an object points to itself."""
    names = [each.name for each in target_object.references() if REF_PREFIX + each.name in told.columns]
    while True:
        gone = pl.concat([rejected, _rejected(told)]).implode()
        before = told["code"].null_count()
        for name in names:
            hit = pl.col("code").is_null() & pl.col(REF_PREFIX + name).is_in(gone)
            told = told.with_columns(
                code=pl.when(hit).then(pl.lit(PARENT_REJECTED)).otherwise("code"),
                field=pl.when(hit).then(pl.lit(name)).otherwise("field"),
            )
        if told["code"].null_count() == before:
            return told
