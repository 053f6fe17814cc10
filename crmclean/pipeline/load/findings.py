"""What is wrong with records as they come out of the exports: ids, references, cells in the wrong column."""

from collections.abc import Mapping

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.exports.identity import ROUNDED
from crmclean.exports.salesforce_ids import NOTHING, damaged
from crmclean.pipeline.load.references import cycles, reference_fields
from crmclean.records import FILE, OUTCOME, RECORD, REF_PREFIX, ROW, SOURCE

_WRONG_SHAPES = {"phone": r"^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$", "email": r"^\s*\+?[\d\s().\-/]{7,}\s*$"}


def repeated_ids(tables: Mapping[str, pl.LazyFrame]) -> list[pl.DataFrame]:
    """Find records whose id another record of the same source has already."""
    found = []
    for name, frame in tables.items():
        if name == "links":
            continue
        again = frame.filter(pl.col(RECORD).str.contains(r"~\d+$"))
        found.append(finding(again, name, field="source_id", check="load.ids", code="record.duplicate-id").collect())
    return found


def ruined_ids(tables: Mapping[str, pl.LazyFrame], formats: Mapping[str, str | None]) -> list[pl.DataFrame]:
    """Find ids that a spreadsheet rounded, and Salesforce ids whose checksum does not fit."""
    salesforce = [source for source, id_format in formats.items() if id_format == "salesforce"]
    found = []
    for name, frame in tables.items():
        if "source_id" in frame.collect_schema().names():
            cell = pl.col("source_id")
            wrong = pl.col(SOURCE).is_in(salesforce) & cell.map_batches(
                damaged, return_dtype=pl.Boolean, is_elementwise=True
            )
            rounded = frame.filter(cell.str.contains(ROUNDED))
            found.append(finding(rounded, name, field="source_id", check="load.ids", code="record.rounded-id"))
            if salesforce:
                ids = frame.filter(wrong)
                found.append(finding(ids, name, field="source_id", check="load.ids", code="record.damaged-id"))
    return pl.collect_all(found)


def misplaced_cells(tables: Mapping[str, pl.LazyFrame]) -> list[pl.DataFrame]:
    """Find cells that stand in the wrong column: an email among phones, a phone among emails."""
    found = []
    for name, frame in tables.items():
        schema = canonical().get(name)
        columns = frame.collect_schema().names()
        for kind, shape in _WRONG_SHAPES.items():
            for field in schema.of_kind(kind) if schema else ():
                if field in columns:
                    rows = frame.filter(pl.col(field).str.contains(shape))
                    found.append(finding(rows, name, field=field, check="load.columns", code="cell.misplaced"))
    return pl.collect_all(found)


def lost_references(tables: Mapping[str, pl.LazyFrame]) -> list[pl.DataFrame]:
    """Find references to records that are not there, and records that are their own ancestor.

    Where no table of the parents was loaded at all, nothing is said: they stay at the source.
    """
    found = []
    for name, frame in tables.items():
        columns = frame.collect_schema().names()
        for reference in reference_fields(name, columns):
            if any(target in tables for target in reference.ref):
                dangling = pl.col(reference.name).is_not_null() & pl.col(REF_PREFIX + reference.name).is_null()
                lost = dangling & ~pl.col(reference.name).is_in(NOTHING) & pl.col(OUTCOME).is_null()
                found.append(
                    finding(
                        frame.filter(lost),
                        name,
                        field=reference.name,
                        check="load.references",
                        code="ref.parent-missing",
                    )
                )
            if reference.ref == (name,):
                rows = frame.join(cycles(frame, reference.name).lazy(), on=RECORD, how="semi", maintain_order="left")
                found.append(finding(rows, name, field=reference.name, check="load.references", code="ref.cycle"))
    return pl.collect_all(found)


def finding(
    rows: pl.LazyFrame, object_: str, *, field: str | None, check: str, code: str | pl.Expr, severity: str = "warning"
) -> pl.LazyFrame:
    """Return one finding per row in the shape of records.FINDINGS."""
    return rows.select(
        pl.lit(object_).alias("object"),
        pl.col(RECORD).alias("record"),
        pl.col(FILE).alias("file"),
        pl.col(ROW).alias("row"),
        pl.lit(field, pl.String).alias("field"),
        pl.lit(check).alias("check"),
        pl.lit(severity).alias("severity"),
        (pl.lit(code) if isinstance(code, str) else code).alias("code"),
    )
