"""Seconds, CPU and memory of the scorecard on a generated export, and the ratio to polars reading the same files.

    python benchmarks/hygiene.py --rows 1000000 [--duplicates exact] [--rounds 3] [--keep DIR] [--profile]

Contacts as asked, a fifth as many deals and three times as many activities: the sample's own deals and tasks, repeated
under new ids. Baseline and scorecard are processes of their own, each with the start of Python, and take turns: what is
shown are medians of all rounds. Needs Unix.
"""

import argparse
import compileall
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from statistics import median

from pipeline import Cost, cost  # the benchmark beside this one

import crmclean

DEALS, ACTIVITIES = 0.2, 3.0
_LARGEST = 2_000_000  # bytes of the page, at any size of the exports
_READ = "baseline: polars reads the files"
FILES = ("User.csv", "Account.csv", "Contact.csv", "Opportunity.csv", "OpportunityContactRole.csv", "Task.csv")
_GENERATE = """
import sys, pathlib, polars as pl
from crmclean.samples.generate import write_sample
folder, rows = pathlib.Path(sys.argv[1]), int(sys.argv[2])
write_sample(folder, rows=int(rows / 0.7), seed=1)
deals, activities = (rows * float(share) for share in sys.argv[3:5])
for name, prefix, wanted in (("Opportunity", "006", deals), ("Task", "00T", activities)):
    path = folder / f"{name}.csv"
    table = pl.read_csv(path, infer_schema=False)
    copies = [table]
    while sum(copy.height for copy in copies) < wanted:
        number = pl.lit(f"{prefix}{len(copies):03}") + pl.col("Id").str.slice(6, 9)
        copies.append(table.with_columns(number.alias("Id")))
    pl.concat(copies).head(int(wanted)).write_csv(path)
(folder / "marketing-list.csv").unlink()
"""
_BASELINE = """
import sys, polars
for name in sys.argv[1:]:
    polars.read_csv(name, infer_schema=False)
"""
_SCORECARD = """
import sys, pathlib
from crmclean.workflow.hygiene import Request, hygiene
folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
files = tuple(folder / name for name in sys.argv[4:])
hygiene(Request(files=files, out=out, history=out / "h.sqlite", how=sys.argv[3], fail_on="never"))
"""
_PROFILED = "import cProfile, pstats, time\nprofile = cProfile.Profile(time.process_time)\nprofile.enable()\n"
_STATS = "profile.disable()\npstats.Stats(profile).sort_stats('cumulative').print_stats(70)\n"


def main() -> None:
    options = _options()
    folder = Path(options.keep) if options.keep else Path(tempfile.mkdtemp(prefix="crmclean-"))
    try:
        _measure(folder / f"hygiene-{options.rows}", options)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000, help="contacts")
    parser.add_argument("--duplicates", choices=("full", "exact"), nargs="+", default=("full", "exact"))
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run")
    parser.add_argument("--keep", help="keep the exports in this folder, and use them again")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    return parser.parse_args()


def _measure(root: Path, options: argparse.Namespace) -> None:
    if not root.exists():
        cost([sys.executable, "-c", _GENERATE, str(root), str(options.rows), str(DEALS), str(ACTIVITIES)])
    compileall.compile_dir(Path(crmclean.__file__).parent, quiet=1)  # as pip does: nobody runs it from source alone
    rounds = [_round(root, options) for _ in range(options.rounds)]
    costs = {name: _median([each[name] for each in rounds]) for name in rounds[0]}
    for name, used in costs.items():
        _show(name, used, costs[_READ])


def _round(root: Path, options: argparse.Namespace) -> dict[str, Cost]:
    script = _PROFILED + _SCORECARD + _STATS if options.profile else _SCORECARD
    costs = {_READ: cost([sys.executable, "-c", _BASELINE, *(str(root / name) for name in FILES)])}
    for how in options.duplicates:
        out = root / f"out-{how}"
        shutil.rmtree(out, ignore_errors=True)
        costs[f"scorecard, {how} duplicates"] = cost([sys.executable, "-c", script, str(root), str(out), how, *FILES])
        size = (out / "scorecard.html").stat().st_size
        if size > _LARGEST:
            sys.exit(f"scorecard.html has {size / 1e6:.2f} MB, more than {_LARGEST / 1e6:.0f}")
    return costs


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(median(getattr(used, field.name) for used in costs) for field in fields(Cost)))


def _show(name: str, used: Cost, baseline: Cost) -> None:
    wall, cpu = used.wall / baseline.wall, used.cpu / baseline.cpu
    print(f"{name:34} {used.wall:5.1f} s {used.cpu:5.1f} s CPU {used.peak:6,.0f} MB {wall:5.1f} x, {cpu:.1f} x its CPU")


if __name__ == "__main__":
    main()
