import csv

import pytest

from crmclean.errors import InputError, UsageError
from crmclean.workflow.dedupe_file import ListOptions, check_against, dedupe_file

PEOPLE = """Contact ID,First Name,Last Name,Email,Phone
a1,John,Smith,john.smith@acme.com,+1 415 555 0123
a2,Jon,Smith,John.Smith@Acme.com,
a3,Mary,Jones,mary@acme.com,+1 415 555 0199
a4,Ann,Reed,info@acme.com,
a5,Bob,Cole,info@acme.com,
"""


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_has_its_own_id_and_a_cluster(people, tmp_path):
    result = dedupe_file(people, tmp_path / "out.csv")
    told = {row["record"]: (row["cluster"], row["band"]) for row in rows(tmp_path / "out.csv")}
    assert told == {
        "a1": ("a1", "merge"),
        "a2": ("a1", "merge"),
        "a3": ("a3", "single"),
        "a4": ("a4", "single"),
        "a5": ("a5", "single"),
    }
    assert (result.data["rows"], result.data["clusters"], result.data["groups"]) == (5, 4, 1)


def test_columns_can_be_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("k,Rufname,Zuname,Postfach\n1,Jo,Li,jo@li.org\n2,Jo,Li,jo@li.org\n", encoding="utf-8")
    named = {"source_id": "k", "first_name": "Rufname", "last_name": "Zuname", "email": "Postfach"}
    dedupe_file(path, tmp_path / "out.csv", ListOptions("contacts", named))
    assert [row["cluster"] for row in rows(tmp_path / "out.csv")] == ["1", "1"]


def test_without_an_id_the_row_names_the_record(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("First Name,Last Name,Email\nJo,Li,jo@li.org\nJo,Li,jo@li.org\n", encoding="utf-8")
    dedupe_file(path, tmp_path / "out.csv")
    assert [(row["record"], row["cluster"]) for row in rows(tmp_path / "out.csv")] == [("2", "2"), ("3", "2")]


def test_new_records_are_checked_against_known_ones(people, tmp_path):
    new = tmp_path / "new.csv"
    new.write_text(
        "First Name,Last Name,Email\nJohnny,Smith,john.smith@acme.com\nZoe,Quinn,z@q.org\n", encoding="utf-8"
    )
    check_against(new, people, tmp_path / "out.csv")
    told = [(row["record"], row["known"] in {"a1", "a2"}, row["band"]) for row in rows(tmp_path / "out.csv")]
    assert told == [("2", True, "merge"), ("3", False, "new")]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"columns": {"emial": "Email"}}, UsageError),
        ({"columns": {"email": "No such header"}}, InputError),
        ({"object": "deals"}, UsageError),
    ],
)
def test_a_wrong_name_is_an_error(people, tmp_path, options, error):
    with pytest.raises(error):
        dedupe_file(people, tmp_path / "out.csv", ListOptions(**options))
    assert not (tmp_path / "out.csv").exists()


CRYPTIC = "k,fname_c1,lname_c1,by,bm,bd\n1,Ada,Quist,1971,2,3\n2,Ada,Quist,1971,2,3\n3,Bo,Rand,1980,5,6\n"


def test_columns_that_were_guessed_are_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(CRYPTIC, encoding="utf-8")
    result = dedupe_file(path, tmp_path / "out.csv", ListOptions("contacts"))
    note = next(note for note in result.notes if note.startswith("told by more than their names"))
    for words in ("fname_c1 as first_name", "lname_c1 as last_name", "by as birthdate", "--column FIELD=HEADER"):
        assert words in note
    columns = {each["column"]: each for each in result.data["columns"]}
    assert (columns["fname_c1"]["field"], columns["fname_c1"]["guessed"]) == ("first_name", True)
    assert columns["bd"]["why"] == "put together from several columns"
    named = dedupe_file(path, tmp_path / "out.csv", ListOptions("contacts", {"first_name": "fname_c1"}))
    assert next(each for each in named.data["columns"] if each["column"] == "fname_c1")["guessed"] is False
    assert not any("fname_c1" in note for note in named.notes)


def test_columns_that_are_called_what_they_are_need_no_word(people, tmp_path):
    result = dedupe_file(people, tmp_path / "out.csv")
    assert not any("told by" in note for note in result.notes)
    assert {each["field"] for each in result.data["columns"]} >= {"first_name", "last_name", "email", "phone"}


def test_guessed_columns_of_both_files_are_named_against_a_list(people, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(CRYPTIC, encoding="utf-8")
    result = check_against(path, people, tmp_path / "out.csv", ListOptions("contacts"))
    assert any("lname_c1 as last_name" in note for note in result.notes)
    assert {each["file"] for each in result.data["columns"]} >= {"new.csv", "people.csv"}
