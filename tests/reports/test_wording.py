"""Paths in hints can be pasted into a terminal."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from crmclean.reports.wording import as_typed


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        (PurePosixPath("acme/exports"), "acme/exports"),
        (PurePosixPath("Käufer-1.csv"), "Käufer-1.csv"),
        (PurePosixPath("my list (2).csv"), "'my list (2).csv'"),
        (PurePosixPath("Ann's list.csv"), "'Ann'\"'\"'s list.csv'"),
        (PureWindowsPath(r"C:\Users\ann\list.csv"), r"C:\Users\ann\list.csv"),
        (PureWindowsPath(r"C:\My Files\list & co.csv"), '"C:\\My Files\\list & co.csv"'),
    ],
)
def test_a_path_is_quoted_where_a_shell_would_take_it_apart(path, typed):
    assert as_typed(path, windows=isinstance(path, PureWindowsPath)) == typed
