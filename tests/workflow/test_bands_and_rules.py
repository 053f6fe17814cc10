"""The plan moves the bands and adds exact rules: what a run makes of them."""

import polars as pl
import pytest

from crmclean.errors import PlanError
from crmclean.workflow.run import run

PLAN = """version = 1
name = "small"
as_of = 2026-06-30
[target]
crm = "hubspot"
[defaults]
region = "US"
[dedupe]
{dedupe}
[[source]]
name = "list"
kind = "plain"
[[source.file]]
path = "exports/list.csv"
object = "contacts"
key = "Nr"
columns = {{ "Member" = "x_member" }}
[[source.file]]
path = "exports/firms.csv"
object = "companies"
key = "Nr"
"""
PEOPLE = """Nr,First Name,Last Name,Email,Phone,Company,City,Birthdate,Member
1,Ada,Quist,ada@quist.example,+14155550101,,Ames,1971-02-03,
2,Ada,Quist,ada@quist.example,,,Ames,,
3,Bo,Rand,bo@rand.example,+14155550102,Rand Pumps,Ames,,M-1
4,Bob,Elsewhere,b.else@far.example,,,Oslo,,M-1
5,Cy,Sund,cy@sund.example,,,Rome,1980-05-06,
6,Cy,Sund,cy@sund.example,,,,1980-06-06,
7,Dee,Holm,dee@holm.example,,Holm Works,Ames,,
8,D.,Holm,d@else.example,,Holm Works,Ames,,
9,Eva,Stone,,,,,,M-9
10,Ivan,Frost,,,,,,M-9
11,Uma,Vale,uma@vale.example,+14155550109,,Bonn,1970-01-02,
12,Uma,Vale,uma@vale.example,,,Bonn,,
13,Uma,Vale,uma@vale.example,,,Bonn,1990-01-02,
14,Gus,Lindt,g@one.example,+14155550111,,Rome,,M-5
15,Gus,Lindt,lindt@two.example,+14155550112,,Oslo,,M-5
"""
FIRMS = "Nr,Company Name,Domain\n1,Rand Pumps,rand.example\n2,Holm Works,holm.example\n"


@pytest.fixture
def bands(tmp_path):
    def run_with(dedupe):
        (tmp_path / "exports").mkdir(exist_ok=True)
        (tmp_path / "exports" / "list.csv").write_text(PEOPLE, encoding="utf-8")
        (tmp_path / "exports" / "firms.csv").write_text(FIRMS, encoding="utf-8")
        (tmp_path / "migration.toml").write_text(PLAN.format(dedupe=dedupe), encoding="utf-8")
        run(tmp_path, through="dedupe")
        pairs = pl.read_parquet(tmp_path / "run" / "dedupe" / "pairs.parquet").filter(pl.col("object") == "contacts")
        number = [pl.col(side).str.extract(r"(\d+)$").cast(pl.Int64).alias(side) for side in ("left", "right")]
        rows = pairs.with_columns(number).iter_rows(named=True)
        found = {tuple(sorted((row["left"], row["right"]))): row for row in rows}
        groups = pl.read_parquet(tmp_path / "run" / "dedupe" / "groups.parquet")
        numbered = groups.with_columns(pl.col("record").str.extract(r"(\d+)$").cast(pl.Int64))
        return found, {frozenset(part["record"]) for _, part in numbered.group_by("group")}

    return run_with


def test_the_bands_come_from_the_file_where_the_plan_does_not_move_them(bands):
    found, together = bands("")
    assert found[1, 2]["band"] == "merge"
    assert found[7, 8]["band"] == "review"
    assert {frozenset({1, 2})} <= together
    assert (3, 4) not in found


def test_a_higher_merge_band_asks_and_a_lower_one_merges(bands):
    before, _ = bands("")
    sure = before[1, 2]["probability"]
    asked, together = bands(f"merge = {min(1.0, sure + 0.005):.4f}")
    assert asked[1, 2]["band"] == "review"
    assert frozenset({1, 2}) not in together
    merged, together = bands(f"merge = {before[7, 8]['probability'] - 0.01:.4f}")
    assert merged[7, 8]["band"] == "merge"
    assert frozenset({7, 8}) in together


def test_a_higher_review_band_leaves_alone(bands):
    before, _ = bands("")
    found, _ = bands(f"review = {before[7, 8]['probability'] + 0.05:.4f}")
    assert found[7, 8]["band"] == "leave"


def test_never_wins_over_the_model_and_over_always_also_through_a_third_record(bands):
    found, together = bands('never = ["l_birthdate <> r_birthdate"]\nalways = ["l_email = r_email"]')
    assert found[5, 6]["band"] == "leave"
    assert found[5, 6]["veto"] == "a rule of the plan"
    assert frozenset({1, 2}) in together
    assert not [group for group in together if {11, 13} <= group]


def test_always_merges_what_was_never_compared_and_asks_where_names_conflict(bands):
    found, together = bands('always = ["l_x_member = r_x_member"]')
    assert frozenset({14, 15}) in together
    assert found[14, 15]["rule"] == "rule"
    assert frozenset({3, 4}) not in together
    assert found[3, 4]["band"] == "review"
    assert found[9, 10]["band"] == "review"
    assert "a rule of the plan" in found[9, 10]["reasons"]
    assert frozenset({9, 10}) not in together


def test_a_rule_says_nothing_of_objects_without_its_fields(bands):
    _, together = bands('always = ["l_email = r_email"]')
    assert frozenset({1, 2}) in together


def test_a_rule_over_a_column_that_no_record_has_is_refused(bands):
    with pytest.raises(PlanError) as caught:
        bands('always = ["l_x_membr = r_x_membr"]')
    (fault,) = caught.value.faults
    assert fault.code == "dedupe.rule-field"
    assert "x_member" in fault.hint
