"""Every file in the exports folder has a line."""

from crmclean.exports.inventory import inventory


def test_files_are_used_ignored_or_undecided(tmp_path):
    exports = tmp_path / "exports"
    (exports / "old").mkdir(parents=True)
    for name in ("a.csv", "b.csv", "old/c.csv", ".DS_Store"):
        (exports / name).write_text("x", encoding="utf-8")
    entries = inventory(tmp_path, exports, {"exports/a.csv": "contacts"}, {"exports/old": "last year's"})
    assert [(entry.path, entry.status, entry.why, entry.size) for entry in entries] == [
        ("exports/a.csv", "used", "contacts", 1),
        ("exports/b.csv", "undecided", "", 1),
        ("exports/old/c.csv", "ignored", "last year's", 1),
    ]


def test_without_a_folder_there_is_nothing(tmp_path):
    assert inventory(tmp_path, tmp_path / "exports", {}, {}) == ()
