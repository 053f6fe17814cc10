"""doctor finds what is missing, and its report can be shown to anybody."""

from crmclean.workflow.doctor import doctor
from crmclean.workflow.initialize import Answers, initialize

LIST = "First Name,Last Name,Email\nAnn,Lee,ann@example.com\n"


def test_credentials_are_named_and_never_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_ACMEBANK_PASSWORD", "hunter2secret")
    facts = doctor(tmp_path).data["facts"]
    assert facts["credentials set"] == "CRMCLEAN_ACMEBANK_PASSWORD"
    assert "hunter2secret" not in str(facts)
    assert {"extra api", "extra sql", "terminal", "free disk here"} <= set(facts)


def test_the_report_names_nobody_and_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("CRMCLEAN_ACMEBANK_PASSWORD", "hunter2secret")
    (tmp_path / "acmebank-customers.csv").write_text(LIST, encoding="utf-8")
    initialize(tmp_path / "acmebank", [tmp_path / "acmebank-customers.csv"], Answers("hubspot"))
    result = doctor(tmp_path / "acmebank", tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert result.data["problems"] == []
    assert "| sources | 1 x plain |" in text
    assert "| files | 1 x contacts |" in text
    for canary in ("acmebank", "ACMEBANK", "hunter2", "ann@", "Lee", str(tmp_path)):
        assert canary not in text


def test_a_plan_with_faults_is_a_problem(tmp_path):
    (tmp_path / "migration.toml").write_text("version = 1\nnmae = 'x'\n", encoding="utf-8")
    result = doctor(tmp_path, tmp_path / "report.md")
    assert result.data["problems"] == ["workspace"]
    assert "plan.unknown-key" in (tmp_path / "report.md").read_text(encoding="utf-8")
