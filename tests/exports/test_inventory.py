"""Every file in the exports folder has a line."""

import zipfile

import openpyxl

from crmclean.exports.inventory import inventory


def test_files_are_used_ignored_or_undecided(tmp_path):
    exports = tmp_path / "exports"
    (exports / "old").mkdir(parents=True)
    for name in ("a.csv", "b.csv", "old/c.csv", ".DS_Store", "hygiene.sqlite", "hygiene-accepted.csv"):
        (exports / name).write_text("x", encoding="utf-8")
    entries = inventory(tmp_path, exports, {"exports/a.csv": "contacts"}, {"exports/old": "last year's"})
    assert [(entry.path, entry.status, entry.why, entry.size) for entry in entries] == [
        ("exports/a.csv", "used", "contacts", 1),
        ("exports/b.csv", "undecided", "", 1),
        ("exports/old/c.csv", "ignored", "last year's", 1),
    ]


def test_without_a_folder_there_is_nothing(tmp_path):
    assert inventory(tmp_path, tmp_path / "exports", {}, {}) == ()


def test_every_member_of_an_archive_has_a_line_and_every_sheet_once_one_is_named(tmp_path):
    exports = tmp_path / "exports"
    exports.mkdir()
    with zipfile.ZipFile(exports / "WE_1.ZIP", "w") as archive:
        archive.writestr("Account.csv", "Id\n1\n")
        archive.writestr("Attachment.csv", "Id\n1\n")
    book = openpyxl.Workbook()
    book.create_sheet("Second")
    for name in ("a.xlsx", "b.xlsx"):
        book.save(exports / name)
    used = {"exports/WE_1.ZIP/Account.csv": "companies", "exports/a.xlsx/Second": "contacts", "exports/b.xlsx": "deals"}
    assert [(entry.path, entry.status) for entry in inventory(tmp_path, exports, used, {})] == [
        ("exports/WE_1.ZIP/Account.csv", "used"),
        ("exports/WE_1.ZIP/Attachment.csv", "undecided"),
        ("exports/a.xlsx/Sheet", "undecided"),
        ("exports/a.xlsx/Second", "used"),
        ("exports/b.xlsx", "used"),
    ]
