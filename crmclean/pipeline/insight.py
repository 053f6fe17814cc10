"""What a report pictures beside its counts: quality, phones by calling code, ages, duplicates; cached by the phases.

Every function takes tables as a phase leaves them and returns a small frame.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.files.tables import empty
from crmclean.pipeline.engagement import PEOPLE
from crmclean.records import OUTCOME, RECORD, Outcome
from crmclean.values.codes import KEPT
from crmclean.values.phones import calling_code, e164

Tables = Mapping[str, pl.LazyFrame]
QUALITY = {"kind": "text", "before": "integer", "right_before": "integer", "after": "integer", "right_after": "integer"}
PHONES = {"calling_code": "text", "valid": "integer", "invalid": "integer"}
AGES = {"months": "text", "staying": "integer", "archived": "integer"}
DUPLICATES = {"object": "text", "rule": "text", "merged": "integer"}
EXAMPLES = {"object": "text", "rule": "text", "kept": "text", "merged": "text"}
UNLISTED = {
    "object": "text", "column": "text", "target_object": "text", "target_field": "text", "value": "text",
    "records": "integer",
}  # fmt: skip
SAMPLES = {
    "number": "integer", "record": "text", "source": "text", "stage": "text", "target_object": "text",
    "target_field": "text", "column": "text", "before": "text", "cleaned": "text", "after": "text", "reasons": "text",
}  # fmt: skip
_LABELS = {
    **dict.fromkeys(("phone",), "phones"),
    **dict.fromkeys(("email", "emails"), "emails"),
    **dict.fromkeys(("country",), "countries"),
    **dict.fromkeys(("state",), "states"),
    **dict.fromkeys(("company",), "company names"),
    **dict.fromkeys(("given_name", "family_name", "full_name"), "names of people"),
    **dict.fromkeys(("date", "datetime"), "dates"),
    **dict.fromkeys(("money", "integer", "percent"), "numbers"),
    **dict.fromkeys(("industry",), "industries"),
    **dict.fromkeys(("url", "domain"), "web addresses"),
    **dict.fromkeys(("boolean", "consent"), "yes and no"),
}
NOT_E164 = "not E.164"
NEVER = "never, or not known"
_BANDS = ((3, "0 to 3"), (6, "3 to 6"), (12, "6 to 12"), (24, "12 to 24"))
_OLDEST = "24 and more"
_PER_RULE = 2  # examples of each rule
_SHOWN = ("full_name", "first_name", "last_name", "name", "email", "phone", "city", "domain")


def quality(loaded: Tables, normalized: Tables, changes: pl.LazyFrame, findings: pl.LazyFrame) -> pl.DataFrame:
    """Return, by kind of value, cells and those in canonical form as they were read and after `normalize` (QUALITY).

    changes, findings: those of `normalize`. A cell that was changed was not right before; one that was kept with a
    finding is right neither before nor after.
    """
    keys = ["object", "field"]
    changed = changes.filter(pl.col("before").is_not_null()).group_by(keys).agg(pl.len().alias("changed"))
    kept = findings.filter(pl.col("code").is_in(KEPT)).group_by(keys).agg(pl.len().alias("kept"))
    cells = _filled(loaded, "before").join(_filled(normalized, "after"), on=keys, how="full", coalesce=True)
    told = cells.lazy().join(changed, on=keys, how="left").join(kept, on=keys, how="left").collect()
    kinds = pl.DataFrame(value_kinds(), schema=["object", "field", "kind"], orient="row")
    sums = (
        told.join(kinds, on=keys)
        .fill_null(0)
        .group_by("kind")
        .agg(
            pl.col("before").sum(),
            right_before=(pl.col("before") - pl.col("changed") - pl.col("kept")).sum(),
            after=pl.col("after").sum(),
            right_after=(pl.col("after") - pl.col("kept")).sum(),
        )
    )
    return sums.select(pl.col("kind"), pl.exclude("kind").cast(pl.Int64)).select(list(QUALITY)).sort("kind")


def _filled(tables: Tables, name: str) -> pl.DataFrame:
    """Return how many cells of each canonical field hold a value."""
    found = [pl.DataFrame(schema={"object": pl.String, "field": pl.String, name: pl.Int64})]
    for object_, table in tables.items():
        known = canonical()[object_].fields if object_ in canonical() else {}
        fields = [field for field in table.collect_schema().names() if field in known]
        if fields:
            counts = table.select(pl.col(fields).count().cast(pl.Int64)).collect()
            told = counts.unpivot(variable_name="field", value_name=name)
            found.append(told.select(pl.lit(object_).alias("object"), "field", name))
    return pl.concat(found)


def value_kinds() -> list[tuple[str, str, str]]:
    """Return object, field and the kind of value that the quality of its cells counts to."""
    return [
        (object_, field.name, _LABELS[field.kind])
        for object_, schema in canonical().items()
        for field in schema.fields.values()
        if field.kind in _LABELS
    ]


def phones(tables: Tables) -> pl.DataFrame:
    """Return the phone cells after `normalize` by calling code (PHONES), the most frequent first."""
    found = [pl.LazyFrame(schema={"phone": pl.String})]
    for object_, table in tables.items():
        names = table.collect_schema().names()
        kept = canonical()[object_].of_kind("phone") if object_ in canonical() else ()
        found.extend(table.select(pl.col(name).alias("phone")).drop_nulls() for name in kept if name in names)
    numbers = pl.concat(found).group_by("phone").agg(pl.len().cast(pl.Int64).alias("cells"))
    right = e164(pl.col("phone"), pl.lit(None, pl.String)).struct.field("code").is_null()
    told = numbers.select(calling_code(pl.col("phone")).fill_null(NOT_E164).alias("calling_code"), "cells", right=right)
    sums = told.group_by("calling_code").agg(
        valid=pl.col("cells").filter("right").sum(), invalid=pl.col("cells").filter(~pl.col("right")).sum()
    )
    return sums.sort("valid", "calling_code", descending=[True, False]).collect()


def ages(tables: Mapping[str, pl.DataFrame], as_of: date | None, engaged: pl.DataFrame) -> pl.DataFrame:
    """Return people after `stale` by months since their last engagement (AGES); empty where nothing can be dated.

    engaged: see engagement.last_engaged.
    """
    if as_of is None or not any(name in tables for name in PEOPLE):
        return empty(AGES)
    archived = pl.col(OUTCOME) == Outcome.ARCHIVED.value
    own = [tables[name].select(RECORD, OUTCOME) for name in PEOPLE if name in tables]
    counted = pl.concat(own).filter(pl.col(OUTCOME).is_null() | archived)
    dated = counted.join(engaged, left_on=RECORD, right_on="person", how="left")
    band = pl.lit(_OLDEST)
    for months, name in reversed(_BANDS):
        band = pl.when(pl.col("on") > pl.lit(as_of).dt.offset_by(f"-{months}mo")).then(pl.lit(name)).otherwise(band)
    band = pl.when(pl.col("on").is_null()).then(pl.lit(NEVER)).otherwise(band)
    sums = dated.group_by(band.alias("months")).agg(
        staying=pl.col(OUTCOME).is_null().sum().cast(pl.Int64),
        archived=archived.fill_null(value=False).sum().cast(pl.Int64),
    )
    order = pl.DataFrame({"months": [*(name for _, name in _BANDS), _OLDEST, NEVER]})
    return order.join(sums, on="months", how="left", maintain_order="left").fill_null(0)


def duplicates(members: pl.DataFrame) -> pl.DataFrame:
    """Return records that were merged into another one, by the rule that brought them there (DUPLICATES).

    members: _record, survivor, rule and object of every member of a group, its survivor included.
    """
    merged = members.filter(pl.col("record") != pl.col("survivor"))
    counts = merged.group_by("object", "rule").agg(pl.len().cast(pl.Int64).alias("merged"))
    return counts.sort("merged", "object", "rule", descending=[True, False, False])


def examples(members: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return some merged pairs of each rule with their cells in one line each (EXAMPLES); holds cell values."""
    merged = members.filter(pl.col("record") != pl.col("survivor")).group_by("object", "rule")
    firsts = merged.agg(pl.col("record", "survivor").bottom_k_by("record", _PER_RULE))
    chosen = firsts.explode("record", "survivor", empty_as_null=False, keep_nulls=False).sort(
        "object", "rule", "record"
    )
    wanted = {*chosen["record"], *chosen["survivor"]}  # a lead may have become a contact: survivors stand in any table
    lines = pl.concat([empty({RECORD: "text", "line": "text"}), *(_lines(each, wanted) for each in tables.values())])
    return _joined(chosen, lines) if chosen.height else empty(EXAMPLES)


def _joined(own: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    kept = lines.rename({RECORD: "survivor", "line": "kept"})
    away = lines.rename({RECORD: "record", "line": "merged"})
    joined = own.join(kept, on="survivor", how="left", maintain_order="left")
    return joined.join(away, on="record", how="left", maintain_order="left").select(list(EXAMPLES))


def _lines(table: pl.LazyFrame, records: set[str]) -> pl.DataFrame:
    names = table.collect_schema().names()
    shown = [pl.col(name) for name in _SHOWN if name in names]
    line = pl.concat_str(shown, separator=", ", ignore_nulls=True) if shown else pl.lit("")
    return table.filter(pl.col(RECORD).is_in(sorted(records))).select(RECORD, line=line).collect()
