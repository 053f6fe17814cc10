"""Tables and queries of databases as sources: read only, in a fixed order, with passwords from the environment."""

import sqlite3
from contextlib import closing

import pytest

from crmclean.errors import InputError, PlanError
from crmclean.pipeline.caching import input_hashes
from crmclean.pipeline.load.fetching import fetch
from crmclean.pipeline.load.loading import load
from crmclean.plan.read import read_plan

PLAN = """
version = 1
[target]
crm = "hubspot"
[[source]]
name = "old crm"
kind = "plain"
[[source.file]]
object = "contacts"
{where}
"""


def _plan(root, where):
    (root / "migration.toml").write_text(PLAN.format(where=where), encoding="utf-8")
    return read_plan(root)


def _sqlite(path, rows):
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE people (id INTEGER, first_name, email TEXT, score REAL, photo BLOB)")
        base.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)


ROWS = [
    (2, "Bob", "bob@example.com", 5.0, b"\x00"),
    (1, "Ann", "ann@example.com", 1.5, None),
    (3, "", None, None, None),
]


def _asked(url, query):
    return f'database = "{url}"\nquery = "{query}"'


def _loaded(plan):
    fetch(plan)
    return load(plan).tables["contacts"].collect()


def test_a_table_of_sqlite_is_loaded_like_an_export(tmp_path):
    _sqlite(tmp_path / "old.db", ROWS)
    frame = _loaded(_plan(tmp_path, 'database = "sqlite:///old.db"\ntable = "people"'))
    assert frame.select("_record", "first_name", "email", "x_score").rows() == [
        ("old crm:contacts:1", "Ann", "ann@example.com", "1.5"),
        ("old crm:contacts:2", "Bob", "bob@example.com", "5"),
        ("old crm:contacts:3", None, None, None),
    ]


def test_a_query_chooses_and_the_order_of_the_rows_changes_nothing(tmp_path):
    where = 'database = "sqlite:///old.db"\nquery = "SELECT id, email FROM people WHERE id < 3"'
    hashes = []
    for rows in (ROWS, ROWS[::-1], ROWS[:1]):
        (tmp_path / "old.db").unlink(missing_ok=True)
        _sqlite(tmp_path / "old.db", rows)
        plan = _plan(tmp_path, where)
        fetch(plan)
        hashes.append(input_hashes(plan))
    assert hashes[0] == hashes[1] != hashes[2]
    assert load(plan).tables["contacts"].collect().height == 1


def test_a_database_is_never_written_to(tmp_path):
    _sqlite(tmp_path / "old.db", ROWS)
    before = (tmp_path / "old.db").read_bytes()
    where = 'database = "sqlite:///old.db"\nquery = "WITH gone AS (SELECT 1) DELETE FROM people"'
    with pytest.raises(InputError, match="refuses the query"):
        fetch(_plan(tmp_path, where))
    assert (tmp_path / "old.db").read_bytes() == before


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ('database = "sqlite:///old.db"', "plan.missing-key"),
        ('database = "sqlite:///old.db"\ntable = "a"\nquery = "SELECT 1"', "plan.missing-key"),
        ('database = "sqlite:///old.db"\npath = "exports/a.csv"\ntable = "a"', "plan.wrong-value"),
        ('database = "sqlite:///old.db"\nquery = "DELETE FROM people"', "plan.query"),
        ('database = "sqlite:///old.db"\nquery = "SELECT 1; DROP TABLE people"', "plan.query"),
        ('database = "postgresql://crm:secret@db.example/crm"\ntable = "people"', "plan.password"),
        ('path = "exports/{date}/contacts.csv"', "plan.no-snapshot"),
    ],
)
def test_plans_that_cannot_be_followed(tmp_path, where, code):
    with pytest.raises(PlanError) as caught:
        _plan(tmp_path, where)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ('database = "sqlite:///none.db"\ntable = "people"', "no such database"),
        ('database = "sqlite:///old.db"\ntable = "persons"', "no such table: persons"),
        ('database = "sqlite:///old.db"\nquery = "SELECT emale FROM people"', "no such column: emale"),
        ('database = "nonsense://x"\ntable = "people"', "URL cannot be used"),
        ('database = "postgresql://crm@127.0.0.1:1/crm"\ntable = "people"', "does not let us in"),
    ],
)
def test_what_a_database_refuses_is_told(tmp_path, where, words):
    _sqlite(tmp_path / "old.db", ROWS)
    with pytest.raises(InputError, match=words):
        fetch(_plan(tmp_path, where))


@pytest.fixture
def people(postgres):
    """A PostgreSQL database with a schema, a table and values of many types; yields its URL."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(f"postgresql://crm@{postgres}/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE people")
    url = f"postgresql://crm@{postgres}/people"
    with psycopg.connect(url, autocommit=True) as base:
        base.execute("CREATE SCHEMA sales")
        base.execute("CREATE SEQUENCE sales.numbers")
        base.execute(
            "CREATE TABLE sales.contacts (id bigint, first_name text, email text, created_at timestamptz, born date,"
            " active boolean, value numeric(12,2), extra jsonb, ref uuid)"
        )
        base.execute(
            "INSERT INTO sales.contacts VALUES (123456789012345678, 'Jürgen', 'j@example.com', '2026-01-05 10:00+00',"
            " '1980-02-29', true, 1200.50, '{\"a\": [1]}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),"
            " (2, 'Li', NULL, NULL, NULL, false, NULL, NULL, NULL)"
        )
    yield url
    with psycopg.connect(f"postgresql://crm@{postgres}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE people")


@pytest.mark.server
def test_postgresql_is_loaded_and_only_read(tmp_path, people):
    frame = _loaded(_plan(tmp_path, f'database = "{people}"\ntable = "sales.contacts"'))
    assert frame["_record"].to_list() == ["old crm:contacts:123456789012345678", "old crm:contacts:2"]
    texts = {value for value in frame.row(0) if value}
    assert {"Jürgen", "2026-01-05 10:00:00+00:00", "1980-02-29", "true", "1200.50", '{"a": [1]}'} <= texts
    with pytest.raises(InputError, match="refuses the query"):
        fetch(_plan(tmp_path, _asked(people, "WITH a AS (DELETE FROM sales.contacts RETURNING id) SELECT * FROM a")))
    with pytest.raises(InputError, match="ReadOnlySqlTransaction"):
        fetch(_plan(tmp_path, _asked(people, "SELECT nextval('sales.numbers')")))
    again = _loaded(_plan(tmp_path, _asked(people, "SELECT id::text AS id FROM sales.contacts")))
    assert again.height == frame.height


@pytest.mark.server
def test_a_value_never_stands_in_the_error_of_a_query(tmp_path, people):
    with pytest.raises(InputError) as caught:
        fetch(_plan(tmp_path, _asked(people, "SELECT first_name::int FROM sales.contacts")))
    assert "InvalidTextRepresentation" in str(caught.value)
    assert "Jürgen" not in str(caught.value)
