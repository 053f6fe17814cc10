"""The proofs of the import's promises: which test proves which, and the day on which it last passed.

`pytest --update-proofs` writes today's date beside every proof of which all cases passed in that run.
"""

import csv
from datetime import UTC, datetime
from pathlib import Path

PROOFS = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "proofs.csv"
FOLDER = "tests/destinations/"


def read():
    """Return the rows of the table."""
    with PROOFS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Proven:
    """Hears of every test of a run; those that passed in all cases and were not skipped are dated at its end."""

    def __init__(self):
        self.passed = {}

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.partition("[")[0]
        good = report.passed or (report.when != "call" and not report.failed and not report.skipped)
        self.passed[name] = self.passed.get(name, True) and good

    def pytest_sessionfinish(self):
        today = datetime.now(UTC).date().isoformat()
        rows = read()
        for row in rows:
            row["proven"] = today if self.passed.get(FOLDER + row["test"]) else row["proven"]
        with PROOFS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
