"""Lists that would make every record meet every other one: bounded pairs, and a word on what was not compared."""

import time

import polars as pl
import pytest

from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.workflow.dedupe_file import ListOptions, check_against, dedupe_file

MOST = 60  # compared pairs per record
ROWS = 3000
LETTERS = "bcdfghklmnprstvz"


def word(number, length=5):
    """A word of its own for each number."""
    return "".join(LETTERS[number // 16**place % 16] + "aeiou"[(number + place) % 5] for place in range(length))


def people(rows, **constant):
    own = {
        "first_name": [word(n * 7919 % 65536, 4) for n in range(rows)],
        "last_name": [word(n * 104729 % 1048576) for n in range(rows)],
        "email": [f"{word(n)}@{word(n + 9)}.example" for n in range(rows)],
        "phone": [f"+1415{5550000 + n}" for n in range(rows)],
    }
    return pl.DataFrame({**own, **{name: [value] * rows for name, value in constant.items()}})


def matched(frame, object_="contacts"):
    numbered = frame.with_columns(
        pl.format("crm:contacts:{}", pl.int_range(pl.len())).alias("_record"), pl.lit("crm").alias("_source")
    )
    return match(object_, numbered, MatchSettings())


def compared(found):
    return found.pairs.height + sum(note.count for note in found.notes if note.code == "match.not-listed")


def told(found):
    return {note.code: note.count for note in found.notes}


EVERYBODY = {
    "one email": ({"email": "same@firm.example"}, "match.capped"),
    "one phone": ({"phone": "+14155550100"}, "match.capped"),
    "one role mailbox": ({"email": "info@firm.example"}, None),
    "one last name": ({"last_name": "Quist"}, None),
    "one first name": ({"first_name": "Ada"}, None),
    "one name": ({"first_name": "Ada", "last_name": "Quist"}, "match.capped"),
    "one company, street and town": (
        {"company_name": "Rand Pumps", "street": "1 Main St", "city": "Ames", "postal_code": "50010"},
        None,
    ),
}


@pytest.mark.parametrize(("constant", "code"), EVERYBODY.values(), ids=EVERYBODY.keys())
def test_what_everybody_shares_makes_bounded_pairs_merges_nobody_and_is_told(constant, code):
    found = matched(people(ROWS, **constant))
    assert compared(found) <= MOST * ROWS
    assert found.groups.is_empty()
    if code is not None:
        assert told(found)[code] == ROWS


def test_what_all_rows_say_proves_nothing_of_any_two():
    same = pl.DataFrame(
        {"first_name": ["Ada"] * ROWS, "last_name": ["Quist"] * ROWS, "email": ["ada@quist.example"] * ROWS}
    )
    found = matched(same)
    assert compared(found) <= MOST * ROWS
    assert found.groups.is_empty()
    assert told(found)["match.capped"] == ROWS


@pytest.mark.parametrize("object_", ["contacts", "companies"])
def test_a_list_without_anything_to_compare_by_says_so(object_):
    remarks = pl.DataFrame({"description": ["to call"] * ROWS, "x_color": ["red", "blue", "green"] * (ROWS // 3)})
    found = matched(remarks, object_)
    assert found.pairs.is_empty()
    assert told(found)["match.no-key"] == ROWS


def test_companies_of_one_domain_phone_and_town_are_bounded():
    firms = pl.DataFrame(
        {
            "name": [f"{word(n)} {word(n * 7919 % 65536)}" for n in range(ROWS)],
            "domain": ["portal.example"] * ROWS,
            "phone": ["+14155550100"] * ROWS,
            "city": ["Ames"] * ROWS,
        }
    )
    found = matched(firms, "companies")
    assert compared(found) <= MOST * ROWS
    assert found.groups.is_empty()
    assert told(found)["match.capped"] == ROWS


def test_a_hundred_thousand_rows_in_one_block_end_in_seconds():
    rows = 100_000
    frame = people(rows, phone="+14155550100", company_name="Rand Pumps").drop("email")
    started = time.process_time()
    found = matched(frame)
    assert time.process_time() - started < 60
    assert compared(found) <= MOST * rows
    assert told(found)["match.capped"] == rows


@pytest.mark.parametrize("column", ["email", "phone", "last_name"])
def test_the_command_on_a_file_says_what_was_not_compared(column, tmp_path):
    constant = {"email": "same@firm.example", "phone": "+14155550100", "last_name": "Quist"}[column]
    people(400, **{column: constant, "first_name": "Ada"}).write_csv(tmp_path / "all.csv")
    result = dedupe_file(tmp_path / "all.csv", tmp_path / "out.csv", ListOptions("contacts"))
    assert any("met only neighbors" in note for note in result.notes)
    assert result.data["notes"] == [note for note in result.notes if "told by" not in note]
    against = check_against(tmp_path / "all.csv", tmp_path / "all.csv", tmp_path / "out.csv", ListOptions("contacts"))
    assert any("met only neighbors" in note for note in against.notes)


def test_the_command_on_a_file_without_a_key_says_that_nothing_was_compared(tmp_path):
    path = tmp_path / "remarks.csv"
    path.write_text("Height,Level\n" + "".join(f"{n}.5,2\n" for n in range(20)), encoding="utf-8")
    result = dedupe_file(path, tmp_path / "out.csv", ListOptions("contacts"))
    assert any("were not compared" in note for note in result.notes)


def test_numbers_of_nobody_in_particular_merge_nobody(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("Score,Level\n1,2\n3,4\n1,2\n", encoding="utf-8")
    assert dedupe_file(path, tmp_path / "out.csv", ListOptions("contacts")).data["groups"] == 0
