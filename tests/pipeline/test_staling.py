"""Who is stale: one contact per case, in a small CRM whose activities are exported."""

from datetime import date

import polars as pl
import pytest

from crmclean.pipeline.stale.archiving import stale
from crmclean.plan.model import Plan, Target
from crmclean.records import CODE, FILE, INTO, OUTCOME, RECORD, ROW, SOURCE

AS_OF = date(2026, 6, 30)
OLD, LATELY, AHEAD = "2024-01-15", "2026-03-01", "2026-09-01"


def table(object_: str, *rows: dict, fields: tuple[str, ...] = ()) -> pl.LazyFrame:
    """A table of records of source `sf`; `id` names them, every other key is a column."""
    names = list(dict.fromkeys([*fields, *(key for row in rows for key in row if key not in ("id", "source"))]))
    data = [
        {
            RECORD: f"{row.get('source', 'sf')}:{object_}:{row['id']}",
            SOURCE: row.get("source", "sf"),
            FILE: "exports/file.csv",
            ROW: number,
            OUTCOME: None,
            INTO: None,
            CODE: None,
            **{name: row.get(name) for name in names},
        }
        for number, row in enumerate(rows, start=2)
    ]
    schema = {
        name: pl.Int64 if name == ROW else pl.String
        for name in [RECORD, SOURCE, FILE, ROW, OUTCOME, INTO, CODE, *names]
    }
    return pl.LazyFrame(data, schema=schema)


def verdict(contact: dict, as_of: date | None = AS_OF, **others: pl.LazyFrame) -> tuple[str | None, str | None]:
    """Run the phase over one contact beside a telling one; return its outcome and its code."""
    telling = {"id": "telling", "created_at": OLD, "last_engaged": LATELY}
    tables = {"contacts": table("contacts", {"id": "1", "created_at": OLD} | contact, telling), **others}
    phase = stale(PLAN, tables, HELD, as_of)
    row = phase.tables["contacts"].lazy().collect().row(0, named=True)
    codes = phase.findings.filter(pl.col("record").str.ends_with(":1"))["code"].to_list()
    return row[OUTCOME], row[CODE] or (codes[0] if codes else None)


PLAN = Plan(root=None, name="test", target=Target("hubspot"), sources=())  # type: ignore[arg-type]
HELD = pl.DataFrame(schema={"record": pl.String, "group": pl.String, "code": pl.String})


def activity(**cells: str) -> pl.LazyFrame:
    return table("activities", {"id": "a", "_ref.person_ref": "sf:contacts:1", **cells})


STAYS = {
    "engaged lately": {"last_engaged": LATELY},
    "clicked lately": {"email_last_clicked": LATELY},
    "replied lately": {"email_last_replied": LATELY},
    "sent a form lately": {"form_last_submitted": LATELY},
    "the CRM says so": {"last_activity": LATELY},
    "created 60 days ago": {"created_at": "2026-05-01"},
    "a customer": {"lifecycle": "customer"},
    "on the last day of the window": {"last_engaged": "2025-06-30"},
    "of unknown age without engagement": {"created_at": None},
}
GOES = {
    "nothing since it was created": {},
    "engaged two years ago": {"last_engaged": OLD},
    "only edited since": {"updated_at": LATELY},
    "only a future date": {"last_engaged": AHEAD},
    "only an open of a mail": {"email_last_opened": LATELY},
    "a day outside the window": {"last_engaged": "2025-06-29"},
    "only contacted by us": {"last_contacted": LATELY},
}
ENGAGING = [
    {"kind": "call", "done": "true", "done_at": LATELY},
    {"kind": "meeting", "done": "true", "starts_at": LATELY},
    {"kind": "email", "direction": "inbound", "starts_at": LATELY},
    {"kind": "form", "starts_at": LATELY},
    {"kind": "click", "starts_at": LATELY},
]
IDLE = [
    {"kind": "call", "done": "false", "starts_at": LATELY},
    {"kind": "task", "done": "true", "done_at": LATELY},
    {"kind": "meeting", "done": "true", "starts_at": AHEAD},
    {"kind": "email", "direction": "outbound", "starts_at": LATELY},
    {"kind": "email", "is_bulk": "true", "direction": "outbound", "starts_at": LATELY},
    {"kind": "note", "starts_at": LATELY},
]


@pytest.mark.parametrize("contact", STAYS.values(), ids=STAYS.keys())
def test_stays(contact):
    assert verdict(contact)[0] is None


@pytest.mark.parametrize("contact", GOES.values(), ids=GOES.keys())
def test_is_archived_with_the_reason(contact):
    assert verdict(contact) == ("archived", "stale.no-engagement")


@pytest.mark.parametrize("cells", ENGAGING, ids=lambda cells: cells["kind"])
def test_an_engaging_activity_keeps(cells):
    assert verdict({}, activities=activity(**cells))[0] is None


@pytest.mark.parametrize("cells", IDLE, ids=lambda cells: " ".join(cells.values()))
def test_an_idle_activity_does_not_keep(cells):
    assert verdict({}, activities=activity(**cells))[0] == "archived"


def test_a_last_activity_that_was_only_a_bulk_mail_does_not_keep():
    mail = activity(kind="email", direction="outbound", starts_at=LATELY)
    assert verdict({"last_activity": LATELY}, activities=mail)[0] == "archived"


def test_an_open_deal_protects_its_contact_and_the_contacts_of_its_company():
    deal = {"id": "d", "status": "open", "_ref.contact_ref": "sf:contacts:1"}
    assert verdict({}, deals=table("deals", deal)) == (None, "stale.protected")
    deal = {"id": "d", "status": "open", "_ref.company_ref": "sf:companies:c"}
    assert verdict({"_ref.company_ref": "sf:companies:c"}, deals=table("deals", deal)) == (None, "stale.protected")


def test_a_role_on_an_open_deal_protects():
    ends = {
        "from_object": "deals",
        "to_object": "contacts",
        "_ref.from_ref": "sf:deals:d",
        "_ref.to_ref": "sf:contacts:1",
    }
    deals, links = table("deals", {"id": "d", "status": "open"}), table("links", {"id": "l", **ends})
    assert verdict({}, deals=deals, links=links) == (None, "stale.protected")


def test_a_deal_lost_long_ago_does_not_protect():
    deal = {"id": "d", "status": "lost", "close_date": OLD, "_ref.contact_ref": "sf:contacts:1"}
    assert verdict({}, deals=table("deals", deal))[0] == "archived"


def test_a_source_without_any_engagement_data_cannot_tell():
    assert verdict({"source": "list"}) == (None, "stale.cannot-tell")


def test_without_a_day_to_count_from_nobody_is_archived():
    assert verdict({}, as_of=None) == (None, "stale.cannot-tell")


def phase(**tables: pl.LazyFrame):
    return stale(PLAN, tables, HELD, AS_OF)


def outcomes(result, object_: str) -> list[str | None]:
    return result.tables[object_].lazy().collect()[OUTCOME].to_list()


def test_engagement_of_a_merged_member_counts_for_the_survivor():
    people = table("contacts", {"id": "1", "created_at": OLD}, {"id": "2", "created_at": OLD, "last_engaged": LATELY})
    merged = pl.col(RECORD) == "sf:contacts:2"
    people = people.with_columns(
        pl.when(merged).then(pl.lit("merged")).otherwise(pl.col(OUTCOME)).alias(OUTCOME),
        pl.when(merged).then(pl.lit("sf:contacts:1")).otherwise(pl.col(INTO)).alias(INTO),
    )
    assert outcomes(phase(contacts=people), "contacts") == [None, "merged"]


COMPANY = {"id": "c"}
DEAD = {"id": "1", "created_at": OLD, "last_engaged": OLD, "_ref.company_ref": "sf:companies:c"}
ALIVE = DEAD | {"id": "2", "last_engaged": LATELY}


def test_a_company_goes_only_with_all_its_contacts():
    gone = phase(companies=table("companies", COMPANY), contacts=table("contacts", DEAD))
    kept = phase(companies=table("companies", COMPANY), contacts=table("contacts", DEAD, ALIVE))
    alone = phase(companies=table("companies", COMPANY, {"id": "empty"}), contacts=table("contacts", DEAD))
    assert outcomes(gone, "companies") == ["archived"]
    assert outcomes(kept, "companies") == [None]
    assert outcomes(alone, "companies") == ["archived", None]


def test_a_parent_company_stays_while_a_child_stays():
    companies = table("companies", COMPANY, {"id": "child", "_ref.parent_ref": "sf:companies:c"})
    assert outcomes(phase(companies=companies, contacts=table("contacts", DEAD)), "companies") == [None, None]


def test_deals_never_go_and_activities_only_with_their_last_live_parent():
    deals = table("deals", {"id": "d", "status": "won", "close_date": OLD})
    activities = table(
        "activities",
        {"id": "1", "kind": "task", "_ref.person_ref": "sf:contacts:1"},
        {"id": "2", "kind": "task", "_ref.person_ref": "sf:contacts:1", "_ref.parent_ref": "sf:deals:d"},
        {"id": "3", "kind": "task"},
    )
    result = phase(contacts=table("contacts", DEAD), deals=deals, activities=activities)
    assert outcomes(result, "deals") == [None]
    assert outcomes(result, "activities") == ["archived", None, None]


def test_a_restored_record_stays():
    tables = {"contacts": table("contacts", DEAD)}
    result = stale(PLAN, tables, HELD, AS_OF, frozenset({"sf:contacts:1"}))
    assert outcomes(result, "contacts") == [None]


def test_held_records_wait_but_the_dead_do_not():
    held = pl.DataFrame(
        {"record": ["sf:contacts:1", "sf:contacts:2"], "group": ["g", "g"], "code": ["dedupe.review"] * 2}
    )
    result = stale(PLAN, {"contacts": table("contacts", DEAD, ALIVE)}, held, AS_OF)
    assert outcomes(result, "contacts") == ["archived", "held"]


def test_the_phase_on_its_own_output_changes_nothing():
    tables = {"companies": table("companies", COMPANY), "contacts": table("contacts", DEAD, ALIVE)}
    once = phase(**tables)
    again = phase(**{name: frame.lazy() for name, frame in once.tables.items()})
    assert again.changes.is_empty()
