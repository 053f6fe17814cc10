"""Sorts one cleaned list into what is ready to import, merged away, left out, and doubtful."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from crmclean.crm.target_model import TargetObject
from crmclean.errors import BalanceError, Fault
from crmclean.files.dialects import unique_names
from crmclean.pipeline.map.mapped_rows import OBJECT
from crmclean.pipeline.map.mapping import Mapped, map_tables
from crmclean.pipeline.store import frame, tables
from crmclean.pipeline.validate.predicting import REJECTED
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import Plan
from crmclean.records import CODE, FILE, INTO, OUTCOME, RECORD, ROW, Outcome
from crmclean.values.codes import CODES
from crmclean.workflow.cleaning.columns import ready_rows
from crmclean.workflow.running.session import Session

UNREACHABLE, OPTED_OUT = "clean.unreachable", "clean.opted-out"
_MEANINGS = {
    UNREACHABLE: "neither an email address nor a phone number",
    OPTED_OUT: "has opted out of email, for which this CRM has no field: see 5-opt-outs",
}
_REACHED_BY = ("email", "email_other", "phone", "mobile", "phone_home", "phone_other")
_INTO_ROW = "merged into row"
_TEXT = "as it stands in the file"
_OURS = (
    RECORD,
    ROW,
    OUTCOME,
    "row",
    _INTO_ROW,
    "reason",
    _TEXT,
)  # what stands before the cells of a row that is not imported
_PEOPLE = ("contacts", "leads")


@dataclass(frozen=True)
class Part:
    """One object of the list; each record is in exactly one of ready, merged and left_out.

    title: the object, and what it is at the target where that has several kinds of it (calls, meetings). ready: the
    target's own headers, raw values. merged, left_out: the original cells, with row and reason. doubtful: questions for
    a person, whose records are among the ready ones. opt_outs: addresses that must not get mail, where the target has
    no field for it.
    """

    object: str
    title: str
    read: int
    ready: pl.DataFrame
    merged: pl.DataFrame
    left_out: pl.DataFrame
    doubtful: pl.DataFrame
    opt_outs: pl.DataFrame

    @property
    def counts(self) -> Mapping[str, str | int]:
        """The object's balance: how many rows were read, and what became of them."""
        return {
            "object": self.title,
            "read": self.read,
            "ready": self.ready.height,
            "merged": self.merged.height,
            "left_out": self.left_out.height,
        }


def sorted_parts(session: Session) -> tuple[Part, ...]:
    """Return the parts of every object after `dedupe`.

    Raises:
        BalanceError: a record is in none of the parts, or in two.
    """
    deduped = tables(session.workspace, "dedupe")
    foreign = _foreign(map_tables(session.plan, deduped))
    plan = _without(session.plan, foreign)
    mapped = map_tables(plan, deduped)
    predicted = validate(plan, mapped, deduped).predictions
    rejected = _rejected(predicted, mapped)
    left = pl.concat([mapped.fates.select(RECORD, pl.col(CODE).alias("code")), rejected], how="diagonal")
    parts = [
        _part(session, name, title, rows, mapped, left, foreign)
        for name, table in deduped.items()
        for title, rows in _by_target(name, table.collect(), mapped)
    ]
    for part in parts:
        _check(part)
    return tuple(_asked_once(parts))


def _rejected(predicted: pl.DataFrame, mapped: Mapped) -> pl.DataFrame:
    """Return who is not taken by the target: record, code, and the labels of the fields that are at fault."""
    told = predicted.filter(pl.col("prediction") == REJECTED)
    places = told.select("target_object", "field").unique().drop_nulls().sort("target_object", "field")
    labels = [_labels(mapped.schema.objects[name], field) for name, field in places.iter_rows()]
    named = places.with_columns(pl.Series("label", labels, dtype=pl.String))
    both = told.join(named, on=["target_object", "field"], how="left", maintain_order="left")
    return both.select(pl.col("record").alias(RECORD), "code", "label")


def _labels(target_object: TargetObject, field: str) -> str:
    fields = target_object.fields
    return " or ".join(fields[name].label if name in fields else name for name in field.split(" or "))


def _by_target(name: str, table: pl.DataFrame, mapped: Mapped) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield title and records of each kind that the target makes of an object, such as calls and tasks of activities.

    Records that become nothing are among the first.
    """
    left, kinds = table, []
    for each in mapped.schema.objects.values():
        own = mapped.tables[each.name].filter(pl.col(OBJECT) == name).select(RECORD).unique().collect()
        rows = left.join(own, on=RECORD, how="semi", maintain_order="left")
        if rows.height:
            kinds.append((f"{name}-{each.name}", rows))
            left = left.join(own, on=RECORD, how="anti", maintain_order="left")
    if len(kinds) < 2:
        yield name, table
        return
    (title, rows), *others = kinds
    yield title, pl.concat([rows, left])
    yield from others


def _asked_once(parts: Sequence[Part]) -> Iterator[Part]:
    """Leave the questions about an object to the first of its parts."""
    for place, part in enumerate(parts):
        asked = any(part.object == before.object for before in parts[:place])
        yield replace(part, doubtful=pl.DataFrame()) if asked else part


def _foreign(mapped: Mapped) -> pl.DataFrame:
    """Return the values (object, column, value) of fields that take nothing but their own options."""
    restricted = [
        (target_object.name, each.name)
        for target_object in mapped.schema.objects.values()
        for each in target_object.fields.values()
        if each.restricted
    ]
    fields = pl.DataFrame(restricted, schema={"target_object": pl.String, "target_field": pl.String}, orient="row")
    return mapped.unlisted.join(fields, on=["target_object", "target_field"], how="semi", maintain_order="left")


def _without(plan: Plan, foreign: pl.DataFrame) -> Plan:
    """Leave the target's field empty for values that it has no option for; `_kept` shows them in a column beside it."""
    values = {name: dict(options) for name, options in plan.values.items()}
    for object_, column, value in foreign.select("object", "column", "value").iter_rows():
        values.setdefault(f"{object_}.{column}", {})[value] = ""
    return replace(plan, values=values)


def _part(
    session: Session,
    name: str,
    title: str,
    table: pl.DataFrame,
    mapped: Mapped,
    left: pl.DataFrame,
    foreign: pl.DataFrame,
) -> Part:
    fates = _fates(name, table, left, mapped)
    original = fates.join(_original(session, name), on=RECORD, maintain_order="left").sort(ROW, RECORD)
    shown = original.drop(RECORD, OUTCOME).rename({ROW: "row"})
    is_merged = original[OUTCOME] == Outcome.MERGED.value
    merged, left_out = shown.filter(is_merged), shown.filter(~is_merged).drop(_INTO_ROW)
    left_out = _with_text(left_out, session, name)
    taken = _taken_elsewhere(mapped)
    told = foreign.filter(pl.col("object") == name, ~pl.col("column").is_in(taken))["column"].unique()
    headers = {each["column"]: _header(each) for each in columns(session)}
    ready = ready_rows(name, mapped, table, fates[RECORD], sorted(told), headers)
    opt_outs = _opt_outs(name, table, mapped)
    return Part(name, title, table.height, ready, merged, left_out, _doubtful(session, name), opt_outs)


def _taken_elsewhere(mapped: Mapped) -> list[str]:
    """Return the columns that some field of the target takes as they are, whatever their value."""
    fields = [each for target_object in mapped.schema.objects.values() for each in target_object.fields.values()]
    return sorted({word for each in fields if not each.restricted for feed in each.from_ for word in feed.split()})


def _fates(name: str, table: pl.DataFrame, left: pl.DataFrame, mapped: Mapped) -> pl.DataFrame:
    """Records that are not imported: what became of them, into which row, and why."""
    own = pl.coalesce(*_own_rules(name, table, mapped)) if name in _PEOPLE else pl.lit(None, pl.String)
    told = table.select(RECORD, OUTCOME, INTO, ROW, pl.coalesce(pl.col(CODE), own).alias(CODE))
    told = told.join(
        left.unique(RECORD, keep="first", maintain_order=True), on=RECORD, how="left", maintain_order="left"
    )
    rows = told.select(pl.col(RECORD).alias(INTO), pl.col(ROW).alias(_INTO_ROW))
    reason = pl.coalesce(CODE, "code")
    return (
        told.filter(reason.is_not_null() | pl.col(OUTCOME).is_not_null())
        .join(rows, on=INTO, how="left", maintain_order="left")
        .select(
            RECORD,
            ROW,
            pl.col(OUTCOME).fill_null(Outcome.EXCLUDED.value),
            _INTO_ROW,
            pl.concat_str(
                reason.replace_strict(_meanings(), default=reason),
                pl.when(pl.col(CODE).is_null() & pl.col("label").is_not_null())
                .then(pl.format(" ({})", "label"))
                .otherwise(pl.lit("")),
            ).alias("reason"),
        )
    )


def _meanings() -> Mapping[str, str]:
    """What every reason says in words."""
    return {name: code.meaning for name, code in CODES.items()} | _MEANINGS


def _own_rules(name: str, table: pl.DataFrame, mapped: Mapped) -> Iterator[pl.Expr]:
    refused = mapped.findings.filter(pl.col("code") == "email.blanked")["record"]
    reached = [
        pl.col(field).is_not_null() & ~(pl.col(RECORD).is_in(refused.implode()) & pl.lit(field == "email"))
        for field in _REACHED_BY
        if field in table.columns
    ]
    yield pl.when(~pl.any_horizontal(pl.lit(value=False), *reached)).then(pl.lit(UNREACHABLE))
    if "email_opt_out" in table.columns and not _takes_opt_outs(name, mapped):
        yield pl.when(pl.col("email_opt_out") == "true").then(pl.lit(OPTED_OUT))


def _takes_opt_outs(name: str, mapped: Mapped) -> bool:
    """Whether the target obeys an opt-out that stands in a field of its own; a custom field stops no mail there."""
    return any(
        "email_opt_out" in rule.feeds(each) and not each.custom
        for target_object, rule in mapped.schema.feeding(name)
        for each in target_object.writable()
    )


def _opt_outs(name: str, table: pl.DataFrame, mapped: Mapped) -> pl.DataFrame:
    """Return the addresses of everybody who has opted out, merged records included, for the target's list of them."""
    if name not in _PEOPLE or not {"email", "email_opt_out"} <= set(table.columns) or _takes_opt_outs(name, mapped):
        return pl.DataFrame(schema={"Email": pl.String})
    told = table.filter((pl.col("email_opt_out") == "true") & pl.col("email").is_not_null())
    return told.select(pl.col("email").alias("Email")).unique().sort("Email")


def columns(session: Session) -> list[Mapping[str, str]]:
    """Return what load took each column for: `header`, `column` (the field, or a name of its own) and `evidence`."""
    document = json.loads((session.workspace.phase("load") / "columns.json").read_text(encoding="utf-8"))
    return [column for file in document.values() for column in file["columns"]]


def _with_text(left_out: pl.DataFrame, session: Session, name: str) -> pl.DataFrame:
    """Show the text of rows that fit no columns, in a last column, where there are any."""
    rejects = frame(session.workspace, "load", "rejects").select("file", "row", pl.col("raw").alias(_TEXT))
    files = tables(session.workspace, "load")[name].select(file=pl.col(FILE).cast(pl.String).str.extract(r"([^/]+)$"))
    own = rejects.join(files.unique(), on="file", how="semi").unique("row").drop("file").collect()
    return left_out.join(own, on="row", how="left", maintain_order="left") if own.height else left_out


def _header(column: Mapping[str, str]) -> str:
    """Return how the list calls a column; one without a name is called by its place."""
    return " ".join(column["header"].split()) or column["column"].removeprefix("x_").replace("_", " ")


def _original(session: Session, name: str) -> pl.DataFrame:
    """The cells as they were read, under the file's own headers; told apart where two are alike, or like ours."""
    loaded = tables(session.workspace, "load")[name].collect()
    headers = {each["column"]: each["header"] for each in columns(session)}
    shown = [column for column in loaded.columns if column in headers]
    names = unique_names([*_OURS, *(headers[column] for column in shown)])[len(_OURS) :]
    return loaded.select(RECORD, *(pl.col(column).alias(own) for column, own in zip(shown, names, strict=True)))


def _doubtful(session: Session, name: str) -> pl.DataFrame:
    path = session.workspace.phase("dedupe") / f"questions-{name}.parquet"
    return frame(session.workspace, "dedupe", path.stem).collect() if path.is_file() else pl.DataFrame()


def _check(part: Part) -> None:
    told = part.ready.height + part.merged.height + part.left_out.height
    if told != part.read:
        problem = f"{part.read:,} records were read, {told:,} are accounted for"
        hint = "this is a bug in crmclean; nothing was written"
        raise BalanceError(Fault(part.object, problem, hint, "clean.balance"))
