"""load: identity, provenance, references, links, and what is wrong with them."""

from pathlib import Path

import pytest

from crmclean.errors import InputError
from crmclean.pipeline.load import loading
from crmclean.pipeline.load.loading import load
from crmclean.plan.model import ExtraObject, Plan, Source, SourceFile, Target


def _plan(root, *sources, objects=()):
    return Plan(root=root, name="test", target=Target("hubspot"), sources=sources, objects=objects)


def _source(files, kind="plain", name="crm", **more):
    return Source(name, kind, 1, tuple(SourceFile(path, object_, **more) for path, object_ in files.items()))


def _write(root: Path, **files):
    for name, text in files.items():
        (root / f"{name}.csv").write_text(text, encoding="utf-8")
    return root


def _codes(loaded):
    return sorted(loaded.findings.select("object", "row", "field", "code").rows())


def _column(loaded, object_, column):
    return loaded.tables[object_].collect().get_column(column).to_list()


ACCOUNT, CONTACT, USER = "001D000000IqhSL", "0030000000abcDE", "005A0000001bCdE"


@pytest.fixture
def salesforce(tmp_path):
    return _write(
        tmp_path,
        Account=f"Id,Name,BillingCity,ParentId,IsDeleted,OwnerId\n{ACCOUNT}IAZ,Acme,Rome,,false,{USER}\n",
        Contact=f"Id,LastName,AccountId,IsDeleted\n{CONTACT}AAY,Ray,{ACCOUNT},0\n003000000000001,Low,001000000000009,1\n"
        f"003000000000002,Max,001000000000009,0\n",
        Task=f"Id,Subject,WhoId,WhatId,Status,TaskSubtype\n00T000000000001,Ring,{CONTACT},{ACCOUNT},Completed,Call\n",
        User=f"Id,Username,Name,Email,IsActive\n{USER},ann,Ann Lee,ann@example.com,true\n",
    )


FILES = {"User.csv": "users", "Account.csv": "companies", "Contact.csv": "contacts", "Task.csv": "activities"}


def test_ids_of_15_and_18_characters_are_one_record(salesforce):
    loaded = load(_plan(salesforce, _source(FILES, "salesforce")))
    assert _column(loaded, "companies", "_record") == ["crm:companies:001D000000IqhSLIAZ"]
    assert _column(loaded, "contacts", "_ref.company_ref")[0] == "crm:companies:001D000000IqhSLIAZ"
    assert _column(loaded, "companies", "_ref.owner_ref") == [f"crm:users:{USER}IAU"]
    assert list(loaded.tables) == ["users", "companies", "contacts", "activities"]


def test_the_cells_stay_as_they_were(salesforce):
    loaded = load(_plan(salesforce, _source(FILES, "salesforce")))
    assert _column(loaded, "contacts", "company_ref")[0] == ACCOUNT


def test_references_try_their_objects_in_order(salesforce):
    loaded = load(_plan(salesforce, _source(FILES, "salesforce")))
    assert _column(loaded, "activities", "_ref.person_ref") == ["crm:contacts:0030000000abcDEAAY"]
    assert _column(loaded, "activities", "_ref.parent_ref") == ["crm:companies:001D000000IqhSLIAZ"]


def test_constants_and_derived_fields(salesforce):
    loaded = load(_plan(salesforce, _source(FILES, "salesforce")))
    assert _column(loaded, "activities", "kind") == ["call"]
    assert _column(loaded, "activities", "done") == ["true"]
    assert _column(loaded, "activities", "x_task_subtype") == ["Call"]


def test_missing_parents_are_found_and_rows_deleted_at_the_source_excluded(salesforce):
    loaded = load(_plan(salesforce, _source(FILES, "salesforce")))
    assert _codes(loaded) == [("contacts", 4, "company_ref", "ref.parent-missing")]
    assert _column(loaded, "contacts", "_outcome") == [None, "excluded", None]
    assert _column(loaded, "contacts", "_code") == [None, "record.deleted-at-source", None]


def test_references_to_a_table_that_was_not_exported_are_no_findings(salesforce):
    loaded = load(_plan(salesforce, _source({"Contact.csv": "contacts"}, "salesforce")))
    assert _codes(loaded) == []
    assert _column(loaded, "contacts", "_ref.company_ref") == [None, None, None]


def test_repeated_ids_are_numbered_and_found(tmp_path):
    _write(tmp_path, contacts="id,email\n1,a@example.com\n2,b@example.com\n1,c@example.com\n")
    loaded = load(_plan(tmp_path, _source({"contacts.csv": "contacts"})))
    assert _column(loaded, "contacts", "_record") == ["crm:contacts:1", "crm:contacts:2", "crm:contacts:1~2"]
    assert _codes(loaded) == [("contacts", 4, "source_id", "record.duplicate-id")]


def test_rows_without_an_id_get_a_hash_that_does_not_depend_on_their_place(tmp_path):
    _write(
        tmp_path,
        one="First Name,Email\nAnn,a@example.com\nBob,b@example.com\n",
        two="First Name,Email\nBob,b@example.com\nAnn,a@example.com\nAnn,a@example.com\n",
    )
    first = _column(load(_plan(tmp_path, _source({"one.csv": "contacts"}))), "contacts", "_record")
    second = _column(load(_plan(tmp_path, _source({"two.csv": "contacts"}))), "contacts", "_record")
    assert second == [first[1], first[0], f"{first[0]}~2"]
    assert all(record.startswith("crm:contacts:#") and len(record) == len("crm:contacts:#") + 16 for record in first)


def test_an_id_that_is_missing_in_one_row_is_a_hash_there(tmp_path):
    _write(tmp_path, contacts="id,email\n1,a@example.com\n,b@example.com\n")
    records = _column(load(_plan(tmp_path, _source({"contacts.csv": "contacts"}))), "contacts", "_record")
    assert records[0] == "crm:contacts:1"
    assert records[1].startswith("crm:contacts:#")


def test_the_plan_may_name_the_key_columns_and_constants(tmp_path):
    _write(tmp_path, contacts="Email,Customer No,Mail of work\nx,K1,a@example.com\n")
    file = SourceFile(
        "contacts.csv", "contacts", columns={"Mail of work": "email"}, constants={"country": "DE"}, key="Customer No"
    )
    loaded = load(_plan(tmp_path, Source("crm", "plain", 1, (file,))))
    table = loaded.tables["contacts"].collect().row(0, named=True)
    assert table["_record"] == "crm:contacts:K1"
    assert (table["email"], table["x_email"], table["country"]) == ("a@example.com", "x", "DE")


def test_several_files_of_an_object_are_put_together_by_column(tmp_path):
    _write(tmp_path, a="id,Email,Fax\n1,a@example.com,9\n", b="id,Phone,Email\n2,555,b@example.com\n")
    loaded = load(_plan(tmp_path, _source({"a.csv": "contacts", "b.csv": "contacts"})))
    table = loaded.tables["contacts"].collect()
    assert table.select("_file", "_row", "email", "phone", "fax").rows() == [
        ("a.csv", 2, "a@example.com", None, "9"),
        ("b.csv", 2, "b@example.com", "555", None),
    ]


def test_two_sources_do_not_see_each_others_parents(tmp_path):
    _write(
        tmp_path,
        firms="id,Company Name,Domain\n7,Acme,acme.example\n",
        people="id,Email,Company ID\n1,a@example.com,7\n",
    )
    loaded = load(
        _plan(
            tmp_path,
            _source({"firms.csv": "companies", "people.csv": "contacts"}, name="one"),
            _source({"people.csv": "contacts"}, name="two"),
        )
    )
    assert _column(loaded, "contacts", "_ref.company_ref") == ["one:companies:7", None]


def test_associations_become_links_once_though_both_sides_name_them(tmp_path):
    _write(
        tmp_path,
        deals="Record ID,Deal Name,Deal Stage,Associated Contact IDs\nD1,Big,Open,11;12\nD2,Small,Open,\n",
        contacts="Record ID,First Name,Email,Associated Deal IDs\n11,Ann,a@b.example,D1\n12,Bob,b@b.example,D1;D9\n",
    )
    files = {"deals.csv": "deals", "contacts.csv": "contacts"}
    loaded = load(_plan(tmp_path, _source(files, "hubspot")))
    links = loaded.tables["links"].collect()
    assert sorted(links.select("_record", "_ref.from_ref", "_ref.to_ref").rows()) == [
        ("crm:links:deals~D1~contacts~11", "crm:deals:D1", "crm:contacts:11"),
        ("crm:links:deals~D1~contacts~12", "crm:deals:D1", "crm:contacts:12"),
        ("crm:links:deals~D9~contacts~12", None, "crm:contacts:12"),
    ]
    assert _column(loaded, "deals", "_ref.contact_ref") == ["crm:contacts:11", None]
    assert _column(loaded, "deals", "x_associated_contact_ids") == ["11;12", None]
    assert _codes(loaded) == [("links", 3, "from_ref", "ref.parent-missing")]


def test_owners_are_found_by_email_or_name_where_only_one_has_it(tmp_path):
    _write(
        tmp_path,
        users="User ID,Name,Email,Active\n1,Ann Lee,ann@example.com,1\n2,Bob Ray,b@example.com,1\n3,Bob Ray,c@d.io,1\n",
        contacts="id,Email,Owner\n1,x@example.com,Ann  LEE\n2,y@example.com,b@example.com\n3,z@example.com,Bob Ray\n",
    )
    loaded = load(_plan(tmp_path, _source({"users.csv": "users", "contacts.csv": "contacts"})))
    assert _column(loaded, "contacts", "_ref.owner_ref") == ["crm:users:1", "crm:users:2", None]
    assert _codes(loaded) == [("contacts", 4, "owner_ref", "ref.parent-missing")]


def test_circles_of_parents_are_found_and_chains_are_not(tmp_path):
    rows = "1,A,2\n2,B,3\n3,C,2\n4,D,1\n5,E,5\n6,F,\n7,G,6\n8,H,7\n"
    _write(tmp_path, companies="id,Company Name,Parent ID\n" + rows)
    loaded = load(_plan(tmp_path, _source({"companies.csv": "companies"})))
    assert _codes(loaded) == [("companies", row, "parent_ref", "ref.cycle") for row in (3, 4, 6)]


def test_extra_objects_go_through_to_the_ledger(tmp_path):
    _write(
        tmp_path,
        CampaignMember="Id,CampaignId,Status\n00v000000000001,701000000000001,Sent\n",
        people="id,Email\n1,a@b.example\n",
    )
    extra = ExtraObject("campaign_members", "crm", "CampaignMember.csv", "object.not-migrated")
    source = _source({"people.csv": "contacts"}, "salesforce")
    loaded = load(_plan(tmp_path, source, objects=(extra,)))
    table = loaded.tables["campaign_members"].collect().row(0, named=True)
    assert table["_record"] == "crm:campaign_members:00v000000000001AAA"
    assert (table["_outcome"], table["_code"]) == ("excluded", "object.not-migrated")


def test_padded_rows_and_rows_left_out_are_told(tmp_path):
    _write(tmp_path, contacts="id,Email,City\n1,a@example.com\n2,b@example.com,Rome,x\n3,c@example.com,Bonn\n")
    loaded = load(_plan(tmp_path, _source({"contacts.csv": "contacts"})))
    assert _codes(loaded) == [("contacts", 2, None, "row.padded"), ("contacts", 3, None, "row.surplus-values")]
    table = loaded.tables["contacts"].collect()
    assert table.select("_row", "_outcome", "_code", "email").rows() == [
        (2, None, None, "a@example.com"),
        (4, None, None, "c@example.com"),
        (3, "rejected", "row.surplus-values", None),
    ]
    assert loaded.rejects.select("file", "line", "row", "reason").rows() == [
        ("contacts.csv", 3, 3, "row.surplus-values")
    ]


def test_the_names_of_the_columns_once_more_are_no_record(tmp_path):
    text = "id,Email,City\n1,a@example.com,\nid,Email,City\n2,b@example.com,City\n\ufeffID, EMAIL,city\nid,,City\n"
    _write(tmp_path, contacts=text)
    loaded = load(_plan(tmp_path, _source({"contacts.csv": "contacts"})))
    table = loaded.tables["contacts"].collect().sort("_row")
    assert table.select("_row", "_code", "email").rows() == [
        (2, None, "a@example.com"),
        (3, "row.names-again", None),
        (4, None, "b@example.com"),
        (5, "row.names-again", None),
        (6, None, None),
    ]
    assert loaded.rejects.select("file", "row", "raw").rows() == [
        ("contacts.csv", 3, "id,Email,City"),
        ("contacts.csv", 5, "\ufeffID, EMAIL,city"),
    ]


def test_rows_without_any_value_are_no_records(tmp_path):
    _write(tmp_path, contacts="id,Email,City\n1,a@example.com,\n,,\n2,b@example.com,\n,,\n,,\n")
    loaded = load(_plan(tmp_path, _source({"contacts.csv": "contacts"})))
    assert _column(loaded, "contacts", "_row") == [2, 4]
    assert "3 rows without any value left out" in loaded.columns["contacts.csv"]["evidence"]
    assert loaded.columns["contacts.csv"]["rows"] == 2


def test_all_faults_are_told_at_once(tmp_path):
    _write(tmp_path, empty="", header="id,Email\n", fine="id,Email\n1,a@example.com\n")
    files = {"empty.csv": "contacts", "header.csv": "contacts", "none.csv": "contacts", "fine.csv": "contacts"}
    with pytest.raises(InputError) as caught:
        load(_plan(tmp_path, _source(files)))
    assert [fault.code for fault in caught.value.faults] == ["file.empty", "file.no-rows", "file.missing"]


def test_a_header_that_the_file_lacks_is_a_fault_with_the_nearest_one(tmp_path):
    _write(tmp_path, contacts="id,E-Mail privat\n1,a@example.com\n")
    with pytest.raises(InputError) as caught:
        load(_plan(tmp_path, _source({"contacts.csv": "contacts"}, columns={"Email privat1": "email"})))
    assert caught.value.faults[0].code == "plan.unknown-header"
    assert caught.value.faults[0].hint == "did you mean E-Mail privat?"


def test_loading_twice_gives_the_same_tables(salesforce):
    plan = _plan(salesforce, _source(FILES, "salesforce"))
    first, second = load(plan), load(plan)
    for name, table in first.tables.items():
        assert table.collect().equals(second.tables[name].collect())


def test_files_too_large_for_memory_load_the_same(salesforce, monkeypatch):
    plan = _plan(salesforce, _source(FILES, "salesforce"))
    kept = load(plan)
    monkeypatch.setattr(loading, "_IN_MEMORY", 0)
    streamed = load(plan)
    assert streamed.findings.equals(kept.findings)
    for name, table in kept.tables.items():
        assert streamed.tables[name].collect(engine="streaming").equals(table.collect())


def test_the_columns_document_tells_what_was_taken_for_what(salesforce):
    document = load(_plan(salesforce, _source(FILES, "salesforce"))).columns["Account.csv"]
    assert document["table"] == "Account"
    assert {"header": "BillingCity", "column": "city", "evidence": "its name"} in document["columns"]


def test_real_exports_load_with_every_row(real_exports):
    folder = "salesforce-data-cloud-workshop"
    files = {
        "Account": "companies",
        "Contact": "contacts",
        "Lead": "leads",
        "Opportunity": "deals",
        "Task": "activities",
    }
    source = _source({f"{folder}/{name}.csv": object_ for name, object_ in files.items()}, "salesforce")
    loaded = load(_plan(real_exports, source))
    counts = {name: table.collect().height for name, table in loaded.tables.items()}
    assert counts == {"companies": 22, "contacts": 102, "leads": 60, "deals": 50, "activities": 75}
    assert loaded.tables["activities"].collect().get_column("_ref.person_ref").null_count() == 0
    assert loaded.tables["deals"].collect().get_column("_ref.company_ref").null_count() == 0


def test_ids_that_were_ruined_are_found_and_are_no_identity(tmp_path):
    _write(
        tmp_path, Contact="Id,LastName,AccountId,OwnerId\n003D000000IqhS1IAZ,Ray,,\n1.23E+17,Low,,\n1.23E+17,Max,,\n"
    )
    loaded = load(_plan(tmp_path, _source({"Contact.csv": "contacts"}, "salesforce")))
    assert _codes(loaded) == [
        ("contacts", 2, "source_id", "record.damaged-id"),
        ("contacts", 3, "source_id", "record.rounded-id"),
        ("contacts", 4, "source_id", "record.rounded-id"),
    ]
    assert all(":#" in record for record in _column(loaded, "contacts", "_record")[1:])


def test_cells_in_the_wrong_column_are_found(tmp_path):
    _write(
        tmp_path, contacts="id,Email,Phone\n1,a@b.example,555 123 4567\n2,+1 555 123 4567,a@b.example\n3,none,ext. 5\n"
    )
    loaded = load(_plan(tmp_path, _source({"contacts.csv": "contacts"})))
    assert _codes(loaded) == [("contacts", 3, "email", "cell.misplaced"), ("contacts", 3, "phone", "cell.misplaced")]


def test_calls_and_meetings_of_a_plain_list_are_done_when_their_status_says_so(tmp_path):
    rows = "1,Demo,Meeting,Completed\n2,Ring,Phone call,Planned\n3,Write,Letter,\n"
    _write(tmp_path, activities="Activity ID,Subject,Type,Status\n" + rows)
    loaded = load(_plan(tmp_path, _source({"activities.csv": "activities"})))
    table = loaded.tables["activities"].collect()
    assert table.select("kind", "done", "x_type").rows() == [
        ("meeting", "true", "Meeting"),
        ("call", "false", "Phone call"),
        ("task", None, "Letter"),
    ]


def test_a_header_that_fits_no_row_is_told_apart_from_an_empty_table(tmp_path):
    _write(tmp_path, contacts="id,Email\n1,a@example.com,Rome\n2,b@example.com,Bonn\n")
    with pytest.raises(InputError) as caught:
        load(_plan(tmp_path, _source({"contacts.csv": "contacts"})))
    assert caught.value.faults[0].problem.startswith("no row fits its header: 2 rows")
