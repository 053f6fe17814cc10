"""Shared fixtures: the real exports that stand outside the project, and what a skip means."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from crmclean.workflow.demo import demo
from tests.proofs import Proven
from tests.servers.postgres import binaries, cluster

SHARED = Path(__file__).resolve().parents[2] / "shared"

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def pytest_addoption(parser):
    """Let a person say that what the golden runs give now is meant."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/*/golden.json")
    parser.addoption("--update-proofs", action="store_true", help="date the proofs that pass in docs/explanation")


def pytest_configure(config):
    """Listen to what passes, where the proofs shall be dated; with several workers only where they report to."""
    if config.getoption("--update-proofs") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Proven())


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine")
    return folder


@pytest.fixture(scope="session")
def real_exports() -> Path:
    """The folder of real CRM exports, read in place."""
    return _shared("exports")


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of open reference data, to compare with."""
    return _shared("reference")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory) -> Path:
    """The sample migration, run into its rehearsal; to be read, or copied before it is written to."""
    folder = tmp_path_factory.mktemp("sample") / "acme"
    demo(folder)
    return folder


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of our own; yields host:port."""
    folder = binaries()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with cluster(folder, "fsync=off") as where:
        yield where


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With CRMCLEAN_NO_SKIPS, which .ci/run sets, a skip is a failure."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CRMCLEAN_NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"a skip is a failure here: {report.longrepr}"
