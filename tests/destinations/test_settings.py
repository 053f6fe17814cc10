"""Secrets come from the environment, then from the keyring of the operating system, and from nowhere else."""

import keyring
import pytest
from keyring.backend import KeyringBackend

from crmclean.destinations.settings import Settings


class InMemory(KeyringBackend):
    priority = -10  # the keyring library takes the backend with the highest of all it finds; never this one

    def get_password(self, service, username):
        return {"CRMCLEAN_SF_TOKEN": "from the keyring"}.get(username) if service == "crmclean" else None

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError


@pytest.fixture
def settings(tmp_path):
    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    yield Settings("sf", "salesforce", "https://example.com", tmp_path, tmp_path)
    keyring.set_keyring(before)


def test_the_environment_wins_over_the_keyring(settings):
    assert settings.secret("token", {"CRMCLEAN_SF_TOKEN": "from the environment"}) == "from the environment"
    assert settings.secret("token", {}) == "from the keyring"
    assert settings.secret("password", {}) is None


def test_a_machine_without_a_keyring_has_no_secret(settings):
    keyring.set_keyring(keyring.backends.fail.Keyring())
    assert settings.secret("token", {}) is None
