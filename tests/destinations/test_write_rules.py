"""What an update does to values that are there: the plan's rules, in later rounds and where the journal was lost."""

import shutil
from contextlib import closing

import polars as pl
import pytest

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.registry import open_destination
from crmclean.destinations.write_rules import merged
from crmclean.plan.model import Destination, Plan, Stage, Target
from crmclean.workflow.importing.rounds import Mapped, Sending
from crmclean.workflow.importing.stages import import_stages
from crmclean.workspace.paths import Workspace

RULES = {
    "Over": {},
    "Blank": {"write": "fill_blank"},
    "Never": {"write": "never"},
    "Append": {"write": "append"},
    "Once": {"insert_only": True},
}
KEEP, TAKE, BOTH = "keep", "take", "both"
CASES = [  # what is there, what comes, and what each rule makes of it
    ("old", "new", {"Over": TAKE, "Blank": KEEP, "Never": KEEP, "Append": BOTH, "Once": KEEP}),
    ("old", None, {"Over": TAKE, "Blank": KEEP, "Never": KEEP, "Append": KEEP, "Once": KEEP}),
    (None, "new", {"Over": TAKE, "Blank": TAKE, "Never": KEEP, "Append": TAKE, "Once": TAKE}),
    (None, None, {"Over": KEEP, "Blank": KEEP, "Never": KEEP, "Append": KEEP, "Once": KEEP}),
    ("Annabel", "Ann", {"Over": TAKE, "Blank": KEEP, "Never": KEEP, "Append": BOTH, "Once": KEEP}),
    ("one\nnew", "new", {"Over": TAKE, "Blank": KEEP, "Never": KEEP, "Append": KEEP, "Once": KEEP}),
    ("old", "old", {"Over": KEEP, "Blank": KEEP, "Never": KEEP, "Append": KEEP, "Once": KEEP}),
    ("a;b", "b", {"Over": TAKE, "Blank": KEEP, "Never": KEEP, "Append": BOTH, "Once": KEEP}),
]


def after(old, new, rule):
    return {KEEP: old, TAKE: new, BOTH: f"{old}\n{new}"}[rule]


def schema():
    key = TargetField("key", "Key", "text", length=80, required=True, unique=True, from_=("_record",))
    fields = {name: TargetField(name, name, "text", **rule) for name, rule in RULES.items()}
    return TargetSchema(
        "rules", "Rules", {"Contact": TargetObject("Contact", "Contact", "key", (), {"key": key, **fields})}
    )


@pytest.mark.parametrize(("old", "new", "wanted"), CASES)
def test_every_rule_on_every_pair_of_values(old, new, wanted):
    fields = schema().objects["Contact"].fields
    for name, rule in wanted.items():
        assert merged(fields[name], old, new) == after(old, new, rule), name


@pytest.fixture(params=["sqlite", "sql", "postgresql"])
def place(request, tmp_path):
    """A workspace with a destination `to`: SQLite's own, SQLite through SQLAlchemy, PostgreSQL."""
    url = "sqlite:///to.sqlite"
    if request.param == "sql":
        url = f"sqlite:///{tmp_path.as_posix()}/to.sqlite"
    if request.param == "postgresql":
        psycopg = pytest.importorskip("psycopg")
        where = f"postgresql://crm@{request.getfixturevalue('postgres')}"
        name = f"rules_{abs(hash(request.node.nodeid))}"
        with psycopg.connect(f"{where}/postgres", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        url = f"{where}/{name}"
    where = {"to": Destination("to", request.param, url)}
    plan = Plan(
        root=tmp_path,
        name="test",
        target=Target("rules"),
        sources=(),
        stages=(Stage("all", "TRUE"),),
        destinations=where,
    )
    return Workspace(tmp_path), plan


def send(place, texts, round_=None):
    """Import one record for each text, with the text in all of its fields."""
    workspace, plan = place
    ids = [f"s:contacts:{number}" for number in range(len(texts))]
    names = dict.fromkeys(("_record", *RULES), pl.String)
    rows = pl.DataFrame({"_record": ids} | dict.fromkeys(RULES, texts), schema_overrides=names)
    workspace.phase("map").mkdir(parents=True, exist_ok=True)
    rows.write_parquet(workspace.table("map", "Contact"))
    contacts = rows.select("_record", _outcome=pl.lit(None, pl.String), _into=pl.lit(None, pl.String))
    mapped = Mapped(schema(), {"Contact": rows.lazy()}, {"contacts": contacts.lazy()})
    return import_stages(workspace, plan, mapped, None, to="to", sending=Sending(round_=round_))


def there(place):
    workspace, plan = place
    with closing(open_destination(workspace, plan, "to")) as destination:
        destination.prepare(schema())
        found = {key: cells for key, _, cells in destination.scan("Contact")}
    return [dict(found[key]) for key in sorted(found)]


def wanted(old, new, rules):
    return {name: after(old, new, rule) for name, rule in rules.items()}


@pytest.mark.server
def test_rules_hold_in_a_later_round(place):
    send(place, [old for old, *_ in CASES])
    assert there(place) == [dict.fromkeys(RULES, old) | {"Never": old} for old, *_ in CASES]  # new records take all
    send(place, [new for _, new, _ in CASES], "second")
    assert there(place) == [wanted(*case) for case in CASES]


@pytest.mark.server
def test_rules_hold_where_the_journal_was_lost(place):
    send(place, [old for old, *_ in CASES])
    shutil.rmtree(place[0].journal("to").parent)
    kept = [wanted(old, old if new is None else new, rules) for old, new, rules in CASES]  # a blank empties nothing
    done = send(place, [new for _, new, _ in CASES])
    assert there(place) == kept
    again = send(place, [new for _, new, _ in CASES])
    assert there(place) == kept
    assert again.imported.equals(done.imported)
