"""`crmclean profile` and other commands are given files, folders, and tables inside files."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from crmclean.errors import InputError
from crmclean.workflow.hygiene import Request, hygiene
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.profiling import profile_files

PEOPLE = "Email,First Name\nida@example.com,Ida\njo@example.com,Jo\n"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "people.csv").write_text(PEOPLE)
    (folder / ".hidden.csv").write_text(PEOPLE)
    book = Workbook()
    book.remove(book.active)
    for name, rows in (("Many", [("Email", "First Name"), *[(f"p{i}@example.com", "Pia") for i in range(9)]]),
                       ("Firms", [("Company", "Website"), ("Oak GmbH", "oak.example")])):  # fmt: skip
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "two.xlsx")
    return folder


def tables(*paths: Path) -> dict[str, int]:
    result = profile_files(paths)
    return {view.title: len(view.rows) for view in result.tables if view.title != "Tables"}


def test_a_folder_s_files_and_sheets_are_all_looked_at(exports: Path) -> None:
    assert tables(exports) == {"people.csv": 2, "two.xlsx/Many": 2, "two.xlsx/Firms": 2}
    assert profile_files([exports]).headline == "3 tables, 12 rows."
    assert profile_files([exports]).tables[0].rows[2] == ("two.xlsx/Firms", "plain companies", 1, 2)


def test_one_table_needs_no_list_of_tables(exports: Path) -> None:
    result = profile_files([exports / "people.csv"])
    assert [view.title for view in result.tables] == ["people.csv"]
    assert result.headline == "people.csv: plain contacts, 2 rows, 2 columns"


def test_what_is_unreadable_in_a_folder_is_told_and_named_by_itself_refused(exports: Path) -> None:
    empty = exports / "empty.csv"
    empty.touch()
    result = profile_files([exports])
    assert len(result.data["files"]) == 3
    assert [note for note in result.notes if note.startswith("left out:")] == [
        f"left out: {empty} is empty (0 bytes); export it again, or take it out of the plan"
    ]
    assert [fault["code"] for fault in result.data["unread"]] == ["file.empty"]
    with pytest.raises(InputError) as refused:
        profile_files([empty])
    assert refused.value.faults[0].code == "file.empty"


def test_columns_whose_names_begin_like_ours_are_shown_as_all_others_are(tmp_path: Path) -> None:
    export = tmp_path / "people.csv"
    export.write_text("_fivetran_deleted,Email\nfalse,ida@example.com\n")
    (file,) = profile_files([export]).data["files"]
    assert [(one["header"], one["filled"]) for one in file["columns"]] == [("_fivetran_deleted", 1), ("Email", 1)]


def test_a_folder_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    with pytest.raises(InputError) as refused:
        profile_files([tmp_path])
    (fault,) = refused.value.faults
    assert (fault.problem, fault.hint) == ("holds no exports itself, only folders", f"name {tmp_path / 'inside'}")


def test_a_sheet_is_named_inside_its_workbook(exports: Path, tmp_path: Path) -> None:
    sheet = exports / "two.xlsx" / "Firms"
    assert tables(sheet) == {"two.xlsx/Firms": 2}
    initialize(tmp_path / "ws", [sheet], Answers(target="hubspot"))
    assert 'path = "exports/two.xlsx/Firms"' in (tmp_path / "ws" / "migration.toml").read_text()
    assert [file.name for file in (tmp_path / "ws" / "exports").iterdir()] == ["two.xlsx"]
    hygiene(Request(files=(sheet,), out=tmp_path / "card", fail_on="never"))
    assert (tmp_path / "card" / "scorecard.html").is_file()


@pytest.mark.parametrize("name", ["peple.csv", "PEOPLE.CSV", "people.cvs"])
def test_a_name_that_is_nearly_right_is_answered_by_the_right_one(name: str, exports: Path) -> None:
    with pytest.raises(InputError) as refused:
        profile_files([exports / name])
    assert refused.value.faults[0].hint == "did you mean people.csv?"
