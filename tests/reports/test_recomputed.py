"""Every number of the report can be worked out anew from the Parquet files of the run, by another program: DuckDB."""

import json

import duckdb
import pytest

from crmclean.crm.canonical import canonical
from crmclean.pipeline.insight import value_kinds
from crmclean.values.codes import KEPT
from crmclean.workflow.export import export

PHASES = ("load", "normalize", "dedupe", "stale", "map", "validate")
AGES = {"0 to 3": (0, 3), "3 to 6": (3, 6), "6 to 12": (6, 12), "12 to 24": (12, 24), "24 and more": (24, 9999)}


@pytest.fixture(scope="module")
def again(sample_run, tmp_path_factory):
    """The report, and a DuckDB connection in which a phase's tables are <phase>.<table>."""
    folder = tmp_path_factory.mktemp("bi")
    export(sample_run, folder)
    database = duckdb.connect()
    database.execute(f"CREATE VIEW ledger AS SELECT * FROM '{folder}/ledger.parquet'")
    for phase in PHASES:
        database.execute(f"CREATE SCHEMA {phase}")
        for file in (sample_run / "run" / phase).glob("*.parquet"):
            database.execute(f"CREATE VIEW {phase}.\"{file.stem}\" AS SELECT * FROM '{file}'")
    for name in ("changes", "findings"):
        whole = " UNION ALL ".join(f"SELECT * FROM {phase}.{name}" for phase in PHASES)
        database.execute(f"CREATE VIEW all_{name} AS {whole}")
    return json.loads((sample_run / "run" / "report" / "report.json").read_text(encoding="utf-8")), database


def rows(database, query):
    return database.execute(query).fetchall()


def one(database, query):
    return rows(database, query)[0][0]


@pytest.mark.parametrize(
    ("part", "table", "keys"),
    [
        ("outcomes", "ledger", ("object", "outcome", "code")),
        ("sources", "ledger", ("source", "file", "object")),
        ("stages", "(FROM ledger WHERE stage IS NOT NULL)", ("stage", "object", "outcome")),
        ("changes", "all_changes", ("object", "field", "step", "code")),
        ("findings", "all_findings", ("object", "field", "check", "severity", "code")),
    ],
)
def test_counts(again, part, table, keys):
    report, database = again
    names = ", ".join(f'"{key}"' for key in keys)
    worked_out = {row[:-1]: row[-1] for row in rows(database, f"SELECT {names}, count(*) FROM {table} GROUP BY ALL")}
    assert {tuple(line[key] for key in keys): line["count"] for line in report[part]} == worked_out
    assert worked_out


def test_objects(again):
    report, database = again
    for line in report["objects"]:
        own = rows(database, f"SELECT outcome, count(*) FROM ledger WHERE object = '{line['object']}' GROUP BY 1")
        assert {key: value for key, value in line.items() if key not in ("object", "read")} == dict(own)
        assert line["read"] == one(database, f"SELECT count(*) FROM load.{line['object']}")


def tables(database, phase):
    known = rows(database, f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{phase}'")
    return [name for (name,) in known if name in canonical()]


def cells(database, phase, object_, name):
    held = {row[0] for row in rows(database, f"DESCRIBE {phase}.{object_}")}
    return one(database, f'SELECT count("{name}") FROM {phase}.{object_}') if name in held else 0


def test_quality_before_and_after(again):
    report, database = again
    kept = ", ".join(f"'{code}'" for code in KEPT)
    changed = {row[:2]: row[2] for row in rows(database, """
        SELECT object, field, count(*) FROM normalize.changes WHERE before IS NOT NULL GROUP BY ALL""")}  # fmt: skip
    wrong = {row[:2]: row[2] for row in rows(database, f"""
        SELECT object, field, count(*) FROM normalize.findings WHERE code IN ({kept}) GROUP BY ALL""")}  # fmt: skip
    sums = {}
    loaded = tables(database, "load")
    for object_, field, kind in value_kinds():
        if object_ in loaded:
            before, after = (cells(database, phase, object_, field) for phase in ("load", "normalize"))
            lost, stays = changed.get((object_, field), 0), wrong.get((object_, field), 0)
            if before or after:
                total = sums.setdefault(kind, [0, 0, 0, 0])
                numbers = (before, before - lost - stays, after, after - stays)
                sums[kind] = [one_ + more for one_, more in zip(total, numbers, strict=True)]
    told = {
        line["kind"]: [line["before"], line["right_before"], line["after"], line["right_after"]]
        for line in report["quality"]
        if line["before"] or line["after"]
    }
    assert told == sums


def test_phones_by_calling_code(again):
    report, database = again
    columns = [
        (object_, name)
        for object_ in tables(database, "normalize")
        for name in canonical()[object_].of_kind("phone")
        if cells(database, "normalize", object_, name)
    ]
    union = " UNION ALL ".join(f"SELECT {name} AS phone FROM normalize.{object_}" for object_, name in columns)
    for line in report["phones"]:
        code = line["calling_code"]
        where = f"phone LIKE '{code}%'" if code.startswith("+") else "phone NOT LIKE '+%'"
        assert line["valid"] + line["invalid"] == one(database, f"SELECT count(*) FROM ({union}) WHERE {where}")
    assert sum(line["valid"] + line["invalid"] for line in report["phones"]) == one(
        database, f"SELECT count(phone) FROM ({union})"
    )


def test_ages(again):
    report, database = again
    database.execute("""
        CREATE OR REPLACE VIEW people AS SELECT _record, _outcome, last_activity, email_last_clicked,
            CASE WHEN _outcome = 'merged' THEN _into ELSE _record END AS person
        FROM stale.contacts""")
    held = {row[0] for row in rows(database, "DESCRIBE stale.activities")}
    days = [name for name in ("done_at", "starts_at", "due_date") if name in held]
    happened = f"coalesce({', '.join(f'left({name}, 10)' for name in days)})::DATE"
    engaging = "coalesce((kind IN ('call', 'meeting') AND done = 'true') OR kind IN ('form', 'click')" + (
        " OR (kind = 'email' AND direction = 'inbound'), false)" if "direction" in held else ", false)"
    )
    database.execute(f"""
        CREATE OR REPLACE VIEW happened AS SELECT "_ref.person_ref" AS person, {happened} AS day, {engaging} AS engaged
        FROM stale.activities WHERE "_ref.person_ref" IS NOT NULL AND {happened} IS NOT NULL""")
    found = dict(rows(database, f"""
        WITH events AS (
            SELECT person, left(email_last_clicked, 10)::DATE AS day FROM people
            UNION ALL SELECT person, day FROM happened WHERE engaged
            UNION ALL SELECT p.person, left(p.last_activity, 10)::DATE FROM people p
                ANTI JOIN (FROM happened WHERE NOT engaged) h
                ON h.person = p.person AND h.day = left(p.last_activity, 10)::DATE
            UNION ALL SELECT l."_ref.to_ref", left(d.close_date, 10)::DATE FROM stale.links l
                JOIN stale.deals d ON d._record = l."_ref.from_ref"
                WHERE l.from_object = 'deals' AND l.to_object = 'contacts' AND d.status IN ('won', 'lost')),
        last AS (SELECT person, max(day) AS day FROM events WHERE day <= DATE '{report["as_of"]}' GROUP BY 1)
        SELECT p._record, last.day FROM people p LEFT JOIN last ON last.person = p._record
        WHERE p._outcome IS NULL OR p._outcome = 'archived'"""))  # fmt: skip
    outcome = dict(rows(database, "SELECT _record, _outcome FROM people"))
    told = {line["months"]: (line["staying"], line["archived"]) for line in report["ages"]}
    for name, (start, end) in AGES.items():
        border = f"DATE '{report['as_of']}' - INTERVAL {{}} MONTH"
        newest, oldest = (one(database, f"SELECT ({border.format(months)})::DATE") for months in (start, end))
        own = [record for record, day in found.items() if day and oldest < day and (day <= newest)]
        archived = sum(outcome[record] == "archived" for record in own)
        assert told[name] == (len(own) - archived, archived), name
    never = [record for record, day in found.items() if day is None]
    assert sum(told["never, or not known"]) == len(never)


def test_duplicates_by_rule(again):
    report, database = again
    query = "SELECT object, rule, count(*) FROM dedupe.members WHERE record <> survivor GROUP BY ALL"
    assert {(line["object"], line["rule"], line["merged"]) for line in report["duplicates"]} == set(
        rows(database, query)
    )
    for object_ in ("contacts", "companies"):
        merged = sum(line["merged"] for line in report["duplicates"] if line["object"] == object_)
        assert merged == one(database, f"SELECT count(*) FROM ledger WHERE object = '{object_}' AND outcome = 'merged'")


def test_gates(again):
    report, database = again
    gates = {gate["name"]: gate["value"] for gate in report["gates"]}
    people = "FROM stale.contacts WHERE _outcome IS NULL OR _outcome = 'archived'"
    assert gates["stale_share"] == pytest.approx(
        one(database, f"SELECT count(*) FILTER (_outcome = 'archived') / count(*) {people}")
    )
    predicted = "SELECT count(*) FILTER (prediction = 'rejected') / count(*) FROM validate.predictions"
    assert gates["predicted_rejects"] == pytest.approx(one(database, predicted))
    assert gates["undecided_columns"] == one(database, "SELECT count(*) FROM map.decisions WHERE NOT decided")
    shares = rows(database, """
        SELECT stage, count(*) FILTER (outcome = 'rejected') / count(*) FROM ledger WHERE stage IS NOT NULL
            AND outcome <> 'merged' GROUP BY 1""")  # fmt: skip
    assert {stage: gates[f"stage_rejects {stage}"] for stage, _ in shares} == pytest.approx(dict(shares))


def test_phases_and_balance(again):
    report, database = again
    for line in report["phases"]:
        for name in ("changes", "findings"):
            assert line[name] == one(database, f"SELECT count(*) FROM {line['name']}.{name}")
    for line in report["balance"]:
        if line["what"] == "money":
            owner, stage = line["key"].split(" | ")
            where = f"coalesce(owner_ref, '-') = '{owner}' AND coalesce(stage, '-') = '{stage}'"
            total = one(database, f"SELECT coalesce(sum(amount::DECIMAL(38, 6)), 0) FROM stale.deals WHERE {where}")
        else:
            total = one(database, f"SELECT count(*) FROM load.{line['key']}")
        assert float(line["accounted"]) == float(line["read"]) == pytest.approx(float(total))
