"""The Salesforce test server speaks as clients expect that we did not write: simple-salesforce and jsforce."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from salesforce import ORG, TOKEN, Organisation, serve

simple_salesforce = pytest.importorskip("simple_salesforce")
FIELDS = {"Account": {"Name": "string", "Size": "double"}, "Contact": {"LastName": "string", "AccountId": "reference"}}
SCRIPT = """
const jsforce = require('jsforce');
(async () => {
  const conn = new jsforce.Connection({ instanceUrl: process.argv[2], accessToken: process.argv[3], version: '62.0' });
  const made = await conn.sobject('Account').create({ Name: 'Acme', Size: 5 });
  await conn.sobject('Account').upsert([{ key: 'k1', Name: 'Bolt' }, { key: 'k2', Name: 'Core' }], 'key');
  await conn.sobject('Account').update({ Id: made.id, Name: 'Acme Inc' });
  const people = [{ key: 'p1', LastName: 'Ng', Account: { key: 'k1' } }, { key: 'p2', LastName: 'x'.repeat(90) }];
  const upserted = await conn.sobject('Contact').upsert(people, 'key', { allOrNone: false });
  const employer = await conn.query("SELECT Id, AccountId FROM Contact WHERE key = 'p1'");
  const owner = await conn.query("SELECT Id FROM Account WHERE key = 'k1'");
  const job = conn.bulk2.createJob({ operation: 'upsert', object: 'Contact', externalIdFieldName: 'key' });
  await job.open();
  await job.uploadData('key,LastName\\nc1,Lee\\nc2,' + 'x'.repeat(90) + '\\n');
  await job.close();
  await job.poll(50, 5000);
  const results = await job.getAllResults();
  const found = await conn.query("SELECT Id, Name FROM Account WHERE key IN ('k1', 'k2')");
  await conn.sobject('Account').destroy(made.id);
  const left = await conn.query('SELECT COUNT() FROM Account');
  const described = await conn.sobject('Account').describe();
  process.stdout.write(JSON.stringify({
    upserted: upserted.map((each) => [each.success, each.errors.map((error) => error.statusCode)]),
    employed: employer.records[0].AccountId === owner.records[0].Id,
    names: found.records.map((row) => row.Name).sort(), left: left.totalSize,
    good: results.successfulResults.length, bad: results.failedResults.map((row) => row.sf__Error.split(':')[0]),
    keys: described.fields.filter((field) => field.externalId).map((field) => field.name),
  }));
})().catch((error) => { process.stderr.write(String(error.stack)); process.exit(1); });
"""


@pytest.fixture
def url():
    server = serve(Organisation(FIELDS))
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class WithoutTls(requests.adapters.HTTPAdapter):
    """The client builds https addresses only; the test server speaks http."""

    def send(self, request, **options):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **options)


@pytest.fixture
def salesforce(url):
    session = requests.Session()
    session.mount("https://", WithoutTls())
    instance = url.removeprefix("http://")
    yield simple_salesforce.Salesforce(instance=instance, session_id=TOKEN, version="62.0", session=session)
    session.close()


def test_simple_salesforce_writes_and_reads_records(salesforce):
    made = salesforce.Account.create({"Name": "Acme", "Size": 2.5})
    assert made["success"]
    assert salesforce.Account.upsert("key/k1", {"Name": "Bolt"}) == 201
    assert salesforce.Account.update(made["id"], {"Name": "Acme Inc"}) == 204
    row = salesforce.Account.get(made["id"])
    assert (row["Name"], row["Size"]) == ("Acme Inc", 2.5)
    found = salesforce.query("SELECT Id, Name FROM Account WHERE key = 'k1'")
    assert [row["Name"] for row in found["records"]] == ["Bolt"]
    assert salesforce.Account.delete(made["id"]) == 204
    assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 1
    assert salesforce.limits()["DailyApiRequests"]["Max"] == 100_000
    with pytest.raises(simple_salesforce.exceptions.SalesforceResourceNotFound):
        salesforce.Account.get("none")
    with pytest.raises(simple_salesforce.exceptions.SalesforceMalformedRequest):
        salesforce.query("SELECT Nothing FROM Account")


def test_simple_salesforce_writes_collections_with_parents_by_their_keys(salesforce):
    """It has no collections of its own: what it says of the answer are its errors, and the records that it reads."""

    def upserted(object_, *rows):
        records = [{"attributes": {"type": object_}, **row} for row in rows]
        body = {"allOrNone": False, "records": records}
        return salesforce.restful(f"composite/sobjects/{object_}/key", method="PATCH", json=body)

    made = upserted("Account", {"key": "k1", "Name": "Acme", "Size": 2.5}, {"key": "k2", "Name": "Bolt"})
    assert [(each["success"], each["created"]) for each in made] == [(True, True), (True, True)]
    again = upserted("Account", {"key": "k2", "Name": "Bolt Inc"}, {"key": "k3", "Name": "x" * 90})
    assert (again[0]["id"], again[0]["created"], again[1]["success"]) == (made[1]["id"], False, False)
    assert again[1]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    person = {"key": "c1", "LastName": "Lee", "Account": {"key": "k2"}}
    lost = {"key": "c2", "LastName": "Fox", "Account": {"key": "none"}}
    first, second = upserted("Contact", person, lost)
    assert salesforce.Contact.get(first["id"])["AccountId"] == made[1]["id"]
    assert "Foreign key external ID" in second["errors"][0]["message"]
    one = {"attributes": {"type": "Account"}, "Id": made[0]["id"], "Size": None}
    (changed,) = salesforce.restful("composite/sobjects", method="PATCH", json={"records": [one]})
    assert changed == {"success": True, "errors": [], "id": made[0]["id"]}
    assert salesforce.Account.get(made[0]["id"])["Size"] is None
    with pytest.raises(simple_salesforce.exceptions.SalesforceMalformedRequest):
        upserted("Account", *({"key": str(number), "Name": "many"} for number in range(201)))
    ids = ",".join(each["id"] for each in made)
    gone = salesforce.restful("composite/sobjects", params={"ids": ids}, method="DELETE")
    assert [each["success"] for each in gone] == [True, True]


def test_simple_salesforce_runs_bulk_jobs(salesforce, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text(f"key,LastName\nc1,Lee\nc2,{'x' * 90}\n", encoding="utf-8")
    (job,) = salesforce.bulk2.Contact.upsert(str(rows), external_id_field="key", line_ending="LF")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    assert ",c1,Lee" in salesforce.bulk2.Contact.get_successful_records(job["job_id"])
    assert "STRING_TOO_LONG" in salesforce.bulk2.Contact.get_failed_records(job["job_id"])


def test_the_server_runs_alone_and_takes_logins(tmp_path):
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.servers.salesforce", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as alone:
        try:
            address = alone.stdout.readline().strip()
            form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
            httpx = pytest.importorskip("httpx")
            told = httpx.post(f"{address}/services/oauth2/token", data=form).json()
            assert (told["access_token"], told["instance_url"]) == (TOKEN, address)
            assert ORG in told["id"]
            refused = httpx.post(f"{address}/services/oauth2/token", data=form | {"client_secret": "wrong"})
            assert refused.status_code == 400
            soap = httpx.post(f"{address}/services/Soap/u/62.0", content=b"<login/>")
            assert f"<sessionId>{TOKEN}</sessionId>" in soap.text
        finally:
            alone.terminate()


@pytest.fixture(scope="session")
def jsforce(tmp_path_factory):
    """A folder with jsforce in it, installed by this test session."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("Node is not installed")
    folder = tmp_path_factory.mktemp("node")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "jsforce@3"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode and not os.environ.get("CRMCLEAN_NO_SKIPS"):
        pytest.skip("the npm registry cannot be reached")
    assert done.returncode == 0, done.stderr
    (folder / "client.js").write_text(SCRIPT, encoding="utf-8")
    return folder


@pytest.mark.node
def test_jsforce_writes_reads_and_runs_bulk_jobs(url, jsforce):
    command = ["node", "client.js", url, TOKEN]
    done = subprocess.run(command, cwd=jsforce, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "upserted": [[True, []], [False, ["STRING_TOO_LONG"]]],
        "employed": True,
        "names": ["Bolt", "Core"],
        "left": 2,
        "good": 1,
        "bad": ["STRING_TOO_LONG"],
        "keys": ["key"],
    }
