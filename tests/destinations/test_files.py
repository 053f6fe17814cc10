"""Import-ready files: what is in them, in which order, and that a kill leaves none half written."""

import csv
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from small_crm import SCHEMA

from crmclean.destinations.files import FilesDestination
from crmclean.destinations.settings import Settings

HERE = Path(__file__).parent


def import_once(folder, fatal=0):
    command = [sys.executable, HERE / "crashing.py", folder, str(fatal), "files"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def contents(folder):
    return {path.name: path.read_bytes() for path in (folder / "target").iterdir() if path.name != ".crmclean"}


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    run = import_once(folder)
    assert run.returncode == 0, run.stderr
    return folder, int(run.stdout)


def rows(folder, name):
    with (folder / "target" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_files_are_numbered_in_the_order_to_load(golden):
    assert sorted(contents(golden[0])) == [
        "0001-one.Account.csv",
        "0002-one.Account.csv",
        "0003-one.Contact.csv",
        "0004-two.Contact.csv",
        "0005-two.Task.csv",
        "0006-two.Account.links.csv",
        "mapping.csv",
    ]


def test_references_carry_the_key_of_the_parent(golden):
    folder, _ = golden
    assert [row["ParentId"] for row in rows(folder, "0002-one.Account.csv")] == ["s:companies:1"] * 2
    assert rows(folder, "0006-two.Account.links.csv") == [{"key": "s:companies:1", "ParentId": "s:companies:2"}]


def test_the_mapping_sheet_says_what_each_column_is(golden):
    sheet = {(row["object"], row["column"]): row for row in rows(golden[0], "mapping.csv")}
    assert sheet["Task", "WhatId"]["points to"] == "Account.key; Contact.key"
    assert sheet["Contact", "Rating"]["options"] == "Hot; Cold"
    assert sheet["Contact", "LastName"]["required"] == "yes"


def test_a_kill_at_any_edge_leaves_the_same_files(golden, tmp_path):
    folder, edges = golden

    def differs(edge):
        import_once(tmp_path / str(edge), edge)
        return import_once(tmp_path / str(edge)).returncode or contents(tmp_path / str(edge)) != contents(folder)

    chosen = range(1, edges + 1, 6)
    for edge in chosen:
        (tmp_path / str(edge)).mkdir()
    with ThreadPoolExecutor(2) as pool:
        assert not [edge for edge, wrong in zip(chosen, pool.map(differs, chosen), strict=True) if wrong]


def test_reading_back_puts_the_second_pass_in(golden):
    destination = FilesDestination(Settings("target", "files", "target", golden[0], golden[0]))
    destination.prepare(SCHEMA)
    found = {key: cells for key, _, cells in destination.scan("Account")}
    assert found["s:companies:1"] == {"Name": "Acme", "Size": "10", "ParentId": "s:companies:2"}
    assert destination.count("Account") == 3
    assert [key for key, _, _ in destination.fetch("Contact", ["s:contacts:10", "nobody"])] == ["s:contacts:10"]
