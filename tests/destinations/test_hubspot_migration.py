"""The sample migration, Salesforce to HubSpot, into a whole account on the test server: there, audited, and back."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hubspot import TOKEN, serve
from hubspot_account import account_for

from crmclean.crm.targets import target

pytest.importorskip("httpx")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """The account, and what every command answered, in order."""
    root = tmp_path_factory.mktemp("hubspot") / "work"
    shutil.copytree(ROOT / "sample_data", root)
    with (root / "exports" / "salesforce" / "User.csv").open(encoding="utf-8") as file:
        owners = [row["Email"] for row in csv.DictReader(file)]
    portal = account_for(target("hubspot"), owners)
    server = serve(portal)
    with (root / "migration.toml").open("a", encoding="utf-8") as plan:
        plan.write(f'\n[destinations.hub]\nkind = "hubspot"\nurl = "http://127.0.0.1:{server.server_port}"\n')

    def told(*words):
        command = [sys.executable, "-m", "crmclean", *words]
        environment = os.environ | {"CRMCLEAN_HUB_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)

    yield portal, told, root
    server.shutdown()
    server.server_close()


def test_a_migration_goes_there_is_audited_and_comes_back(account):
    portal, told, root = account
    assert told("run", "--through", "validate").returncode in (0, 11)
    _answer_all(told, root)
    refused = told("run", "--to", "hub")
    assert refused.returncode == 4
    assert "schema apply" in refused.stderr
    assert all(not records for records in portal.records.values())
    assert told("schema", "apply", "--to", "hub").returncode == 0
    sent = told("run", "--to", "hub")
    assert sent.returncode in (0, 10), sent.stderr
    keys = [one["properties"]["crmclean_id"] for name in portal.records for one in portal.alive(name).values()]
    assert len(keys) == len(set(keys)) > 2_000
    with (root / "run" / "audit" / "hub" / "mismatches.csv").open(encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == []
    out = {one["properties"]["email"] for one in portal.alive("contacts").values() if _opted_out(one)}
    assert len(out) > 10
    assert out - {None, ""} <= portal.unsubscribed
    labels = {label for kinds in portal.labels.values() for _, label, category in kinds if category == "USER_DEFINED"}
    assert {"Main", "Decision Maker"} <= labels
    assert told("rollback", "--to", "hub").returncode == 0
    assert [name for name in portal.records if portal.alive(name)] == []
    assert not any(portal.pairs.values())
    assert out - {None, ""} <= portal.unsubscribed


def _answer_all(told, root):
    """Say that every doubtful pair is two: what matters here is where the records go."""
    assert told("review", "--export").returncode == 0
    for sheet in sorted((root / "run" / "review").glob("pairs-*.csv")):
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(row | {"decision": "different"} for row in rows)
        applied = told("review", "--apply", str(sheet), "--by", "tester")
        assert applied.returncode == 0, applied.stderr


def _opted_out(one):
    return one["properties"].get("email_opt_out") == "true"
