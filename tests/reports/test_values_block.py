"""The block of unmapped values: the most frequent first, with a proposal, deciding nothing until a person has."""

import tomllib
from dataclasses import replace

import polars as pl

from crmclean.reports.summary import document, summarise
from crmclean.reports.values_block import values_block
from tests.reports.test_reports import facts

OPTIONS = {("companies", "industry"): ("LEISURE_TRAVEL_TOURISM", "UTILITIES"), ("deals", "dealstage"): ()}


def unlisted(*rows):
    names = ("object", "column", "target_object", "target_field", "value", "records")
    return pl.DataFrame(rows, schema=names, orient="row")


ROWS = unlisted(
    ("companies", "industry", "companies", "industry", "Water & Sewer", 2),
    ("companies", "industry", "companies", "industry", "Leisure, Travel & Tourism", 30),
    ("companies", "industry", "companies", "industry", "Nobody uses it", 0),
    ("deals", "stage", "deals", "dealstage", 'The "last"\nstep', 4),
)


def test_a_pasted_block_decides_nothing_until_a_line_is_taken_out_of_its_comment():
    block = values_block(ROWS, OPTIONS)
    assert tomllib.loads(block) == {"values": {"companies.industry": {}, "deals.stage": {}}}
    decided = "\n".join(line.removeprefix("# ") if " = " in line else line for line in block.splitlines())
    assert tomllib.loads(decided)["values"] == {
        "companies.industry": {"Leisure, Travel & Tourism": "LEISURE_TRAVEL_TOURISM", "Water & Sewer": ""},
        "deals.stage": {'The "last"\nstep': ""},
    }


def test_the_most_frequent_values_come_first_with_their_options():
    lines = values_block(ROWS, OPTIONS).splitlines()
    assert "# options of companies.industry: LEISURE_TRAVEL_TOURISM, UTILITIES" in lines
    assert [line.split("  # ")[1] for line in lines if " = " in line] == [
        "30 records",
        "2 records, and no option is near",
        "4 records, and no option is near",
    ]


def test_ten_thousand_values_are_listed_whole():
    many = unlisted(*(("companies", "industry", "companies", "industry", f"value {n}", 1) for n in range(10_000)))
    assert values_block(many, OPTIONS).count('\n# "value') == 10_000


def test_nothing_unmapped_makes_no_block():
    assert values_block(unlisted().cast({"records": pl.Int64}), OPTIONS) == ""


def test_report_json_counts_them_without_their_values():
    told = facts()
    told = replace(told, insight=replace(told.insight, unlisted=ROWS.filter(pl.col("records") > 0)))
    body = document(summarise(told))
    names = ("object", "column", "target_object", "target_field", "values", "records")
    assert [tuple(line[name] for name in names) for line in body["unmapped_values"]] == [
        ("companies", "industry", "companies", "industry", 2, 32),
        ("deals", "stage", "deals", "dealstage", 1, 4),
    ]
    assert "Water" not in str(body)
