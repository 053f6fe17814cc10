"""docs/how-to/add-a-value-kind.md, followed in a copy of the project."""

import os

from recipe_pages import copy_of_the_project, follow

PAGE = "docs/how-to/add-a-value-kind.md"
ANSWERS = ["value,result,code", "nyse: acme,NYSE:ACME,tickers.form", "BRK.B,BRK.B,", "none of them,,tickers.invalid"]


def test_the_page_adds_a_kind_that_keeps_the_contract(tmp_path):
    folder = copy_of_the_project(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    tried, tested = follow(PAGE, folder, environment)
    assert tried[1].stdout.splitlines() == ANSWERS
    assert tested[1].returncode == 0, tested[1].stdout
    assert " passed" in tested[1].stdout
