"""Derive data/nicknames.csv from the packages corp-names 0.3.3 (MIT) and nicknames 1.0.1 (Apache-2.0).

Strong: a common short form and its full name in corp-names. Weak: an international variant there, or a pair that only
`nicknames` has. That list is genealogical and noisy (robert-rupert, bill-fred), so of it only pairs are taken that the
strong ones do not contradict, and that spelling, or a full name in common, makes plausible.
"""

import csv
import json
import re

from wheels import DATA, wheel_file, write

from crmclean.values.folding import fold

Pair = tuple[str, str]
BEGIN = 4  # letters that make a long form of a full name (margaretta of margaret)
STEM = 3  # letters of a short form without its end that have to stand in the full name
SOUNDS = str.maketrans("kqgyi", "ccjji")  # letters that begin a name as well as another (Kathy, Cathleen)


def main() -> None:
    """Read both packages and write the table."""
    strong, weak = set(), set()
    for name, entry in json.loads(wheel_file("corp-names==0.3.3", "corp_names/data/nicknames.json")).items():
        pair = (fold(name), fold(entry["canonical"] or ""))
        if entry["canonical"] and entry["category"] in {"common", "archaic"}:
            strong.add(pair)
        elif entry["canonical"]:
            weak.add(pair)
    text = wheel_file("nicknames==1.0.1", "nicknames/names.csv").decode()
    noisy = {(fold(row["name2"]), fold(row["name1"])) for row in csv.DictReader(text.splitlines())}
    known = Known(strong | vetted())
    weak |= {pair for pair in noisy - weak if known.plausible(*pair)}
    weak = {pair for pair in weak if pair not in strong and pair[::-1] not in strong and len(min(pair, key=len)) > 1}
    rows = [(*pair, "strong") for pair in strong] + [(*pair, "weak") for pair in weak]
    write("nicknames", ("name", "canonical", "strength"), rows)


def vetted() -> set[Pair]:
    """Return the pairs that were written by hand."""
    lines = (DATA / "nicknames_vetted.csv").read_text(encoding="utf-8").splitlines()
    return {(row["name"], row["canonical"]) for row in csv.DictReader(lines)}


class Known:
    """What the strong pairs (short form, full name) say of others."""

    def __init__(self, pairs: set[Pair]) -> None:
        self.full: dict[str, set[str]] = {}
        for short, full in pairs:
            self.full.setdefault(short, set()).add(full)
        self.names = {full for _, full in pairs}

    def plausible(self, name: str, other: str) -> bool:
        """Say whether two names may be one person's."""
        if self.meant(name) & self.meant(other):
            return True
        shorts = [each in self.full and each not in self.names for each in (name, other)]
        fulls = [each in self.names for each in (name, other)]
        if all(shorts) or all(fulls):
            return False
        return alike(name, other) or self._longer(name, other) or (name not in self.full and stem(name) in other)

    def meant(self, name: str) -> set[str]:
        """Return the full names that a name stands for: its own, where it is one or is not known."""
        found = self.full.get(name, set())
        return found | {name} if name in self.names or not found else found

    def _longer(self, name: str, other: str) -> bool:
        meant = self.meant(name) | self.meant(other)
        return any(other.startswith(full) or name.startswith(full) for full in meant - {name, other} if full[BEGIN:])


def stem(name: str) -> str:
    """Return a short form without its endearing end, its double letters single: torrie of victoria."""
    single = re.sub(r"(.)\1", r"\1", re.sub(r"(ie|ey|y|e|a)$", "", name))
    return single if single[STEM - 1 :] else name


def alike(name: str, other: str) -> bool:
    """Say whether two names begin with one sound, or one holds the other."""
    first, second = (each[:1].translate(SOUNDS) for each in (name, other))
    return first == second or name in other or other in name


if __name__ == "__main__":
    main()
