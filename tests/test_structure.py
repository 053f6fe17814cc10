"""Sizes that keep the code a pleasure to read."""

import ast
from pathlib import Path

import pytest

import crmclean

PACKAGE = Path(crmclean.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
FILE_LIMIT = 300
FUNCTION_LIMIT = 40


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(node):
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return node.end_lineno - first.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_small_and_nothing_prints(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= FILE_LIMIT
    assert [node.name for node in functions(tree) if body_lines(node) > FUNCTION_LIMIT] == []
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not any(isinstance(called, ast.Name) and called.id == "print" for called in calls)


def test_the_package_was_found():
    assert len(FILES) > 20
