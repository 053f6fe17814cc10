"""How fast the import is, as a ratio to the bare driver's fastest load of the same rows in the same run.

python benchmarks/importing.py --rows 1000000 [--into postgresql]
"""

import argparse
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.binding import bind
from crmclean.destinations.contract import Destination
from crmclean.destinations.databases.sqlite import SqliteDestination
from crmclean.destinations.databases.sqlite_schema import table_statements
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal

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


@dataclass
class Taken:
    """What something took: seconds by the clock and of CPU, the server's among them."""

    clock: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured(server: int | None = None) -> Iterator[Taken]:
    """Fill in what the block takes; server: the process that works for this connection."""
    taken = Taken()
    clock, cpu = time.perf_counter(), time.process_time() + _spent(server)
    yield taken
    taken.clock, taken.cpu = time.perf_counter() - clock, time.process_time() + _spent(server) - cpu


def _spent(process: int | None) -> float:
    if process is None:
        return 0.0
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def people(rows: int) -> list[tuple[object, ...]]:
    """Return the contacts as the bare drivers load them: id, key, cells, company."""
    accounts = max(rows // 10, 1)
    numbers = ((number, accounts + 1 + number) for number in range(rows))
    return [(id_, f"crm:contacts:{number:015}", *cells(number), number % accounts + 1) for number, id_ in numbers]


def companies(rows: int) -> list[tuple[object, ...]]:
    """Return the companies likewise."""
    return [(n, f"crm:companies:{n:015}", f"Company {n}") for n in range(1, max(rows // 10, 1) + 1)]


def bare_sqlite(folder: Path, rows: int) -> Taken:
    """Load the same rows with executemany in one transaction."""
    contacts, accounts = people(rows), companies(rows)
    database = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        database.execute(f"PRAGMA {pragma}")
    for name in SCHEMA.objects:
        for statement in table_statements(SCHEMA, name):
            database.execute(statement)
    with closing(database), measured() as taken:
        database.execute("BEGIN")
        database.executemany("INSERT INTO Account VALUES (?, ?, ?)", accounts)
        database.executemany(f"INSERT INTO Contact VALUES ({', '.join('?' * (len(TEXTS) + 4))})", contacts)  # noqa: S608
        database.execute("COMMIT")
    return taken


def bare_postgresql(url: str, rows: int) -> Taken:
    """Load the same rows with COPY in one transaction, into the same tables."""
    import psycopg
    import sqlalchemy as sa

    from crmclean.destinations.databases.sql_schema import Tables

    contacts, accounts = people(rows), companies(rows)
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    Tables(SCHEMA).metadata.create_all(engine)
    engine.dispose()
    with psycopg.connect(url) as database, measured(database.info.backend_pid) as taken:
        for table, loaded in (("Account", accounts), ("Contact", contacts)):
            with database.cursor().copy(f'COPY "{table}" FROM STDIN') as copy:
                for row in loaded:
                    copy.write_row(row)
        database.commit()
    return taken


@dataclass(frozen=True)
class Ours:
    """What our import took, and bytes of the journal's row and crosswalk tables per row."""

    freezing: Taken
    importing: Taken
    bytes_per_row: float


def ours(folder: Path, rows: int, destination: Destination, server: Callable[[], int | None]) -> Ours:
    """Freeze and import; server: the process at the other end, once it is there."""
    with Journal(folder / "journal.sqlite") as journal:
        bind(journal, Binding("bench", "bench", destination.prepare(SCHEMA), "bench"))
        with measured() as freezing:
            freeze(journal, Round("first", "inputs", ("all",)), slices(rows, destination.capabilities.batch_rows))
        with measured(server()) as importing:
            for stage, _, _ in journal.stages("first"):
                Engine(journal, destination).send_stage(stage)
        sql = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('row', 'crosswalk', 'sqlite_autoindex_crosswalk_1')"
        size = journal.database.execute(sql).fetchone()[0]
    destination.close()
    return Ours(freezing, importing, size / (rows + max(rows // 10, 1)))


def into_sqlite(folder: Path, rows: int) -> tuple[Ours, int, Taken]:
    """Measure both, and our peak of memory in between."""
    found = ours(folder, rows, SqliteDestination(folder / "target.sqlite"), lambda: None)
    return found, peak(), bare_sqlite(folder, rows)


def into_postgresql(folder: Path, rows: int) -> tuple[Ours, int, Taken]:
    """Measure both on a server of our own, with the usual settings of durability."""
    import psycopg

    from crmclean.destinations.databases.sql import SqlDestination
    from crmclean.destinations.settings import Settings
    from tests.servers.postgres import binaries, cluster

    installed = binaries()
    if installed is None:
        sys.exit("PostgreSQL is not installed")
    with cluster(installed) as where:
        with psycopg.connect(f"postgresql://crm@{where}/postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE ours")
            admin.execute("CREATE DATABASE bare")
        destination = SqlDestination(Settings("pg", "postgresql", f"postgresql://crm@{where}/ours", folder, folder))

        def server() -> int | None:
            with psycopg.connect(f"postgresql://crm@{where}/postgres") as admin:
                found = admin.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'ours'").fetchone()
            return found[0] if found else None

        found = ours(folder, rows, destination, server)
        return found, peak(), bare_postgresql(f"postgresql://crm@{where}/bare", rows)


def peak() -> int:
    """Return the most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


KINDS = {"sqlite": into_sqlite, "postgresql": into_postgresql}


def main() -> None:
    """Print seconds, ratio, bytes per row and peak memory as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--into", choices=KINDS, default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found, peak, driver = KINDS[asked.into](Path(name), asked.rows)
    result = {
        "rows": asked.rows,
        "into": asked.into,
        "freeze_seconds": round(found.freezing.clock, 2),
        "import_seconds": round(found.importing.clock, 2),
        "driver_seconds": round(driver.clock, 2),
        "share_of_driver_speed": round(driver.clock / found.importing.clock, 2),
        "import_cpu": round(found.importing.cpu, 2),
        "driver_cpu": round(driver.cpu, 2),
        "share_by_cpu": round(driver.cpu / found.importing.cpu, 2),  # what counts on a machine that is busy
        "journal_bytes_per_row": round(found.bytes_per_row),
        "peak_megabytes": peak,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[1]))  # the server of the tests
    main()
