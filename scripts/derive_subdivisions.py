"""Derive data/subdivisions.csv: folded names and codes of states and provinces per country, and their ISO 3166-2 code.

From cldr-subdivisions-full and cldr-core 48.2.0 (Unicode-3.0; English names) and rigour 1.3.0 (MIT; names of the states
of some countries in many languages). Only codes of today; old ones stand in data/subdivision_renamed.csv.
"""

import json
from collections import defaultdict

from wheels import npm_files, wheel_file, write

from crmclean.values.folding import fold

RENAMED_BY_ISO = {"IN-OR": "IN-OD", "IN-UT": "IN-UK", "IN-CT": "IN-CG", "IN-TG": "IN-TS", "MX-DIF": "MX-CMX"}


def main() -> None:
    """Read CLDR and write both tables."""
    core = npm_files("cldr-core@48.2.0", "package/supplemental/")
    current = set(contained(supplemental(core, "subdivisionContainment")["subdivisionContainment"])) - set(
        RENAMED_BY_ISO
    )
    english = npm_files("cldr-subdivisions-full@48.2.0", "package/subdivisions/en/")
    names = defaultdict(set)
    for code, name in [*english_names(english.popitem()[1]), *names_in_many_languages()]:
        if code in current:
            names[code[:2], fold(name)].add(code)
    for code in current:
        names[code[:2], fold(code.split("-")[1])] = {code}
    rows = [(country, name, found.pop()) for (country, name), found in names.items() if len(found) == 1 and name]
    write("subdivisions", ("country", "alias", "code"), rows)
    write("subdivision_renamed", ("old", "code"), [*RENAMED_BY_ISO.items(), *renamed(core, current)])


def supplemental(core: dict[str, bytes], name: str) -> dict:
    """Return one supplemental table of CLDR."""
    return json.loads(core[f"package/supplemental/{name}.json"])["supplemental"]


def contained(groups: dict) -> list[str]:
    """Return every subdivision code that belongs to a country or to another subdivision today."""
    return [iso(raw) for group in groups.values() for raw in group["_contains"]]


def renamed(core: dict[str, bytes], current: set[str]) -> list[tuple[str, str]]:
    """Return old codes that one code of today replaces."""
    aliases = supplemental(core, "aliases")["metadata"]["alias"]["subdivisionAlias"]
    pairs = ((iso(old), iso(entry["_replacement"])) for old, entry in aliases.items() if len(entry["_replacement"]) > 2)
    return [(old, new) for old, new in pairs if new in current]


def english_names(content: bytes) -> list[tuple[str, str]]:
    """Return (code, name) of every subdivision in CLDR's English file."""
    names = json.loads(content)["subdivisions"]["localeDisplayNames"]["subdivisions"]
    return [(iso(raw), name) for raw, name in names.items()]


def names_in_many_languages() -> list[tuple[str, str]]:
    """Return (code, name) from rigour's territories, without names that also say the country."""
    lines = wheel_file("rigour==1.3.0", "rigour/data/territories/data.jsonl").decode().splitlines()
    places = [json.loads(line) for line in lines]
    return [
        (iso(place["code"].replace("-", "")), name)
        for place in places
        if "-" in place["code"]
        for name in [place["name"], *place["names_strong"], *place["names_weak"]]
        if "," not in name and "(" not in name
    ]


def iso(raw: str) -> str:
    """Write CLDR's usca as US-CA."""
    return f"{raw[:2]}-{raw[2:]}".upper()


if __name__ == "__main__":
    main()
