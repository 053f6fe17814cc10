"""Shared fixtures: the real exports that stand outside the project, and what a skip means."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from crmclean.workflow.demo import demo

SHARED = Path(__file__).resolve().parents[2] / "shared"

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def pytest_addoption(parser):
    """Let a person say that what the golden runs give now is meant."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/*/golden.json")


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


def _binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    return Path(initdb).parent


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of our own; yields host:port."""
    binaries = _binaries()
    user = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None  # the server refuses to run as root
    base = Path(tempfile.mkdtemp(prefix="crmclean-pg-"))  # a short path: sockets have a limit
    if user:
        shutil.chown(base, user)
    data = base / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={base} -c fsync=off"
    start = [binaries / "pg_ctl", "-D", data, "-w", "-l", base / "log", "-o", options, "start"]
    subprocess.run([binaries / "initdb", "-D", data, "-A", "trust", "-U", "crm"], check=True, user=user, stdout=-3)
    subprocess.run(start, check=True, user=user, stdout=-3, cwd=base)
    yield f"127.0.0.1:{port}"
    subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, user=user, stdout=-3)
    shutil.rmtree(base, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With CRMCLEAN_NO_SKIPS, which .ci/run sets, a skip is a failure."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CRMCLEAN_NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"a skip is a failure here: {report.longrepr}"
