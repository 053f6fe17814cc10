"""Derive data/currencies.csv: ISO 4217 codes that are tender today, their English names, symbols and countries.

From Babel 2.18.0 (BSD-3; CLDR names and territories, Unicode-3.0).
"""

import io
import pickle

from wheels import wheel_file, write


def main() -> None:
    """Read Babel's CLDR data and write the table; countries are joined by ;."""
    world = pickle.loads(wheel_file("Babel==2.18.0", "babel/global.dat"))  # noqa: S301
    english = Unpickler(io.BytesIO(wheel_file("Babel==2.18.0", "babel/locale-data/en.dat"))).load()
    regions: dict[str, list[str]] = {}
    for region, spans in sorted(world["territory_currencies"].items()):
        for code in (code for code, _, end, tender in spans if end is None and tender):
            regions.setdefault(code, []).append(region)
    names, symbols = english["currency_names"], english["currency_symbols"]
    rows = [
        (code, names[code], symbols.get(code, ""), ";".join(where)) for code, where in regions.items() if code in names
    ]
    write("currencies", ("code", "name", "symbol", "countries"), rows)


class Unpickler(pickle.Unpickler):
    """Reads Babel's file without Babel: what is none of its plain tables becomes an empty placeholder."""

    def find_class(self, module: str, name: str) -> type:
        """Return the real class of plain data, a placeholder for Babel's own."""
        return super().find_class(module, name) if module in {"datetime", "builtins", "_codecs"} else Placeholder


class Placeholder:
    """Stands for a class of Babel that no table here needs."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        return None


if __name__ == "__main__":
    main()
