"""From the plan to a destination, the package's own and others."""

import pytest

from crmclean.destinations.files import FilesDestination
from crmclean.destinations.registry import open_destination
from crmclean.destinations.settings import Settings
from crmclean.errors import PlanError
from crmclean.plan.model import Destination, Plan, Target
from crmclean.workspace.paths import Workspace


def opened(tmp_path, kind, url="there"):
    destinations = {"mine": Destination("mine", kind, url)}
    plan = Plan(root=tmp_path, name="test", target=Target("small"), sources=(), destinations=destinations)
    return open_destination(Workspace(tmp_path), plan, "mine")


def test_a_destination_outside_the_package(tmp_path, monkeypatch):
    (tmp_path / "their_crm.py").write_text(
        "class Client:\n    def __init__(self, settings):\n        self.got = settings\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = opened(tmp_path, "their_crm:Client")
    assert (found.got.name, found.got.url, found.got.root) == ("mine", "there", tmp_path)


def test_files_go_where_the_plan_says(tmp_path):
    found = opened(tmp_path, "files")
    assert isinstance(found, FilesDestination)
    assert found.folder == tmp_path / "there"


@pytest.mark.parametrize(
    ("url", "file"), [("sqlite:///there.db", "there.db"), ("there.db", "there.db"), (None, "mine.sqlite")]
)
def test_an_sqlite_file_has_a_name_without_one_in_the_plan(tmp_path, url, file):
    found = opened(tmp_path, "sqlite", url)
    found.close()
    assert found.path == tmp_path / file


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("oracle", "destination.kind"),
        ("no_such_module:Client", "destination.not-loaded"),
        ("json:NoSuchClass", "destination.not-loaded"),
    ],
)
def test_what_cannot_be_opened_is_a_fault_of_the_plan(tmp_path, kind, code):
    with pytest.raises(PlanError) as caught:
        opened(tmp_path, kind)
    assert caught.value.faults[0].code == code
    assert "mine" in caught.value.faults[0].where


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("https://localhost/x", True),
        ("http://[::1]:80", True),
        ("https://crm.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("postgresql://crm@10.0.0.1/db", False),
        ("postgresql:///db", True),
    ],
)
def test_what_stays_on_this_machine(tmp_path, url, loopback):
    assert Settings("mine", "x", url, tmp_path, tmp_path).is_loopback() is loopback


def test_secrets_have_names_of_their_own(tmp_path):
    settings = Settings("my crm-2", "x", "", tmp_path, tmp_path)
    assert settings.secret("token", {"CRMCLEAN_MY_CRM_2_TOKEN": "t"}) == "t"
    assert settings.secret("token", {"CRMCLEAN_MY_CRM_2_TOKEN": ""}) is None
