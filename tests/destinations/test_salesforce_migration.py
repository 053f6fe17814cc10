"""The sample migration into a whole organisation on the test server: there, audited, a round later, and back."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from salesforce import TOKEN, serve
from salesforce_account import organisation_for

from crmclean.plan.read import read_plan
from crmclean.plan.target import planned_target

pytest.importorskip("httpx")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """The organisation, how commands are run against it, and the workspace."""
    root = tmp_path_factory.mktemp("salesforce") / "work"
    shutil.copytree(ROOT / "sample_data", root)
    plan = root / "migration.toml"
    plan.write_text(plan.read_text("utf-8").replace('crm = "hubspot"', 'crm = "salesforce"'), "utf-8")
    with (root / "exports" / "salesforce" / "User.csv").open(encoding="utf-8") as file:
        owners = [row["Email"] for row in csv.DictReader(file)]
    organisation = organisation_for(planned_target(read_plan(root)), owners)
    server = serve(organisation)
    with plan.open("a", encoding="utf-8") as file:
        file.write(f'\n[destinations.sf]\nkind = "salesforce"\nurl = "http://127.0.0.1:{server.server_port}"\n')

    def told(*words, **environment):
        command = [sys.executable, "-m", "crmclean", *words]
        environment = os.environ | {"CRMCLEAN_SF_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)} | environment
        return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)

    yield organisation, told, root
    server.shutdown()
    server.server_close()


def records(organisation):
    return {name: len(rows) for name, rows in organisation.records.items() if rows and name != "User"}


def test_a_migration_goes_there_is_audited_and_comes_back(account):
    organisation, told, root = account
    industry = organisation.fields["Account"].pop("Industry")
    refused = told("run", "--to", "sf")
    assert refused.returncode == 4
    assert "Account.Industry: is not there" in refused.stderr
    assert "create the field" in refused.stderr
    organisation.fields["Account"]["Industry"] = industry
    organisation.fields.pop("AccountContactRelation")  # a feature that is off, and nothing is sent to it
    assert records(organisation) == {}

    organisation.faults = [("PATCH", f"Contact/{organisation.key}", "spent")]
    stopped = told("run", "--to", "sf")
    assert stopped.returncode == 5
    assert "API calls are spent" in stopped.stderr
    assert "it goes on from here" in stopped.stderr
    assert set(records(organisation)) == {"Account"}

    sent = told("run", "--to", "sf")
    assert sent.returncode == 0, sent.stderr
    assert _mismatches(root) == []
    keys = [row[organisation.key] for name in records(organisation) for row in organisation.records[name].values()]
    assert len(keys) == len(set(keys)) > 2_000
    people = organisation.records["Contact"].values()
    parents = [organisation.records["Account"][row["AccountId"]] for row in people if row.get("AccountId")]
    assert len(parents) > 500
    assert sum(row["HasOptedOutOfEmail"] == "true" for row in people) > 10
    calls = [path for method, path in organisation.calls if method in ("POST", "PATCH", "PUT")]
    assert all("composite/sobjects" in path for path in calls)

    _change_a_phone(root)
    before = json.dumps(organisation.records, sort_keys=True)
    mark = len(organisation.calls)
    again = told("run", "--to", "sf", "--round", "second")
    assert again.returncode == 0, again.stderr
    written = [path for method, path in organisation.calls[mark:] if method in ("POST", "PATCH", "PUT", "DELETE")]
    changed = _differences(json.loads(before), organisation.records)
    assert [(name, fields - {"OtherPhone"}) for name, fields in changed] == [("Contact", {"Phone"})]
    assert len(written) <= 2  # the changed record, and the one that was refused before

    assert told("rollback", "--to", "sf").returncode == 0
    assert json.dumps(organisation.records, sort_keys=True) == before
    back = told("rollback", "--to", "sf", "--round", "first")
    assert back.returncode == 0, back.stderr
    assert records(organisation) == {}


def _mismatches(root):
    with (root / "run" / "audit" / "sf" / "mismatches.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _change_a_phone(root):
    """Change one telephone number in the export, as if it were exported again on cut-over day."""
    path = root / "exports" / "salesforce" / "Contact.csv"
    with (root / "run" / "report" / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        alive = {row["record"] for row in csv.DictReader(file) if row["outcome"] == "imported"}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = next(one for one in rows if f"salesforce:contacts:{one['Id']}" in alive and one["Phone"])
    row["Phone"] = "+1 415 555 2671"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _differences(before, after):
    """Return object and changed cells of every record that is not as it was."""
    assert {name: rows.keys() for name, rows in before.items()} == {name: rows.keys() for name, rows in after.items()}
    differing = [
        (name, {field for field in row if row[field] != before[name][id_].get(field)})
        for name, rows in after.items()
        for id_, row in rows.items()
    ]
    return [(name, fields) for name, fields in differing if fields]
