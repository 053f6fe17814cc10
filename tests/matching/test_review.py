import polars as pl
import pytest
from openpyxl import load_workbook

from crmclean.errors import InputError
from crmclean.matching.answers import read_answers
from crmclean.matching.decisions import (
    DECISIONS,
    Decisions,
    current,
    permitted_splits,
    read_decisions,
    with_answers,
    write_decisions,
)
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.matching.review import beside, questions, seen_in
from crmclean.matching.sheets import write_sheet

ROWS = {
    "_record": ["crm:contacts:1", "crm:contacts:2", "crm:contacts:3"],
    "_source": ["crm"] * 3,
    "first_name": ["=John", "Mary", "Bob"],
    "last_name": ["Smith", "Jones", "Bay"],
    "email": ["a@acme.com", "a@acme.com", "b@acme.com"],
    "phone": ["+14155550123", None, None],
}


@pytest.fixture
def frame():
    return pl.DataFrame(ROWS)


@pytest.fixture
def asked(frame):
    return questions(match("contacts", frame, MatchSettings()), frame)


def test_a_question_shows_both_sides_and_has_room_for_the_answer(asked):
    row = asked.row(0, named=True)
    assert (row["left"], row["right"], row["conflict"]) == ("crm:contacts:1", "crm:contacts:2", "names")
    assert (row["A: last_name"], row["B: last_name"]) == ("Smith", "Jones")
    assert (row["decision"], row["survivor"], row["note"]) == (None, None, None)
    assert asked.height == 1


def filled(asked, tmp_path, **answer):
    path = tmp_path / "pairs.csv"
    asked.with_columns(pl.lit(value).alias(name) for name, value in answer.items()).write_csv(path)
    return path


WORDS = [("merge", "merge"), (" Merge ", "merge"), ("YES", "merge"), ("no", "different"), ("different", "different"),
         ("Not a duplicate", "different"), ("skip", "skip")]  # fmt: skip


@pytest.mark.parametrize(("word", "verdict"), WORDS)
def test_an_answer_is_understood(asked, tmp_path, word, verdict):
    answers = read_answers(filled(asked, tmp_path, decision=word, survivor="B"))
    assert answers.given.select("verdict", "survivor").rows() == [(verdict, "crm:contacts:2")]
    assert (answers.open, answers.faults) == (0, ())


def test_an_empty_answer_stays_open(asked, tmp_path):
    answers = read_answers(filled(asked, tmp_path))
    assert (answers.given.height, answers.open) == (0, 1)


@pytest.mark.parametrize(("answer", "code"), [({"decision": "perhaps"}, "review.decision"),
                                              ({"decision": "merge", "survivor": "C"}, "review.survivor")])  # fmt: skip
def test_an_answer_that_is_not_understood_is_named_by_its_row(asked, tmp_path, answer, code):
    faults = read_answers(filled(asked, tmp_path, **answer)).faults
    assert [fault.code for fault in faults] == [code]
    assert "row 2" in faults[0].where


def test_a_file_without_the_columns_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("left,right\na,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="decision"):
        read_answers(path)


def test_answers_survive_another_encoding_and_delimiter(asked, tmp_path):
    path = tmp_path / "excel.csv"
    text = asked.with_columns(decision=pl.lit("merge"), note=pl.lit("größer")).write_csv(separator=";")
    path.write_bytes(text.encode("utf-16"))
    assert read_answers(path).given["verdict"].to_list() == ["merge"]


def test_the_workbook_has_a_drop_down_locked_cells_and_no_formula(asked, tmp_path):
    write_sheet(asked, tmp_path / "pairs")
    sheet = load_workbook(tmp_path / "pairs.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    cells = dict(zip(heads, sheet[2], strict=True))
    assert cells["A: first_name"].data_type == "s"
    assert (cells["A: first_name"].protection.locked, cells["decision"].protection.locked) == (True, False)
    assert "merge" in sheet.data_validations.dataValidation[0].formula1


def test_the_csv_neutralises_formulas_but_not_phone_numbers(asked, tmp_path):
    write_sheet(asked, tmp_path / "pairs")
    row = pl.read_csv(tmp_path / "pairs.csv").row(0, named=True)
    assert row["A: first_name"] == "'=John"
    assert str(row["A: phone"]) in {"+14155550123", "14155550123"}


def decided(*rows):
    fields = ("left", "right", "verdict", "survivor", "by", "at", "note", "seen")
    return pl.DataFrame([dict.fromkeys(fields) | row for row in rows], schema=dict.fromkeys(fields, pl.String))


ONE = {"left": "crm:contacts:1", "right": "crm:contacts:2"}


def test_decisions_are_read_back_as_written(tmp_path):
    path = tmp_path / "decisions" / "pairs.csv"
    given = decided(ONE | {"verdict": "merge", "by": "ann", "note": "a, b"})
    write_decisions(path, given)
    assert read_decisions(path).equals(given)
    assert read_decisions(tmp_path / "none.csv").is_empty()


def test_a_later_answer_of_the_same_reviewer_wins():
    before = decided(ONE | {"verdict": "merge", "by": "ann", "at": "2026-01-01"})
    after = decided(
        {"left": ONE["right"], "right": ONE["left"], "verdict": "different", "by": "ann", "at": "2026-01-02"}
    )
    held = Decisions(with_answers(before, after))
    assert (held.accepted("contacts").height, held.rejected("contacts").height) == (0, 1)


def test_two_reviewers_who_disagree_open_the_pair_again_with_both_verdicts():
    both = decided(
        ONE | {"verdict": "merge", "by": "ann", "at": "2026-01-01T10:00:00Z"},
        ONE | {"verdict": "different", "by": "bob"},
    )
    held = Decisions(both)
    assert (held.accepted("contacts").height, held.rejected("contacts").height) == (0, 0)
    again = held.reopened("contacts").row(0, named=True)
    assert again["why"] == "reviewers disagree"
    assert again["said"] == "ann: merge (2026-01-01); bob: different (no date)"


def test_a_contested_pair_waits_for_a_person_whatever_its_score(frame):
    both = decided(ONE | {"verdict": "merge", "by": "ann"}, ONE | {"verdict": "different", "by": "bob"})
    same = frame.with_columns(first_name=pl.lit("John"), last_name=pl.lit("Smith"))
    sure = match("contacts", same, MatchSettings())
    assert sure.groups.filter(pl.col("record").is_in(list(ONE.values()))).height == 2
    settings = MatchSettings(reopened=Decisions(both).reopened("contacts"))
    for table in (same, frame.with_columns(email=pl.lit(None, pl.String), phone=pl.lit(None, pl.String))):
        found = match("contacts", table, settings)
        assert found.groups.filter(pl.col("record").is_in(list(ONE.values()))).is_empty()
        row = questions(found, table, settings.reopened).row(0, named=True)
        assert (row["left"], row["right"], row["conflict"]) == (*ONE.values(), "reviewers disagree")
        assert "ann: merge" in row["said_before"]


def test_an_unmerge_overrules_what_was_said_before_and_a_later_merge_disputes_it():
    merged = ONE | {"verdict": "merge", "by": "ann", "at": "2026-01-01"}
    split = ONE | {"verdict": "unmerge", "by": "bob", "at": "2026-01-02"}
    held = Decisions(decided(merged, split))
    assert (held.accepted("contacts").height, held.rejected("contacts").height) == (0, 1)
    assert permitted_splits(decided(merged, split)).rows() == [tuple(ONE.values())]
    late = merged | {"at": "2026-01-03"}
    assert Decisions(decided(late, split)).reopened("contacts").height == 1
    assert permitted_splits(decided(late, split)).is_empty()
    assert permitted_splits(decided(ONE | {"verdict": "different", "by": "bob"})).is_empty()


def test_decisions_go_to_their_object_only():
    held = Decisions(decided(ONE | {"verdict": "merge", "survivor": ONE["right"]}))
    assert held.accepted("contacts").rows() == [tuple(ONE.values())]
    assert held.accepted("companies").is_empty()
    assert held.chosen("contacts") == (ONE["right"],)


KEY = b"secret"


def now(table):
    rows = beside(pl.DataFrame([ONE]), table)
    return rows.select("left", "right").with_columns(seen_in(rows, KEY))


@pytest.mark.parametrize(("change", "fields"), [
    ({}, None),
    ({"x_new": "1"}, None),
    ({"updated_at": "2026-07-01", "last_activity": "2026-07-01", "owner_ref": "7"}, None),
    ({"last_name": "Other"}, "last_name"),
    ({"title": "CEO", "last_name": "Other"}, "last_name, title"),
])  # fmt: skip
def test_a_decision_falls_when_the_values_change_and_says_which_fields(frame, asked, change, fields):
    seen = seen_in(asked, KEY)[0]
    given = decided(ONE | {"verdict": "different", "by": "ann", "at": "2026-01-01", "seen": seen})
    held = current(given, now(frame.with_columns(pl.lit(value).alias(name) for name, value in change.items())))
    assert held.rejected("contacts").height == (fields is None)
    said = held.reopened("contacts")["said"].to_list()
    assert said == ([] if fields is None else [f"ann: different (2026-01-01); changed since: {fields}"])


def test_what_is_kept_of_the_values_needs_the_key(asked):
    assert seen_in(asked, b"other")[0] != seen_in(asked, KEY)[0]
    assert not any(value in seen_in(asked, KEY)[0] for value in ("John", "Mary", "acme"))


def test_a_fresh_answer_stands_beside_an_outdated_one(frame, asked):
    seen = seen_in(asked, KEY)[0]
    table = frame.with_columns(last_name=pl.lit("Other"))
    old = ONE | {"verdict": "merge", "by": "ann", "seen": seen}
    new = ONE | {"verdict": "different", "by": "bob", "seen": now(table)["seen"][0]}
    held = current(decided(old, new), now(table))
    assert (held.rejected("contacts").height, held.reopened("contacts").height) == (1, 0)
    assert current(pl.DataFrame(schema=DECISIONS), now(table)).reopened("contacts").is_empty()


def test_a_lost_key_is_not_told_as_changed_values_alone(frame, asked):
    """decisions/ is in git and state/ is not: a colleague's copy has other hashes of the same values."""
    seen = seen_in(asked, b"another")[0]
    given = decided(ONE | {"verdict": "different", "by": "ann", "at": "2026-01-01", "seen": seen})
    (said,) = current(given, now(frame)).reopened("contacts")["said"]
    assert said.endswith("changed since: every field; or state/review.key is another one than then")
