"""How long `map` and `validate` take, against what polars needs to read and write the same contacts as CSV.

python benchmarks/mapping.py --rows 1000000
"""

import argparse
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter

import polars as pl

from crmclean.checks.target_fields import CHECKS
from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import Check, Plan, Target
from crmclean.plan.target import planned_target

CYCLES = {
    "lifecycle": ["lead", "marketing_qualified", "customer", "opportunity"],
    "country": ["US", "GB", "DE"],
    "region": ["US-CA", "US-NY", None],
    "lead_status": ["New", "Working - Contacted", None, "Qualified"],
    "email_opt_out": ["true", "false", None],
    "do_not_call": ["false", None],
    "industry": ["banking", "computer_software", None],
}
TEXTS = (
    "first_name", "last_name", "title", "department", "company_name", "street", "city", "postal_code", "website",
    "linkedin_url", "lead_source", "language", "tags", "description", "salutation", "fax",
)  # fmt: skip
CHECKED = 30  # rules of the plan, beside those of the target's fields
RULES = (
    "email IS NOT NULL OR phone IS NOT NULL", "length(last_name) < {n} + 100", "created_at <= as_of",
    "lifecycle <> 'customer' OR email IS NOT NULL", "country IN ('US', 'GB', 'DE')", "city NOT LIKE 'x{n}%'",
)  # fmt: skip
TIMES = ("created_at", "last_activity", "last_engaged", "opted_in_at")


def contacts(rows: int) -> pl.DataFrame:
    number = pl.int_range(rows, dtype=pl.Int64)
    text = number.cast(pl.String)
    cells = [pl.format("{} {}", pl.lit(name), number % 9973).alias(name) for name in TEXTS]
    times = [pl.format("2024-0{}-1{}T10:00:00Z", number % 9 + 1, number % 10).alias(name) for name in TIMES]
    return pl.select(
        pl.format("s:contacts:{}", number).alias("_record"),
        pl.lit("s").alias("_source"),
        pl.lit("contacts.csv").alias("_file"),
        (number + 2).alias("_row"),
        *(pl.lit(None, pl.String).alias(name) for name in ("_outcome", "_into", "_code")),
        text.alias("source_id"),
        pl.format("person{}@example{}.com", number, number % 5003).alias("email"),
        pl.format("+1415555{}", (number % 9000) + 1000).alias("phone"),
        *cells,
        *times,
        *(_cycle(name, values, number) for name, values in CYCLES.items()),
        (number % 20_000).cast(pl.String).alias("company_ref"),
        pl.format("s:companies:{}", number % 20_000).alias("_ref.company_ref"),
        (number % 50).cast(pl.String).alias("owner_ref"),
        pl.format("s:users:{}", number % 50).alias("_ref.owner_ref"),
    )


def _cycle(name: str, values: list[str | None], number: pl.Expr) -> pl.Expr:
    return (number % len(values)).replace_strict(range(len(values)), values, return_dtype=pl.String).alias(name)


def parents(name: str, rows: int, field: str, pattern: str) -> pl.DataFrame:
    number = pl.int_range(rows, dtype=pl.Int64)
    return pl.select(
        pl.format(f"s:{name}:{{}}", number).alias("_record"),
        *(pl.lit("s").alias(each) for each in ("_source", "_file")),
        (number + 2).alias("_row"),
        pl.format(pattern, number).alias(field),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--target", default="hubspot")
    given = parser.parse_args()
    checks = tuple(Check(f"rule {n}", "contacts", RULES[n % len(RULES)].format(n=n)) for n in range(CHECKED))
    plan = Plan(root=Path(), name="benchmark", target=Target(given.target), sources=(), checks=checks)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts"
        frame = contacts(given.rows)
        frame.write_parquet(path.with_suffix(".parquet"))
        frame.write_csv(path.with_suffix(".csv"))
        del frame
        start = perf_counter()
        pl.read_csv(path.with_suffix(".csv"), infer_schema=False).write_csv(path.with_suffix(".out"))
        baseline = perf_counter() - start
        tables = {
            "users": parents("users", 50, "email", "user{}@seller.example").lazy(),
            "companies": parents("companies", 20_000, "name", "Company {}").lazy(),
            "contacts": pl.scan_parquet(path.with_suffix(".parquet")),
        }
        start = perf_counter()
        mapped = map_tables(plan, tables)
        middle = perf_counter()
        found = validate(plan, mapped, tables, date(2026, 6, 30), changes={})
        end = perf_counter()
    fields = next(each for name, each in planned_target(plan).objects.items() if name.lower().startswith("contact"))
    rules = sum(check.applies(field) for field in fields.writable() for check in CHECKS)
    print(f"{given.rows:,} contacts, {len(fields.writable())} target fields, {rules + len(checks)} rules")
    print(f"read and write CSV {baseline:6.2f} s")
    for name, seconds in (("map", middle - start), ("validate", end - middle), ("both", end - start)):
        print(f"{name:18} {seconds:6.2f} s = {seconds / baseline:.2f} x baseline")
    print(f"{mapped.changes.height:,} changes, {found.findings.height:,} findings")


if __name__ == "__main__":
    main()
