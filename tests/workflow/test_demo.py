"""`crmclean demo` and `crmclean sample`: where they write, what they refuse, and that the demo ends with 0."""

import pytest

from crmclean.errors import ExitCode, RefusedError, UsageError
from crmclean.workflow.demo import demo
from crmclean.workflow.sample import sample


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "acme"
    return folder, demo(folder)


def test_the_demo_ends_with_0(shown):
    assert shown[1].exit_code == ExitCode.DONE


def test_the_demo_leaves_a_workspace_to_look_around_in(shown):
    names = {path.name for path in shown[0].iterdir()}
    assert {"migration.toml", "exports", "decisions", "run", "archive", "state", "rehearsal.sqlite"} <= names


def test_the_demo_again_changes_nothing(shown):
    folder, _ = shown
    before = (folder / "run" / "report" / "ledger.csv").read_bytes()
    assert demo(folder).exit_code == ExitCode.DONE
    lines = (folder / "run" / "report" / "ledger.csv").read_text(encoding="utf-8").count("\n")
    assert lines == before.count(b"\n")


def test_the_demo_does_not_write_into_a_folder_of_somebody_else(tmp_path):
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError) as refused:
        demo(tmp_path)
    assert refused.value.faults[0].code == "demo.folder-not-empty"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_sample_is_written_flat_with_its_truth_beside(tmp_path):
    result = sample(tmp_path / "out", rows=200, seed=5)
    assert result.exit_code == ExitCode.DONE
    assert sum(result.data["rows"][name] for name in ("Contact.csv", "marketing-list.csv")) == 200
    assert (tmp_path / "out" / "Contact.csv").is_file()
    assert (tmp_path / "out" / "truth" / "contacts.csv").is_file()


def test_a_sample_is_not_written_over_files(tmp_path):
    (tmp_path / "Contact.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError):
        sample(tmp_path, rows=200, seed=5)


def test_a_sample_of_nobody_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        sample(tmp_path / "out", rows=0, seed=5)
