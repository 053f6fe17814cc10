"""Times the kinds of value against the libraries called per row, and against reading and writing the same CSV.

Run: python benchmarks/values.py [--rows 1000000]. Prints ratios, which are safer than seconds on a shared machine:
phones and emails over the library per row (timed on a part and scaled up), and each kind over the baseline.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import phonenumbers
import polars as pl
from email_validator import EmailNotValidError, validate_email

from crmclean.values import (
    booleans,
    dates,
    email_kinds,
    emails,
    fillers,
    money,
    numbers,
    phones,
    texts,
    urls,
)

_REGIONS = ("US",) * 12 + ("GB", "DE", "FR", "AU") * 2  # a US-heavy mix of five regions
_PLAIN = {
    "US": ("({}) {}-{}", (3, 3, 4), "212 213 305 312 415 512 617 650 702 713 808 917"),
    "GB": ("0{} {} {}", (2, 4, 4), "20"),
    "DE": ("0{} {}{}", (2, 4, 4), "30 40 89"),
    "FR": ("0{} {} {}", (1, 4, 4), "1 4 6"),
    "AU": ("0{} {} {}", (1, 4, 4), "2 3 7 8"),
}
_SAMPLE = 10_000  # rows that the library sees
_V = pl.col("value")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    rnd = random.Random(1)
    _against_libraries(rnd, rows)
    _against_baseline(rnd, rows)


def _against_libraries(rnd: random.Random, rows: int) -> None:
    numbers_ = pl.DataFrame([_phone(rnd) for _ in range(rows)], schema=["value", "region"], orient="row")
    ours = _seconds(lambda: numbers_.select(phones.e164(_V, pl.col("region"))))
    library = _seconds(lambda: [_library_phone(*row) for row in numbers_.head(_SAMPLE).iter_rows()]) * rows / _SAMPLE
    print(f"phones  {ours:7.2f} s  library {library:7.1f} s  {library / ours:6.1f} times faster (goal 60)")
    addresses = pl.DataFrame({"value": [_address(rnd) for _ in range(rows)]})
    ours = _seconds(lambda: addresses.select(emails.stored(_V)))
    library = _seconds(lambda: [_library_email(text) for text in addresses["value"].head(_SAMPLE)]) * rows / _SAMPLE
    print(f"emails  {ours:7.2f} s  library {library:7.1f} s  {library / ours:6.1f} times faster (goal 150)")


def _against_baseline(rnd: random.Random, rows: int) -> None:
    phone, region = zip(*(_phone(rnd) for _ in range(rows)), strict=True)
    columns = {
        "phone": (phone, lambda: phones.e164(_V, pl.lit(pl.Series(region)))),
        "email": ([_address(rnd) for _ in range(rows)], lambda: emails.stored(_V)),
        "text": ([rnd.choice(("Anna", "Bob ", "Zoë", "Mary Ann")) for _ in range(rows)], lambda: texts.cleaned(_V)),
        "filler": ([rnd.choice(("Anna", "n/a", "Bob")) for _ in range(rows)], _filler),
        "created": ([_moment(rnd) for _ in range(rows)], lambda: dates.parsed(_V, _FORMAT, with_time=True)),
        "birthday": ([_day(rnd) for _ in range(rows)], lambda: dates.parsed(_V, _FORMAT, with_time=False)),
        "amount": ([_amount(rnd) for _ in range(rows)], lambda: money.amount(_V, money.Mark("."))),
        "employees": ([str(rnd.randrange(10_000)) for _ in range(rows)], lambda: numbers.integer(_V)),
        "opt_out": ([rnd.choice(("1", "0", "true")) for _ in range(rows)], lambda: booleans.truth(_V)),
        "website": ([f"https://www.e{rnd.randrange(rows)}.com" for _ in range(rows)], lambda: urls.cleaned(_V)),
        "domain": ([f"e{rnd.randrange(rows // 20)}.co.uk" for _ in range(rows)], lambda: urls.registrable_domain(_V)),
        "class": ([_address(rnd) for _ in range(rows)], lambda: email_kinds.classify(_V)),
        "match": ([_address(rnd) for _ in range(rows)], lambda: emails.match_key(_V)),
    }
    frame = pl.DataFrame({name: list(values) for name, (values, _) in columns.items()})
    baseline = _seconds(lambda: _read_and_write(frame))
    print(f"read and write of {frame.width} columns: {baseline:.2f} s")
    for name, (_, expression) in columns.items():
        column = frame.select(value=name)
        took = _seconds(lambda: column.select(expression()))  # noqa: B023
        share = took / baseline * frame.width
        print(f"{name:10} {took:6.2f} s  {took / rows * 1e6:6.2f} us a row  {share:6.1f} columns' baselines")


_FORMAT = dates.DateFormat("mdy")


def _filler() -> pl.Expr:
    return fillers.without_placeholders(_V, "text")


def _seconds(work: Callable[[], object]) -> float:
    """Return the best of three, as others may use the machine too."""
    took = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        took.append(time.perf_counter() - begin)
    return min(took)


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


def _day(rnd: random.Random) -> str:
    return f"{rnd.randrange(1, 13)}/{rnd.randrange(1, 29)}/19{rnd.randrange(40, 99)}"


def _amount(rnd: random.Random) -> str:
    return rnd.choice((f"{rnd.randrange(10**6)}.50", f"${rnd.randrange(10**6):,}", f"{rnd.randrange(10**6)}"))


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
