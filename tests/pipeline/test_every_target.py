"""A small well-kept CRM fits every target: nothing is refused, nothing undecided, every link arrives, money stays."""

import polars as pl
import pytest
from target_frames import plan, ref, table

from crmclean.crm.targets import target_names
from crmclean.pipeline.map.mapping import map_tables
from crmclean.pipeline.validate.validating import validate
from crmclean.plan.model import Defaults

OWNED = {**ref("owner_ref", "users", 1), "created_at": "2022-02-03T04:05:06Z"}
SEEN = {"last_activity": "2024-01-02"}
PERSON = {
    "salutation": "Ms.", "first_name": "Ann", "last_name": "Lee", "email": "ann@acme.example", "phone": "+14155550100",
    "title": "CEO", "street": "1 Main St\nFloor 2", "city": "Springfield", "region": "US-CA", "postal_code": "90210",
    "country": "US", "industry": "banking", "lifecycle": "customer", "do_not_call": "false",
}  # fmt: skip
TABLES = {
    "users": table("users", {"email": "rep@seller.example", "full_name": "A Rep", "is_active": "true"}),
    "companies": table(
        "companies",
        {"name": "Acme", "domain": "acme.example", "industry": "banking", "employees": "12", **OWNED, **SEEN},
        {"name": "Acme West", "type": "Partner", **ref("parent_ref", "companies", 1)},
    ),
    "contacts": table(
        "contacts", {**PERSON, "email_opt_out": "true", **ref("company_ref", "companies", 1), **OWNED, **SEEN},
        {"last_name": "Bo", "first_name": "Al", **ref("reports_to_ref", "contacts", 1)},
    ),
    "leads": table("leads", {**PERSON, "email": "kim@b.example", "company_name": "B", "status": "Contacted"}),
    "deals": table(
        "deals",
        *[
            {"name": f"Deal {status}", "status": status, "stage": stage, "amount": "99.50", "close_date": "2024-05-06",
             **ref("company_ref", "companies", 1), **ref("contact_ref", "contacts", 1), **OWNED}
            for status, stage in (("open", "Proposal/Price Quote"), ("won", "Closed Won"), ("lost", "Closed Lost"))
        ],
    ),
    "activities": table(
        "activities",
        *[
            {"kind": kind, "subject": "Hello", "body": "text", "starts_at": "2024-01-02T10:00:00Z", "done": "true",
             "duration": "600", **ref("person_ref", "contacts", 1), **ref("parent_ref", "deals", 1), **OWNED}
            for kind in ("task", "call", "meeting", "email", "note", "form", "click", None)
        ],
    ),
    "links": table(
        "links",
        {"from_object": "deals", "to_object": "contacts", "role": "Decision Maker", "is_primary": "true",
         **ref("from_ref", "deals", 1), **ref("to_ref", "contacts", 2)},
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=target_names())
def run(request):
    made = plan(request.param, defaults=Defaults(currency="USD"))
    mapped = map_tables(made, TABLES)
    return mapped, validate(made, mapped, TABLES)


def test_no_record_is_refused_or_left_behind(run):
    mapped, found = run
    assert found.predictions.filter(pl.col("prediction") != "created").rows() == []
    assert mapped.fates.rows() == []
    records = sum(each.collect().height for each in TABLES.values())
    own = found.predictions.filter(~pl.col("record").str.starts_with("target:"))
    assert own.height == own["record"].n_unique() == records


def test_every_gate_is_open(run):
    assert [gate.name for gate in run[1].gates if not gate.passed] == []


def test_every_reference_of_the_source_has_a_field(run):
    refs = run[0].decisions.filter(pl.col("column").str.ends_with("_ref"))
    assert refs.filter(pl.col("lost") > 0).rows() == []
    assert refs.height > 10


def test_dates_stay_on_their_day(run):
    mapped, _ = run
    for target_object in mapped.schema.objects.values():
        for field in target_object.fields.values():
            if "close_date" in field.from_:
                cells = mapped.tables[target_object.name].select(field.name).collect()[field.name]
                assert cells.to_list() == ["2024-05-06"] * 3
