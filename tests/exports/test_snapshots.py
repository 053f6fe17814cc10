"""Dated exports: which path belongs to which series, and which file is the newest."""

from datetime import date

import pytest

from crmclean.exports.snapshots import series, snapshots
from crmclean.plan.read import read_plan
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import run


@pytest.mark.parametrize(
    ("path", "pattern", "day"),
    [
        ("exports/2026-01-05/contacts.csv", "exports/{date}/contacts.csv", date(2026, 1, 5)),
        ("exports/contacts_2026-01-05.csv", "exports/contacts_{date}.csv", date(2026, 1, 5)),
        ("exports/contacts-20260105.csv.gz", "exports/contacts-{date}.csv.gz", date(2026, 1, 5)),
        ("exports/WE_2026_01_05.zip/Account.csv", "exports/WE_{date}.zip/Account.csv", date(2026, 1, 5)),
    ],
)
def test_a_path_that_names_a_day_belongs_to_a_series(path, pattern, day):
    assert series(path) == (pattern, day)


@pytest.mark.parametrize(
    "path",
    [
        "exports/contacts.csv",
        "exports/contacts_2026.csv",
        "exports/contacts_2026-13-05.csv",
        "exports/contacts_2026-02-31.csv",
        "exports/120260105123.csv",
        "exports/2026-01-05/calls_2026-01-04.csv",
        "exports/contacts_2026-0105.csv",
    ],
)
def test_other_paths_do_not(path):
    assert series(path) is None


def _list(folder, name, *people):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{person},{person}@example.com" for person in people]
    path.write_text("\n".join(["First Name,Email", *lines]) + "\n", encoding="utf-8")


def test_snapshots_are_listed_from_the_oldest_to_the_newest(tmp_path):
    for day in ("2026-02-01", "2026-01-05", "notes", "2025-12-31"):
        _list(tmp_path / "exports" / day, "contacts.csv", "ann")
    _list(tmp_path / "exports" / "2026-03-01", "companies.csv", "ann")
    assert [(one.day.isoformat(), one.path) for one in snapshots(tmp_path, "exports/{date}/contacts.csv")] == [
        ("2025-12-31", "exports/2025-12-31/contacts.csv"),
        ("2026-01-05", "exports/2026-01-05/contacts.csv"),
        ("2026-02-01", "exports/2026-02-01/contacts.csv"),
    ]
    assert snapshots(tmp_path, "exports/contacts.csv") == snapshots(tmp_path, "nowhere/{date}.csv") == ()


def test_init_takes_the_newest_of_one_list_and_a_later_one_takes_its_place(tmp_path):
    given = tmp_path / "given"
    _list(given, "2026-01-05/contacts.csv", "ann", "bob")
    _list(given, "2026-02-05/contacts.csv", "ann", "bob", "cid")
    root = tmp_path / "acme"
    result = initialize(root, [given], Answers("hubspot"))
    assert result.data["older"] == ["exports/2026-01-05/contacts.csv"]
    (file,) = read_plan(root).sources[0].files
    assert (file.series, file.path) == ("exports/{date}/contacts.csv", "exports/2026-02-05/contacts.csv")
    assert run(root, through="validate").data["objects"][0]["read"] == 3
    _list(root / "exports", "2026-03-05/contacts.csv", "ann")
    result = run(root, through="validate")
    assert result.data["objects"][0]["read"] == 1
    undecided = next(gate for gate in result.data["gates"] if gate["name"] == "undecided_files")
    assert undecided["value"] == 0


def test_months_of_one_list_are_parts_and_all_are_used(tmp_path):
    given = tmp_path / "given"
    _list(given, "signups_2026-01-31.csv", "ann", "bob")
    _list(given, "signups_2026-02-28.csv", "cid", "dora")
    result = initialize(tmp_path / "acme", [given], Answers("hubspot"))
    assert result.data["older"] == []
    files = [file.path for source in read_plan(tmp_path / "acme").sources for file in source.files]
    assert files == ["exports/signups_2026-01-31.csv", "exports/signups_2026-02-28.csv"]
