"""Sheets as people fill them in: saved by other programs, dealt out among owners, never written over."""

import polars as pl
import pytest
from openpyxl import load_workbook

from crmclean.errors import ExitCode, InputError, RefusedError, UsageError
from crmclean.matching.decisions import read_decisions
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.matching.review import questions
from crmclean.pipeline.store import Phase, save
from crmclean.workflow.review import apply_review, export_review
from crmclean.workspace.paths import Workspace

NAMES = [("John", "Smith"), ("Mary", "Jones"), ("Ann", "Reed"), ("Bob", "Cole"), ("Eva", "Hunt"), ("Max", "Frey")]
CSV, XLSX = "run/review/pairs-contacts.csv", "run/review/pairs-contacts.xlsx"


@pytest.fixture
def root(tmp_path):
    """Three doubtful pairs of two owners, one of them known by name; in three countries."""
    frame = pl.DataFrame(
        {
            "_record": [f"crm:contacts:{n}" for n in range(6)],
            "_source": ["crm"] * 6,
            "first_name": [first for first, _ in NAMES],
            "last_name": [last for _, last in NAMES],
            "email": [f"{mailbox}@acme.com" for mailbox in "aabbcc"],
            "country": ["US", "US", "DE", "DE", "AT", None],
            "region": ["US-CA", "US-CA", None, None, None, None],
            "owner_ref": ["7", "7", None, "8", None, None],
            "_ref.owner_ref": ["crm:users:7", "crm:users:7", None, None, None, None],
        }
    )
    users = pl.DataFrame({"_record": ["crm:users:7"], "first_name": ["Olga"], "last_name": ["Owner"]})
    save(Workspace(tmp_path), "normalize", Phase({"contacts": frame, "users": users}), "key")
    asked = questions(match("contacts", frame, MatchSettings()), frame)
    save(Workspace(tmp_path), "dedupe", Phase({}, frames={"questions-contacts": asked}), "key")
    return tmp_path


def filled(path, **answers):
    pl.read_csv(path).with_columns(pl.lit(value).alias(name) for name, value in answers.items()).write_csv(path)


def test_reviewers_who_disagree_are_told_so(root):
    export_review(root)
    filled(root / CSV, decision="merge")
    apply_review(root, root / CSV, "ann")
    filled(root / CSV, decision="different")
    told = apply_review(root, root / CSV, "bob")
    assert (told.exit_code, told.data["contested"]) == (ExitCode.WAITING, 3)
    assert "Reviewers disagree on 3 of these pairs" in told.notes[0]


def test_the_sheet_may_say_who_answers_and_somebody_must(root):
    export_review(root)
    filled(root / CSV, decision="merge", by="ann")
    apply_review(root, root / CSV)
    assert set(read_decisions(Workspace(root).decisions / "pairs.csv")["by"]) == {"ann"}
    sheet = pl.read_csv(root / CSV)
    sheet.with_columns(by=pl.Series(["ann", None, None])).write_csv(root / CSV)
    with pytest.raises(UsageError) as refused:
        apply_review(root, root / CSV)
    (fault,) = refused.value.faults
    assert (fault.code, fault.problem) == ("review.who", "is missing: 2 answers without a name")


def test_what_is_answered_is_not_asked_again_before_the_next_run(root):
    export_review(root)
    sheet = pl.read_csv(root / CSV)
    sheet.with_columns(decision=pl.Series(["merge", "skip", None])).write_csv(root / CSV)
    told = apply_review(root, root / CSV, "ann")
    assert (told.data["open"], told.exit_code) == (2, ExitCode.WAITING)
    assert "2 pairs are still open" in told.headline
    (root / CSV).unlink()
    assert export_review(root).data["pairs"] == {"contacts": 2}
    assert pl.read_csv(root / CSV)["left"].to_list() == sheet["left"].to_list()[1:]


def test_rows_that_were_deleted_from_the_sheet_are_open(root):
    export_review(root)
    pl.read_csv(root / CSV).head(1).with_columns(decision=pl.lit("merge")).write_csv(root / CSV)
    assert apply_review(root, root / CSV, "ann").data["open"] == 2


def test_a_pair_that_one_sheet_answers_twice_is_refused(root):
    export_review(root)
    first = pl.read_csv(root / CSV).head(1)
    both = [first.with_columns(decision=pl.lit(word), by=pl.lit(None, pl.String)) for word in ("merge", "different")]
    pl.concat(both).write_csv(root / CSV)
    with pytest.raises(InputError, match="row 3: answers otherwise than row 2"):
        apply_review(root, root / CSV, "ann")
    pl.concat([both[0], both[0]]).write_csv(root / CSV)
    assert apply_review(root, root / CSV, "ann").data["answers"] == {"merge": 2}


def test_owners_are_called_by_their_names_where_the_users_were_exported(root):
    export_review(root)
    sheet = pl.read_csv(root / CSV)
    named = {(a, b) for a, b in sheet.select("A: owner_ref", "B: owner_ref").iter_rows()}
    assert named == {("Olga Owner", "Olga Owner"), (None, "8"), (None, None)}


def test_a_sheet_with_answers_is_not_written_over(root):
    export_review(root)
    filled(root / CSV, decision="merge")
    with pytest.raises(RefusedError, match="holds 3 answers that were not taken over"):
        export_review(root, "owner")
    assert "merge" in (root / CSV).read_text(encoding="utf-8")
    apply_review(root, root / CSV, "ann")
    assert export_review(root).exit_code == ExitCode.DONE


def test_a_workbook_that_was_sorted_and_saved_by_another_program_is_read(root):
    export_review(root)
    book = load_workbook(root / XLSX)
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for row in rows[:2]:
        row[heads.index("decision")], row[heads.index("survivor")] = "Merge ", "b"
        row[heads.index("note")] = "größer"
    for place, row in enumerate(reversed(rows), start=2):
        for column, value in enumerate(row, start=1):
            sheet.cell(place, column, value)
    book.save(root / XLSX)
    told = apply_review(root, root / XLSX, "ann")
    assert (told.data["answers"], told.data["open"]) == ({"merge": 2}, 1)
    decisions = read_decisions(root / "decisions" / "pairs.csv")
    assert set(decisions["note"]) == {"größer"}
    assert (decisions["survivor"] == decisions["right"]).all()
    assert decisions["seen"].str.contains("email:").all()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_a_csv_that_a_spreadsheet_program_saved_is_read(root, tmp_path, encoding, delimiter):
    export_review(root)
    rows = pl.read_csv(root / CSV).with_columns(decision=pl.lit("not a duplicate"), note=pl.lit("Müller, größer"))
    saved = tmp_path / "saved.csv"
    saved.write_bytes(rows.write_csv(separator=delimiter, line_terminator="\r\n").encode(encoding))
    assert apply_review(root, saved, "ann").data["answers"] == {"different": 3}
    assert set(read_decisions(root / "decisions" / "pairs.csv")["note"]) == {"Müller, größer"}


def test_the_workbook_freezes_its_head_hides_what_nobody_reads_and_offers_the_answers(root):
    export_review(root)
    sheet = load_workbook(root / XLSX).active
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet.freeze_panes == "C2"
    assert sheet.column_dimensions[heads["seen"]].hidden
    assert sheet.protection.sheet
    (choice,) = sheet.data_validations.dataValidation
    assert str(choice.sqref) == f"{heads['decision']}2:{heads['decision']}4"
    assert {"score", "reasons", "conflict", "said_before", "A: email", "B: email"} <= heads.keys()


def sheets(root, told):
    return {name: pl.read_excel(root / file)["left"].to_list() for file, name in told.data["for"].items()}


def test_pairs_are_dealt_out_by_owner_and_file_names_carry_no_name(root):
    told = export_review(root, "owner")
    by_owner = {"8": ["crm:contacts:2"], "Olga Owner": ["crm:contacts:0"], "nobody": ["crm:contacts:4"]}
    assert sheets(root, told) == by_owner
    files = [f"pairs-contacts-0{n}" for n in (1, 2, 3)]
    assert told.data["files"] == [f"run/review/{name}.xlsx" for name in files]
    assert sorted(path.stem for path in (root / "run" / "review").glob("*.csv")) == files
    export_review(root)
    assert [path.name for path in (root / "run" / "review").glob("*.csv")] == ["pairs-contacts.csv"]


def test_pairs_are_dealt_out_by_territory_of_the_plan_else_by_state_or_country(root):
    source = '[[source]]\nname = "crm"\nkind = "plain"\n[[source.file]]\npath = "x.csv"\nobject = "contacts"\n'
    plan = f'[target]\ncrm = "hubspot"\n{source}'
    (root / "migration.toml").write_text(plan, encoding="utf-8")
    assert set(sheets(root, export_review(root, "territory"))) == {"AT", "DE", "US-CA"}
    table = '[territories]\n"West Coast" = ["US-CA", "US-OR"]\nDACH = ["DE", "CH"]\n'
    (root / "migration.toml").write_text(plan + table, encoding="utf-8")
    by_place = {"DACH": ["crm:contacts:2"], "West Coast": ["crm:contacts:0"], "elsewhere": ["crm:contacts:4"]}
    assert sheets(root, export_review(root, "territory")) == by_place


def test_pairs_are_dealt_out_by_nothing_else(root):
    with pytest.raises(UsageError, match="neither owner nor territory"):
        export_review(root, "region")
