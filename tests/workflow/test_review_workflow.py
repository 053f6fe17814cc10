import polars as pl
import pytest

from crmclean.errors import ExitCode, InputError
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.matching.review import questions
from crmclean.workflow.review import apply_review, export_review


@pytest.fixture
def workspace(tmp_path):
    frame = pl.DataFrame(
        {
            "_record": ["crm:contacts:1", "crm:contacts:2"],
            "_source": ["crm"] * 2,
            "first_name": ["John", "Mary"],
            "last_name": ["Smith", "Jones"],
            "email": ["a@acme.com"] * 2,
        }
    )
    folder = tmp_path / "run" / "dedupe"
    folder.mkdir(parents=True)
    asked = questions(match("contacts", frame, MatchSettings()), frame)
    asked.write_parquet(folder / "questions-contacts.parquet")
    questions(match("contacts", frame[:1], MatchSettings()), frame).write_parquet(folder / "questions-leads.parquet")
    return tmp_path


def test_export_then_apply_leaves_a_decision_without_values(workspace):
    exported = export_review(workspace)
    assert exported.data["pairs"] == {"contacts": 1}
    sheet = workspace / "run" / "review" / "pairs-contacts.csv"
    text = sheet.read_text(encoding="utf-8-sig")
    rows = pl.read_csv(text.encode()).with_columns(decision=pl.lit("merge"), survivor=pl.lit("A"))
    rows.write_csv(sheet)
    applied = apply_review(workspace, sheet, "ann")
    assert (applied.exit_code, applied.data) == (ExitCode.DONE, {"answers": {"merge": 1}, "open": 0, "contested": 0})
    decided = (workspace / "decisions" / "pairs.csv").read_text(encoding="utf-8")
    assert "crm:contacts:1,crm:contacts:2,merge,crm:contacts:1,ann" in decided
    assert not [value for value in ("John", "Jones", "acme.com") if value in decided]


def test_a_half_filled_sheet_still_waits(workspace):
    export_review(workspace)
    applied = apply_review(workspace, workspace / "run" / "review" / "pairs-contacts.csv", "ann")
    assert (applied.exit_code, applied.data["open"]) == (ExitCode.WAITING, 1)


def test_nothing_de_duplicated_is_said(tmp_path):
    with pytest.raises(InputError, match="nothing has been de-duplicated"):
        export_review(tmp_path)
