"""An independent judge of an import: sqlite3 only, no code of the importer."""

import sqlite3
from contextlib import closing

EXPECTED = {  # key: (object, cells by hand, keys of the parents)
    "s:companies:1": ("Account", {"Name": "Acme", "Size": "10"}, {"ParentId": "s:companies:2"}),
    "s:companies:2": ("Account", {"Name": "Acme East"}, {"ParentId": "s:companies:1"}),
    "s:contacts:4": ("Contact", {"LastName": "N4", "Email": "n4@example.com"}, {"AccountId": "s:companies:1"}),
    "s:contacts:5": ("Contact", {"LastName": "N5", "Email": "n5@example.com"}, {"AccountId": "s:companies:2"}),
    "s:contacts:6": ("Contact", {"LastName": "N6", "Email": "n6@example.com"}, {"AccountId": "s:companies:1"}),
    "s:contacts:7": ("Contact", {"LastName": "N7", "Email": "n7@example.com"}, {"AccountId": "s:companies:2"}),
    "s:contacts:8": ("Contact", {"LastName": "N8", "Email": "n8@example.com"}, {"AccountId": "s:companies:1"}),
    "s:contacts:10": ("Contact", {"LastName": "Ten"}, {}),
    "s:activities:11": ("Task", {"Subject": "T11", "Cost": "1.50"}, {"WhatId": "s:contacts:4"}),
    "s:activities:12": ("Task", {"Subject": "T12", "Cost": "1.50"}, {"WhatId": "s:contacts:5"}),
    "s:activities:13": ("Task", {"Subject": "T13", "Cost": "1.50"}, {"WhatId": "s:contacts:6"}),
}
REJECTED = {"s:companies:3": "target.length", "s:contacts:9": "import.parent-rejected"}
MERGED = {"s:contacts:99": "s:contacts:4"}


def judge(folder):
    """Return everything that is lost, doubled, wrong or stray; empty where the promise was kept."""
    target = list(_target(folder / "target.sqlite"))
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        crosswalk = dict(journal.execute("SELECT record, target_id FROM crosswalk WHERE target_id IS NOT NULL"))
        into = dict(journal.execute("SELECT c.record, s.record FROM crosswalk c JOIN crosswalk s ON s.id = c.into_"))
        bad = dict(
            journal.execute(
                "SELECT c.record, r.code FROM row r JOIN crosswalk c ON c.id = r.record WHERE r.state NOT IN (1, 2, 3)"
            )
        )
        unfinished = journal.execute("SELECT count(*) FROM batch WHERE NOT done").fetchone()[0]
    keys = [key for key, *_ in target]
    found = {key: rest for key, *rest in target}
    ids = {id_: key for key, (_, id_, _) in found.items()}
    return {
        "lost": sorted(EXPECTED.keys() - found.keys()),
        "doubled": sorted({key for key in keys if keys.count(key) > 1}),
        "stray": sorted(found.keys() - EXPECTED.keys()),
        "wrong": sorted(key for key in EXPECTED.keys() & found.keys() if not _same(EXPECTED[key], found[key], ids)),
        "crosswalk": sorted(set(crosswalk.items()) ^ {(key, rest[1]) for key, rest in found.items()}),
        "rejected": sorted(set(bad.items()) ^ set(REJECTED.items())),
        "merged": sorted(set(into.items()) ^ set(MERGED.items())),
        "unfinished": unfinished,
    }


def _same(expected, found, ids):
    object_, cells, parents = expected
    other, _, row = found
    given = {name: value for name, value in row.items() if value is not None and name not in ("_id", "key")}
    links = {name: ids.get(str(given.get(name))) for name in parents}
    times = {"At": "2024-03-31T14:05:00Z"} if object_ == "Task" else {}
    plain = {name: value for name, value in given.items() if name not in parents}
    return other == object_ and plain == cells | times and links == parents


def _target(path):
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        for object_ in ("Account", "Contact", "Task"):
            for row in database.execute(f"SELECT * FROM {object_}"):  # noqa: S608
                yield row["key"], object_, str(row["_id"]), dict(row)
