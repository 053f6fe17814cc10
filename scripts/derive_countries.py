"""Derive data/countries.csv: folded names and codes of countries in many languages, and their ISO 3166-1 code.

From countrynames 1.17.0 (MIT), Babel 2.18.0 (BSD-3; CLDR names, Unicode-3.0) and cldr-core 48.2.0 (Unicode-3.0).
A name that means two countries is left out; what countrynames knows to be no country is left out as well. Withdrawn
countries keep their four-letter ISO 3166-3 code, parts of the United Kingdom their ISO 3166-2 code.
"""

import json
import pickle
from collections import defaultdict

import yaml
from wheels import npm_files, wheel_file, write

from crmclean.values.folding import fold

LOCALES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro", "bg",
    "hr", "sl", "sr", "el", "tr", "ar", "he", "fa", "hi", "bn", "ur", "ta", "te", "th", "vi", "id", "ms", "zh", "ja",
    "ko", "et", "lv", "lt", "ca", "eu", "gl", "ga", "is", "mt", "sq", "mk", "bs", "af", "sw", "zh_Hant",
)  # fmt: skip
WITHDRAWN = {"CSHH", "CSXX", "SUHH", "YUCS"}
OLD_CODES = {
    "an": "ANHH", "ant": "ANHH", "netherlands antilles": "ANHH", "yu": "YUCS", "yug": "YUCS", "su": "SUHH",
    "sun": "SUHH", "cs": "CSXX", "scg": "CSXX", "dd": "DDDE", "ddr": "DDDE", "gdr": "DDDE", "east germany": "DDDE",
}  # fmt: skip


def main() -> None:
    """Read the packages, settle what is clear and write the table."""
    mappings = json.loads(npm_files("cldr-core@48.2.0", "package/supplemental/codeMappings.json").popitem()[1])
    codes = {code: entry for code, entry in mappings["supplemental"]["codeMappings"].items() if is_country(code, entry)}
    official: dict[str, str] = {}
    for code, entry in codes.items():
        official |= {
            fold(text): code for text in (code, entry["_alpha3"], entry["_numeric"], str(int(entry["_numeric"])))
        }
    names = defaultdict(set)
    for locale in LOCALES:
        for code, name in territories(locale).items():
            if code in codes:
                names[fold(name)].add(code)
    english = {fold(name): code for code, name in territories("en").items() if code in codes}
    known = yaml.safe_load(wheel_file("countrynames==1.17.0", "countrynames/data.yaml"))
    refused = {fold(str(alias)) for alias in known.pop("FAIL")}
    for code, aliases in known.items():
        if code in codes or code in WITHDRAWN or code.startswith("GB-"):
            for alias in aliases:
                names[fold(str(alias))].add(code)
    clear = {name: found.pop() for name, found in names.items() if len(found) == 1 and name not in refused}
    table = clear | OLD_CODES | english | official
    write("countries", ("alias", "code"), [(alias, code) for alias, code in table.items() if alias])


def is_country(code: str, entry: dict[str, str]) -> bool:
    """A two-letter code with alpha-3 and number that is neither private nor reserved; Kosovo's is user-assigned."""
    private = (code[0] in "QXZ" and code not in {"QA", "XK", "ZA", "ZM", "ZW"}) or code == "AA"
    return len(code) == 2 and "_alpha3" in entry and "_numeric" in entry and not private and code not in OLD_ALPHA2


OLD_ALPHA2 = {"AN", "YU", "SU", "CS", "DD", "BU", "FX", "TP", "ZR", "NT", "VD", "YD", "EU", "UN", "UK"}


def territories(locale: str) -> dict[str, str]:
    """Return the names of territories in one locale, from Babel's pickled CLDR data."""
    return pickle.loads(wheel_file("Babel==2.18.0", f"babel/locale-data/{locale}.dat"))["territories"]  # noqa: S301


if __name__ == "__main__":
    main()
