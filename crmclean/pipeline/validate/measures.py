"""What the gates before the import measure."""

from collections.abc import Collection, Mapping

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import TargetField, TargetObject
from crmclean.pipeline.map.linking import OWNER
from crmclean.pipeline.map.mapped_rows import OBJECT
from crmclean.pipeline.map.mapping import Mapped
from crmclean.pipeline.map.owners import ON_FALLBACK, UNDECIDED
from crmclean.pipeline.validate.business import BROKEN
from crmclean.pipeline.validate.consents import GATE as CONSENT
from crmclean.pipeline.validate.consents import OPT_OUT, PEOPLE, unknown_share
from crmclean.pipeline.validate.predicting import REJECTED
from crmclean.records import INTO, OUTCOME, RECORD, REF_PREFIX, Outcome
from crmclean.values.typed import typed

NO_CURRENCY = "currency.missing"


def measures(
    mapped: Mapped,
    tables: Mapping[str, pl.LazyFrame],
    collected: Mapping[str, pl.DataFrame],
    findings: pl.DataFrame,
    predictions: pl.DataFrame,
) -> Mapping[str, float]:
    """Return gate -> value. tables: canonical objects after `stale`; collected: the mapped tables."""
    live = {name: _live(table) for name, table in tables.items() if name in canonical()}
    total = max(predictions.height, 1)
    rejected = predictions.filter(pl.col("prediction") == REJECTED).height
    return {
        "undecided_columns": mapped.decisions.filter(~pl.col("decided")).select("object", "column").n_unique(),
        "unmapped_picklist_values": _unmapped(mapped, findings),
        "orphans": sum(_orphans(name, table, live) for name, table in live.items()),
        "predicted_rejects": rejected / total,
        "required_completion": _completion(mapped, collected),
        "opt_outs_lost": _opt_outs_lost(mapped, live, collected),
        "fallback_owner": _on_fallback(mapped, collected),
        "checks_broken": findings.filter(code=BROKEN, severity="error")["record"].n_unique(),
        "currency_missing": findings.filter(code=NO_CURRENCY)["record"].n_unique(),
        CONSENT: unknown_share(tables),
        "deals_changed": _deals_changed(mapped, live, collected),
    }


def _live(table: pl.LazyFrame) -> pl.LazyFrame:
    return table.filter(pl.col(OUTCOME).is_null()) if OUTCOME in table.collect_schema() else table


def _unmapped(mapped: Mapped, findings: pl.DataFrame) -> int:
    """Count the values, not the records: that is what a person has to decide."""
    fields = findings.filter(pl.col("code") == "picklist.unmapped").select(target_field="field").unique()
    values = mapped.unlisted.join(fields, on="target_field", how="semi")
    return values.select("object", "column", "value").n_unique()


def _orphans(object_: str, table: pl.LazyFrame, loaded: Collection[str]) -> int:
    """Count references whose parent is missing from the exports of its object; owners have a gate of their own.

    References to an object of which there is no export at all are no orphans: nobody meant to bring it along.
    """
    names = table.collect_schema().names()
    fields = canonical()[object_].fields if object_ in canonical() else {}
    known = [name for name, each in fields.items() if set(each.ref) & set(loaded)]
    refs = [name for name in known if name in names and REF_PREFIX + name in names and name != OWNER]
    if not refs or object_ == "users":
        return 0
    missing = [(pl.col(name).is_not_null() & pl.col(REF_PREFIX + name).is_null()).sum().alias(name) for name in refs]
    return int(sum(table.select(missing).collect().row(0)))


def _completion(mapped: Mapped, collected: Mapping[str, pl.DataFrame]) -> float:
    """Return the share of required cells that are filled; keys, which we fill ourselves, do not count."""
    wanted = filled = 0
    for name, table in collected.items():
        target_object = mapped.schema.objects[name]
        for each in target_object.writable():
            if each.required and each.name != target_object.key:
                column = table[REF_PREFIX + each.name if each.type == "reference" else each.name]
                wanted, filled = wanted + len(column), filled + column.count()
    return filled / wanted if wanted else 1.0


def _opt_outs_lost(mapped: Mapped, live: Mapping[str, pl.LazyFrame], collected: Mapping[str, pl.DataFrame]) -> int:
    """Count people who have opted out and whose record (or survivor) at the target would not say so."""
    merged = mapped.fates.filter(pl.col(OUTCOME) == Outcome.MERGED.value).select(RECORD, INTO)
    out = [
        live[name].filter(pl.col(OPT_OUT) == "true").select(RECORD).collect()
        for name in PEOPLE
        if name in live and OPT_OUT in live[name].collect_schema()
    ]
    if not out:
        return 0
    people = pl.concat(out).join(merged, on=RECORD, how="left").select(pl.coalesce(INTO, RECORD).alias(RECORD))
    said = [_saying(mapped.schema.objects[name], table) for name, table in collected.items()]
    return people.join(pl.concat(said), on=RECORD, how="anti").height


def _saying(target_object: TargetObject, table: pl.DataFrame) -> pl.DataFrame:
    """Return the records that say at the target that they have opted out."""
    fields = [each.name for each in target_object.fields.values() if OPT_OUT in each.from_ and not each.read_only]
    if not fields:
        return table.clear().select(RECORD)
    return table.filter(pl.any_horizontal(pl.col(name) == "true" for name in fields)).select(RECORD)


def _on_fallback(mapped: Mapped, collected: Mapping[str, pl.DataFrame]) -> float:
    """Return the share of the records with an owner that go to the fallback owner, or to nobody yet."""
    owned = sum(
        table[REF_PREFIX + each.name].count()
        for name, table in collected.items()
        for each in mapped.schema.objects[name].references()
        if OWNER in each.from_
    )
    codes = mapped.findings.select("code", "record").unique()["code"]
    undecided = int((codes == UNDECIDED).sum())  # these have no owner yet
    return (int((codes == ON_FALLBACK).sum()) + undecided) / max(owned + undecided, 1)


def _deals_changed(mapped: Mapped, live: Mapping[str, pl.LazyFrame], collected: Mapping[str, pl.DataFrame]) -> int:
    """Count deals that are open, won or lost at the target and were not before, or whose amount is another one."""
    known = live["deals"].collect_schema().names() if "deals" in live else []
    if "status" not in known:
        return 0
    amount = pl.col("amount") if "amount" in known else pl.lit(None, pl.String)
    before = live["deals"].select(RECORD, "status", before=typed(amount, "decimal")).collect()
    return sum(_differing(mapped.schema.objects[name], table, before) for name, table in collected.items())


def _differing(target_object: TargetObject, table: pl.DataFrame, before: pl.DataFrame) -> int:
    stage = next((each for each in target_object.fields.values() if each.states), None)
    amount = next((each for each in target_object.fields.values() if "amount" in each.from_), None)
    if stage is None or amount is None:
        return 0
    state = pl.col(stage.name).replace_strict(stage.states, default="open")
    after = table.filter(pl.col(OBJECT) == "deals").select(
        RECORD, state=pl.when(pl.col(stage.name).is_not_null()).then(state), after=typed(pl.col(amount.name), "decimal")
    )
    both = before.join(after, on=RECORD, how="inner")
    other = pl.col("status").is_not_null() & pl.col("state").ne_missing(pl.col("status"))
    return both.filter(other | _another_amount(amount)).height


def _another_amount(amount: TargetField) -> pl.Expr:
    """Rounding to what the field keeps is no other amount; the loss report has it."""
    half = 0.5 * 10.0 ** -(amount.decimals if amount.decimals is not None else 6)
    apart = (pl.col("after") - pl.col("before")).cast(pl.Float64).abs() > half
    return (pl.col("after").is_null() != pl.col("before").is_null()) | apart.fill_null(value=False)
