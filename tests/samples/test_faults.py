"""Every line of sample_data/faults.csv: what was planted there must become what the line says."""

import csv
import shutil

import polars as pl
import pytest

from crmclean.errors import ExitCode
from crmclean.workflow.run import run
from crmclean.workspace.paths import Workspace
from crmclean.workspace.shipped import shipped


def _lines():
    with (shipped("sample_data") / "faults.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LINES = _lines()


class Outcome:
    """A finished run of the sample migration, asked by file and row."""

    def __init__(self, root):
        self.workspace = Workspace(root)
        self.result = run(root)
        self._tables = {}

    def table(self, phase, object_):
        if (phase, object_) not in self._tables:
            self._tables[phase, object_] = pl.read_parquet(self.workspace.table(phase, object_))
        return self._tables[phase, object_]

    def record(self, object_, file, row):
        found = self.table("load", object_).filter((pl.col("_file") == file) & (pl.col("_row") == int(row)))
        assert found.height == 1, f"{file} has no row {row}"
        return found["_record"].item()

    def row(self, phase, object_, record):
        return self.table(phase, object_).row(by_predicate=pl.col("_record") == record, named=True)

    def survivor(self, object_, record):
        into = self.row("dedupe", object_, record)["_into"]
        return record if into is None else self.survivor(object_, into)

    def findings(self, phase, record, field):
        found = pl.read_parquet(self.workspace.phase(phase) / "findings.parquet")
        return found.filter((pl.col("record") == record) & (pl.col("field") == field))["code"].to_list()

    def outcome(self, phase, object_, record):
        if phase == "import":
            ledger = pl.read_csv(self.workspace.report / "ledger.csv", infer_schema=False)
            return ledger.row(by_predicate=pl.col("record") == record, named=True)["outcome"]
        return self.row(phase, object_, record)["_outcome"]


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    root = tmp_path_factory.mktemp("faults") / "sample"
    shutil.copytree(shipped("sample_data"), root)
    return Outcome(root)


def _cell(done, line, record):
    assert done.row(line["phase"], line["object"], record)[line["field"]] == (line["value"] or None)


def _changed(done, line, record):
    before = done.row("load", line["object"], record)[line["field"]]
    after = done.row(line["phase"], line["object"], record)[line["field"]]
    assert before is not None
    assert after is not None
    assert after != before


def _other(done, line):
    return done.record(line["object"], *line["value"].split("#"))


def _parent(done, line):
    file, row = line["value"].split("#")
    objects = ("users", "companies", "contacts", "deals")
    return next(done.record(name, file, row) for name in objects if file in done.table("load", name)["_file"])


def _ref(done, line, record):
    assert done.row(line["phase"], line["object"], record)[f"_ref.{line['field']}"] == _parent(done, line)


def _survivor_ref(done, line, record):
    _ref(done, line, done.survivor(line["object"], record))


def _survivor_cell(done, line, record):
    _cell(done, line, done.survivor(line["object"], record))


def _finding(done, line, record):
    assert line["value"] in done.findings(line["phase"], record, line["field"])


def _outcome(done, line, record):
    assert done.outcome(line["phase"], line["object"], record) == line["value"]


def _not_outcome(done, line, record):
    assert done.outcome(line["phase"], line["object"], record) != line["value"]


def _suffix(done, line, record):
    assert record.endswith(line["value"])


def _same(done, line, record):
    survivors = [done.survivor(line["object"], one) for one in (record, _other(done, line))]
    assert survivors[0] == survivors[1]


def _apart(done, line, record):
    survivors = [done.survivor(line["object"], one) for one in (record, _other(done, line))]
    assert survivors[0] != survivors[1]


def _in_file(done, line, record):
    email = done.row("normalize", line["object"], record)["email"]
    text = (done.workspace.root / line["field"]).read_text(encoding="utf-8-sig")
    assert email in text


def _owner(done, line, record):
    mapped = pl.read_parquet(done.workspace.table("map", "contacts"))
    owners = pl.read_parquet(done.workspace.table("map", "owners"))
    owner = mapped.row(by_predicate=pl.col("crmclean_id") == record, named=True)["_ref.hubspot_owner_id"]
    plan = (done.workspace.root / "migration.toml").read_text(encoding="utf-8")
    assert f'fallback_owner = "{dict(owners.select("_record", "email").iter_rows())[owner]}"' in plan


CHECKS = {
    "cell": _cell,
    "changed": _changed,
    "ref": _ref,
    "survivor-ref": _survivor_ref,
    "survivor-cell": _survivor_cell,
    "finding": _finding,
    "outcome": _outcome,
    "not-outcome": _not_outcome,
    "record-suffix": _suffix,
    "same": _same,
    "apart": _apart,
    "in-file": _in_file,
    "owner": _owner,
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: "-".join(line[k] for k in ("fault", "row", "check", "field")))
def test_the_fault_became_what_the_list_says(done, line):
    record = done.record(line["object"], line["file"], line["row"])
    CHECKS[line["check"]](done, line, record)


def test_the_sample_run_ends_well(done):
    assert done.result.exit_code == ExitCode.DONE


def test_the_list_speaks_of_every_kind_of_check_and_of_every_object():
    assert {line["check"] for line in LINES} == set(CHECKS)
    assert {line["object"] for line in LINES} == {"companies", "contacts", "deals", "activities", "links"}
