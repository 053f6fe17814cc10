"""Seconds until help is on the screen: the median of fresh processes, beside a bare Python of the same machine.

python benchmarks/startup.py [--times N]
"""

import argparse
import statistics
import subprocess
import sys
import time

from crmclean.cli.app import COMMANDS

BARE = [sys.executable, "-c", "pass"]


def seconds(words: list[str], times: int) -> float:
    """Return the median wall-clock seconds of a command."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Print one line per command: median seconds, and how many bare Python starts that is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    bare = seconds(BARE, times)
    print(f"{'python -c pass':<32}{bare:>8.3f} s")
    names = [function.__name__.strip("_") for functions in COMMANDS.values() for function in functions]
    for name in ("", *names):
        words = [sys.executable, "-m", "crmclean", *([name] if name else []), "--help"]
        taken = seconds(words, times)
        print(f"{f'crmclean {name} --help'.replace('  ', ' '):<32}{taken:>8.3f} s{taken / bare:>8.1f} x")


if __name__ == "__main__":
    main()
