"""Suppression lists: who is left out, who is erased, with their whole group; and that nothing of the erased stays."""

import hashlib
import sqlite3

import polars as pl
import pytest

from crmclean.errors import InputError, PlanError, RefusedError
from crmclean.pipeline.store import tables
from crmclean.workflow.restore import restore
from crmclean.workflow.run import run
from crmclean.workspace.paths import Workspace

PLAN = """
version = 1
name = "acme"
as_of = 2026-06-30
[target]
crm = "salesforce"
[defaults]
region = "US"
[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/contacts.csv"
object = "contacts"
[[source.file]]
path = "exports/activities.csv"
object = "activities"
columns = { "Contact" = "person_ref" }
[gates]
undecided_columns = 99
unmapped_picklist_values = 99
stale_share = 1
predicted_rejects = 1
orphans = 9
stage_rejects = 1
opt_outs_lost = 9
fallback_owner = 1
"""
CONTACTS = """Id,First Name,Last Name,Email,Phone,City,Company,Created Date,Last Activity,Notes
1,Zebrina,Quillfeather,zebrina@canary-mail.example,(415) 555-2671,Canaryville,Canary Works,2026-01-02,2026-06-01,canary
2,Zebrina,Quillfeather,,(415) 555-2671,Canarytown,Canary Works,2026-01-02,2026-06-01,secondcanary
3,Bo,Roe,bo@firm.example,(415) 555-2672,Oakland,Firm,2026-01-02,2026-06-01,met ZEBRINA@canary-mail.example at lunch
4,Cy,Low,cy@other.example,,Oakland,Other,2026-01-02,2026-06-01,
5,Di,May,di@other.example,(415) 555-2673,Oakland,Other,2026-01-02,2026-06-01,
"""
ACTIVITIES = """Id,Subject,Contact,Body,Date
a1,Call canarysubject,1,canarybody,2026-05-01
a2,Call,4,spoke of Zebrina Quillfeather,2026-05-01
"""
CANARIES = ("canary", "quillfeather", "5552671", "555-2671")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "migration.toml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "exports" / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / "exports" / "activities.csv").write_text(ACTIVITIES, encoding="utf-8")
    return tmp_path


def suppress(root, text, reason, **more):
    (root / "lists").mkdir(exist_ok=True)
    path = root / "lists" / f"{reason}.csv"
    path.write_text(text, encoding="utf-8")
    lines = [
        f'path = "lists/{path.name}"',
        f'reason = "{reason}"',
        *(f"{key} = {value}" for key, value in more.items()),
    ]
    entry = "\n[[suppress]]\n" + "\n".join(lines) + "\n"
    plan = (root / "migration.toml").read_text(encoding="utf-8")
    if entry not in plan:
        (root / "migration.toml").write_text(plan + entry, encoding="utf-8")


def fates(root, object_="contacts"):
    ledger = pl.read_csv(root / "run" / "report" / "ledger.csv", infer_schema=False)
    rows = ledger.filter(pl.col("object") == object_).sort("row").select("outcome", "code").rows()
    return dict(zip(("1", "2", "3", "4", "5") if object_ == "contacts" else ("a1", "a2"), rows, strict=True))


def leaks(root):
    """Files below run/, state/ and archive/ that hold a canary, Parquet and SQLite read as tables and as bytes."""
    found = set()
    for folder in ("run", "state", "archive", "run.previous"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file():
                text = path.read_bytes().decode("latin-1")
                if path.suffix == ".parquet":
                    text += str(pl.read_parquet(path).to_dicts())
                found |= {(path.relative_to(root).as_posix(), word) for word in CANARIES if word in text.casefold()}
    return found


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_whole_group_of_a_person_on_the_list_is_left_out(root):
    suppress(root, "Email\nZebrina@Canary-Mail.example\n", "do-not-import")
    run(root)
    left_out = ("excluded", "suppress.do-not-import")
    assert fates(root)["1"] == fates(root)["2"] == left_out
    assert fates(root)["3"][0] == "imported"
    assert fates(root, "activities") == {"a1": left_out, "a2": ("imported", "import.created")}
    excluded = pl.read_csv(root / "archive" / "exclude-from-sync.csv")
    assert excluded.select("Email Address", "Reason").rows() == [("zebrina@canary-mail.example", left_out[1])]


@pytest.mark.parametrize(
    "listed",
    [
        "Email\nzebrina@canary-mail.example\n",
        "zebrina@canary-mail.example\n",  # no header
        "Phone\n415 555 2671\n",
        "Record ID\n1\n",
        "Record\nold:contacts:2\n",
        f"email_sha256\n{sha('zebrina@canary-mail.example')}\n",
        f"who\n{sha('+14155552671')}\n",
        f"who\n{sha('14155552671').upper()}\n",
        f"who\n{sha('old:contacts:1')}\n",
        "E-Mail;Telefon\n;+1 (415) 555-2671\nnobody@nowhere.example;\n",
    ],
)
def test_nothing_of_an_erased_person_stays(root, listed):
    suppress(root, listed, "erase")
    result = run(root)
    assert result.exit_code in (0, 10, 11)
    assert fates(root)["1"] == fates(root)["2"] == ("erased", "suppress.erased")
    assert fates(root, "activities") == {"a1": ("erased", "suppress.erased"), "a2": ("imported", "import.created")}
    assert leaks(root) == set()
    notes = tables(Workspace(root), "stale")["contacts"].collect()
    assert "met [erased] at lunch" in notes["description"].to_list()
    ids = notes.filter(pl.col("_outcome") == "erased")["_record"].to_list()
    assert all(record.startswith("old:contacts:erased-") for record in ids)


def test_somebody_erased_later_goes_from_what_earlier_runs_left(root):
    plan = (root / "migration.toml").read_text(encoding="utf-8")
    real = '\n[destinations.files]\nkind = "files"\nurl = "out"\n'
    (root / "migration.toml").write_text(plan + real, encoding="utf-8")
    run(root)
    run(root, to="files")
    assert {path.partition("/")[0] for path, _ in leaks(root)} >= {"run", "state"}
    suppress(root, "Email\nzebrina@canary-mail.example\n", "erase")
    run(root)
    assert leaks(root) == set()
    to_do = pl.read_csv(root / "archive" / "erase-at-target.csv")
    assert set(to_do["destination"]) == {"files"}
    with sqlite3.connect(root / "state" / "files" / "journal.sqlite") as journal:
        erased = journal.execute("SELECT count(*) FROM crosswalk WHERE record LIKE '%:erased-%'").fetchone()[0]
    assert erased == 3  # both records of the person, and the call


def test_a_second_run_does_nothing_again_and_a_shorter_list_brings_people_back(root):
    suppress(root, "Email\nzebrina@canary-mail.example\ndi@other.example\n", "erase")
    run(root)
    before = fates(root)
    run(root)
    assert fates(root) == before
    assert before["5"][0] == "erased"
    suppress(root, "Email\nzebrina@canary-mail.example\n", "erase")
    run(root)
    assert fates(root)["5"][0] != "erased"
    assert fates(root)["2"][0] == "erased"


def test_what_may_be_the_same_person_is_a_finding(root):
    near = "6,Zebrina,Quillfether,,,Canaryville,Canary Works,2026-01-02,2026-06-01,\n"
    (root / "exports" / "contacts.csv").write_text(CONTACTS + near, encoding="utf-8")
    suppress(root, "Record\nold:contacts:1\n", "do-not-import")
    run(root)
    found = pl.read_parquet(root / "run" / "dedupe" / "findings.parquet").filter(pl.col("code") == "suppress.possible")
    asked = pl.read_parquet(root / "run" / "dedupe" / "pairs.parquet")
    assert not any(record.endswith((":1", ":2")) for record in [*asked["left"], *asked["right"]])
    assert set(found["record"]) <= {"old:contacts:6"}


def test_ids_of_other_objects_name_nobody(root):
    suppress(root, "Account ID,Email\n3,cy@other.example\n", "do-not-import")
    run(root)
    assert fates(root)["3"][0] == "imported"
    assert fates(root)["4"] == ("excluded", "suppress.do-not-import")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Name,City\nBo,Oakland\n", "suppress.no-column"),
        ("Email\nnone\n", "suppress.nothing"),
        ("Phone\n55\n", "suppress.nothing"),
    ],
)
def test_a_list_that_names_nobody_stops_the_run_first(root, text, code):
    suppress(root, text, "erase")
    with pytest.raises(InputError) as caught:
        run(root)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_a_missing_list_stops_the_run(root):
    suppress(root, "Email\nbo@firm.example\n", "erase")
    (root / "lists" / "erase.csv").unlink()
    with pytest.raises(InputError):
        run(root)


def test_the_plan_s_faults_are_told_together(root):
    suppress(root, "Email\nbo@firm.example\n", "erase")
    plan = (root / "migration.toml").read_text(encoding="utf-8")
    wrong = '\n[[suppress]]\npath = "x.csv"\nreason = "delete"\ncolumns = { "Mail" = "mail" }\n'
    (root / "migration.toml").write_text(plan + wrong, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        run(root)
    assert len(caught.value.faults) == 2


def test_restoring_somebody_on_a_list_is_refused(root):
    old = CONTACTS.replace("2026-06-01", "2020-06-01").replace("2026-01-02", "2020-01-02")
    (root / "exports" / "contacts.csv").write_text(old, encoding="utf-8")
    (root / "exports" / "activities.csv").write_text(ACTIVITIES.replace("2026", "2020"), encoding="utf-8")
    run(root)
    suppress(root, "Email\nbo@firm.example\n", "do-not-import")
    with pytest.raises(RefusedError, match="1 record that a suppression list names would come back"):
        restore(root, ["old:contacts:3"], by="Ann")
    assert restore(root, ["old:contacts:4"], by="Ann").data["restored"] == ["old:contacts:4"]
