"""What a plan can say of single fields: constants, defaults, conditions, parts of columns, lengths, unlisted values."""

import polars as pl
import pytest
from target_frames import plan, rows, table

from crmclean.errors import PlanError
from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import Decision, FieldRule, Rule
from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target
from crmclean.workflow.importing.before_import import before_import_of, write_before_import

LEE = {"last_name": "Lee", "email": "lee@acme.example"}


def mapped(rule, *records, field="jobtitle", crm="hubspot", object_="contacts"):
    made = plan(crm, fields={"contacts": {field: rule}})
    return map_tables(made, {object_: table(object_, *records)})


@pytest.mark.parametrize(
    ("rule", "record", "landed", "codes"),
    [
        (FieldRule(), {"title": "CEO"}, "CEO", []),
        (FieldRule(constant="moved"), {"title": "CEO"}, "moved", ["map.constant"]),
        (FieldRule(constant="moved"), {}, "moved", []),
        (FieldRule(default="unknown"), {"title": "CEO"}, "CEO", []),
        (FieldRule(default="unknown"), {}, "unknown", ["map.default"]),
        (FieldRule(coalesce=("department", "title")), {"title": "CEO", "department": "HQ"}, "HQ", []),
        (FieldRule(coalesce=("department", "title")), {"title": "CEO"}, "CEO", []),
        (FieldRule(when=(Rule("Chief", "title = 'CEO'"),)), {"title": "CEO"}, "Chief", ["map.case"]),
        (FieldRule(when=(Rule("Chief", "title = 'CEO'"),)), {"title": "CTO"}, "CTO", []),
        (FieldRule(when=(Rule("a", "title = 'x'"), Rule("b", "TRUE"))), {"title": "x"}, "a", ["map.case"]),
        (FieldRule(when=(Rule("a", "country = 'US'"),)), {"title": "x"}, "x", []),
    ],
)
def test_a_field_gets_what_the_plan_says_of_it(rule, record, landed, codes):
    made = mapped(rule, LEE | record)
    assert rows(made, "contacts", "jobtitle") == [(landed,)]
    assert made.changes.filter(pl.col("field") == "jobtitle")["code"].to_list() == codes


@pytest.mark.parametrize(
    ("first", "last", "whole"),
    [
        ("Ann", "Lee", "Ann Lee"),
        ("太郎", "山田", "山田 太郎"),
        ("민수", "김", "김 민수"),
        ("美咲", "Smith", "美咲 Smith"),
        ("José", "Araújo", "José Araújo"),
        ("Ann", None, "Ann"),
        (None, "山田", "山田"),
    ],
)
def test_a_full_name_is_put_together_in_the_order_of_its_script(first, last, whole):
    record = {"first_name": first, "last_name": last, "email": "lee@acme.example"}
    made = map_tables(plan("odoo"), {"contacts": table("contacts", record)})
    assert rows(made, "res_partner", "name") == [(whole,)]


@pytest.mark.parametrize(
    ("too_long", "landed", "code", "kind"),
    [("cut", "L" * 80, "map.cut", "truncated text"), ("refuse", "L" * 81, None, None)],
)
def test_text_that_is_too_long_is_cut_only_where_the_plan_says_so(too_long, landed, code, kind):
    made = plan("salesforce", fields={"Contact": {"LastName": FieldRule(too_long=too_long)}})
    tables = {"contacts": table("contacts", {"last_name": "L" * 81})}
    done = map_tables(made, tables)
    found = validate(made, done, tables)
    assert rows(done, "Contact", "LastName") == [(landed,)]
    assert done.changes.filter(pl.col("field") == "LastName")["code"].to_list() == ([code] if code else [])
    assert (found.predictions["prediction"][-1] == "created") == (too_long == "cut")
    assert set(found.losses["kind"]) >= ({kind} if kind else set())


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("Ann Lee", "Ann", "Lee"), ("Ann van der Lee", "Ann", "van der Lee"), ("Ann", "Ann", None), (None, None, None)],
)
def test_a_column_is_split_and_the_last_part_takes_the_rest(text, first, last):
    decision = Decision("split", separator=" ", parts=("firstname", "lastname"))
    made = plan(columns={"contacts": {"x_name": decision}})
    done = map_tables(made, {"contacts": table("contacts", {"email": "a@b.example", "x_name": text})})
    assert rows(done, "contacts", "firstname", "lastname") == [(first, last)]
    assert done.decisions.filter(pl.col("column") == "x_name")["action"].unique().to_list() == ["split"]


@pytest.mark.parametrize(
    ("rule", "options", "severity"),
    [
        ("keep", "Odd", "warning"),
        ("fault", "Odd", "error"),
        ("drop", None, None),
        ('{ other = "closedwon" }', "closedwon", None),
    ],
)
def test_unlisted_values_have_a_rule(rule, options, severity, tmp_path):
    text = rule if rule.startswith("{") else f'"{rule}"'
    made = written(tmp_path, f'[values.unlisted]\n"deals.stage" = {text}\n')
    tables = {"deals": table("deals", {"name": "D", "stage": "Odd"})}
    done = map_tables(made, tables)
    found = validate(made, done, tables).findings.filter(pl.col("code").str.starts_with("picklist"))
    assert rows(done, "deals", "dealstage") == [(options,)]
    assert found["severity"].to_list() == ([severity] if severity else [])


PLAN = """
[target]
crm = "hubspot"
[[source]]
name = "old"
kind = "plain"
[[source.file]]
path = "exports/a.csv"
object = "contacts"
"""


def written(root, text):
    (root / "migration.toml").write_text(PLAN + text, encoding="utf-8")
    return read_plan(root)


TEN_FAULTS = """
[columns.contacts]
x_a = { split = ["firstname"] }
x_b = { custom = "b", type = "txt" }
x_c = { merge = "lastname", type = "date" }
[fields.contacts.jobtitle]
constant = "x"
default = "y"
write = "overwite"
[fields.contacts.phone]
too_long = "shorten"
when = [{ where = "TRUE" }]
[values."deals.stage"]
A = "B"
B = "A"
[values.unlisted]
"deals.stge" = "keep"
"deals.type" = "kep"
"""


def test_ten_faults_are_told_at_once_with_file_key_and_the_nearest_name(tmp_path):
    with pytest.raises(PlanError) as caught:
        written(tmp_path, TEN_FAULTS)
    told = {(fault.where, fault.code): fault.hint for fault in caught.value.faults}
    assert len(told) == 10
    assert all(where.startswith("migration.toml") for where, _ in told)
    assert told["migration.toml.fields.contacts.jobtitle.write", "plan.wrong-value"] == "did you mean overwrite?"
    assert told["migration.toml.values.unlisted.deals.stge", "plan.unknown-field"] == "did you mean deals.stage?"
    assert ("migration.toml.values.deals.stage", "plan.value-cycle") in told


def condition(where):
    return {"contacts": {"jobtitle": FieldRule(when=(Rule("x", where),))}}


@pytest.mark.parametrize(
    ("rules", "code", "hint"),
    [
        ({"contact": {"jobtitle": FieldRule(constant="x")}}, "plan.unknown-object", "contacts"),
        ({"contacts": {"jobtitel": FieldRule(constant="x")}}, "plan.unknown-field", "jobtitle"),
        ({"contacts": {"createdate": FieldRule(constant="x")}}, "plan.read-only-field", "mapping"),
        ({"contacts": {"lifecyclestage": FieldRule(default="custmer")}}, "plan.unknown-option", "customer"),
        ({"contacts": {"jobtitle": FieldRule(coalesce=("titel",))}}, "plan.unknown-field", "title"),
        (
            {"contacts": {"jobtitle": FieldRule(when=(Rule("x", "titel = 'a'"),))}},
            "plan.expression-unknown-field",
            "title",
        ),
        (
            {"contacts": {"jobtitle": FieldRule(when=(Rule("x", "count(title) > 1"),))}},
            "plan.expression-not-row-local",
            "",
        ),
        ({"contacts": {"jobtitle": FieldRule(when=(Rule("x", "title ="),))}}, "plan.expression-syntax", ""),
        ({"contacts": {"jobtitle": FieldRule(when=(Rule("x", "now() > created_at"),))}}, "plan.expression-clock", ""),
    ],
)
def test_a_rule_that_does_not_fit_the_target_is_a_fault(rules, code, hint):
    with pytest.raises(PlanError) as caught:
        planned_target(plan(fields=rules))
    assert [fault.code for fault in caught.value.faults] == [code]
    assert hint in caught.value.faults[0].hint


def test_ten_thousand_unlisted_values_are_counted_and_shown_in_part(tmp_path):
    deals = table("deals", *({"name": "D", "stage": f"Odd {number}"} for number in range(10_000)))
    made = map_tables(plan(), {"deals": deals})
    found = validate(plan(), made, {"deals": deals})
    gates = {gate.name: gate.value for gate in found.gates}
    assert gates["unmapped_picklist_values"] == made.unlisted.height == 10_000
    write_before_import(tmp_path, before_import_of(made, found))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 5_000_000


def test_a_number_with_more_digits_than_the_field_is_left_empty_and_leading_noughts_do_not_count():
    rows_ = ({"name": "A", "revenue": "9" * 19}, {"name": "B", "revenue": "0" * 30 + "5"})
    made = map_tables(plan("salesforce"), {"companies": table("companies", *rows_)})
    assert rows(made, "Account", "AnnualRevenue") == [(None,), ("0" * 30 + "5",)]
    assert made.findings["code"].to_list() == ["number.blanked"]
