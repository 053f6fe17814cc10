"""The generator: the same seed gives the same bytes, the truth fits the files, and the mess has the shape it claims."""

import hashlib

import phonenumbers
import polars as pl
import pytest

from crmclean.samples.dice import Dice
from crmclean.samples.generate import LIST_FILE, write_sample
from crmclean.samples.ids import with_checksum

ROWS = 5_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sample")
    write_sample(directory, rows=ROWS, seed=11)
    return directory


@pytest.fixture(scope="module")
def table(folder):
    return lambda name: pl.read_csv(folder / name, infer_schema=False).with_columns(pl.all().replace({"": None}))


def _digests(directory):
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    write_sample(tmp_path, rows=ROWS, seed=11)
    assert _digests(tmp_path) == _digests(folder)


def test_another_seed_gives_other_bytes_in_every_file(folder, tmp_path):
    write_sample(tmp_path, rows=ROWS, seed=12)
    other = _digests(tmp_path)
    assert [name for name, digest in _digests(folder).items() if other[name] == digest] == []


def test_the_rows_that_were_asked_for(table):
    assert table("Contact.csv").height + table(LIST_FILE).height == ROWS


@pytest.mark.parametrize("rows", [20, 21, 500, 3_001])
def test_any_size_has_exactly_its_rows(tmp_path, rows):
    written = write_sample(tmp_path, rows=rows, seed=3).rows
    assert written["Contact.csv"] + written[LIST_FILE] == rows


def test_fifty_thousand_are_28_to_32_thousand_people(tmp_path):
    assert 28_000 <= write_sample(tmp_path, rows=50_000, seed=1).people <= 32_000


@pytest.mark.parametrize(
    ("short", "long"),
    [  # crm-formats.md 2.3
        ("aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaAAA"),
        ("AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA555"),
        ("001D000000IqhSL", "001D000000IqhSLIAZ"),
        ("0030000000abcDE", "0030000000abcDEAAY"),
        ("00Q5g00000AbCdE", "00Q5g00000AbCdEEAV"),
        ("006A0000001bCdE", "006A0000001bCdEIAU"),
    ],
)
def test_checksum_of_published_ids(short, long):
    assert pl.select(with_checksum(pl.lit(short))).item() == long


@pytest.mark.parametrize(
    ("file", "column", "prefix"),
    [
        ("Contact.csv", "Id", "003"),
        ("Account.csv", "Id", "001"),
        ("Opportunity.csv", "Id", "006"),
        ("Task.csv", "Id", "00T"),
    ],
)
def test_ids_have_the_prefix_of_their_object(table, file, column, prefix):
    ids = table(file)[column]
    assert ids.str.contains(f"^{prefix}[0-9A-Za-z]{{12}}[A-Z0-5]{{3}}$").all()


def test_truth_has_one_line_for_every_contact_and_account(table):
    truth = table("truth/contacts.csv")
    in_file = truth.filter(pl.col("file") == "Contact.csv").sort(pl.col("row").cast(int))
    assert in_file["id"].to_list() == table("Contact.csv")["Id"].to_list()
    assert truth.filter(pl.col("file") == LIST_FILE).height == table(LIST_FILE).height
    assert table("truth/companies.csv")["id"].to_list() == table("Account.csv")["Id"].to_list()


def test_references_reach_their_parents_except_the_planted_ones(table):
    contacts, tasks = table("Contact.csv"), table("Task.csv")
    accounts, planted = set(table("Account.csv")["Id"]), table("truth/faults.csv")
    orphans = contacts.filter(pl.col("AccountId").is_not_null() & ~pl.col("AccountId").is_in(accounts))
    expected = planted.filter(pl.col("fault") == "company-not-exported")["id"]
    assert set(orphans["Id"]) == set(expected)
    assert set(tasks["WhoId"]) <= set(contacts["Id"])
    roles = table("OpportunityContactRole.csv")
    assert set(roles["ContactId"]) <= set(contacts["Id"])
    assert set(roles["OpportunityId"]) <= set(table("Opportunity.csv")["Id"])


def test_no_parent_account_is_its_own_ancestor(table):
    parents = {row["Id"]: row["ParentId"] for row in table("Account.csv").iter_rows(named=True)}
    for start in parents:
        seen, here = set(), start
        while here:
            assert here not in seen
            seen.add(here)
            here = parents[here]


def test_every_mailbox_is_in_a_domain_kept_for_examples_or_a_filler(table):
    for file, column in (("Contact.csv", "Email"), (LIST_FILE, "Email Address"), ("User.csv", "Email")):
        mailboxes = table(file)[column].drop_nulls().str.to_lowercase().to_list()
        real = [
            mail
            for mail in mailboxes
            if "@" in mail and mail.split("@")[1] not in ("test.com", "none.com", "noemail.com")
        ]
        assert [mail for mail in real if not mail.endswith(".example")] == []


def test_telephones_are_valid_and_reach_nobody(table):
    cells = (
        table("Account.csv")
        .drop_nulls("Phone")
        .select("Phone", "BillingCountry")
        .filter(pl.col("Phone").str.starts_with("+"))
    )
    numbers = [phonenumbers.parse(text.replace("(0)", "")) for text in cells["Phone"]]
    assert len(numbers) > 50
    assert [number for number in numbers if not phonenumbers.is_valid_number(number)] == []


def test_the_engagement_of_the_truth_is_in_the_files(table):
    """Every person with CRM records who was engaged had the last completed call on that very day."""
    truth = table("truth/contacts.csv").drop_nulls("engaged")
    done = table("Task.csv").filter((pl.col("Status") == "Completed") & (pl.col("TaskSubtype") == "Call"))
    newest = done.group_by(pl.col("WhoId").alias("id")).agg(pl.col("ActivityDate").max())
    people = truth.join(newest, on="id", how="left").group_by("entity").agg(
        pl.col("engaged").first(), pl.col("ActivityDate").max(), (pl.col("file") == "Contact.csv").any().alias("in_crm")
    )  # fmt: skip
    in_crm = people.filter("in_crm")
    assert in_crm.height > 100
    assert in_crm.filter(pl.col("engaged").ne_missing(pl.col("ActivityDate"))).is_empty()


def test_fewer_than_two_people_in_five_could_be_stale(table):
    people = table("truth/contacts.csv").unique("entity")
    old = people.filter(pl.col("engaged") < "2025-06-30").height / people.height
    assert 0.1 < old < 0.4


def test_every_kind_of_fault_is_planted(table):
    assert set(table("truth/faults.csv")["fault"]) == {
        "deleted-at-source", "id-twice", "company-not-exported", "filler-email", "filler-phone",
    }  # fmt: skip


def test_draws_depend_on_the_key_and_not_on_the_row():
    frame = pl.DataFrame({"key": [5, 1, 9, 1]})
    drawn = frame.select(Dice(4).below("x", pl.col("key"), 1000)).to_series().to_list()
    assert drawn[1] == drawn[3]
    assert frame.reverse().select(Dice(4).below("x", pl.col("key"), 1000)).to_series().to_list() == drawn[::-1]


def test_shares_are_even():
    drawn = pl.select(pl.int_range(20_000).alias("key")).select(Dice(8).share("x", pl.col("key"))).to_series()
    assert abs(drawn.mean() - 0.5) < 0.01
    assert drawn.n_unique() == 20_000
