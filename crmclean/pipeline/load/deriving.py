"""Companies that nobody has a record of, but that contacts name: `[companies] derive = true` makes records of them.

A contact without a company goes to the one company that bears the name, with the same legal form or with none; where
there is none, a company is derived. Where several bear it, nobody can tell, and nothing is done.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.files.tables import empty
from crmclean.pipeline.engagement import column
from crmclean.records import DERIVED, FILE, FINDINGS, OUTCOME, RECORD, REF_PREFIX, ROW, SOURCE, Severity
from crmclean.values import companies

ORIGINS = {"company": "text", "record": "text", "file": "text", "row": "integer"}
MADE, LINKED, AMBIGUOUS = "companies.derived", "companies.linked-by-name", "companies.name-ambiguous"
_COMPANY = REF_PREFIX + "company_ref"
_NAME = "company_name"
_DIGITS = 16


@dataclass(frozen=True)
class Derivation:
    """tables: all objects, with the companies and the references to them. origins: whose cells they were made of."""

    tables: Mapping[str, pl.DataFrame]
    findings: pl.DataFrame
    origins: pl.DataFrame


def derive(tables: Mapping[str, pl.DataFrame]) -> Derivation:
    """Derive companies. tables: as they were loaded, with their references."""
    people = tables.get("contacts")
    if people is None or _NAME not in people.columns:
        return Derivation(tables, empty(FINDINGS), empty(ORIGINS))
    firms = tables.get("companies", empty(dict.fromkeys((RECORD, SOURCE, FILE, "name"), "text") | {ROW: "integer"}))
    alone = people.filter(column(people, _COMPANY).is_null(), column(people, OUTCOME).is_null())
    named = _keyed(alone.select(RECORD, FILE, ROW, name=_NAME))
    homes = _homes(named, _keyed(firms.select(RECORD, name=column(firms, "name"))))
    named = named.join(homes, on=["key", "form"]).sort(RECORD)
    made = named.filter(code=MADE)
    linked = people.join(named.select(RECORD, _home="home"), on=RECORD, how="left", maintain_order="left")
    linked = linked.with_columns(pl.coalesce(column(people, _COMPANY), "_home").alias(_COMPANY)).drop("_home")
    whole = {**tables, "contacts": linked}
    if made.height:
        whole["companies"] = pl.concat([firms, _companies(made)], how="diagonal_relaxed")
    origins = made.select(company="home", record=RECORD, file=pl.col(FILE).cast(pl.String), row=pl.col(ROW))
    return Derivation(whole, _findings(named), origins.sort("company", "record"))


def _keyed(names: pl.DataFrame) -> pl.DataFrame:
    """Put the match key and the class of the legal form ("" for none) beside the names that have a key."""
    distinct = names.select(pl.col("name").drop_nulls().unique()).with_columns(
        key=companies.key(pl.col("name")), form=companies.form_class(pl.col("name")).fill_null("")
    )
    return names.join(distinct.drop_nulls("key"), on="name").sort(RECORD)


def _homes(named: pl.DataFrame, firms: pl.DataFrame) -> pl.DataFrame:
    """Return key, form, home and code: the company of people who name it so, there or to be derived."""
    wanted = named.select("key", "form").unique().sort("key", "form")
    there = wanted.join(firms.select("key", there="form", firm=RECORD), on="key")
    there = there.filter((pl.col("there") == pl.col("form")) | (pl.col("there") == "") | (pl.col("form") == ""))
    found = there.group_by("key", "form").agg(firms=pl.col("firm").n_unique(), firm=pl.col("firm").min())
    forms = wanted.filter(pl.col("form") != "").group_by("key").agg(forms=pl.col("form").n_unique())
    told = wanted.join(found, on=["key", "form"], how="left").join(forms, on="key", how="left").fill_null(0)
    several = pl.col("forms") > 1
    unclear = (pl.col("firms") > 1) | (several & (pl.col("form") == "") & (pl.col("firms") == 0))
    code = pl.when(unclear).then(pl.lit(AMBIGUOUS)).when(pl.col("firms") == 1).then(pl.lit(LINKED))
    own = pl.when(several).then(pl.concat_str("key", pl.lit("|"), "form")).otherwise("key")
    told = told.with_columns(code=code.otherwise(pl.lit(MADE)), own=own).sort("key", "form")
    told = told.with_columns(own=pl.Series([_id(key) for key in told["own"]], dtype=pl.String))
    home = pl.when(code=LINKED).then("firm").when(code=MADE).then("own")
    return told.select("key", "form", "code", home=home)


def _id(key: str) -> str:
    return f"{DERIVED}:companies:#{hashlib.sha256(key.encode()).hexdigest()[:_DIGITS]}"


def _companies(made: pl.DataFrame) -> pl.DataFrame:
    """Return the derived records: the most frequent spelling, with file and row of the first one who names it."""
    counted = made.with_columns(often=pl.len().over("home", "name"))
    counted = counted.sort("home", "often", RECORD, descending=[False, True, False])
    names = counted.unique("home", keep="first", maintain_order=True).select("home", "name")
    first = made.sort("home", RECORD).unique("home", keep="first", maintain_order=True).select("home", FILE, ROW)
    rows = first.join(names, on="home", maintain_order="left")
    return rows.select(pl.col("home").alias(RECORD), pl.lit(DERIVED).alias(SOURCE), FILE, ROW, "name")


def _findings(named: pl.DataFrame) -> pl.DataFrame:
    """Say of every contact without a company what became of the name that it has for one."""
    rows = named.select(
        object=pl.lit("contacts"),
        record=RECORD,
        file=pl.col(FILE).cast(pl.String),
        row=pl.col(ROW).cast(pl.Int64),
        field=pl.lit(_NAME),
        check=pl.lit("companies"),
        severity=pl.lit(Severity.INFO.value),
        code="code",
    )
    return rows.cast(pl.Schema(empty(FINDINGS).schema)).sort("record")
