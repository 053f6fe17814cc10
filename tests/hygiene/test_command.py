"""`crmclean hygiene` as people and CI run it."""

import csv
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from contextlib import closing
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from crmclean.cli.app import app

HEADER = "Record ID,First Name,Last Name,Email,Contact owner,Lifecycle Stage,Country/Region,"
CONTACTS = f"""{HEADER}Last Activity Date,Create Date
1,Ann,Lee,ann@acme.example,Kim Fox,Lead,United States,2026-03-20,2025-01-01
2,Anne,Lee,ann@acme.example,Kim Fox,Lead,United States,2026-03-01,2025-02-01
3,Bo,Ray,bo@acme.example,Kim Fox,Lead,Germany,2026-03-05,2025-03-01
4,Cy,Orr,,Sam Poe,Lead,Germany,2026-03-06,2025-03-01
"""
DEALS = """Record ID,Deal Name,Amount,Deal Stage,Close Date,Deal owner,Last Activity Date,Create Date
d1,One,1000,Proposal,2026-05-01,Kim Fox,2026-03-25,2026-01-01
d2,Two,5000,Proposal,2026-03-01,Sam Poe,2026-03-28,2026-01-01
"""
LATER = DEALS.replace("2026-05-01", "2026-03-30").replace("5000", "")


def run(folder, *words):
    """Run the command in a process of its own, in `folder`."""
    command = [sys.executable, "-m", "crmclean", "hygiene", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def invoke(*words):
    return CliRunner().invoke(app, ["hygiene", *map(str, words)])


def export(folder, contacts=CONTACTS, deals=DEALS):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "contacts.csv").write_text(contacts, encoding="utf-8")
    (folder / "deals.csv").write_text(deals, encoding="utf-8")
    return folder


def card(folder):
    return json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))


def measures(folder):
    return {each["id"]: each for each in card(folder)["measures"]}


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """Two runs, the second two weeks later on a worse export; the second one's result."""
    folder = tmp_path_factory.mktemp("twice")
    export(folder / "exports")
    assert invoke(folder / "exports", "-o", folder / "out", "--as-of", "2026-03-31").exit_code == 0
    worse = CONTACTS.replace("bo@acme.example", "bo@@acme") + "5,Di,Poe,di@b.example,,Lead,,2026-04-10,2026-04-01\n"
    export(folder / "exports", worse, LATER)
    result = invoke(folder / "exports", "-o", folder / "out", "--as-of", "2026-04-14")
    return folder, result


def test_a_first_run_ends_with_0_a_worse_one_with_10_and_accepting_it_with_0_again(tmp_path):
    export(tmp_path / "exports")
    first = run(tmp_path, "exports", "--as-of", "2026-03-31", "-q")
    assert (first.returncode, first.stderr) == (0, "")
    export(tmp_path / "exports", deals=LATER)
    worse = run(tmp_path, "exports", "--as-of", "2026-03-31")
    assert worse.returncode == 10, worse.stderr
    assert "Worse than the accepted run" in worse.stdout
    assert run(tmp_path, "exports", "--as-of", "2026-03-31", "--accept", "-q").returncode == 0
    assert run(tmp_path, "exports", "--as-of", "2026-03-31", "-q").returncode == 0


@pytest.mark.parametrize(("when", "code"), [("target", 10), ("never", 0), ("worse", 0)])
def test_fail_on(tmp_path, when, code):
    export(tmp_path / "exports")
    assert invoke(tmp_path / "exports", "-o", tmp_path / "out", "--fail-on", when).exit_code == code


def test_one_export_run_twice_adds_no_point(tmp_path):
    export(tmp_path / "exports")
    words = (tmp_path / "exports", "-o", tmp_path / "out", "--as-of", "2026-03-31", "--json")
    one, two = (json.loads(invoke(*words).stdout) for _ in range(2))
    assert (one["runs"], two["runs"], one["run"], two["run"]) == (1, 1, 1, 1)
    assert one == two
    with sqlite3.connect(tmp_path / "exports" / "hygiene.sqlite") as base:
        assert base.execute("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM accepted)").fetchone() == (1, 1)


def test_the_same_export_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        export(tmp_path / name)
        assert invoke(tmp_path / name, "-o", tmp_path / f"out-{name}", "--as-of", "2026-03-31").exit_code == 0
    files = sorted(path.relative_to(tmp_path / "out-a") for path in (tmp_path / "out-a").rglob("*") if path.is_file())
    assert len(files) > 8
    for file in files:
        assert (tmp_path / "out-a" / file).read_bytes() == (tmp_path / "out-b" / file).read_bytes(), file


def test_new_exceptions_are_traced_to_their_cause(twice):
    told = {(row["measure"], row["record"][-2:], row["field"]): row for row in exceptions(twice[0] / "out")}
    causes = {key: row["cause"] for key, row in told.items() if row["state"] == "new"}
    assert causes["contacts.email", ":3", ""] == "later edit"
    assert causes["contacts.required", ":5", "owner_ref"] == "new record"
    assert causes["deals.amount", "d2", ""] == "later edit"
    assert causes["deals.quiet", "d1", ""] == "ageing"
    assert told["deals.past_close", "d2", ""]["state"] == "open"
    assert told["deals.past_close", "d2", ""]["since"] == "2026-03-31"


def exceptions(out):
    with (out / "exceptions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_changed_rule_is_named_as_the_cause(tmp_path):
    export(tmp_path / "exports")
    assert invoke(tmp_path / "exports", "-o", tmp_path / "out", "--as-of", "2026-03-31").exit_code == 0
    (tmp_path / "kpi.toml").write_text("[thresholds]\nquiet_deal_days = 2\n", encoding="utf-8")
    words = ("-o", tmp_path / "out", "--as-of", "2026-04-01", "--kpi", tmp_path / "kpi.toml", "--fail-on", "never")
    assert invoke(tmp_path / "exports", *words).exit_code == 0
    assert measures(tmp_path / "out")["deals.quiet"]["causes"] == {"rule change": 2}


def test_missing_a_target_twice_in_a_row_is_escalated(twice):
    found = measures(twice[0] / "out")
    assert found["contacts.duplicates"]["escalated"]
    assert not found["contacts.email"]["escalated"]
    assert "escalated" in (twice[0] / "out" / "scorecard.md").read_text(encoding="utf-8")


def test_what_the_owners_have_adds_up_to_the_scorecard(twice):
    out = twice[0] / "out"
    index = pl.read_csv(out / "owners" / "index.csv")
    for name, known in measures(out).items():
        assert (index[name].sum() if name in index.columns else 0) == known["exceptions"], name
    assert (
        index["exceptions"].sum() == card(out)["exceptions"] == sum(row["state"] != "fixed" for row in exceptions(out))
    )
    assert {path.stem for path in (out / "owners").glob("*.xlsx")} == set(index["owner_id"])


def test_an_owner_finds_the_largest_money_first_and_what_to_do(twice):
    out = twice[0] / "out"
    (sam,) = pl.read_csv(out / "owners" / "index.csv").filter(pl.col("owner") == "Sam Poe")["owner_id"]
    book = openpyxl.load_workbook(out / "owners" / f"{sam}.xlsx")
    header, *rows = book["to do"].iter_rows(values_only=True)
    assert header[:3] == ("problem", "to_do", "name")
    assert {row[2] for row in rows} == {"Two", "Cy Orr"}
    assert all(row[1] for row in rows)


def test_no_name_stands_in_what_machines_read(twice):
    folder, result = twice
    texts = [
        (folder / "out" / name).read_text(encoding="utf-8") for name in ("scorecard.json", "scorecard.md", "junit.xml")
    ]
    texts += [result.stderr, *(path.name for path in (folder / "out").rglob("*"))]
    texts.append((folder / "exports" / "hygiene.sqlite").read_bytes().decode("latin-1"))
    names = ("Kim", "Fox", "Sam Poe", "Orr", "acme.example")
    assert [name for name in names for text in texts if name in text] == []
    assert "Kim Fox" in (folder / "out" / "scorecard.html").read_text(encoding="utf-8")


def test_junit_fails_what_is_below_target_and_skips_what_cannot_be_measured(twice):
    root = ElementTree.parse(twice[0] / "out" / "junit.xml").getroot()  # noqa: S314 - we wrote it
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert cases["Duplicate contacts"] == ["failure"]
    assert cases["Daily active users"] == ["skipped"]
    assert cases["Deals without an owner"] == []


def test_an_accepted_exception_is_not_counted_until_it_expires(tmp_path):
    export(tmp_path / "exports")
    words = (tmp_path / "exports", "-o", tmp_path / "out", "--as-of", "2026-03-31", "--fail-on", "never")
    invoke(*words)
    before = measures(tmp_path / "out")
    (tmp_path / "exports" / "hygiene-accepted.csv").write_text(
        "measure,record,field,reason,until,by\n"
        "deals.past_close,hubspot:deals:d2,,the customer signs in May,2026-04-30,Kim\n"
        "contacts.duplicates,hubspot:contacts:2,,a twin,2026-04-30,Kim\n"
        "contacts.required,hubspot:contacts:4,email,has none,2026-03-30,Kim\n",
        encoding="utf-8",
    )
    invoke(*words)
    after = measures(tmp_path / "out")
    assert (before["deals.past_close"]["value"], after["deals.past_close"]["value"]) == (0.5, 0.0)
    assert (before["contacts.duplicates"]["numerator"], after["contacts.duplicates"]["numerator"]) == (1, 0)
    assert after["deals.past_close"]["accepted_exceptions"] == 1
    assert after["contacts.required"]["exceptions"] == before["contacts.required"]["exceptions"]
    assert card(tmp_path / "out")["expired_acceptances"] == 1
    assert after["deals.past_close"]["fixed"] == 0  # accepted is not mended
    invoke(*words[:4], "2026-05-15", *words[5:])
    later = measures(tmp_path / "out")["deals.past_close"]  # one more deal has come to its day meanwhile
    assert later["causes"] == {"acceptance ran out": 1, "ageing": 1}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("measure,record,reason\n", "has no column until"),
        ("measure,record,reason,untill\n", "did you mean until?"),
        ("measure,record,reason,until\ndeals.past_clos,x,y,2026-01-01\n", "did you mean deals.past_close?"),
        ("measure,record,reason,until\ndeals.past_close,x,,2026-01-01\n", "reason is empty"),
        ("measure,record,reason,until\ndeals.past_close,x,y,soon\n", "until is not a day"),
    ],
)
def test_faults_in_the_accepted_exceptions_are_told(tmp_path, text, told):
    export(tmp_path / "exports")
    (tmp_path / "accepted.csv").write_text(text, encoding="utf-8")
    done = invoke(tmp_path / "exports", "-o", tmp_path / "out", "--accepted", tmp_path / "accepted.csv")
    assert done.exit_code == 3
    assert told in done.stderr


def test_dated_snapshots_make_a_history_of_their_own(tmp_path):
    header = "Record ID,Deal Name,Amount,Deal Stage,Deal probability,Close Date,Deal owner,Create Date\n"
    stages = {
        "2026-01-01": ("New", "New", "Offer"),
        "2026-02-01": ("Offer", "New", "New"),
        "2026-03-01": ("Closed Won", "Closed Lost", "New"),
    }
    for day, (one, two, three) in stages.items():
        rows = [("1", one, "100"), ("2", two, "50"), ("3", three, "70")]
        text = "".join(f"{n},Deal {n},{money},{stage},0.5,2026-02-15,Kim,2025-12-01\n" for n, stage, money in rows)
        (tmp_path / "snapshots" / day).mkdir(parents=True)
        (tmp_path / "snapshots" / day / "deals.csv").write_text(header + text, encoding="utf-8")
    (tmp_path / "kpi.toml").write_text('[[stage]]\nname = "New"\n[[stage]]\nname = "Offer"\n', encoding="utf-8")
    words = ("--kpi", tmp_path / "kpi.toml", "-o", tmp_path / "out", "--fail-on", "never")
    assert invoke(tmp_path / "snapshots", *words).exit_code == 0
    found = measures(tmp_path / "out")
    assert card(tmp_path / "out")["runs"] == 3
    assert [day for day, _ in found["deals.past_close"]["series"]] == list(stages)
    assert found["deals.reversals"]["numerator"] == 1
    parts = {part["key"]: (part["numerator"], part["denominator"]) for part in found["pipeline.conversion"]["parts"]}
    assert parts == {"New": (1, 2), "Offer": (1, 1)}
    assert found["pipeline.forecast"]["value"] == pytest.approx(1 - abs(110 - 100) / 100)


def test_stages_over_time_are_read_from_what_the_crm_exports(tmp_path):
    header = '"Record ID","Deal Name","Deal Stage","Create Date",'
    header += '"Date entered ""New (Sales)""","Date entered ""Offer (Sales)"""\n'
    row = '"1","One","New","2026-01-01","2026-03-01 10:00","2026-02-01 09:00"\n'
    (tmp_path / "deals.csv").write_text(header + row, encoding="utf-8")
    (tmp_path / "kpi.toml").write_text('[[stage]]\nname = "New"\n[[stage]]\nname = "Offer"\n', encoding="utf-8")
    words = ("--kpi", tmp_path / "kpi.toml", "-o", tmp_path / "out", "--as-of", "2026-03-31")
    assert invoke(tmp_path / "deals.csv", *words).exit_code == 0
    assert measures(tmp_path / "out")["deals.reversals"]["value"] == 1.0


def test_opportunity_history_tells_stages_over_time(tmp_path):
    (tmp_path / "Opportunity.csv").write_text(
        "Id,Name,StageName,CloseDate,Amount,IsWon,IsClosed,CreatedDate\n"
        "006A0000001bCdEIAU,One,Offer,2026-05-01,10,false,false,2026-01-01T00:00:00Z\n",
        encoding="utf-8",
    )
    (tmp_path / "OpportunityHistory.csv").write_text(
        "Id,OpportunityId,StageName,CreatedDate\n"
        "008A0000001bCdEIAU,006A0000001bCdE,Signing,2026-01-05T00:00:00Z\n"
        "008A0000001bCdFIAU,006A0000001bCdE,Offer,2026-02-05T00:00:00Z\n",
        encoding="utf-8",
    )
    (tmp_path / "kpi.toml").write_text('[[stage]]\nname = "Offer"\n[[stage]]\nname = "Signing"\n', encoding="utf-8")
    words = ("--kpi", tmp_path / "kpi.toml", "-o", tmp_path / "out", "--as-of", "2026-03-31")
    assert invoke(tmp_path, *words).exit_code == 0
    assert measures(tmp_path / "out")["deals.reversals"]["value"] == 1.0


NASTY = {
    "First Name": "<script>alert(1)</script>",
    "Last Name": '=HYPERLINK("http://x")',
    "Company Name": "\x1b[31mred\u202e",
    "Job Title": "**bold** | [link](x)",
}


def test_nasty_names_are_shown_as_text_everywhere(tmp_path):
    huge = "x" * 100_000
    with (tmp_path / "contacts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Record ID", *NASTY, "Email", "Contact owner", "Create Date"])
        writer.writerow(["1", *NASTY.values(), "", "=cmd|' /C calc'!A0", "2026-01-01"])
        writer.writerow(["2", huge, "Big", "", "", "", "<b>Own</b>", "2026-01-01"])
    done = invoke(tmp_path / "contacts.csv", "-o", tmp_path / "out", "--fail-on", "never")
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "out" / "scorecard.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>Own" not in page
    assert "&lt;b&gt;Own" in page
    assert "\x1b" not in done.stdout + done.stderr + page
    assert len(page) < 2_000_000
    names = [row["name"] for row in exceptions(tmp_path / "out")]
    assert all(not name.startswith(("=", "@", "+")) for name in names)
    assert all(len(name) <= 201 for name in names)
    for book in (tmp_path / "out" / "owners").glob("*.xlsx"):
        sheet = openpyxl.load_workbook(book)["to do"]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[measure.contacts.duplicate]\ntarget = 0.1\n", "did you mean duplicates?"),
        ("[thresholds]\nstage_day = 3\n", "did you mean stage_days?"),
        ("[measure.deals.stale]\ntargt = 3\n", "did you mean target?"),
        ('[measure.deals.stale]\ndefect = "touchd < as_of"\n', "did you mean touched?"),
        ('[settings]\nlocale = "xx_YY"\n', "is no known locale"),
        ('[[territory]]\nname = "A"\ncountry = ["US"]\n', "did you mean countries?"),
        ("[measure.contacts.duplicates]\ntarget = 5\n", "write 0.05 for 5 %"),
        ("[measure.contacts.duplicates]\nweight = -1\n", "weight: is below zero"),
        ("[thresholds]\nstale_deal_days = -4\n", "write a number of days, 0 or more"),
        ("[thresholds]\nowner_most = 50\n", "is not between 0 and 1"),
        ("[thresholds]\nwon_probability = 101\n", "is not between 0 and 100"),
        ("[settings]\ntolerance = -1\n", "tolerance: is below zero"),
        ('[settings]\nregion = "ZZ"\n', "kpi.toml.settings.region: is no country of phones"),
        ('[settings]\ncurrency = "dollars"\n', "is no currency"),
        ("[quota]\namount = 5\nfrom = 2026-05-01\nuntil = 2026-01-01\n", "is before from"),
        ('[[territory]]\nname = "A"\ncountries = ["Atlantis"]\nowners = ["Ann"]\n', "Atlantis is no country"),
    ],
)
def test_faults_in_a_kpi_file_name_what_was_meant(tmp_path, text, told):
    export(tmp_path / "exports")
    (tmp_path / "kpi.toml").write_text(text, encoding="utf-8")
    done = invoke(tmp_path / "exports", "-o", tmp_path / "out", "--kpi", tmp_path / "kpi.toml")
    assert (done.exit_code, told in done.stderr) == (3, True), done.stderr
    assert done.stderr.count("error:") == 1, done.stderr


def test_a_kpi_file_that_is_not_there_is_no_missing_workspace(tmp_path):
    export(tmp_path / "exports")
    done = invoke(tmp_path / "exports", "-o", tmp_path / "out", "--kpi", tmp_path / "none.toml")
    assert (done.exit_code, "name your KPI file" in done.stderr) == (3, True), done.stderr


def test_a_measure_of_ones_own_and_another_locale(tmp_path):
    export(tmp_path / "exports")
    (tmp_path / "kpi.toml").write_text(
        '[settings]\nlocale = "de_DE"\n[measure.deals.small]\nlabel = "Small deals"\ndefinition = "Under 2,000."\n'
        'object = "deals"\ndefect = "amount < 2000"\ntarget = 0.1\n[measure.deals.stale]\nenabled = false\n',
        encoding="utf-8",
    )
    done = invoke(tmp_path / "exports", "-o", tmp_path / "out", "--kpi", tmp_path / "kpi.toml")
    assert measures(tmp_path / "out")["deals.small"]["value"] == 0.5
    assert "deals.stale" not in measures(tmp_path / "out")
    assert "50,0 %" in done.stdout.replace("\xa0", " ")


def test_owners_that_only_columns_name_bring_no_control_code_into_lists(tmp_path):
    (tmp_path / "contacts.csv").write_text(
        f"Record ID,Email,Contact owner,Create Date\n1,,x\x07y\x1b[31m,2026-01-01\n2,,{'Z' * 100_000},2026-01-01\n",
        encoding="utf-8",
    )
    done = invoke(tmp_path / "contacts.csv", "-o", tmp_path / "out", "--fail-on", "never")
    assert done.exit_code == 0, done.stderr
    assert {row["owner"] for row in exceptions(tmp_path / "out")} == {"x y [31m", "Z" * 200}
    index = (tmp_path / "out" / "owners" / "index.csv").read_bytes()
    assert not re.search(rb"[\x00-\x09\x0b-\x1f]", index)


def test_files_that_are_no_history_are_left_alone(tmp_path):
    export(tmp_path / "exports")
    (tmp_path / "other.sqlite").write_text("not a database", encoding="utf-8")
    done = invoke(tmp_path / "exports", "-o", tmp_path / "out", "--history", tmp_path / "other.sqlite")
    assert (done.exit_code, "cannot be used as a history" in done.stderr) == (3, True)
    assert "restore it from a backup" in done.stderr
    done = invoke(tmp_path / "exports", "-o", tmp_path / "out", "--history", tmp_path)
    assert (done.exit_code, "keep it elsewhere with --history" in done.stderr) == (3, True)
    assert (tmp_path / "other.sqlite").read_text(encoding="utf-8") == "not a database"


def test_nothing_to_look_at_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert invoke().exit_code == 2
    assert invoke("nothing.csv").exit_code == 3
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = invoke("odd.csv")
    assert (done.exit_code, "was not recognised" in done.stderr) == (3, True)


def test_leavers_records_go_to_their_manager(tmp_path):
    (tmp_path / "User.csv").write_text(
        "Id,Username,LastName,FirstName,Email,IsActive,ManagerId,ProfileId\n"
        "005000000000001AAA,a,Boss,Bea,bea@x.example,true,,p\n"
        "005000000000002AAA,b,Gone,Gus,gus@x.example,false,005000000000001AAA,p\n",
        encoding="utf-8",
    )
    (tmp_path / "Contact.csv").write_text(
        "Id,FirstName,LastName,Email,OwnerId,CreatedDate\n"
        "003A000000aaaaaAAA,Ann,Lee,,005000000000002AAA,2026-01-01T00:00:00Z\n",
        encoding="utf-8",
    )
    done = invoke(tmp_path, "-o", tmp_path / "out", "--as-of", "2026-03-31")
    assert done.exit_code == 0, done.stderr
    rows = exceptions(tmp_path / "out")
    assert {(row["owner"], row["taken_over_from"]) for row in rows} == {("Bea Boss", "Gus Gone")}
    assert measures(tmp_path / "out")["contacts.leavers"]["value"] == 1.0
    assert Path(tmp_path / "out" / "owners" / "005000000000001AAA.xlsx").is_file()


def test_exact_duplicates_need_no_matching(tmp_path):
    export(tmp_path / "exports")
    assert invoke(tmp_path / "exports", "-o", tmp_path / "out", "--duplicates", "exact").exit_code == 0
    assert measures(tmp_path / "out")["contacts.duplicates"]["numerator"] == 1
    shutil.rmtree(tmp_path / "out")


def test_the_worth_of_cleaning_up_stands_on_every_page_with_its_formulas(tmp_path):
    export(tmp_path / "out")
    kpi = "[roi]\nlicense_per_contact = 12\nminutes_per_merge = 30\nhourly_cost = 40\none_off_cost = 10\n"
    kpi += "currency = 'USD'\n"
    (tmp_path / "kpi.toml").write_text(kpi, encoding="utf-8")
    done = run(tmp_path, "out", "--kpi", "kpi.toml", "--as-of", "2027-06-30", "-o", "card")
    assert done.returncode == 0, done.stderr
    told = {each["name"]: each for each in card(tmp_path / "card")["roi"]}
    stale = measures(tmp_path / "card")["contacts.stale"]["exceptions"]
    assert stale > 0
    archived = told["saved by archiving, per year"]["value"] / 12
    assert 0 < archived <= stale
    assert told["saved by merging, per year"]["value"] == 12
    assert told["merging by hand saved"]["value"] == 0.5
    assert told["worth of these hours"]["shown"] == "$20"
    assert told["ROI in the first year"]["value"] == pytest.approx((12 * archived + 12 + 20 - 10) / 10 * 100)
    for name in ("scorecard.html", "scorecard.md"):
        page = (tmp_path / "card" / name).read_text(encoding="utf-8")
        assert "What cleaning this up would be worth" in page
        assert "12.00; minutes" in page
    assert "ROI in the first year of cleaning this up" in done.stdout


def test_a_plan_without_prices_shows_no_worth(twice):
    folder, _ = twice
    assert card(folder / "out")["roi"] == []
    assert "would be worth" not in (folder / "out" / "scorecard.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("how", ["full", "exact"])
def test_pairs_that_people_rejected_are_no_duplicates_and_those_they_merged_are(tmp_path, how):
    export(tmp_path / "exports")
    words = ("exports", "--duplicates", how, "-o", "card", "--fail-on", "never")
    assert run(tmp_path, *words).returncode == 0
    before = measures(tmp_path / "card")["contacts.duplicates"]
    assert before["numerator"] == 1
    verdicts = "left,right,verdict,by\nhubspot:contacts:1,hubspot:contacts:2,different,Kim\n"
    (tmp_path / "pairs.csv").write_text(verdicts, encoding="utf-8")
    assert run(tmp_path, *words, "--decisions", "pairs.csv").returncode == 0
    rejected = measures(tmp_path / "card")["contacts.duplicates"]
    assert (rejected["numerator"], rejected["exceptions"], card(tmp_path / "card")["runs"]) == (0, 0, 2)
    (tmp_path / "pairs.csv").write_text(
        f"{verdicts}hubspot:contacts:3,hubspot:contacts:4,merge,Kim\n", encoding="utf-8"
    )
    assert run(tmp_path, *words, "--decisions", "pairs.csv").returncode == 0
    assert measures(tmp_path / "card")["contacts.duplicates"]["numerator"] == 1
    listed = [row for row in exceptions(tmp_path / "card") if row["state"] != "fixed"]
    named = [row["record"] for row in listed if row["measure"] == "contacts.duplicates"]
    assert set(named) <= {"hubspot:contacts:3", "hubspot:contacts:4"}
    gone = run(tmp_path, *words, "--decisions", "gone.csv")
    assert gone.returncode == 3
    assert "there is no such file" in gone.stderr


def test_runs_at_the_same_time_share_a_history_and_lose_no_point(tmp_path):
    """Two of four read the same export, which adds one point; nobody waits in vain, and nothing is written twice."""
    for number, contacts in enumerate(
        [CONTACTS, CONTACTS, CONTACTS.replace("Bo,", "Bob,"), CONTACTS.replace("Cy,", "Cyd,")]
    ):
        export(tmp_path / f"exports{number}", contacts)
    shared = tmp_path / "shared.sqlite"
    command = [sys.executable, "-m", "crmclean", "hygiene", "--history", str(shared), "--as-of", "2026-03-31", "-q"]
    started = [
        subprocess.Popen([*command, f"exports{number}", "-o", f"out{number}", "--fail-on", "never"], cwd=tmp_path)
        for number in range(4)
    ]
    assert [each.wait() for each in started] == [0, 0, 0, 0]
    with closing(sqlite3.connect(shared)) as base:
        assert base.execute("SELECT count(*), count(DISTINCT fingerprint), max(run) FROM run").fetchone() == (3, 3, 3)
        assert base.execute("SELECT count(*) FROM accepted").fetchone() == (1,)
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            base.execute("UPDATE run SET score = 100")
        with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
            base.execute("DELETE FROM measure")


def test_rows_that_fit_no_header_are_told(tmp_path):
    folder = export(
        tmp_path / "export", CONTACTS + "5,Di,Poe,di@acme.example,Sam Poe,Lead,Germany,2026-03-06,2025-03-01,x,y\n"
    )
    told, document = invoke(folder, "--out", tmp_path / "a"), invoke(folder, "--out", tmp_path / "b", "--json")
    left_out = "Left out: 1 row of contacts.csv, with more values than the header has columns."
    assert left_out in " ".join(told.output.split())
    assert json.loads(document.stdout)["unread_rows"] == {"contacts.csv": 1}


def test_phones_without_a_country_are_read_by_the_region_that_is_named(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    contacts = "Record ID,First Name,Last Name,Email,Phone Number\n1,Ann,Lee,ann@acme.example,(415) 555-2671\n"
    (folder / "contacts.csv").write_text(contacts, encoding="utf-8")
    plain = invoke(folder, "--out", tmp_path / "card", "--fail-on", "never")
    assert "1 phone number without + or country, counted as invalid: name theirs with --region CC." in " ".join(
        plain.output.split()
    )
    assert measures(tmp_path / "card")["contacts.phone"]["value"] == 0
    told = invoke(folder, "--out", tmp_path / "card", "--region", "us", "--fail-on", "never")
    assert "--region CC" not in told.output
    assert measures(tmp_path / "card")["contacts.phone"]["value"] == 1
    assert card(tmp_path / "card")["runs"] == 2
    (tmp_path / "kpi.toml").write_text('[settings]\nregion = "US"\n', encoding="utf-8")
    by_file = invoke(folder, "--out", tmp_path / "card", "--kpi", tmp_path / "kpi.toml", "--fail-on", "never")
    assert by_file.exit_code == 0
    assert measures(tmp_path / "card")["contacts.phone"]["value"] == 1
    wrong = invoke(folder, "--out", tmp_path / "card", "--region", "UX")
    assert wrong.exit_code == 2
    assert "is no country of phones" in wrong.output
