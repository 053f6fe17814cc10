import polars as pl
import pytest

from crmclean.errors import UsageError
from crmclean.matching.decisions import Decisions, read_decisions
from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from crmclean.matching.review import questions
from crmclean.workflow.review_session import ReviewSession


@pytest.fixture
def workspace(tmp_path):
    frame = pl.DataFrame(
        {
            "_record": [f"crm:contacts:{n}" for n in range(4)],
            "_source": ["crm"] * 4,
            "first_name": ["John", "Mary", "Ann", "Bob"],
            "last_name": ["Smith", "Jones", "Reed", "Cole"],
            "email": ["a@acme.com"] * 2 + ["b@acme.com"] * 2,
        }
    )
    folder = tmp_path / "run" / "dedupe"
    folder.mkdir(parents=True)
    questions(match("contacts", frame, MatchSettings()), frame).write_parquet(folder / "questions-contacts.parquet")
    return tmp_path


def decided(workspace):
    held = Decisions(read_decisions(workspace / "decisions" / "pairs.csv"))
    return held.accepted("contacts").height, held.rejected("contacts").height


def test_every_answer_is_saved_at_once_and_the_last_can_be_taken_back(workspace):
    session = ReviewSession(workspace, "ann")
    first = session.question()
    assert (first.number, first.of, session.left) == (1, 2, 2)
    assert [(side.field, side.differs) for side in first.sides] == [
        ("first_name", True), ("last_name", True), ("email", False),
    ]  # fmt: skip
    session.answer("merge", survivor=first.left)
    assert decided(workspace) == (1, 0)
    session.answer("different")
    assert (decided(workspace), session.left, session.question()) == ((1, 1), 0, None)
    assert session.undo()
    assert (decided(workspace), session.left) == ((1, 0), 1)
    assert session.undo()
    assert not session.undo()
    assert (decided(workspace), session.question()) == ((0, 0), first)


def test_a_reviewer_goes_on_where_they_stopped_and_another_sees_all(workspace):
    ReviewSession(workspace, "ann").answer("skip")
    assert ReviewSession(workspace, "ann").left == 1
    assert ReviewSession(workspace, "bob").left == 2


def test_a_strange_verdict_is_refused(workspace):
    with pytest.raises(UsageError):
        ReviewSession(workspace, "ann").answer("perhaps")
