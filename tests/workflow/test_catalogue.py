"""Every code of the package has a section with cause, example and cure; found by walking the source's AST."""

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import crmclean
from crmclean.cli.app import app
from crmclean.plan.kpi import read_dictionary
from crmclean.values.codes import CODES
from crmclean.workflow.catalogue import catalogue, section

PACKAGE = Path(crmclean.__file__).parent
PAGE = (PACKAGE.parent / "docs" / "reference" / "codes.md").read_text(encoding="utf-8")
CODE = re.compile(r"[a-z-]+\.[a-z][a-z-]*")
NO_CODES = re.compile(
    r".*\.(json|csv|parquet|sqlite|log|key|previous|jsonl|toml|html|xlsx|md|xml|py)|journal\.other-|database\.uuid|target\.(crm|existing)"
    r"|(deals\.status|emails\.store|companies\.display|persons\.name)|industries\.(hubspot|labels|salesforce)"
)


def texts():
    """Every text constant of the package with its place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, f"{path.name}:{node.lineno}"


def test_every_text_that_reads_like_a_code_is_in_the_catalogue():
    areas = {code.partition(".")[0] for code in catalogue()}
    known = catalogue().keys() | read_dictionary().measures.keys()  # measures are written like codes
    found = ((text, place) for text, place in texts() if CODE.fullmatch(text) and not NO_CODES.fullmatch(text))
    missing = [(text, place) for text, place in found if text.partition(".")[0] in areas and text not in known]
    assert missing == []


def test_every_last_argument_of_a_fault_is_in_the_catalogue():
    missing = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault" and len(node.args) == 4:
                last = node.args[3]
                if isinstance(last, ast.Constant) and last.value not in catalogue():
                    missing.append((last.value, f"{path.name}:{node.lineno}"))
    assert missing == []


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_code_has_cause_example_and_cure_on_the_page(code):
    entry = catalogue()[code]
    assert all(text.strip() for text in entry.causes or ("",))
    assert entry.example.strip()
    assert all(text.strip() for text in entry.cures or ("",))
    assert section(entry) in PAGE


def test_reasons_come_from_the_closed_list():
    assert {code for code, entry in catalogue().items() if entry.kind == "reason"} == set(CODES)


def test_the_command_says_what_the_page_says():
    told = CliRunner().invoke(app, ["codes", "plan.unknown-key"])
    assert told.exit_code == 0
    assert told.stdout.strip() in PAGE
    assert "unknown key" in told.stdout


def test_a_code_that_there_is_not_names_the_nearest():
    told = CliRunner().invoke(app, ["codes", "phones.noregion"])
    assert told.exit_code == 2
    assert "did you mean phones.no-region?" in told.stderr
