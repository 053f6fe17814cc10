"""`crmclean handover`: sums that tie to the exports and to the target, and a page that says when not to sign."""

import csv
import shutil
import sqlite3
from decimal import Decimal

import pytest

from crmclean.errors import ExitCode, InputError, PlanError
from crmclean.workflow.handover import handover


@pytest.fixture
def acme(sample_run, tmp_path):
    """The sample migration, to be changed."""
    shutil.copytree(sample_run, tmp_path / "acme")
    return tmp_path / "acme"


def lines(folder):
    return list(csv.DictReader((folder / "reconciliation.csv").read_text(encoding="utf-8").splitlines()))


def test_every_line_ties_to_the_export_and_to_the_target(sample_run, tmp_path):
    result = handover(sample_run, tmp_path)
    found = lines(tmp_path)
    with (sample_run / "exports/salesforce/Opportunity.csv").open(encoding="utf-8-sig") as file:
        source = list(csv.DictReader(file))
    assert sum(Decimal(line["amount"]) for line in found) == sum(Decimal(row["Amount"] or 0) for row in source)
    won = sum(Decimal(row["Amount"] or 0) for row in source if row["StageName"] == "Closed Won")
    assert sum(Decimal(line["amount"]) for line in found if line["stage"] == "Closed Won") == won
    with sqlite3.connect(sample_run / "rehearsal.sqlite") as target:
        there = target.execute("SELECT count(*), sum(amount) FROM deals").fetchone()
    assert sum(int(line["read_back"]) for line in found) == there[0]
    assert float(sum(Decimal(line["amount_read_back"]) for line in found)) == pytest.approx(float(there[1]))
    assert result.exit_code is ExitCode.WAITING
    assert "open items" in result.headline
    assert {tuple(item) for item in result.data["open_items"]} == {("what", "records", "why")}


def test_the_reasons_of_open_items_are_not_cut_in_a_narrow_terminal(sample_run, tmp_path):
    (items,) = handover(sample_run, tmp_path).tables
    assert items.folded


def test_the_page_has_lines_to_sign_on_and_what_was_decided(sample_run, tmp_path):
    handover(sample_run, tmp_path)
    page = (tmp_path / "handover.html").read_text(encoding="utf-8")
    text = (tmp_path / "handover.md").read_text(encoding="utf-8")
    for words in ("Signatures", "Data protection", "Deals and money", "Opt-outs", "Open items", "Rollback"):
        assert words in page
        assert words in text
    assert "<script" not in page


def test_opt_outs_are_counted_in_out_and_read_back(sample_run, tmp_path):
    handover(sample_run, tmp_path)
    text = (tmp_path / "handover.md").read_text(encoding="utf-8")
    numbers = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| ")}
    must = next(line for name, line in numbers.items() if name.startswith("records at the target that must say so"))
    back = next(line for name, line in numbers.items() if name.startswith("read back from the target"))
    count = must.split("|")[2].strip()
    assert back.split("|")[2].strip() == count != "0"


def test_what_the_target_lost_or_changed_since_keeps_it_from_being_signed(acme, tmp_path):
    with sqlite3.connect(acme / "rehearsal.sqlite") as target:
        target.execute("UPDATE deals SET amount = 1 WHERE _id = (SELECT min(_id) FROM deals WHERE amount > 10)")
        columns = [row[1] for row in target.execute("PRAGMA table_info(contacts)")]
        field = next(name for name in columns if "opt" in name.lower())
        target.execute(f"UPDATE contacts SET {field} = 'false' WHERE {field} = 'true'")  # noqa: S608
    told = handover(acme, tmp_path).headline
    assert "money does not tie" in told
    assert "opt-outs are missing at the target" in told


def test_before_an_import_there_is_nothing_to_sign(acme, tmp_path):
    shutil.rmtree(acme / "state" / "rehearsal")
    with pytest.raises(InputError) as missing:
        handover(acme, tmp_path)
    assert missing.value.faults[0].code == "handover.no-import"
    with pytest.raises(PlanError, match="no destination nowhere"):
        handover(acme, tmp_path, to="nowhere")


def test_twice_the_same_bytes(sample_run, tmp_path):
    for name in ("a", "b"):
        handover(sample_run, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
