"""How fast the import is, as a ratio to the bare driver's fastest load of the same rows in the same run.

python benchmarks/importing.py --rows 1000000
"""

import argparse
import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.binding import bind
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.sqlite import SqliteDestination
from crmclean.destinations.sqlite_schema import table_statements

TEXTS = (
    *("Salutation", "FirstName", "LastName", "Phone", "Mobile", "Fax", "Title", "Department", "Lifecycle", "Source"),
    *("Street", "City", "State", "PostalCode", "Country", "OtherStreet", "OtherCity", "OtherCountry", "LinkedIn"),
    *("OldSystem", "OldId", "OldOwner", "Created", "LastActivity"),
)
KEY = TargetField("key", "Key", "text", length=255, required=True, unique=True)
SCHEMA = TargetSchema(
    "bench",
    "Benchmark",
    {
        "Account": TargetObject(
            "Account", "Account", "key", (), {"key": KEY, "Name": TargetField("Name", "Name", "text", length=255)}
        ),
        "Contact": TargetObject(
            "Contact",
            "Contact",
            "key",
            (),
            {
                "key": KEY,
                "Email": TargetField("Email", "Email", "text", length=80, format="email", unique=True),
                **{name: TargetField(name, name, "text", length=255) for name in TEXTS},
                "AccountId": TargetField("AccountId", "Account", "reference", ref=("Account",)),
            },
        ),
    },
)


@dataclass
class Part:
    """A slice of frozen rows; see crmclean.destinations.freezing.Slice."""

    object: str
    fields: list[str]
    refs: list[str]
    numbers: list[int] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    payloads: list[str] = field(default_factory=list)
    stage: str = "all"
    operation: str = "upsert"
    second_pass: bool = False
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    held: dict[int, tuple[str, str]] = field(default_factory=dict)
    hashes: list[bytes] | None = None

    def add(self, number: int, record: str, cells: list[str], refs: list[int]) -> None:
        """Add one row."""
        self.numbers.append(number)
        self.records.append(record)
        self.payloads.append(json.dumps({"key": record, "cells": cells, "refs": refs}))


def cells(number: int) -> list[str]:
    """Return the cells of one contact."""
    return [f"person{number}@example{number % 997}.com", *(f"{name} {number % 1000}" for name in TEXTS)]


def slices(rows: int, size: int) -> Iterator[Part]:
    """Yield companies, then ten contacts for each."""
    accounts = max(rows // 10, 1)
    for start in range(1, accounts + 1, size):
        part = Part("Account", ["Name"], [])
        for number in range(start, min(start + size, accounts + 1)):
            part.add(number, f"crm:companies:{number:015}", [f"Company {number}"], [])
        yield part
    for start in range(0, rows, size):
        part = Part("Contact", ["Email", *TEXTS], ["AccountId"])
        for number in range(start, min(start + size, rows)):
            part.add(accounts + 1 + number, f"crm:contacts:{number:015}", cells(number), [number % accounts + 1])
        yield part


def bare(folder: Path, rows: int) -> tuple[float, float]:
    """Load the same rows with executemany in one transaction; return seconds, and those of CPU."""
    accounts = max(rows // 10, 1)
    people = [
        (accounts + 1 + number, f"crm:contacts:{number:015}", *cells(number), number % accounts + 1)
        for number in range(rows)
    ]
    companies = [(n, f"crm:companies:{n:015}", f"Company {n}") for n in range(1, accounts + 1)]
    database = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        database.execute(f"PRAGMA {pragma}")
    for name in SCHEMA.objects:
        for statement in table_statements(SCHEMA, name):
            database.execute(statement)
    start, cpu = time.perf_counter(), time.process_time()
    database.execute("BEGIN")
    database.executemany("INSERT INTO Account VALUES (?, ?, ?)", companies)
    database.executemany(f"INSERT INTO Contact VALUES ({', '.join('?' * (len(TEXTS) + 4))})", people)  # noqa: S608
    database.execute("COMMIT")
    database.close()
    return time.perf_counter() - start, time.process_time() - cpu


def ours(folder: Path, rows: int) -> tuple[float, float, float, float]:
    """Freeze and import; return the seconds of both, those of CPU, and the journal's bytes per row."""
    destination = SqliteDestination(folder / "target.sqlite")
    with Journal(folder / "journal.sqlite") as journal:
        bind(journal, Binding("bench", "sqlite", destination.prepare(SCHEMA), "bench"))
        start = time.perf_counter()
        freeze(journal, Round("first", "inputs", ("all",)), slices(rows, destination.capabilities.batch_rows))
        frozen, cpu = time.perf_counter(), time.process_time()
        for stage, _, _ in journal.stages("first"):
            Engine(journal, destination).send_stage(stage)
        done, cpu = time.perf_counter(), time.process_time() - cpu
        sql = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('row', 'crosswalk', 'sqlite_autoindex_crosswalk_1')"
        size = journal.database.execute(sql).fetchone()[0]
    destination.close()
    return frozen - start, done - frozen, cpu, size / (rows + max(rows // 10, 1))


def main() -> None:
    """Print seconds, ratio, bytes per row and peak memory as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        freezing, importing, cpu, size = ours(Path(name), rows)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        driver, driver_cpu = bare(Path(name), rows)
    result = {
        "rows": rows,
        "freeze_seconds": round(freezing, 2),
        "import_seconds": round(importing, 2),
        "driver_seconds": round(driver, 2),
        "share_of_driver_speed": round(driver / importing, 2),
        "share_by_cpu": round(driver_cpu / cpu, 2),  # what counts on a machine that is busy with other work
        "journal_bytes_per_row": round(size),
        "peak_megabytes": peak,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
