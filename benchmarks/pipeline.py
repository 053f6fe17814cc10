"""Seconds, CPU and memory per phase on a generated export, and the ratio to reading and writing the same CSV.

    python benchmarks/pipeline.py --rows 1000000 [--single] [--keep DIR]

Every phase runs in a process of its own, so that its peak memory is its own; `report` is what `crmclean run --through
validate` does when all phases are there: ledger, balance, laws, reports. `at once` is that command from the start, in
one process, which starts Python and loads the code once. The baseline, polars reading and writing the same files in the
same run, makes figures comparable between machines. Needs Unix, which alone says what a child used.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

# Nothing here imports polars: a child's peak memory is never below what its parent has when it starts it.
from crmclean.workspace.shipped import shipped

PHASES = ("load", "normalize", "dedupe", "stale", "map", "validate")
LIST_FILE = "marketing-list.csv"
GENERATE = """
import sys, pathlib
from crmclean.samples.generate import write_sample
write_sample(pathlib.Path(sys.argv[1]), rows=int(sys.argv[2]), seed=1)
"""
_PHASE = """
import sys, pathlib
from crmclean.workflow.running.chain import run_phase
from crmclean.workflow.running.session import session
with session(pathlib.Path(sys.argv[1])) as current:
    run_phase(current, sys.argv[2])
"""
_REPORT = """
import sys, pathlib
from crmclean.workflow.run import run
run(pathlib.Path(sys.argv[1]), through="validate")
"""
_BASELINE = """
import sys, polars
for name in sys.argv[2:]:
    polars.read_csv(name, infer_schema=False).write_csv(sys.argv[1])
"""
TABLES = {  # file of the sample: (object, source)
    "User.csv": ("users", "salesforce"),
    "Account.csv": ("companies", "salesforce"),
    "Contact.csv": ("contacts", "salesforce"),
    "Opportunity.csv": ("deals", "salesforce"),
    "OpportunityContactRole.csv": ("links", "salesforce"),
    "Task.csv": ("activities", "salesforce"),
    LIST_FILE: ("contacts", "newsletter"),
}
_GATES = "[gates]\norphans = 1000000\nstale_share = 1\n"  # the run is measured, not judged


@dataclass(frozen=True)
class Cost:
    """What one process used: seconds of wall clock and of CPU, and its peak memory in megabytes."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    options = _options()
    folder = Path(options.keep) if options.keep else Path(tempfile.mkdtemp(prefix="crmclean-"))
    try:
        _measure(folder / f"pipeline-{options.rows}", options.rows, single=options.single)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000, help="contacts in both sources")
    parser.add_argument("--single", action="store_true", help="contacts only, without accounts, deals and tasks")
    parser.add_argument("--keep", help="keep the workspace in this folder")
    return parser.parse_args()


def _measure(root: Path, rows: int, *, single: bool) -> None:
    generated = cost([sys.executable, "-c", GENERATE, str(root / "exports"), str(rows)])
    print(f"generated {rows:,} contacts in {generated.wall:.1f} s")
    files = ["Contact.csv", LIST_FILE] if single else list(TABLES)
    write_plan(root, files)
    exports = [str(root / "exports" / name) for name in files]
    baseline = cost([sys.executable, "-c", _BASELINE, str(root / "copy.csv"), *exports])
    _show("baseline", baseline, baseline)
    scripts = {**dict.fromkeys(PHASES, _PHASE), "report": _REPORT}
    costs = [_part(root, name, script, baseline) for name, script in scripts.items()]
    total = Cost(sum(cost.wall for cost in costs), sum(cost.cpu for cost in costs), max(cost.peak for cost in costs))
    _show("total", total, baseline)
    for name in ("run", "archive"):
        shutil.rmtree(root / name)
    _part(root, "at once", _REPORT, baseline)


def _part(root: Path, name: str, script: str, baseline: Cost) -> Cost:
    used = cost([sys.executable, "-c", script, str(root), name])
    _show(name, used, baseline)
    return used


def _show(name: str, cost: Cost, baseline: Cost) -> None:
    ratio = cost.wall / baseline.wall
    print(f"{name:10} {cost.wall:8.1f} s {cost.cpu:8.1f} s CPU {cost.peak:8,.0f} MB {ratio:7.1f} x", flush=True)


def write_plan(root: Path, files: Sequence[str]) -> None:
    """Write the sample's plan with the paths and the sources of the generated export."""
    shipped_plan = (shipped("sample_data") / "migration.toml").read_text(encoding="utf-8")
    rules = shipped_plan[shipped_plan.index("[[lifecycle.contacts]]") : shipped_plan.index("[gates]")]
    head = shipped_plan[: shipped_plan.index("[[source]]")]
    (root / "migration.toml").write_text(head + "".join(_sources(files)) + rules + _GATES, encoding="utf-8")


def _sources(files: Sequence[str]) -> list[str]:
    lines = []
    for source, kind in (("salesforce", "salesforce"), ("newsletter", "plain")):
        lines.append(f'[[source]]\nname = "{source}"\nkind = "{kind}"\n')
        lines += [_file(name) for name in files if TABLES[name][1] == source]
    ignored = [name for name in TABLES if name not in files]
    lines += [f'[[ignore]]\npath = "exports/{name}"\nreason = "not measured"\n' for name in ignored]
    return [*lines, '[[ignore]]\npath = "exports/truth/*"\nreason = "the truth"\n']


def _file(name: str) -> str:
    columns = 'columns = { "Last Opened" = "email_last_opened", "Last Clicked" = "email_last_clicked" }\n'
    entry = f'[[source.file]]\npath = "exports/{name}"\nobject = "{TABLES[name][0]}"\n'
    return entry + (columns if name == LIST_FILE else "")


def cost(command: Sequence[str]) -> Cost:
    start = perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    if status:
        sys.exit(f"{command[-1]} failed")
    peak = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return Cost(perf_counter() - start, used.ru_utime + used.ru_stime, peak)


if __name__ == "__main__":
    main()
