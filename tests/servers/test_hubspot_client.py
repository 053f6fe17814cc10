"""The HubSpot test server speaks as HubSpot's own client expects: hubspot-api-client."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hubspot import PORTAL, TOKEN, Portal, serve

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own: the client's package has the same name as our server's module.
SCRIPT = """
import json, sys
from hubspot import HubSpot
from hubspot.crm.associations.v4 import BatchInputPublicAssociationMultiPost
from hubspot.crm.objects import (
    BatchInputSimplePublicObjectBatchInput, BatchInputSimplePublicObjectBatchInputUpsert,
    BatchInputSimplePublicObjectId, BatchReadInputSimplePublicObjectId, SimplePublicObjectInputForCreate, ApiException,
)
from hubspot.crm.properties import PropertyCreate, PropertyGroupCreate

client = HubSpot(access_token=sys.argv[2], host=sys.argv[1])
told = {}
properties = client.crm.properties
properties.groups_api.create('contacts', PropertyGroupCreate(name='crmclean', label='crmclean'))
made = properties.core_api.create('contacts', PropertyCreate(
    name='crmclean_id', label='ID', type='string', field_type='text', group_name='crmclean', has_unique_value=True))
told['unique'] = made.has_unique_value
told['names'] = sorted(each.name for each in properties.core_api.get_all('contacts').results)
batch = client.crm.objects.batch_api
rows = [{'idProperty': 'crmclean_id', 'id': key, 'properties': {'firstname': key}, 'objectWriteTraceId': key}
        for key in ('k1', 'k2', 'k3')]
first = batch.upsert('contacts', BatchInputSimplePublicObjectBatchInputUpsert(inputs=rows))
again = batch.upsert('contacts', BatchInputSimplePublicObjectBatchInputUpsert(inputs=rows))
told['new'] = [sorted({each.new for each in some.results}) for some in (first, again)]
ids = {each.object_write_trace_id: each.id for each in first.results}
told['same'] = ids == {each.object_write_trace_id: each.id for each in again.results}
told['aware'] = all(each.created_at.tzinfo is not None for each in first.results)
read = batch.read('contacts', BatchReadInputSimplePublicObjectId(
    inputs=[{'id': 'k1'}, {'id': 'none'}], id_property='crmclean_id', properties=['firstname'],
    properties_with_history=[]))
told['read'] = [each.properties['firstname'] for each in read.results]
told['missing'] = read.num_errors
changed = [{'id': ids['k1'], 'properties': {'firstname': 'x'}}]
batch.update('contacts', BatchInputSimplePublicObjectBatchInput(inputs=changed))
basic = client.crm.objects.basic_api
told['one'] = basic.get_by_id('contacts', ids['k1'], properties=['firstname']).properties['firstname']
company = basic.create('companies', SimplePublicObjectInputForCreate(properties={'name': 'Acme'}))
pairs = client.crm.associations.v4.batch_api
spec = {'associationCategory': 'HUBSPOT_DEFINED', 'associationTypeId': 1}
pairs.create('contacts', 'companies', BatchInputPublicAssociationMultiPost(
    inputs=[{'from': {'id': ids['k1']}, 'to': {'id': company.id}, 'types': [spec]}]))
found = pairs.get_page('contacts', 'companies', {'inputs': [{'id': ids['k1']}]})
told['associated'] = [(to.to_object_id == company.id, [kind.type_id for kind in to.association_types])
                      for to in found.results[0].to]
labels = client.crm.associations.v4.schema.definitions_api.get_all('contacts', 'companies').results
told['labels'] = sorted(each.type_id for each in labels)
told['owners'] = [each.email for each in client.crm.owners.owners_api.get_page().results]
pipelines = client.crm.pipelines.pipelines_api.get_all('deals').results
told['stages'] = [stage.id for each in pipelines for stage in each.stages]
try:
    basic.create('contacts', SimplePublicObjectInputForCreate(properties={'nothing': 'x'}))
except ApiException as error:
    told['refused'] = [error.status, json.loads(error.body)['category']]
batch.archive('contacts', BatchInputSimplePublicObjectId(inputs=[{'id': ids['k2']}]))
page = basic.get_page('contacts', limit=1)
told['left'] = len(client.crm.objects.get_all('contacts'))
told['paged'] = page.paging.next.after is not None
sys.stdout.write(json.dumps(told))
"""


@pytest.fixture
def url():
    now = "2024-01-01T00:00:00Z"
    stamps = {"displayOrder": 0, "createdAt": now, "updatedAt": now, "archived": False}
    stages = [
        {"id": "won", "label": "Won", "metadata": {}, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT", **stamps}
    ]
    pipelines = [{"id": "default", "label": "Sales", "stages": stages, **stamps}]
    labels = {("contacts", "companies"): [(1, "Primary", "HUBSPOT_DEFINED"), (279, None, "HUBSPOT_DEFINED")]}
    properties = {"contacts": {"email": "string", "firstname": "string"}, "companies": {"name": "string"}, "deals": {}}
    server = serve(Portal(properties, labels, ("ann@example.com",), pipelines))
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_hubspots_own_client_writes_reads_and_associates(url, tmp_path):
    if not _has_client():
        pytest.skip("hubspot-api-client is not installed")
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, url, TOKEN]
    options = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True, "timeout": 60}
    done = subprocess.run(command, check=False, **options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "unique": True,
        "names": ["crmclean_id", "email", "firstname"],
        "new": [[True], [False]],
        "same": True,
        "aware": True,
        "read": ["k1"],
        "missing": 1,
        "one": "x",
        "associated": [[True, [1]]],
        "labels": [1, 279],
        "owners": ["ann@example.com"],
        "stages": ["won"],
        "refused": [400, "VALIDATION_ERROR"],
        "left": 2,
        "paged": True,
    }


def _has_client():
    return any((Path(place) / "hubspot" / "client.py").is_file() for place in sys.path if place)


def test_the_server_runs_alone():
    command = [sys.executable, "-m", "tests.servers.hubspot", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as alone:
        try:
            address = alone.stdout.readline().strip()
            path = f"{address}/account-info/v3/details"
            assert httpx.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).json()["portalId"] == PORTAL
            assert httpx.get(path).status_code == 401
        finally:
            alone.terminate()
