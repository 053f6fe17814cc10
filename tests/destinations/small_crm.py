"""A small invented CRM and frozen rows for it, in plain Python: nothing here loads polars."""

import json
from dataclasses import dataclass, field, replace

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.freezing import Round


def _object(name, *fields, **rules):
    key = TargetField("key", "Key", "text", length=80, required=True, unique=True, from_=("_record",))
    return TargetObject(name, name, "key", (), {each.name: each for each in (key, *fields)}, **rules)


SCHEMA = TargetSchema(
    "small",
    "Small CRM",
    {
        "Account": _object(
            "Account",
            TargetField("Name", "Name", "text", length=20, required=True),
            TargetField("Size", "Size", "integer"),
            TargetField("ParentId", "Parent", "reference", ref=("Account",)),
        ),
        "Contact": _object(
            "Contact",
            TargetField("LastName", "Last name", "text", length=20, required=True),
            TargetField("Email", "Email", "text", format="email", unique=True),
            TargetField("Born", "Born", "date"),
            TargetField("OptOut", "Opt-out", "boolean"),
            TargetField("Rating", "Rating", "text", picklist=("Hot", "Cold"), restricted=True),
            TargetField("Interests", "Interests", "text", picklist=("a", "b", "c"), restricted=True, multi=True),
            TargetField("AccountId", "Account", "reference", ref=("Account",)),
        ),
        "Task": _object(
            "Task",
            TargetField("Subject", "Subject", "text"),
            TargetField("Cost", "Cost", "decimal"),
            TargetField("At", "At", "datetime"),
            TargetField("WhatId", "About", "reference", ref=("Account", "Contact"), required=True),
        ),
    },
)


def _changed(object_, **changes):
    fields = {name: replace(each, **changes.get(name, {})) for name, each in object_.fields.items()}
    return replace(object_, fields=fields)


# The same in HubSpot's way: some references are associations, and an opt-out is no property.
HUBSPOT = replace(
    SCHEMA,
    objects={
        "Account": _changed(SCHEMA.objects["Account"], ParentId={"association": 14}),
        "Contact": _changed(
            SCHEMA.objects["Contact"], AccountId={"association": 1}, OptOut={"from_": ("email_opt_out",)}
        ),
        "Task": SCHEMA.objects["Task"],
    },
)


@dataclass
class Rows:
    """Frozen rows of one object; `add` takes record, number, cells and references."""

    stage: str
    object: str
    operation: str = "upsert"
    second_pass: bool = False
    fields: list = field(default_factory=list)
    refs: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    records: list = field(default_factory=list)
    payloads: list = field(default_factory=list)
    faults: dict = field(default_factory=dict)
    held: dict = field(default_factory=dict)
    hashes: list | None = None

    def add(self, record, number, cells, refs=None):
        self.numbers.append(number)
        self.records.append(record)
        refs = refs or {}
        self.fields, self.refs = list(cells), list(refs)
        self.payloads.append(json.dumps({"key": record, "cells": list(cells.values()), "refs": list(refs.values())}))
        return self


def contact(name, email=None, **cells):
    empty = dict.fromkeys(("Born", "OptOut", "Rating", "Interests"))
    return {"LastName": name, "Email": email} | empty | cells


def crash_round():
    """Two stages, both levels of accounts, a bad row, an orphan of it, a second pass: every kind of commit."""
    accounts = Rows("one", "Account").add("s:companies:1", 1, {"Name": "Acme", "Size": "10"}, {"ParentId": None})
    below = Rows("one", "Account").add("s:companies:2", 2, {"Name": "Acme East", "Size": None}, {"ParentId": 1})
    below.add("s:companies:3", 3, {"Name": "Far too long for this small CRM", "Size": None}, {"ParentId": 1})
    people = Rows("one", "Contact")
    for number in range(4, 9):
        refs = {"AccountId": 2 if number % 2 else 1}
        people.add(f"s:contacts:{number}", number, contact(f"N{number}", f"n{number}@example.com"), refs)
    late = Rows("two", "Contact")
    late.add("s:contacts:9", 9, contact("Nine"), {"AccountId": 3})
    late.add("s:contacts:10", 10, contact("Ten"), {"AccountId": None})
    tasks = Rows("two", "Task")
    for number in range(11, 14):
        cells = {"Subject": f"T{number}", "Cost": "1.50", "At": "2024-03-31T14:05:00Z"}
        tasks.add(f"s:activities:{number}", number, cells, {"WhatId": number - 7})
    second = Rows("two", "Account", operation="update", second_pass=True).add("s:companies:1", 1, {}, {"ParentId": 2})
    merged = [(14, "s:contacts:99", 4)]
    return Round("first", "inputs", ("one", "two"), merged), [accounts, below, people, late, tasks, second]


def second_round(comparison):
    """Changed cells, a changed parent, a new person with a new company, a new cycle; the rest as it was."""
    accounts = Rows("two", "Account").add("s:companies:1", 1, {"Name": "Acme Inc", "Size": None}, {"ParentId": 2})
    accounts.add("s:companies:2", 2, {"Name": "Acme East", "Size": None}, {"ParentId": 1})
    accounts.add("s:companies:20", 20, {"Name": "New", "Size": "1"}, {"ParentId": None})
    below = Rows("two", "Account").add("s:companies:21", 21, {"Name": "Newer", "Size": "1"}, {"ParentId": 20})
    people = Rows("two", "Contact")
    for number in range(4, 9):
        refs = {"AccountId": 20 if number == 4 else 2 if number % 2 else 1}
        name = "Changed" if number < 7 else f"N{number}"
        people.add(f"s:contacts:{number}", number, contact(name, f"n{number}@example.com"), refs)
    people.add("s:contacts:22", 22, contact("New"), {"AccountId": 20})
    second = Rows("two", "Account", operation="update", second_pass=True)
    second.add("s:companies:20", 20, {}, {"ParentId": 21})
    lists = {"conflicts": comparison.conflicts, "preimages": comparison.preimages}
    return Round("second", "other inputs", ("two",), **lists), [accounts, below, people, second]
