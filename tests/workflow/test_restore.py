import pytest

from crmclean.errors import InputError, UsageError
from crmclean.workflow.restore import restore

ANN, _, BO = (f"old:contacts:003A000000{letters}" for letters in ("aaaaaAAA", "bbbbbAAB", "cccccAAC"))


def answers(workspace):
    return (workspace.decisions / "restored.csv").read_text(encoding="utf-8").splitlines()


def test_an_archived_record_is_restored_once(finished):
    first = restore(finished.root, ["bo@example.org"], by="Ann", note="still buys, rings")
    again = restore(finished.root, [BO, "bo@example.org"], by="Ann")
    assert first.data == {"restored": [BO], "already": []}
    assert again.data == {"restored": [], "already": [BO]}
    head, line = answers(finished)
    assert head == "record,by,at,note"
    assert line.startswith(f"{BO},Ann,2")
    assert line.endswith(',"still buys, rings"')


def test_nothing_is_restored_when_one_name_is_not_archived(finished):
    with pytest.raises(UsageError, match="is not archived"):
        restore(finished.root, [BO, ANN], by="Ann")
    assert not (finished.decisions / "restored.csv").exists()


def test_a_broken_decisions_file_is_kept(finished):
    finished.decisions.mkdir()
    (finished.decisions / "restored.csv").write_text("id\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no column record"):
        restore(finished.root, [BO], by="Ann")
    assert answers(finished) == ["id", "1"]


def test_without_an_archive_there_is_nothing_to_restore(tmp_path):
    with pytest.raises(InputError, match="nothing has been archived"):
        restore(tmp_path, [BO], by="Ann")
