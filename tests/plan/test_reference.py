"""The example in docs/reference/plan.md reads, and shows every gate and every key of a file."""

import dataclasses
import re
from pathlib import Path

from crmclean.plan.model import DEFAULT_GATES, SourceFile
from crmclean.plan.read import read_plan

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "plan.md"


def test_the_example_reads_and_is_complete(tmp_path):
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    newest = tmp_path / "exports" / "2026-01-31" / "Account.csv"
    newest.parent.mkdir(parents=True)
    newest.touch()
    (tmp_path / "migration.toml").write_text(example, encoding="utf-8")
    plan = read_plan(tmp_path)
    assert plan.gates == DEFAULT_GATES
    assert [name for name in DEFAULT_GATES if f"\n{name} = " not in example] == []
    files = plan.sources[0].files
    assert all(any(getattr(file, field.name) for file in files) for field in dataclasses.fields(SourceFile))
    assert {decision.action for decision in plan.columns["contacts"].values()} == {
        "map", "custom", "merge", "split", "drop",
    }  # fmt: skip


def test_a_plan_without_a_name_is_called_like_its_folder_even_from_within(tmp_path, monkeypatch):
    folder = tmp_path / "acme"
    folder.mkdir()
    source = '[[source]]\nname = "a"\nkind = "plain"\n[[source.file]]\npath = "exports/a.csv"\nobject = "contacts"\n'
    (folder / "migration.toml").write_text(f'version = 1\n[target]\ncrm = "hubspot"\n{source}', encoding="utf-8")
    monkeypatch.chdir(folder)
    assert read_plan(Path()).name == "acme"
