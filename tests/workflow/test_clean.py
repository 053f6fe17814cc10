"""clean: every row of a list is in exactly one of the files, raw in the import and with its reason elsewhere."""

import polars as pl
import pytest

from crmclean.errors import InputError, PlanError, RefusedError
from crmclean.workflow.clean import clean
from crmclean.workflow.initialize import Answers

LIST = """First Name,Last Name,Email,Phone,Company,Country,Unsubscribed,Favourite Colour
Ann,Lee,ann@example.com,(415) 555-0132,Acme Inc,USA,,red
ANN,LEE,Ann@Example.com,,"ACME, Inc.",United States,,
Bo,Roe,,,Bolt Ltd,UK,,blue
Cy,Dee,cy@example.org,+44 20 7946 0018,Bolt Ltd,UK,yes,
=SUM(A1),Formula,f@example.org,,,,,
"""
TO_HUBSPOT = Answers("hubspot", region="US")


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    return folder / "out", clean(folder / "list.csv", folder / "out", TO_HUBSPOT)


def test_the_files_hold_every_row_once(cleaned):
    out, result = cleaned
    (told,) = result.data["objects"]
    assert told == {"object": "contacts", "read": 5, "ready": 2, "merged": 1, "left_out": 2, "doubtful_pairs": 0}
    assert sorted(path.name for path in out.iterdir()) == [
        "1-import.csv",
        "3-merged-away.xlsx",
        "4-left-out.xlsx",
        "READ-ME-FIRST.txt",
    ]


def test_the_import_has_the_targets_headers_and_raw_values(cleaned):
    rows = pl.read_csv(cleaned[0] / "1-import.csv", infer_schema=False).to_dicts()
    assert [row["First name"] for row in rows] == ["Ann", "=SUM(A1)"]
    assert rows[0]["Phone number"] == "+14155550132"
    assert rows[0]["Country/Region"] == "US"
    assert rows[0]["Favourite colour"] == "red"
    assert not {"Old system", "_record"} & set(rows[0])


def test_what_is_not_imported_keeps_its_cells_row_and_reason(cleaned):
    out, _ = cleaned
    left = pl.read_excel(out / "4-left-out.xlsx").select("row", "Last Name", "reason").rows()
    assert [row[:2] for row in left] == [(4, "Roe"), (5, "Dee")]
    assert left[0][2] == "neither an email address nor a phone number"
    merged = pl.read_excel(out / "3-merged-away.xlsx").select("row", "merged into row", "Company").rows()
    assert merged == [(3, 2, "ACME, Inc.")]


def test_the_note_says_the_balance(cleaned):
    note = (cleaned[0] / "READ-ME-FIRST.txt").read_text(encoding="utf-8")
    assert "5 rows = 2 to import + 1 merged away + 2 left out" in note


def test_nothing_is_written_over_or_half_written(cleaned, tmp_path):
    given = cleaned[0].parent / "list.csv"
    with pytest.raises(RefusedError, match="is there already"):
        clean(given, cleaned[0], TO_HUBSPOT)
    for source, answers, error in [
        (tmp_path / "gone.csv", TO_HUBSPOT, InputError),
        (tmp_path, TO_HUBSPOT, InputError),
        (given, Answers("nothing"), PlanError),
    ]:
        with pytest.raises(error):
            clean(source, tmp_path / "new", answers)
    assert not (tmp_path / "new").exists()


def test_values_that_the_target_has_no_option_for_stay_in_the_list(tmp_path):
    rows = "".join(f"Ann{n},Lee{n},ann{n}@example.com,lukewarm\n" for n in range(3))
    (tmp_path / "list.csv").write_text("First Name,Last Name,Email,Lead Status\n" + rows, encoding="utf-8")
    clean(tmp_path / "list.csv", tmp_path / "out", Answers("hubspot"))
    ready = pl.read_csv(tmp_path / "out" / "1-import.csv")
    assert ready.height == 3
    assert "lukewarm" in ready.row(0)
