"""Seconds and memory of `load`, beside what polars itself needs for the same file in the same run.

python benchmarks/loading.py --rows 1000000

Prints one line per kind of file: seconds of polars' own streaming CSV to Parquet, seconds of load with its Parquet
written, the ratio (median of the rounds, each round measures both), and the peak memory of the process.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import polars as pl

from crmclean.files.tables import write_parquet
from crmclean.pipeline.load.loading import load
from crmclean.plan.model import Plan, Source, SourceFile, Target

COLUMNS = 20
KINDS = ("clean", "quoted", "cp1252", "utf-16", "ragged")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=KINDS)
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    if wanted.one:
        measure(wanted.folder, wanted.one, wanted.rounds)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, wanted.rows)
        for kind in KINDS:  # each in a process of its own, so that peak memory is its own
            options = ["--one", kind, "--folder", name, "--rounds", str(wanted.rounds)]
            subprocess.run([sys.executable, __file__, *options], check=True)


def make_files(folder: Path, rows: int) -> None:
    number = pl.int_range(rows, eager=True).alias("Id")
    words = [
        (pl.lit(f"val{place} ") + (pl.col("Id") * (place + 7) % 9973).cast(pl.String)) for place in range(COLUMNS - 4)
    ]
    frame = pl.DataFrame({"Id": number}).with_columns(
        pl.concat_str(pl.lit("ann"), "Id", pl.lit("@example.com")).alias("Email"),
        pl.concat_str(pl.lit("Müller "), "Id").alias("Last Name"),
        pl.concat_str(pl.lit("Street, "), "Id").alias("Street"),
        *(word.alias(f"Field {place}") for place, word in enumerate(words)),
    )
    frame.write_csv(folder / "clean.csv")
    frame.write_csv(folder / "quoted.csv", quote_style="always")
    text = (folder / "clean.csv").read_text(encoding="utf-8")
    (folder / "cp1252.csv").write_bytes(text.encode("cp1252"))
    (folder / "utf-16.csv").write_bytes(text.encode("utf-16"))
    lines = text.splitlines(keepends=True)
    for place in range(1, len(lines), max(len(lines) // 100, 1)):
        lines[place] = lines[place].replace("\n", ",more\n") if place % 2 else lines[place].rsplit(",", 3)[0] + "\n"
    (folder / "ragged.csv").write_text("".join(lines), encoding="utf-8")


def measure(folder: Path, kind: str, rounds: int) -> None:
    plain = "clean" if kind != "quoted" else kind
    base, own = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        pl.scan_csv(folder / f"{plain}.csv", infer_schema=False).sink_parquet(folder / "base.parquet")
        base.append(time.perf_counter() - start)
        start = time.perf_counter()
        source = Source("bench", "plain", 1, (SourceFile(f"{kind}.csv", "contacts"),))
        loaded = load(Plan(folder, "bench", Target("hubspot"), (source,)))
        write_parquet(loaded.tables["contacts"], folder / "own.parquet")
        own.append(time.perf_counter() - start)
    ratio = median(mine / theirs for mine, theirs in zip(own, base, strict=True))
    print(
        f"{kind:8} polars {min(base):6.2f} s  load {min(own):6.2f} s  ratio {ratio:5.2f}  peak {peak():,} MB",
        flush=True,
    )


def peak() -> int:
    """Return the most memory that this process has held, in megabytes."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
