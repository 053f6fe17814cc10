"""The archive folder: what was put aside and why, who must not be synced, who must not be mailed."""

from collections.abc import Mapping

import polars as pl

from crmclean.files.guards import guard_texts
from crmclean.files.tables import write_csv, write_parquet
from crmclean.pipeline.engagement import PEOPLE, column, survivor
from crmclean.records import CODE, INTO, OUTCOME, RECORD, Outcome
from crmclean.steps.suppress import EXCLUDED_CODE
from crmclean.workspace.paths import Workspace

_CONSENT = ("email_opt_out", "do_not_call", "fax_opt_out")
_PERSON = ("first_name", "last_name", "email", "email_other", "phone")
_SHOWN = (RECORD, OUTCOME, INTO, CODE, *_PERSON, *_CONSENT)


def write_archive(workspace: Workspace, tables: Mapping[str, pl.LazyFrame]) -> None:
    """Write archive/<object>.parquet, exclude-from-sync.csv and suppression.csv.

    The two CSV files have the shape in which marketing tools import lists: "Email Address" first. Opt-outs are listed
    whatever became of the record, and whatever its age.
    """
    people = [_needed(tables[name]) for name in PEOPLE if name in tables]
    for object_, table in tables.items():
        archived = table.filter(pl.col(OUTCOME) == Outcome.ARCHIVED.value).collect()
        path = workspace.archive / f"{object_}.parquet"
        if archived.height:
            write_parquet(archived, path)
        else:
            path.unlink(missing_ok=True)
    _write(workspace, "exclude-from-sync.csv", [_excluded(table) for table in people])
    _write(workspace, "suppression.csv", [_suppressed(table) for table in people])


def restored_records(workspace: Workspace) -> frozenset[str]:
    """Return the record ids that people brought back with `crmclean restore`."""
    path = workspace.decisions / "restored.csv"
    if not path.is_file():
        return frozenset()
    return frozenset(pl.read_csv(path, infer_schema=False)["record"].drop_nulls())


def _write(workspace: Workspace, name: str, parts: list[pl.DataFrame]) -> None:
    if parts:
        rows = pl.concat(parts).unique().sort("Record", "Email Address", nulls_last=True)
        write_csv(guard_texts(rows), workspace.archive / name)


def _needed(table: pl.LazyFrame) -> pl.DataFrame:
    """Return the columns that the two lists are made of."""
    names = table.collect_schema().names()
    return table.select(name for name in _SHOWN if name in names).collect()


def _excluded(people: pl.DataFrame) -> pl.DataFrame:
    """People who are not synced: the archived, and those whom a suppression list leaves out."""
    out = (pl.col(OUTCOME) == Outcome.ARCHIVED.value) | (pl.col(CODE) == EXCLUDED_CODE)
    rows = _by_address(people.filter(out)).drop_nulls("email")
    return rows.select(*_person(rows), pl.col(CODE).alias("Reason"))


def _suppressed(people: pl.DataFrame) -> pl.DataFrame:
    """People who have said no, with every address of theirs: a no counts for the whole person, merged records too."""
    own = people.with_columns(column(people, name).alias(name) for name in _CONSENT).with_columns(_who=survivor())
    refusing = pl.any_horizontal(pl.col(name) == "true" for name in _CONSENT)
    no = own.filter(refusing)[RECORD]
    concerned = own.filter(refusing | pl.col("_who").is_in(no.implode()))
    said = own.select(_who=RECORD, **{f"_{name}": name for name in _CONSENT})
    said = said.filter(pl.col("_who").is_in(concerned["_who"].implode()))
    rows = concerned.join(said, on="_who", how="left", maintain_order="left")
    flags = [
        pl.when((pl.col(name) == "true") | (pl.col(f"_{name}") == "true"))
        .then(pl.lit("true"))
        .otherwise(pl.coalesce(f"_{name}", name))
        .alias(name)
        for name in _CONSENT
    ]
    refused = rows.with_columns(flags).filter(refusing)
    listed = _by_address(refused)
    return listed.select(*_person(listed), column(listed, "phone").alias("Phone Number"), *_CONSENT)


def _by_address(people: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each address of each record; one with none keeps its row."""
    every = pl.concat_str(column(people, "email"), column(people, "email_other"), separator=";", ignore_nulls=True)
    split = pl.when(every != "").then(every.str.split(";").list.unique(maintain_order=True)).alias("email")
    return people.with_columns(split).explode("email", empty_as_null=True, keep_nulls=True)


def _person(people: pl.DataFrame) -> list[pl.Expr]:
    return [
        column(people, "email").alias("Email Address"),
        column(people, "first_name").alias("First Name"),
        column(people, "last_name").alias("Last Name"),
        pl.col(RECORD).alias("Record"),
    ]
