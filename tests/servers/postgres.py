"""A PostgreSQL server of our own, on this machine only, for tests and benchmarks; it goes when it is left."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

OUR_USER = "crm"


def binaries():
    """Return the folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    return Path(initdb).parent if initdb else None


@contextmanager
def cluster(folder, *options):
    """Start a server whose user crm needs no password; give host:port. options: of postgres, such as fsync=off."""
    user = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None  # the server refuses to run as root
    base = Path(tempfile.mkdtemp(prefix="crmclean-pg-"))  # a short path: sockets have a limit
    if user:
        shutil.chown(base, user)
    data = base / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    set_ = " ".join(
        f"-c {option}" for option in (f"unix_socket_directories={base}", "listen_addresses=127.0.0.1", *options)
    )
    start = [folder / "pg_ctl", "-D", data, "-w", "-l", base / "log", "-o", f"-p {port} {set_}", "start"]
    subprocess.run([folder / "initdb", "-D", data, "-A", "trust", "-U", OUR_USER], check=True, user=user, stdout=-3)
    subprocess.run(start, check=True, user=user, stdout=-3, cwd=base)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        stop = [folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=True, user=user, stdout=-3, cwd=base)
        shutil.rmtree(base, ignore_errors=True)
