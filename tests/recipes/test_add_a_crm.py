"""docs/how-to/add-a-crm.md, followed in a copy of the project."""

import json
import os

import polars as pl
import pytest
from recipe_pages import copy_of_the_project, follow, run

PAGE = "docs/how-to/add-a-crm.md"
A_GATE_OR_A_PERSON = (0, 10, 11)


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    folder = copy_of_the_project(tmp_path_factory.mktemp("project"))
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "80", "NO_COLOR": "1"}
    return folder, environment, list(follow(PAGE, folder, environment))


def test_every_command_of_the_page_works(followed):
    _, _, done = followed
    assert [line for line, process in done if process.returncode not in A_GATE_OR_A_PERSON] == []
    assert len(done) == 4


def test_the_export_is_recognised(followed):
    folder, environment, _ = followed
    answer = json.loads(run("crmclean profile people.csv --json", folder, environment).stdout)
    assert "acmecrm" in json.dumps(answer)
    contacts = pl.read_parquet(folder / "acme" / "run" / "load" / "contacts.parquet")
    assert contacts["_record"].to_list() == ["acmecrm:contacts:P-1", "acmecrm:contacts:P-2"]
    assert contacts["email"].to_list() == ["ann@example.com", "bo@example.com"]
    assert contacts["email_opt_out"].to_list() == ["false", "true"]


def test_the_target_is_filled(followed):
    folder, _, _ = followed
    people = pl.read_parquet(folder / "acme" / "run" / "map" / "people.parquet")
    assert people.select("given", "family", "mail").rows() == [
        ("Ann", "Lee", "ann@example.com"),
        ("Bo", "Diaz", "bo@example.com"),
    ]
