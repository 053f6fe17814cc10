"""Every number of the report can be worked out anew from the Parquet files of the run, by another program: DuckDB."""

import json
import re
import sqlite3
from contextlib import closing

import duckdb
import polars as pl
import pytest

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import target
from crmclean.pipeline.insight import value_kinds
from crmclean.samples.generate import write_sample
from crmclean.values.codes import KEPT
from crmclean.workflow.export import export
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import run

PHASES = ("load", "normalize", "dedupe", "stale", "map", "validate")
AGES = {"0 to 3": (0, 3), "3 to 6": (3, 6), "6 to 12": (6, 12), "12 to 24": (12, 24), "24 and more": (24, 9999)}


def opened(root, bi):
    """The report, and a DuckDB connection in which a phase's tables are <phase>.<table>."""
    database = duckdb.connect()
    ledger = f"'{bi}/ledger.parquet'" if bi else f"read_csv('{root}/run/report/ledger.csv', all_varchar = true)"
    database.execute(f"CREATE VIEW ledger AS SELECT * FROM {ledger}")
    for phase in PHASES:
        database.execute(f"CREATE SCHEMA {phase}")
        for file in (root / "run" / phase).glob("*.parquet"):
            database.execute(f"CREATE VIEW {phase}.\"{file.stem}\" AS SELECT * FROM '{file}'")
    for name in ("changes", "findings"):
        whole = " UNION ALL ".join(f"SELECT * FROM {phase}.{name}" for phase in PHASES)
        database.execute(f"CREATE VIEW all_{name} AS {whole}")
    return json.loads((root / "run" / "report" / "report.json").read_text(encoding="utf-8")), database


@pytest.fixture(scope="module")
def again(sample_run, tmp_path_factory):
    """The sample migration: report and database."""
    folder = tmp_path_factory.mktemp("bi")
    export(sample_run, folder)
    return opened(sample_run, folder)


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory):
    """A migration that stops at its gates, so that what they measure is not 0."""
    folder = tmp_path_factory.mktemp("spoiled")
    write_sample(folder / "exports", rows=400, seed=1)
    initialize(folder / "acme", [folder / "exports"], Answers("hubspot", region="US"))
    with (folder / "acme" / "migration.toml").open("a", encoding="utf-8") as plan:
        plan.write("[roi]\nlicense_per_contact = 12\nminutes_per_merge = 5\nhourly_cost = 40\none_off_cost = 4000\n")
    run(folder / "acme", through="validate")
    return opened(folder / "acme", None)


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
            key = zip(("owner_ref", "stage", "currency"), line["key"].split(" | "), strict=True)
            where = " AND ".join(f"coalesce({name}, '-') = '{value}'" for name, value in key)
            total = one(database, f"SELECT coalesce(sum(amount::DECIMAL(38, 6)), 0) FROM stale.deals WHERE {where}")
        else:
            total = one(database, f"SELECT count(*) FROM load.{line['key']}")
        assert float(line["accounted"]) == float(line["read"]) == pytest.approx(float(total))


# Every number of report.json: what works it out anew, or why nothing can. A number that is not named here fails a test.
WORKED_OUT = {
    "ages[].archived": "test_ages",
    "ages[].staying": "test_ages",
    "changes[].count": "test_counts",
    "checks[].count": "test_checks",
    "checks[].total": "test_checks",
    "duplicates[].merged": "test_duplicates_by_rule",
    "findings[].count": "test_counts",
    "gates[].limit": "test_limits",
    "gates[].value": "test_gates and test_gates_before_the_import",
    "objects[].*": "test_objects",
    "outcomes[].count": "test_counts",
    "phases[].changes": "test_phases_and_balance",
    "phases[].findings": "test_phases_and_balance",
    "phases[].rows_in": "test_rows_of_phases",
    "phases[].rows_out": "test_rows_of_phases",
    "phones[].invalid": "test_phones_by_calling_code",
    "phones[].valid": "test_phones_by_calling_code",
    "profile[].distinct": "test_profile",
    "profile[].filled": "test_profile",
    "profile[].rows": "test_profile",
    "quality[].after": "test_quality_before_and_after",
    "quality[].before": "test_quality_before_and_after",
    "quality[].right_after": "test_quality_before_and_after",
    "quality[].right_before": "test_quality_before_and_after",
    "roi[].value": "test_roi",
    "sources[].count": "test_counts",
    "stages[].count": "test_counts",
    "unmapped_values[].records": "test_unmapped_values",
    "unmapped_values[].values": "test_unmapped_values",
    "waiting[].count": "test_waiting",
}
GIVEN = {
    "schema_version": "of the document",
    "seed": "given by the plan",
    "profile[].sure": "how sure the recognition of a column is; test_profile holds it between 0 and 1",
}


def numbers(document, path=""):
    """Yield the place of every number; the outcomes of an object are keys of their own."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from numbers(value, f"{path}.{'*' if path == 'objects[]' else key}".strip("."))
    elif isinstance(document, list):
        for each in document:
            yield from numbers(each, f"{path}[]")
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path


def test_no_number_is_left_out(again, spoiled):
    found = {place for report, _ in (again, spoiled) for place in numbers(report)}
    assert found - WORKED_OUT.keys() - GIVEN.keys() == set()
    tests = set(re.findall(r"test_\w+", " ".join(WORKED_OUT.values())))
    assert tests <= globals().keys()
    assert (WORKED_OUT.keys() | GIVEN.keys()) - found <= {"waiting[].count"}


@pytest.fixture(params=["again", "spoiled"])
def either(request):
    return request.getfixturevalue(request.param)


def gates(report):
    return {gate["name"]: gate["value"] for gate in report["gates"]}


def test_gates_before_the_import(either):
    report, database = either
    told = gates(report)
    schema = target("hubspot")
    held = {
        row[0] for row in rows(database, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'map'")
    }
    mapped = {name: each for name, each in schema.objects.items() if name in held}
    columns = {name: {row[0] for row in rows(database, f'DESCRIBE map."{name}"')} for name in mapped}
    assert told["unmapped_picklist_values"] == one(database, """
        SELECT count(DISTINCT (object, "column", value)) FROM map.unlisted WHERE target_field IN
            (SELECT field FROM validate.findings WHERE code = 'picklist.unmapped')""")  # fmt: skip
    required = [(name, each.name) for name, object_ in mapped.items() for each in object_.writable()
                if each.required and each.name != object_.key and each.name in columns[name]]  # fmt: skip
    required += [
        (name, f"_ref.{each.name}")
        for name, object_ in mapped.items()
        for each in object_.references()
        if each.required
    ]
    cells_ = [rows(database, f'SELECT count(*), count("{field}") FROM map."{name}"')[0] for name, field in required]
    assert told["required_completion"] == pytest.approx(sum(row[1] for row in cells_) / sum(row[0] for row in cells_))
    owners = [
        f'SELECT count("_ref.hubspot_owner_id") FROM map."{name}"'
        for name in mapped
        if "_ref.hubspot_owner_id" in columns[name]
    ]
    owned = sum(one(database, query) for query in owners)
    count = "SELECT count(DISTINCT (code, record)) FROM map.findings WHERE code = '{}'"
    fallback, undecided = (one(database, count.format(code)) for code in ("owners.fallback", "owners.undecided"))
    assert told["fallback_owner"] == pytest.approx((fallback + undecided) / max(owned + undecided, 1))
    for name, code in (("checks_broken", "plan.check"), ("currency_missing", "currency.missing")):
        only = "AND severity = 'error'" if name == "checks_broken" else ""
        broken = f"SELECT count(DISTINCT record) FROM validate.findings WHERE code = '{code}' {only}"
        assert told[name] == one(database, broken)
    people = [name for name in ("contacts", "leads") if name in tables(database, "stale")]
    silent = total = 0
    for name in people:
        there = {row[0] for row in rows(database, f"DESCRIBE stale.{name}")}
        unsaid = (
            " AND ".join(f"{each} IS NULL" for each in ("email_opt_out", "marketing_status") if each in there) or "true"
        )
        live = f"FROM stale.{name} WHERE _outcome IS NULL AND email IS NOT NULL"
        total += one(database, f"SELECT count(*) {live}")
        silent += one(database, f"SELECT count(*) {live} AND {unsaid}")
    assert told["consent_unknown"] == pytest.approx(silent / total)
    assert told["orphans"] == sum(_orphans(database, name) for name in tables(database, "stale"))
    assert told["deals_changed"] == _deals_changed(database)
    assert told["opt_outs_lost"] == _opt_outs_lost(database, columns)
    assert told["undecided_files"] == 0
    assert told["spot_check_wrong"] == 0  # nobody has judged yet


def _orphans(database, name):
    there = {row[0] for row in rows(database, f"DESCRIBE stale.{name}")}
    loaded = tables(database, "stale")
    refs = [field for field, each in canonical()[name].fields.items()
            if set(each.ref) & set(loaded) and {field, f"_ref.{field}"} <= there and field != "owner_ref"]  # fmt: skip
    if name == "users":
        return 0
    return sum(one(database, f"""SELECT count(*) FROM stale.{name} WHERE _outcome IS NULL
        AND {field} IS NOT NULL AND "_ref.{field}" IS NULL""") for field in refs)  # fmt: skip


def _deals_changed(database):
    return one(database, """
        SELECT count(*) FROM stale.deals d JOIN map.deals m USING (_record) WHERE d._outcome IS NULL AND (
            (d.status IS NOT NULL AND d.status IS DISTINCT FROM
                CASE m.dealstage WHEN 'closedwon' THEN 'won' WHEN 'closedlost' THEN 'lost' ELSE 'open' END)
            OR (d.amount IS NULL) <> (m.amount IS NULL)
            OR abs(d.amount::DECIMAL(38, 6) - m.amount::DECIMAL(38, 6)) > 0)""")  # fmt: skip


def _opt_outs_lost(database, columns):
    says = [
        f"SELECT _record FROM map.\"{name}\" WHERE email_opt_out = 'true'"
        for name in columns
        if "email_opt_out" in columns[name]
    ]
    people = [f"SELECT _record FROM stale.{name} WHERE _outcome IS NULL AND email_opt_out = 'true'"
              for name in ("contacts", "leads") if name in tables(database, "stale")
              and cells(database, "stale", name, "email_opt_out")]  # fmt: skip
    if not people:
        return 0
    return one(database, f"""
        WITH out AS ({" UNION ALL ".join(people)}), says AS ({" UNION ALL ".join(says)}),
            became AS (SELECT coalesce(f._into, o._record) AS r FROM out o
                LEFT JOIN (FROM map.fates WHERE _outcome = 'merged') f ON f._record = o._record)
        SELECT count(*) FROM became WHERE r NOT IN (FROM says)""")  # fmt: skip


def test_limits(again, sample_run):
    """Limits are those of the plan; stages share theirs, and nobody may lose an opt-out."""
    from crmclean.plan.read import read_plan

    limits = {**read_plan(sample_run).gates, "balance": 0.0}
    for gate in again[0]["gates"]:
        assert gate["limit"] == limits[gate["name"].partition(" ")[0]], gate["name"]


def test_unmapped_values(either):
    report, database = either
    found = rows(database, """
        SELECT object, "column", target_object, target_field, count(*), sum(records)::BIGINT FROM map.unlisted
        GROUP BY ALL""")  # fmt: skip
    keys = ("object", "column", "target_object", "target_field", "values", "records")
    assert {tuple(line[key] for key in keys) for line in report["unmapped_values"]} == set(found)


def test_the_spoiled_run_has_what_is_worked_out(spoiled):
    report, _ = spoiled
    assert report["unmapped_values"]
    assert sum(bool(value) for value in gates(report).values()) > 4


def test_rows_of_phases(either):
    report, database = either
    open_ = {}
    for phase in ("load", "normalize", "dedupe", "stale"):
        counts = [
            one(database, f"SELECT count(*) FILTER (_outcome IS NULL) FROM {phase}.{name}")
            for name in tables(database, phase)
        ]
        open_[phase] = sum(counts)
    schema = target("hubspot").objects
    held = {
        row[0] for row in rows(database, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'map'")
    }
    open_["map"] = sum(one(database, f'SELECT count(*) FROM map."{name}"') for name in held & schema.keys())
    open_["validate"] = one(database, "SELECT count(*) FROM validate.predictions WHERE prediction <> 'rejected'")
    before = sum(one(database, f"SELECT count(*) FROM load.{name}") for name in tables(database, "load"))
    for line in report["phases"]:
        assert (line["rows_in"], line["rows_out"]) == (before, open_[line["name"]]), line["name"]
        before = open_[line["name"]]


def test_profile(either):
    report, database = either
    assert report["profile"]
    for line in report["profile"]:
        query = (
            f'SELECT count(*), count("{line["column"]}"), count(DISTINCT "{line["column"]}") FROM load.{line["object"]}'
        )
        assert (line["rows"], line["filled"], line["distinct"]) == rows(database, query)[0], line
        assert 0 <= line["sure"] <= 1


def test_roi(spoiled):
    report, database = spoiled
    fates = "SELECT count(*) FROM ledger WHERE outcome = '{}' AND object IN ({})"
    people, all_ = "'contacts', 'leads'", "'contacts', 'leads', 'companies', 'deals'"
    archived, twice = (one(database, fates.format(fate, people)) for fate in ("archived", "merged"))
    hours = one(database, fates.format("merged", all_)) * 5 / 60
    yearly = (archived + twice) * 12
    told = {figure["name"]: figure["value"] for figure in report["roi"]}
    assert told == pytest.approx({
        "saved by archiving, per year": archived * 12,
        "saved by merging, per year": twice * 12,
        "merging by hand saved": hours,
        "worth of these hours": hours * 40,
        "benefits in the first year": yearly + hours * 40,
        "ROI in the first year": (yearly + hours * 40 - 4000) / 4000 * 100,
        "payback": max(4000 - hours * 40, 0) / (yearly / 12),
    })  # fmt: skip


def test_waiting(either):
    report, database = either
    pairs = one(database, "SELECT count(*) FROM dedupe.pairs WHERE band = 'review'")
    assert {line["what"]: line["count"] for line in report["waiting"]} == ({"doubtful pairs": pairs} if pairs else {})


def test_checks(again, sample_run, tmp_path):
    """The audit's numbers, from what stands in the target and from what was mapped."""
    report, database = again
    with closing(sqlite3.connect(sample_run / "rehearsal.sqlite")) as base:
        for name in target("hubspot").objects:
            read = base.execute(f'SELECT * FROM "{name}"')
            columns = [column for column, *_ in read.description]
            texts = [[None if cell is None else str(cell) for cell in row] for row in read]
            pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String), orient="row").write_parquet(
                tmp_path / f"{name}.parquet"
            )
            database.execute(f"CREATE VIEW \"at_{name}\" AS SELECT * FROM '{tmp_path}/{name}.parquet'")
    seen = set()
    for check in report["checks"]:
        worked_out = _check(database, check["area"], check["name"])
        if worked_out is not None:
            assert (check["count"], check["total"]) == worked_out, check
            seen.add(check["area"])
    assert seen == {check["area"] for check in report["checks"]}


def _check(database, area, name):
    object_, _, field = name.partition(".")
    match area:
        case "counts" | "changed since":
            return 0, one(database, f'SELECT count(*) FROM "at_{name}"')
        case "required" if field:
            return rows(database, f'SELECT count(*) - count("{field}"), count(*) FROM "at_{object_}"')[0]
        case "required":
            object_, _, fields = name.partition(": one of ")
            empty = " AND ".join(f"{each} IS NULL" for each in fields.split(", "))
            return rows(database, f'SELECT count(*) FILTER ({empty}), count(*) FROM "at_{object_}"')[0]
        case "references":
            parents = target("hubspot").objects[object_].fields[field].ref
            ids = " UNION ALL ".join(f'SELECT _id FROM "at_{parent}"' for parent in parents)
            return rows(database, f"""SELECT count(*) FILTER ("{field}" NOT IN ({ids})), count("{field}")
                FROM "at_{object_}" """)[0]  # fmt: skip
        case "duplicates":
            if not name.endswith("same email"):
                return None  # names are compared by their match keys, which no other program knows
            object_ = name.partition(" ")[0]
            return rows(
                database, f'SELECT count(email) - count(DISTINCT lower(email)), count(email) FROM "at_{object_}"'
            )[0]
        case "money":
            currency = name.rpartition(" ")[2]
            return rows(database, f"""
                SELECT count(*) FILTER (coalesce(a.amount, '0')::DECIMAL(38, 6)
                        <> coalesce(m.amount, '0')::DECIMAL(38, 6)),
                    count(*) FROM map.deals m JOIN at_deals a ON a.crmclean_id = m._record
                    WHERE coalesce(m.deal_currency_code, '') = '{currency}'""")[0]  # fmt: skip
        case "sample":
            return 0, 100
    return None
