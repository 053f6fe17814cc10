"""A weekly export is one archive with a file per object: looked at, planned and loaded member by member."""

import zipfile

from crmclean.pipeline.load.loading import load
from crmclean.plan.read import read_plan
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.running.session import exports_inventory

ACCOUNT, CONTACT = "001D000000IqhSL", "0030000000abcDE"


def test_the_members_of_an_archive_become_the_files_of_a_source(tmp_path):
    archive = tmp_path / "WE_1.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("Account.csv", f'"Id","Name","BillingCity","OwnerId"\n"{ACCOUNT}","Acme","Rome",""\n')
        out.writestr(
            "Contact.csv", f'"Id","LastName","AccountId","Email"\n"{CONTACT}","Ray","{ACCOUNT}","r@acme.example"\n'
        )
    root = tmp_path / "ws"
    initialize(root, [archive], Answers("hubspot"))
    plan = read_plan(root)
    assert [(file.path, file.object) for source in plan.sources for file in source.files] == [
        ("exports/WE_1.zip/Account.csv", "companies"),
        ("exports/WE_1.zip/Contact.csv", "contacts"),
    ]
    assert [(entry.path, entry.status) for entry in exports_inventory(plan)] == [
        ("exports/WE_1.zip/Account.csv", "used"),
        ("exports/WE_1.zip/Contact.csv", "used"),
    ]
    contacts = load(plan).tables["contacts"].collect()
    assert contacts.get_column("_ref.company_ref").null_count() == 0
