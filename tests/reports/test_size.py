"""The page is small and quick to build, whatever a migration holds: long lists are cut, files beside it have all."""

from datetime import date
from time import process_time

import polars as pl

from crmclean.audit.result import Check
from crmclean.files.tables import schema_of
from crmclean.pipeline.balance import Line
from crmclean.pipeline.insight import AGES, DUPLICATES, EXAMPLES, PHONES, QUALITY, SAMPLES, UNLISTED
from crmclean.records import CHANGES, FINDINGS, LEDGER, Outcome
from crmclean.reports.facts import ColumnFacts, GateFacts, Insight, PhaseFacts, RunFacts, Waiting
from crmclean.reports.summary import summarise
from crmclean.reports.webpage import webpage

LONGEST = "x" * 20_000
MANY = 500
LARGEST = 2_000_000  # bytes of index.html
QUICK = 5.0  # seconds


def told(shape, rows=MANY):
    """A frame of the longest texts that a cell of an export may hold, and of numbers from 1."""
    kinds = {"integer": list(range(1, rows + 1)), "text": [f"{LONGEST}{number}" for number in range(rows)]}
    return pl.DataFrame({name: kinds[kind] for name, kind in shape.items()}, schema=schema_of(shape))


def crowded():
    """A run with hundreds of objects, stages, codes, checks, columns and values, and very long cells."""
    every = range(MANY)
    outcomes = [outcome.value for outcome in Outcome]
    ledger = [
        {
            "object": f"object {n}",
            "record": f"s:object {n}:1",
            "source": f"source {n}",
            "file": f"{n}.csv",
            "row": 2,
            "outcome": outcomes[n % len(outcomes)],
            "code": f"code.{n}",
            "stage": f"stage {n}",
        }
        for n in every
    ]
    change = {"record": "s:contacts:1", "before": LONGEST, "after": "b", "step": "t"}
    finding = {"record": "s:contacts:1", "file": "f", "row": 2, "check": "k", "severity": "warning"}
    changes = [change | {"object": f"object {n}", "field": f"field {n}", "code": f"code.{n}"} for n in every]
    findings = [finding | {"object": f"object {n}", "field": f"field {n}", "code": f"code.{n}"} for n in every]
    return RunFacts(
        name="Acme",
        target="hubspot",
        destination="rehearsal",
        as_of=date(2026, 8, 1),
        seed=7,
        version="0.1.0",
        ledger=pl.LazyFrame(ledger, schema=schema_of(LEDGER)),
        changes=pl.LazyFrame(changes, schema=schema_of(CHANGES)),
        findings=pl.LazyFrame(findings, schema=schema_of(FINDINGS)),
        stages=tuple(f"stage {n}" for n in every),
        phases=(PhaseFacts("load", MANY, MANY, 0, 1),),
        gates=tuple(GateFacts(f"gate {n}", 0.2, 0.4, passed=False) for n in every),
        balance=tuple(Line("money", f"owner {n}, stage {n}", "3", "4") for n in every),
        checks=tuple(Check("money", f"currency {n}", 1, 2, passed=False, note="a note") for n in every),
        waiting=tuple(Waiting(f"doubtful pairs {n}", 3, "crmclean review") for n in every),
        profile=tuple(ColumnFacts("contacts", f"column {n}", 9, 9, 9, "text", 1.0, None) for n in every),
        insight=Insight(
            quality=told(QUALITY, 20),
            phones=told(PHONES, 300),
            ages=told(AGES, 6),
            duplicates=told(DUPLICATES, 100),
            examples=told(EXAMPLES, 100),
            unlisted=told(UNLISTED, 100),
            samples=told(SAMPLES, 100),
        ),
    )


def test_the_page_stays_small_and_quick_whatever_a_migration_holds():
    given = crowded()
    start = process_time()
    page = webpage(summarise(given))
    assert process_time() - start < QUICK
    assert len(page.encode()) < LARGEST
    assert "more in report.json" in page
