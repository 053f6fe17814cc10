"""Times the kinds of value against the libraries called per row, and against reading and writing the same CSV.

Run: python benchmarks/values.py [--rows 1000000]. Prints wall clock and CPU, and ratios, which are safer than seconds
on a shared machine: phones and emails over the library per row (timed on a part and scaled up), and all kinds together,
with changes recorded, over the baseline. Needs Unix, which alone says how much memory was used.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import phonenumbers
import polars as pl
from email_validator import EmailNotValidError, validate_email

from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.plan.model import Defaults, Plan, Target
from crmclean.records import FILE, RECORD, ROW, SOURCE
from crmclean.values import emails, phones

_REGIONS = ("US",) * 12 + ("GB", "DE", "FR", "AU") * 2  # a US-heavy mix of five regions
_PLAIN = {
    "US": ("({}) {}-{}", (3, 3, 4), "212 213 305 312 415 512 617 650 702 713 808 917"),
    "GB": ("0{} {} {}", (2, 4, 4), "20"),
    "DE": ("0{} {}{}", (2, 4, 4), "30 40 89"),
    "FR": ("0{} {} {}", (1, 4, 4), "1 4 6"),
    "AU": ("0{} {} {}", (1, 4, 4), "2 3 7 8"),
}
_SAMPLE = 10_000  # rows that the library sees
_SLICE = 250_000  # rows, as in the pipeline
_V = pl.col("value")
_PLAN = Plan(Path(), "benchmark", Target("hubspot"), (), defaults=Defaults(region="US"))


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock and of CPU."""

    wall: float
    cpu: float

    def __mul__(self, times: float) -> "Cost":
        """Return the cost of so many times the work."""
        return Cost(self.wall * times, self.cpu * times)

    def __truediv__(self, parts: float) -> "Cost":
        """Return the cost of one part of the work."""
        return self * (1 / parts)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    rnd = random.Random(1)
    _against_libraries(rnd, rows)
    _all_kinds(rnd, rows)


def _against_libraries(rnd: random.Random, rows: int) -> None:
    numbers = pl.DataFrame([_phone(rnd) for _ in range(rows)], schema=["value", "region"], orient="row")
    ours = _seconds(lambda: _in_slices(numbers, phones.e164(_V, pl.col("region"))))
    library = _seconds(lambda: [_library_phone(*row) for row in numbers.head(_SAMPLE).iter_rows()]) * rows / _SAMPLE
    _show_times("phones", ours, library, 60)
    addresses = pl.DataFrame({"value": [_address(rnd) for _ in range(rows)]})
    ours = _seconds(lambda: _in_slices(addresses, emails.stored(_V)))
    library = _seconds(lambda: [_library_email(text) for text in addresses["value"].head(_SAMPLE)]) * rows / _SAMPLE
    _show_times("emails", ours, library, 150)


def _in_slices(frame: pl.DataFrame, expression: pl.Expr) -> None:
    """Answer a column as the pipeline does: slices of the table, two at once."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: part.select(expression), frame.iter_slices(_SLICE)))


def _show_times(kind: str, ours: Cost, library: Cost, goal: int) -> None:
    wall, cpu = library.wall / ours.wall, library.cpu / ours.cpu
    print(f"{kind}  {ours.wall:6.2f} s {ours.cpu:6.2f} s CPU  {wall:6.1f} times faster, {cpu:.1f} by CPU (goal {goal})")


def _all_kinds(rnd: random.Random, rows: int) -> None:
    """Time `normalize` on a table of 20 columns, with changes and findings recorded, against its CSV."""
    loaded = {"leads": _table(rnd, rows).lazy()}
    cells = loaded["leads"].collect().select(pl.exclude(RECORD, SOURCE, FILE, ROW))
    baseline = _seconds(lambda: _read_and_write(cells))
    ours = _seconds(lambda: normalize(_PLAN, loaded))
    wall, cpu = ours.wall / baseline.wall, ours.cpu / baseline.cpu
    peak = getrusage(RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    print(f"read and write of {cells.width} columns: {baseline.wall:.2f} s {baseline.cpu:.2f} s CPU")
    print(
        f"all kinds  {ours.wall:6.2f} s {ours.cpu:6.2f} s CPU  {wall:5.1f} x the baseline, {cpu:.1f} x its CPU (goal 4)"
    )
    print(f"peak of the whole measure: {peak:,.0f} MB")


def _table(rnd: random.Random, rows: int) -> pl.DataFrame:
    """Return leads of 20 columns as `load` leaves them, with about one odd cell in twenty."""
    pools = {name: [make(rnd) for _ in range(min(size, rows))] for name, (size, make) in _COLUMNS.items()}
    cells = {name: rnd.choices(pool, k=rows) for name, pool in pools.items()}
    numbers = [_phone(rnd) for _ in range(rows)]  # in the country of the record
    cells |= {"phone": [number for number, _ in numbers], "country": [_NAMES[region] for _, region in numbers]}
    place = pl.DataFrame({RECORD: [f"a:leads:{number}" for number in range(rows)]}).with_columns(
        pl.lit("a").alias(SOURCE), pl.lit("exports/a.csv").alias(FILE), pl.arange(1, rows + 1).alias(ROW)
    )
    return pl.concat([place, pl.DataFrame(cells)], how="horizontal")


def _seconds(work: Callable[[], object]) -> Cost:
    """Return the best of three, as others may use the machine too."""
    costs = []
    for _ in range(3):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        costs.append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


def _read_and_write(frame: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        frame.write_csv(path)
        pl.read_csv(path, infer_schema=False)


def _phone(rnd: random.Random) -> tuple[str, str]:
    region = rnd.choice(_REGIONS)
    pattern, sizes, areas = _PLAIN[region]
    area, *sizes_left = rnd.choice(areas.split()), *sizes[1:]
    parts = [f"{rnd.randrange(2 * 10 ** (size - 1), 10**size)}" for size in sizes_left]
    text = pattern.format(area, *parts)
    chance = rnd.random()
    if chance < 0.02:
        text += f" x{rnd.randrange(999)}"
    elif chance < 0.03:
        text += " (mobile)"
    elif chance < 0.04:
        text = "n/a"
    elif chance < 0.05:
        text = f"{rnd.randrange(10**6)}"
    return text, region


def _address(rnd: random.Random) -> str:
    text = f"{rnd.choice(('mary', 'bob', 'j.doe'))}{rnd.randrange(10**6)}@{rnd.choice(('gmail.com', 'example.org'))}"
    odd = {0: text.title(), 1: f" {text} ", 2: f"Bob <{text}>", 3: text.replace("@", "@@"), 4: f"{text};"}
    return odd.get(rnd.randrange(100), text)


def _moment(rnd: random.Random) -> str:
    return f"20{rnd.randrange(10, 25)}-{rnd.randrange(1, 13):02}-{rnd.randrange(1, 32):02}T09:42:24.000+0000"


def _amount(rnd: random.Random) -> str:
    return rnd.choice((f"{rnd.randrange(10**6)}.50", f"${rnd.randrange(10**6):,}", f"{rnd.randrange(10**6)}"))


def _company(rnd: random.Random) -> str:
    name = f"{rnd.choice(_WORDS)} {rnd.choice(_WORDS)} {rnd.choice(('Foods', 'Media', 'Health', 'Systems'))}"
    name += rnd.choice(("", " Inc", " Inc.", ", LLC", " GmbH", " Ltd"))
    return {0: name.upper(), 1: name.lower(), 2: name.replace(" ", "  ", 1)}.get(rnd.randrange(60), name)


def _odd(*usual: str) -> Callable[[random.Random], str]:
    """Return a maker of usual texts, one in twenty of them in capitals, with a blank or as a filler."""

    def make(rnd: random.Random) -> str:
        text = rnd.choice(usual)
        return {0: text.upper(), 1: f"{text} ", 2: "N/A"}.get(rnd.randrange(60), text)

    return make


_WORDS = ("Silver", "Orchard", "Canyon", "Beacon", "Gate", "Rowan", "Shore", "Cobalt", "Stone", "Zenith", "Bright")
_NAMES = {"US": "United States", "GB": "UK", "DE": "Germany", "FR": "FR", "AU": "Australia"}
_DISTINCT = 100_000
_COLUMNS: dict[str, tuple[int, Callable[[random.Random], str]]] = {  # field: (distinct values, how one is made)
    "first_name": (2_000, _odd("Anna", "Bob", "Zoë", "Mary Ann", "John", "Priya", "Wei")),
    "last_name": (20_000, lambda rnd: f"{rnd.choice(_WORDS)}{rnd.choice(('son', 'man', 'ley', ''))}"),
    "title": (200, _odd("Director", "VP Sales", "Account Manager")),
    "company_name": (_DISTINCT, _company),
    "email": (10 * _DISTINCT, _address),
    "phone": (1, lambda _: ""),
    "mobile": (10 * _DISTINCT, lambda rnd: f"+1 212 {rnd.randrange(200, 999)} {rnd.randrange(1000, 9999)}"),
    "street": (_DISTINCT, lambda rnd: f"{rnd.randrange(9_999)} {rnd.choice(_WORDS)} Street"),
    "city": (500, _odd("Springfield", "Berlin", "Paris", "London", "Sydney")),
    "region": (200, _odd("California", "CA", "NY", "Texas", "Ohio")),
    "postal_code": (_DISTINCT, lambda rnd: f"{rnd.randrange(10_000, 99_999)}"),
    "country": (1, lambda _: ""),
    "industry": (200, _odd("Computer Software", "Retail", "Banking", "Insurance")),
    "website": (_DISTINCT, lambda rnd: f"https://www.e{rnd.randrange(10**6)}.com"),
    "revenue": (_DISTINCT, _amount),
    "employees": (10_000, lambda rnd: str(rnd.randrange(10_000))),
    "email_opt_out": (100, _odd("1", "0", "true", "false")),
    "created_at": (10 * _DISTINCT, _moment),
    "updated_at": (10 * _DISTINCT, _moment),
    "description": (_DISTINCT, lambda rnd: " ".join(rnd.choices(_WORDS, k=8))),
}


def _library_phone(text: str, region: str) -> tuple[str, bool] | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), phonenumbers.is_valid_number(number)


def _library_email(text: str) -> str | None:
    try:
        return str(validate_email(text, check_deliverability=False).normalized)
    except EmailNotValidError:
        return None


if __name__ == "__main__":
    main()
