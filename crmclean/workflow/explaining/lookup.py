"""Finds records in the tables of a run: by record id, source id, target id, email or name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.errors import Fault, InputError, UsageError
from crmclean.pipeline.store import tables
from crmclean.records import FILE, RECORD, ROW, SOURCE
from crmclean.workspace.paths import Workspace

_SHOWN = 10  # candidates in a choice
_SALESFORCE_SHORT, _SALESFORCE_LONG = 15, 18  # characters of the two forms of one id


@dataclass(frozen=True)
class Place:
    """Where a record was read."""

    record: str
    object: str
    source: str
    file: str
    row: int | None


class SeveralError(UsageError):
    """Several records fit; a command may show what is in them."""

    def __init__(self, words: str, places: Sequence[Place]) -> None:
        super().__init__(*_choice(list(places)))
        self.words = words
        self.places = tuple(places)


def loaded(workspace: Workspace) -> Mapping[str, pl.LazyFrame]:
    """Return the loaded table of every object that has one.

    Raises:
        InputError: nothing has been loaded yet.
    """
    found = tables(workspace, "load")
    if not found:
        hint = "type `crmclean run` first, or name the workspace with -w DIR"
        if workspace.purged.is_file():
            hint = "`crmclean purge` removed it; kept/ledger.csv, where it was kept, says what became of each record"
        raise InputError(Fault(str(workspace.run), "nothing has been loaded here", hint, "run.nothing-loaded"))
    return found


def ledger(workspace: Workspace) -> pl.LazyFrame | None:
    """Return the ledger of the last run, all text; None before the first one."""
    path = workspace.report / "ledger.csv"
    return pl.scan_csv(path, infer_schema=False) if path.is_file() else None


def find_one(workspace: Workspace, words: str) -> Place:
    """Return the record that `words` names; of records that were merged into one, that one.

    Raises:
        InputError: nothing has been loaded yet.
        UsageError: no record fits. SeveralError: several do; the faults list them.
    """
    places = find(workspace, words)
    if len(places) == 1:
        return places[0]
    merged = _merged_into(workspace, places)
    if len(merged) == 1:
        return find(workspace, merged.pop())[0]
    if not places:
        hint = "name it by record id (source:object:id), source id, target id, email or whole name"
        raise UsageError(Fault("RECORD", "no record fits", hint, "record.unknown"))
    raise SeveralError(words, places)


def find(workspace: Workspace, words: str) -> list[Place]:
    """Return every record that `words` names; a record id that fits exactly hides the rest."""
    clean = tables(workspace, "normalize")
    places = [
        place
        for name, table in loaded(workspace).items()
        for place in _in_table(workspace, name, table, clean.get(name, table), words)
    ]
    exact = [place for place in places if place.record == words]
    return exact or places


def _in_table(workspace: Workspace, name: str, table: pl.LazyFrame, clean: pl.LazyFrame, words: str) -> list[Place]:
    """Return the records of an object that fit: as they were read, and as people know them since: cleaned."""
    known = clean.filter(_by_words(name, clean, words)).select(RECORD).collect()[RECORD]
    others = pl.concat([known, pl.Series(_by_target(workspace, name, words), dtype=pl.String)])
    named = _by_ids(words) | _by_words(name, table, words) | pl.col(RECORD).is_in(others.implode())
    rows = table.filter(named).select(RECORD, SOURCE, FILE, ROW).sort(RECORD).collect()
    return [Place(record, name, source, file, row) for record, source, file, row in rows.iter_rows()]


def _by_ids(words: str) -> pl.Expr:
    ids = (pl.col(RECORD) == words) | pl.col(RECORD).str.ends_with(f":{words}")
    if len(words) != _SALESFORCE_SHORT:
        return ids
    last = pl.col(RECORD).str.split(":").list.last()
    return ids | (last.str.starts_with(words) & (last.str.len_chars() == _SALESFORCE_LONG))


def _by_words(name: str, table: pl.LazyFrame, words: str) -> pl.Expr:
    wanted = " ".join(words.split()).lower()
    columns = table.collect_schema().names()
    schema = canonical().get(name)
    known = (*schema.of_kind("email", "full_name"), "name") if schema else ()
    fields = [field for field in known if field in columns]
    tests = [pl.col(field).str.strip_chars().str.to_lowercase() == wanted for field in fields]
    if {"first_name", "last_name"} <= set(columns):
        for names, between in ((("first_name", "last_name"), " "), (("last_name", "first_name"), ", ")):
            whole = pl.concat_str(names, separator=between, ignore_nulls=True)
            tests.append(whole.str.to_lowercase() == wanted)
    return pl.any_horizontal(pl.lit(value=False), *(test.fill_null(value=False) for test in tests))


def _by_target(workspace: Workspace, name: str, words: str) -> list[str]:
    lines = ledger(workspace)
    if lines is None:
        return []
    survives = pl.col("into").is_null()  # merged records show the target id of their survivor
    fitting = lines.filter((pl.col("object") == name) & (pl.col("target_id") == words) & survives)
    return fitting.select("record").collect()["record"].to_list()


def _merged_into(workspace: Workspace, places: list[Place]) -> set[str]:
    """Return the records that these stand for now: their survivors, or themselves."""
    records = {place.record for place in places}
    path = workspace.phase("dedupe") / "members.parquet"
    if not path.is_file():
        return records
    members = pl.scan_parquet(path).filter(pl.col("record").is_in(sorted(records))).select("record", "survivor")
    survivors = dict(members.collect().iter_rows())
    return {survivors.get(record, record) for record in records}


def _choice(places: list[Place]) -> list[Fault]:
    faults = [
        Fault(
            place.record, f"fits ({place.file}, row {place.row})", f"crmclean explain {place.record}", "record.several"
        )
        for place in places[:_SHOWN]
    ]
    left = len(places) - len(faults)
    if left:
        hint = "name the record more closely"
        faults.append(Fault("RECORD", f"{left:,} more records fit", hint, "record.several"))
    return faults
