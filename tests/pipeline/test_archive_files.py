"""Lists for the marketing tool: whoever said no, and whoever is not synced, with every address of theirs."""

import polars as pl

from crmclean.pipeline.stale.archive_files import write_archive
from crmclean.workspace.paths import Workspace

PEOPLE = {
    "_record": ["r:contacts:1", "r:contacts:2", "r:contacts:3", "r:contacts:4", "r:contacts:5"],
    "_outcome": [None, "merged", None, "archived", None],
    "_into": [None, "r:contacts:1", None, None, None],
    "_code": [None, "merge.email", None, "stale.no-engagement", None],
    "email": ["a@x.example", "b@x.example", "c@x.example", "d@x.example", None],
    "email_other": ["b@x.example", None, None, "e@x.example", None],
    "email_opt_out": ["true", "false", "false", None, None],
    "do_not_call": [None, None, None, None, "true"],
    "phone": [None, "+14155550100", None, None, "+14155550101"],
}


def lists(tmp_path):
    people = pl.DataFrame(PEOPLE, schema=dict.fromkeys(PEOPLE, pl.String))
    write_archive(Workspace(tmp_path), {"contacts": people.lazy()})
    return {
        name: pl.read_csv(tmp_path / "archive" / f"{name}.csv", infer_schema=False)
        for name in ("suppression", "exclude-from-sync")
    }


def test_a_no_is_listed_for_every_address_of_the_merged_person(tmp_path):
    rows = lists(tmp_path)["suppression"].select("Record", "Email Address", "email_opt_out", "do_not_call").rows()
    assert rows == [
        ("r:contacts:1", "a@x.example", "true", None),
        ("r:contacts:1", "b@x.example", "true", None),
        ("r:contacts:2", "b@x.example", "true", None),
        ("r:contacts:5", None, None, "true"),
    ]


def test_who_is_archived_is_left_out_of_the_sync_with_every_address(tmp_path):
    rows = lists(tmp_path)["exclude-from-sync"].select("Email Address", "Reason").rows()
    assert rows == [("d@x.example", "stale.no-engagement"), ("e@x.example", "stale.no-engagement")]
