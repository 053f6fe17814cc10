"""A later round of a whole run, as a user types it: fresh exports, only the change is sent, and back again."""

import csv
import re
import sqlite3
from contextlib import chdir, closing

from typer.testing import CliRunner

from crmclean.cli.app import app

HEADER = "Id,FirstName,LastName,Email,CreatedDate\n"
PEOPLE = [f"003A00000{n:05}AAA,Ann{n},Lee{n},ann{n}@example.com,2026-0{n}-01T00:00:00Z\n" for n in range(1, 5)]


def crmclean(folder, *words):
    with chdir(folder):
        done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout + done.stderr


def names(folder):
    with closing(sqlite3.connect(folder / "rehearsal.sqlite")) as database:
        return sorted(name for (name,) in database.execute("SELECT lastname FROM contacts"))


def test_fresh_exports_go_in_as_a_round_and_come_out_again(tmp_path):
    export = tmp_path / "Contact.csv"
    export.write_text(HEADER + "".join(PEOPLE[:3]), encoding="utf-8")
    assert crmclean(tmp_path, "init", "acme", "Contact.csv", "--target", "hubspot", "--yes")[0] == 0
    acme = tmp_path / "acme"
    code, told = crmclean(acme, "run")
    assert code == 0, told
    assert re.search(r"stage +rows +created +rejected +passed", told)
    fresh = HEADER + PEOPLE[0] + PEOPLE[1].replace("Lee2", "Changed") + PEOPLE[3]
    (acme / "exports" / "Contact.csv").write_text(fresh, encoding="utf-8")
    code, told = crmclean(acme, "run", "--round", "cutover")
    assert code == 0, told
    assert "gone.csv" in told
    assert re.search(r"stage +rows +created +updated +unchanged +rejected +passed", told)
    assert re.search(r" +1 +1 +1 +0 +yes", told)
    assert names(acme) == ["Changed", "Lee1", "Lee3", "Lee4"]
    code, told = crmclean(acme, "rollback")
    assert code == 0, told
    assert "crmclean rollback --to rehearsal --round first takes it back, too" in told
    assert names(acme) == ["Lee1", "Lee2", "Lee3"]
    code, told = crmclean(acme, "status")
    assert "Round cutover in rehearsal was taken back since" in " ".join(told.split())
    assert told.rstrip().endswith("Next: crmclean run")


def started(folder, rows, header=HEADER):
    """Make a workspace of one export and run its first round."""
    (folder / "Contact.csv").write_text(header + rows, encoding="utf-8")
    assert crmclean(folder, "init", "acme", "Contact.csv", "--target", "hubspot", "--yes")[0] == 0
    acme = folder / "acme"
    code, told = crmclean(acme, "run")
    assert code == 0, told
    return acme


def ledger(acme):
    with (acme / "run" / "report" / "ledger.csv").open(encoding="utf-8") as file:
        return {line["record"][-7:-3]: (line["outcome"], line["code"]) for line in csv.DictReader(file)}


def test_a_doubtful_pair_in_a_later_round_holds_only_the_record_that_is_new(tmp_path):
    acme = started(tmp_path, "".join(PEOPLE[:3]))
    stranger = PEOPLE[3].replace("ann4@", "ann2@").replace("Ann4,Lee4", "Zoe,Quist")
    changed = PEOPLE[1].replace("Lee2", "Lee-Changed")
    (acme / "exports" / "Contact.csv").write_text(HEADER + PEOPLE[0] + changed + PEOPLE[2] + stranger, encoding="utf-8")
    code, told = crmclean(acme, "run", "--round", "cutover")
    assert code == 11, told  # somebody has to say whether they are one person
    fates = ledger(acme)
    assert fates["0002"][0] == "updated"
    assert fates["0004"][0] == "held"
    assert names(acme) == ["Lee-Changed", "Lee1", "Lee3"]
    again, told = crmclean(acme, "run", "--round", "cutover")
    assert again == 11, told
    assert ledger(acme) == fates


def test_without_a_round_the_rehearsal_starts_over_and_both_wait(tmp_path):
    acme = started(tmp_path, "".join(PEOPLE[:3]))
    stranger = PEOPLE[3].replace("ann4@", "ann2@").replace("Ann4,Lee4", "Zoe,Quist")
    (acme / "exports" / "Contact.csv").write_text(HEADER + "".join(PEOPLE[:3]) + stranger, encoding="utf-8")
    for _ in range(2):
        code, told = crmclean(acme, "run")
        assert code == 11, told
        assert names(acme) == ["Lee1", "Lee3"]


def test_archived_records_with_new_engagement_come_in(tmp_path):
    header = HEADER.replace("\n", ",LastActivityDate\n")
    old = [PEOPLE[0], *(row.replace("2026-0", "2020-0") for row in PEOPLE[1:])]  # ages count from the newest timestamp
    rows = [row.replace("\n", ",2026-01-01\n") for row in old]
    silent = rows[1].replace("2026-01-01", "2020-03-01")
    acme = started(tmp_path, rows[0] + silent + rows[2] + rows[3], header)
    assert ledger(acme)["0002"][0] == "archived"
    assert names(acme) == ["Lee1", "Lee3", "Lee4"]
    (acme / "exports" / "Contact.csv").write_text(header + "".join(rows), encoding="utf-8")
    code, told = crmclean(acme, "run", "--round", "cutover")
    assert code == 0, told
    assert ledger(acme)["0002"] == ("imported", "import.created")
    assert names(acme) == ["Lee1", "Lee2", "Lee3", "Lee4"]


def test_a_reject_is_mended_in_its_own_rows_and_comes_in_as_a_round(tmp_path):
    long = PEOPLE[2].replace("Lee3", "L" * 90)  # Salesforce takes 80
    (tmp_path / "Contact.csv").write_text(HEADER + PEOPLE[0] + PEOPLE[1] + long, encoding="utf-8")
    assert crmclean(tmp_path, "init", "acme", "Contact.csv", "--target", "salesforce", "--yes")[0] == 0
    acme = tmp_path / "acme"
    plan = (acme / "migration.toml").read_text(encoding="utf-8")
    (acme / "migration.toml").write_text(open_gates(plan), encoding="utf-8")
    code, told = crmclean(acme, "run")
    assert (code, ledger(acme)["0003"]) == (0, ("rejected", "target.length")), told
    rows = acme / "run" / "import" / "rehearsal" / "rejected-rows" / "Contact.csv"
    assert rows.read_text(encoding="utf-8") == HEADER + long
    mended = rows.read_text(encoding="utf-8").replace("L" * 90, "Short")
    (acme / "exports" / "Contact.csv").write_text(mended, encoding="utf-8")
    code, told = crmclean(acme, "run", "--round", "mended")
    assert code == 0, told
    assert ledger(acme) == {"0003": ("imported", "import.created")}
    with closing(sqlite3.connect(acme / "rehearsal.sqlite")) as database:
        found = sorted(name for (name,) in database.execute("SELECT LastName FROM Contact"))
    assert found == ["Lee1", "Lee2", "Short"]
    assert not rows.exists()


def open_gates(plan):
    """Let half of the records be rejected."""
    return re.sub(r"^(.*rejects?\w*) = [\d.]+", r"\1 = 0.5", plan, flags=re.MULTILINE)


def test_what_a_round_brings_does_not_make_its_own_phases_out_of_date(tmp_path):
    """A new row is one that is there, and a stranger may be either: the round itself makes the new row known."""
    acme = started(tmp_path, "".join(PEOPLE[:3]))
    twin = PEOPLE[1].replace("00002AAA", "00007AAA")
    stranger = PEOPLE[3].replace("ann4@", "ann2@").replace("Ann4,Lee4", "Zoe,Quist")
    changed = PEOPLE[2].replace("Lee3", "Changed")
    fresh = "".join((*PEOPLE[:2], changed, twin, stranger))
    one, other = (f"contact:contacts:003A00000{number:05}AAA" for number in (2, 7))
    (acme / "decisions").mkdir(exist_ok=True)
    (acme / "decisions" / "pairs.csv").write_text(f"left,right,verdict\n{one},{other},merge\n", encoding="utf-8")
    (acme / "exports" / "Contact.csv").write_text(HEADER + fresh, encoding="utf-8")
    code, told = crmclean(acme, "run", "--round", "cutover")
    assert code == 11, told
    assert {fate for fate, _ in ledger(acme).values()} == {"unchanged", "updated", "merged", "held"}
    _, told = crmclean(acme, "run", "--round", "cutover")
    assert re.search(r"stale +unchanged", told)


def test_a_round_whose_only_news_is_a_duplicate_leads_from_it_to_the_one_it_is(tmp_path):
    acme = started(tmp_path, "".join(PEOPLE[:3]))
    again = PEOPLE[0].replace("00001AAA", "00004AAA")
    (acme / "exports" / "Contact.csv").write_text(HEADER + "".join(PEOPLE[:3]) + again, encoding="utf-8")
    code, told = crmclean(acme, "run", "--round", "cutover")
    assert code == 0, told
    assert ledger(acme)["0004"] == ("merged", "merge.email")
    assert names(acme) == ["Lee1", "Lee2", "Lee3"]
    assert crmclean(acme, "export", "--to", "bi", "--csv")[0] == 0
    with (acme / "bi" / "crosswalk.csv").open(encoding="utf-8-sig") as file:
        ids = {line["record"][-7:-3]: line["target_id"] for line in csv.DictReader(file)}
    assert ids["0004"] == ids["0001"] != ""


def test_a_round_of_the_same_records_is_refused(tmp_path):
    acme = started(tmp_path, "".join(PEOPLE[:3]))
    code, told = crmclean(acme, "run", "--round", "cutover")
    assert (code, "round.nothing-new" in told) == (4, True)
