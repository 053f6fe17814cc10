"""One writing command at a time per workspace: a lock that the operating system frees when the process dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from crmclean.errors import Fault, RefusedError
from crmclean.workspace.atomic import make_folder
from crmclean.workspace.paths import Workspace


@contextmanager
def held(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock.

    Raises:
        RefusedError: another command holds it.
    """
    lock = FileLock(make_folder(workspace.state) / ".lock", timeout=0)
    try:
        with lock:
            yield
    except Timeout as error:
        problem = "another crmclean command is writing to this workspace"
        hint = "wait until it has ended; the lock goes away with the process that holds it"
        raise RefusedError(Fault(str(workspace.root), problem, hint, "workspace.locked")) from error
