"""Runs a workspace to its destination `crm`, and kills itself at the n-th commit of the journal.

python killed_run.py FOLDER N    N = 0: never
"""

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

from crmclean.destinations.journal import Journal
from crmclean.workflow.run import run

commit = Journal.commit
passed = []


def edge():
    """Die at the chosen one."""
    passed.append(1)
    if len(passed) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def dying(self):
    """Die before or after the commit."""
    edge()
    with commit(self) as database:
        yield database
    edge()


Journal.commit = dying
run(Path(sys.argv[1]), to="crm")
