"""Derive data/nicknames.csv from the packages corp-names 0.3.3 (MIT) and nicknames 1.0.1 (Apache-2.0).

Strong: a common short form and its full name in corp-names. Weak: an international variant there, or any pair that only
`nicknames` has; that list is genealogical and noisy (robert-rupert, bill-fred).
"""

import csv
import json

from wheels import wheel_file, write

from crmclean.values.folding import fold


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
    weak |= {(fold(row["name2"]), fold(row["name1"])) for row in csv.DictReader(text.splitlines())}
    weak = {pair for pair in weak if pair not in strong and pair[::-1] not in strong and len(min(pair, key=len)) > 1}
    rows = [(*pair, "strong") for pair in strong] + [(*pair, "weak") for pair in weak]
    write("nicknames", ("name", "canonical", "strength"), rows)


if __name__ == "__main__":
    main()
