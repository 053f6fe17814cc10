"""Size of the report's page, and seconds of CPU to build it, for a generated migration that was run up to validate.

    python benchmarks/report.py --rows 1000000 [--keep DIR]

Building is what the page needs when all phases are there: its numbers out of the ledger, all changes and all findings,
and its pictures. `report` is the whole step: balance, replay of all changes, ledger and tables, too. Needs Unix.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from pipeline import GENERATE, TABLES, cost, write_plan  # the benchmark beside this one

_RUN = """
import sys, pathlib
from crmclean.workflow.run import run
run(pathlib.Path(sys.argv[1]), through="validate")
"""
_PAGE = """
import sys, pathlib
from time import process_time
import crmclean.workflow.run as module
from crmclean.reports.summary import summarise
from crmclean.reports.webpage import webpage
write = module.write_reports
def timed(facts, folder, **more):
    start = process_time()
    page = webpage(summarise(facts))
    size = len(page.encode()) / 1e6
    print(f"index.html   {process_time() - start:8.1f} s CPU {size:8.2f} MB (goals 5 s, 2 MB)", flush=True)
    return write(facts, folder, **more)
module.write_reports = timed
module.run(pathlib.Path(sys.argv[1]), through="validate")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000, help="contacts in both sources")
    parser.add_argument("--keep", help="keep the workspace in this folder, and use it again")
    options = parser.parse_args()
    folder = Path(options.keep) if options.keep else Path(tempfile.mkdtemp(prefix="crmclean-"))
    try:
        _measure(folder / f"pipeline-{options.rows}", options.rows)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def _measure(root: Path, rows: int) -> None:
    if not (root / "migration.toml").exists():
        cost([sys.executable, "-c", GENERATE, str(root / "exports"), str(rows)])
        write_plan(root, list(TABLES))
    cost([sys.executable, "-c", _RUN, str(root)])
    whole = cost([sys.executable, "-c", _PAGE, str(root)])
    print(f"report       {whole.cpu:8.1f} s CPU {whole.peak:8,.0f} MB of memory, for {rows:,} contacts")


if __name__ == "__main__":
    main()
