"""The manifest of attachments: listed, found, missing, damaged."""

import hashlib
import zipfile

from crmclean.exports.attachments import MANIFEST, manifest
from crmclean.exports.inventory import inventory
from crmclean.plan.read import read_plan
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import phase

CONTACT = "Id,FirstName,LastName,Email\n003A000000aaaaaIAA,Ann,Lee,ann@example.com\n"
ATTACHMENT = (
    "Id,ParentId,Name,BodyLength,ContentType\n"
    "00P000000000001,003A000000aaaaa,offer.pdf,5,application/pdf\n"
    "00P000000000002,003A000000aaaaa,gone.pdf,7,application/pdf\n"
    "00P000000000003,003A000000aaaaa,short.pdf,9,application/pdf\n"
)
VERSION = "Id,ContentDocumentId,Title,ContentSize,IsLatest\n068000000000001AAA,069000000000001AAA,plan,4,true\n"
LINKS = (
    "Id,ContentDocumentId,LinkedEntityId,ShareType\n"
    "06A1,069000000000001AAA,003A000000aaaaaIAA,V\n06A2,069000000000001,001A000000aaaaaIAA,V\n"
)


def _export(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Contact.csv", CONTACT)
        archive.writestr("Attachment.csv", ATTACHMENT)
        archive.writestr("ContentVersion.csv", VERSION)
        archive.writestr("ContentDocumentLink.csv", LINKS)
        archive.writestr("Attachments/00P000000000001", b"hello")
        archive.writestr("Attachments/00P000000000003", b"abc")
        archive.writestr("Attachments/00P000000000009", b"who")
        archive.writestr("ContentVersion/068000000000001", b"plan")


def _manifest(root):
    paths = [entry.path for entry in inventory(root, root / "exports", {}, {})]
    return manifest(root, paths, ["exports/used.pdf"])


def test_bodies_and_lists_are_put_together(tmp_path):
    (tmp_path / "exports").mkdir()
    _export(tmp_path / "exports" / "WE_1.ZIP")
    (tmp_path / "exports" / "logo.png").write_bytes(b"png")
    (tmp_path / "exports" / "list.csv").write_text("Name\nAnn\n", encoding="utf-8")
    rows = {row["name"]: row for row in _manifest(tmp_path).iter_rows(named=True)}
    assert set(rows) == {"offer.pdf", "gone.pdf", "short.pdf", "plan", "00P000000000009", "logo.png"}
    offer = rows["offer.pdf"]
    assert offer["sha256"] == hashlib.sha256(b"hello").hexdigest()
    assert (offer["size"], offer["parent"], offer["path"]) == (
        5,
        "003A000000aaaaaIAA",
        "exports/WE_1.ZIP/Attachments/00P000000000001",
    )
    assert rows["plan"]["parent"] == "001A000000aaaaaIAA;003A000000aaaaaIAA"
    problems = {name: row["problem"] for name, row in rows.items() if row["problem"]}
    assert problems == {
        "gone.pdf": "its body is not in the exports",
        "short.pdf": "its body has another size than listed",
        "00P000000000009": "no table of the exports lists it",
    }


def test_without_attachments_there_is_an_empty_table(tmp_path):
    (tmp_path / "exports").mkdir()
    assert _manifest(tmp_path).schema == MANIFEST


def test_init_names_their_folders_once_and_load_writes_the_manifest(tmp_path):
    _export(tmp_path / "WE_1.ZIP")
    root = tmp_path / "acme"
    initialize(root, [tmp_path / "WE_1.ZIP"], Answers("hubspot"))
    plan = read_plan(root)
    assert {entry.path for entry in plan.ignored} == {
        "exports/WE_1.ZIP/Attachments",
        "exports/WE_1.ZIP/ContentVersion",
    }
    phase(root, "load")
    text = (root / "run" / "load" / "attachments.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "path,name,size,sha256,parent,id,listed_in,problem"
    assert len(text.splitlines()) == 6
