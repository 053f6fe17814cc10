"""init recognises exports, decides every column, and never writes half a workspace."""

import pytest

from crmclean.errors import ExitCode, InputError, PlanError, RefusedError
from crmclean.pipeline.load.loading import load
from crmclean.plan.read import read_plan
from crmclean.workflow.hygiene import Request, hygiene
from crmclean.workflow.initialize import Answers, initialize

SALESFORCE = "Id,FirstName,LastName,Email,AccountId,Old_Score__c,Never_Used__c\n"
CONTACTS = SALESFORCE + "003A000000aaaaaAAA,Ann,Lee,ann@example.com,001A000000aaaaaAAA,12,\n"
PLAIN = "First Name,Last Name,Email,Favourite Colour\nBo,Roe,bo@example.org,red\n"
TO_HUBSPOT = Answers("hubspot")


@pytest.fixture
def exports(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    for name, text in {
        "Contact.csv": CONTACTS,
        "newsletter.csv": PLAIN,
        "empty.csv": "",
        "logo.csv": "\0PNG\0\0",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_export_is_recognised_or_listed(exports, tmp_path):
    result = initialize(tmp_path / "acme", [exports], TO_HUBSPOT)
    plan = read_plan(tmp_path / "acme")
    kinds = {source.name: (source.kind, [file.path for file in source.files]) for source in plan.sources}
    assert kinds == {
        "salesforce": ("salesforce", ["exports/Contact.csv"]),
        "newsletter": ("plain", ["exports/newsletter.csv"]),
    }
    assert {entry.path for entry in plan.ignored} == {"exports/empty.csv", "exports/logo.csv"}
    assert result.exit_code == ExitCode.DONE
    assert (tmp_path / "acme" / "exports" / "Contact.csv").read_text(encoding="utf-8") == CONTACTS


def test_a_table_that_nothing_moves_goes_through_to_the_ledger(exports, tmp_path):
    case = "Id,CaseNumber,ContactId,AccountId,Subject,Status,Origin\n500A000000aaaaaAAA,1,,,Help,New,Web\n"
    (exports / "Case.csv").write_text(case, encoding="utf-8")
    initialize(tmp_path / "acme", [exports], TO_HUBSPOT)
    (extra,) = read_plan(tmp_path / "acme").objects
    assert (extra.name, extra.source, extra.path) == ("case", "salesforce", "exports/Case.csv")


def test_columns_without_a_field_are_kept_and_empty_ones_dropped(exports, tmp_path):
    initialize(tmp_path / "acme", [exports], TO_HUBSPOT)
    decisions = read_plan(tmp_path / "acme").columns["contacts"]
    actions = {column: (decision.action, decision.to or decision.reason) for column, decision in decisions.items()}
    assert actions == {
        "x_old_score_c": ("custom", "legacy_old_score"),
        "x_never_used_c": ("drop", "empty in every row"),
        "x_favourite_colour": ("custom", "legacy_favourite_colour"),
    }


def test_ids_that_become_links_are_no_open_columns(tmp_path):
    path = tmp_path / "hubspot-crm-exports-all-contacts.csv"
    header = "Record ID,First Name,Last Name,Email,Lifecycle Stage,Associated Deal IDs,_id\n"
    path.write_text(header + "1,Ann,Lee,ann@example.com,customer,11;12,x\n", encoding="utf-8")
    initialize(tmp_path / "acme", [path], TO_HUBSPOT)
    decisions = read_plan(tmp_path / "acme").columns["contacts"]
    assert decisions["x_associated_deal_ids"].reason == "its ids are moved as links"
    assert decisions["x_id"].action == "custom"


def test_the_plan_holds_no_cell_of_the_exports(exports, tmp_path):
    initialize(tmp_path / "acme", [exports], TO_HUBSPOT)
    text = (tmp_path / "acme" / "migration.toml").read_text(encoding="utf-8")
    assert "ann@example.com" not in text
    assert "red" not in text.split()


def test_files_in_the_workspace_stay_where_they_are(exports, tmp_path):
    exports.rename(tmp_path / "exports")
    result = initialize(tmp_path, [tmp_path / "exports" / "Contact.csv"], TO_HUBSPOT)
    assert [source["files"] for source in result.data["sources"]] == [["exports/Contact.csv"]]
    assert sorted(path.name for path in (tmp_path / "exports").iterdir()) == sorted(
        ["Contact.csv", "newsletter.csv", "empty.csv", "logo.csv"]
    )


def test_two_files_of_one_name_both_find_a_place(exports, tmp_path):
    other = tmp_path / "second"
    other.mkdir()
    (other / "newsletter.csv").write_text(PLAIN, encoding="utf-8")
    initialize(tmp_path / "acme", [exports / "newsletter.csv", other / "newsletter.csv"], TO_HUBSPOT)
    sources = read_plan(tmp_path / "acme").sources
    assert [source.name for source in sources] == ["newsletter", "newsletter-2"]
    assert [file.path for source in sources for file in source.files] == [
        "exports/newsletter.csv",
        "exports/second/newsletter.csv",
    ]


def test_two_orgs_of_one_crm_are_called_after_their_folders(tmp_path):
    campaigns = "Id,Name,NumberOfLeads\n701A00000000001AAA,Spring,3\n"
    for org in ("us", "uk"):
        (tmp_path / org).mkdir()
        (tmp_path / org / "Contact.csv").write_text(CONTACTS, encoding="utf-8")
        (tmp_path / org / "Campaign.csv").write_text(campaigns, encoding="utf-8")
    initialize(tmp_path / "acme", [tmp_path / "us", tmp_path / "uk"], TO_HUBSPOT)
    plan = read_plan(tmp_path / "acme")
    files = {source.name: [file.path for file in source.files] for source in plan.sources}
    assert files == {"salesforce-uk": ["exports/uk/Contact.csv"], "salesforce-us": ["exports/us/Contact.csv"]}
    assert {(each.source, each.path) for each in plan.objects} == {
        ("salesforce-uk", "exports/uk/Campaign.csv"),
        ("salesforce-us", "exports/us/Campaign.csv"),
    }


def test_one_column_in_two_spellings_is_one_custom_field(tmp_path):
    for org, contacts in (("us", CONTACTS), ("uk", CONTACTS.replace(SALESFORCE, SALESFORCE.upper()))):
        (tmp_path / org).mkdir()
        text = contacts.replace("Old_Score__c", "OldScore").replace("OLD_SCORE__C", "OLDSCORE")
        (tmp_path / org / "Contact.csv").write_text(text, encoding="utf-8")
    initialize(tmp_path / "acme", [tmp_path / "us", tmp_path / "uk"], TO_HUBSPOT)
    plan = read_plan(tmp_path / "acme")
    assert {source.name: source.files[0].columns for source in plan.sources} == {
        "salesforce-uk": {"OLDSCORE": "x_old_score"},
        "salesforce-us": {},
    }
    assert {name for name in plan.columns["contacts"] if "score" in name} == {"x_old_score"}


def test_who_does_not_want_to_be_mailed_is_read_from_the_question_of_a_list(tmp_path):
    rows = [("a@example.com", "N"), ("b@example.com", "yes"), ("c@example.com", ""), ("d@example.com", "2024-05-01")]
    text = "Email,Last Name,OK to email? (Y/N)\n" + "".join(f"{mail},Roe,{answer}\n" for mail, answer in rows)
    (tmp_path / "fair.csv").write_text(text, encoding="utf-8")
    acme = tmp_path / "acme"
    notes = initialize(acme, [tmp_path / "fair.csv"], TO_HUBSPOT).notes
    assert "Who says no under OK to email? (Y/N) may not be mailed: email_opt_out is made of it." in notes
    assert "(email_opt_out made of it)" in (acme / "migration.toml").read_text(encoding="utf-8")
    loaded = load(read_plan(acme)).tables["contacts"].select("email", "email_opt_out", "x_ok_to_email_y_n").collect()
    assert dict(loaded.select("email", "email_opt_out").sort("email").iter_rows()) == {
        "a@example.com": "true", "b@example.com": "false", "c@example.com": None, "d@example.com": None,
    }  # fmt: skip
    assert loaded["x_ok_to_email_y_n"].drop_nulls().len() == 3


def test_an_opt_out_column_goes_before_an_opt_in_column(tmp_path):
    text = "Email,Last Name,Unsubscribed,Opt In\na@example.com,Roe,true,yes\n"
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    initialize(tmp_path / "acme", [tmp_path / "list.csv"], TO_HUBSPOT)
    assert load(read_plan(tmp_path / "acme")).tables["contacts"].collect()["email_opt_out"].to_list() == ["true"]


def test_an_unknown_table_stays_open_and_asks_for_a_person(exports, tmp_path):
    (exports / "parts.csv").write_text("Bolt,Nut\nM4,M4\n", encoding="utf-8")
    result = initialize(tmp_path / "acme", [exports], TO_HUBSPOT)
    assert result.exit_code == ExitCode.WAITING
    assert result.data["unknown"] == ["exports/parts.csv"]
    assert "exports/parts.csv" not in {entry.path for entry in read_plan(tmp_path / "acme").ignored}


@pytest.mark.parametrize(
    ("names", "answers", "error"),
    [
        (["gone.csv", "lost.csv"], TO_HUBSPOT, InputError),
        (["empty.csv"], TO_HUBSPOT, InputError),
        (["Contact.csv"], Answers("hubspott"), PlanError),
    ],
)
def test_what_cannot_work_writes_nothing(names, answers, error, exports, tmp_path):
    with pytest.raises(error) as caught:
        initialize(tmp_path / "acme", [exports / name for name in names], answers)
    assert len(caught.value.faults) == len(names)
    assert not (tmp_path / "acme").exists()


@pytest.mark.parametrize("command", ["init", "hygiene"])
def test_a_folder_without_exports_says_which_folders_in_it_may_be_meant(command, tmp_path):
    def named(folder):
        with pytest.raises(InputError) as raised:
            initialize(tmp_path / "w", [folder], TO_HUBSPOT) if command == "init" else hygiene(Request([folder]))
        (fault,) = raised.value.faults
        return fault.problem, fault.hint

    (tmp_path / "given" / "us").mkdir(parents=True)
    (tmp_path / "given" / "us" / "Contact.csv").write_text(CONTACTS, encoding="utf-8")
    given = tmp_path / "given"
    assert named(given) == ("holds no exports itself, only folders", f"name {given / 'us'}")
    (tmp_path / "bare").mkdir()
    assert named(tmp_path / "bare") == ("holds no exports", "name a folder with exports")


def test_an_existing_plan_is_never_replaced(exports, tmp_path):
    initialize(tmp_path / "acme", [exports], TO_HUBSPOT)
    with pytest.raises(RefusedError, match="there is a plan already"):
        initialize(tmp_path / "acme", [exports], TO_HUBSPOT)


def test_columns_told_by_more_than_their_names_are_said_and_noted(tmp_path):
    rows = ["ann.lee@a.example,Ann Lee", "bo.roe@b.example,Bo Roe", "di.eff@d.example,Di Eff"]
    (tmp_path / "people.csv").write_text("\n".join(["Mail,Who", *rows]), encoding="utf-8")
    result = initialize(tmp_path / "acme", [tmp_path / "people.csv"], Answers("hubspot"))
    assert "Told by more than their names: Who as full_name. The plan says by what." in result.notes
    plan = (tmp_path / "acme" / "migration.toml").read_text(encoding="utf-8")
    assert "(the mailboxes beside it are made of its words)" in plan


def test_what_the_scorecard_keeps_beside_the_exports_is_no_export(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "contacts.csv").write_text("Name,Email\nAnn Lee,ann@acme.example\n", encoding="utf-8")
    hygiene(Request(files=(folder,), out=tmp_path / "card"))
    assert (folder / "hygiene.sqlite").is_file()
    result = initialize(tmp_path / "acme", [folder], Answers("hubspot"))
    assert result.data["unknown"] == []
    assert not (tmp_path / "acme" / "exports" / "hygiene.sqlite").exists()
