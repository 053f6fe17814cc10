"""An erased person goes from copies of databases and from rows that only enrich others, too."""

import sqlite3
from contextlib import closing

import polars as pl

from crmclean.workflow.run import run
from tests.workflow.test_suppress import CONTACTS, leaks, root, suppress

__all__ = ["root"]
DATABASE = """
[[source]]
name = "legacy"
kind = "plain"
priority = 2
[[source.file]]
database = "sqlite:///exports/legacy.sqlite"
table = "people"
object = "contacts"
"""
ENRICHMENT = """
[[source]]
name = "bought"
kind = "plain"
role = "enrichment"
[[source.file]]
path = "exports/bought.csv"
object = "contacts"
"""
LIST = "Email\nzebrina@canary-mail.example\n"
BOUGHT = """First Name,Last Name,Email,Phone,City,Company,Title
Zebrina,Quillfeather,zebrina@canary-mail.example,,,,Canary Trainer
Zebrina,Quillfeather,,(415) 555-2671,Canaryville,Canary Works,Canary Keeper
Di,May,di@other.example,(415) 555-2673,Oakland,Other,Boss
"""


def add(root, text):
    plan = (root / "migration.toml").read_text(encoding="utf-8")
    (root / "migration.toml").write_text(plan.replace("[gates]", text + "[gates]"), encoding="utf-8")


def people(root, *rows):
    with closing(sqlite3.connect(root / "exports" / "legacy.sqlite")) as database, database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS people ('Id', 'First Name', 'Last Name', 'Email', 'Phone', 'Notes')"
        )
        database.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", rows)


def of_source(root, source):
    ledger = pl.read_csv(root / "run" / "report" / "ledger.csv", infer_schema=False)
    return ledger.filter(pl.col("source") == source).sort("row")["outcome"].to_list()


def test_the_copy_of_a_database_keeps_nothing_of_an_erased_person(root):
    alone = "".join(line for line in CONTACTS.splitlines(keepends=True) if not line.startswith("2,"))
    (root / "exports" / "contacts.csv").write_text(alone, encoding="utf-8")
    add(root, DATABASE)
    mail = "zebrina@canary-mail.example"
    people(
        root,
        ("L1", "Zebrina", "Quillfeather", mail, "(415) 555-2671", "canarynote"),
        ("L2", "Gus", "Hall", "gus@hall.example", None, "ok"),
    )
    run(root)
    assert leaks(root)
    suppress(root, LIST, "erase")
    run(root)
    assert leaks(root) == set()
    assert of_source(root, "legacy") == ["erased", "imported"]
    run(root)  # reads the database again, and forgets her again
    assert leaks(root) == set()
    assert of_source(root, "legacy") == ["erased", "imported"]


def test_rows_that_only_enrich_an_erased_person_go_with_them(root):
    (root / "exports" / "bought.csv").write_text(BOUGHT, encoding="utf-8")
    add(root, ENRICHMENT)
    run(root)
    assert leaks(root)
    suppress(root, LIST, "erase")
    run(root)
    assert leaks(root) == set()
    assert of_source(root, "bought")[:2] == ["erased", "erased"]
    assert of_source(root, "old")[:2] == ["erased", "erased"]
