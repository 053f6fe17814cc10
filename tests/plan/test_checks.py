"""`[[check]]`: every fault is told."""

from crmclean.plan.checks import read_checks
from crmclean.plan.model import Check
from crmclean.plan.toml_table import TomlTable


def read(*entries):
    faults = []
    checks = read_checks(TomlTable({"check": list(entries)}, "migration.toml", faults))
    return checks, [(fault.where, fault.code, fault.hint) for fault in faults]


def test_a_check_is_read():
    entry = {"name": "has a date", "object": "deals", "where": "close_date IS NOT NULL", "severity": "error"}
    assert read(entry) == ((Check("has a date", "deals", "close_date IS NOT NULL", "error"),), [])


def test_every_fault_is_told_with_the_nearest_name():
    _, faults = read(
        {"name": "a", "object": "deal", "where": "TRUE"},
        {"name": "a", "object": "deals", "where": "clos_date IS NOT NULL"},
        {"name": "b", "object": "deals", "where": "close_date <", "severity": "eror"},
        {"name": "c", "object": "deals", "where": "sum(amount) > 5", "colour": "red"},
    )
    assert [code for _, code, _ in faults] == [
        "plan.unknown-object",
        "plan.expression-unknown-field",
        "plan.twice",
        "plan.expression-syntax",
        "plan.wrong-value",
        "plan.expression-not-row-local",
        "plan.unknown-key",
    ]
    assert faults[0][2] == "did you mean deals?"
    assert faults[1][2] == "did you mean close_date?"
