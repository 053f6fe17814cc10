"""Loads each file named on the command line; writes a JSON line of its outcome, seconds and the memory it took."""

import json
import sys
import time
from pathlib import Path

from crmclean.crm.sources import sources
from crmclean.errors import CrmcleanError
from crmclean.pipeline.load.loading import load
from crmclean.plan.model import Plan, Source, SourceFile, Target


def memory(what):
    """Return resident (VmRSS) or most resident (VmHWM) memory in bytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(what)), 0)


def forget_the_peak():
    reset = Path("/proc/self/clear_refs")
    if reset.is_file():
        reset.write_text("5", encoding="ascii")


def outcome(path):
    files = (SourceFile(path.name, "contacts"),)
    try:
        loaded = load(Plan(path.parent, "bad", Target("hubspot"), (Source("bad", "plain", 1, files),)))
        rows = loaded.tables["contacts"].collect().height
    except CrmcleanError as error:
        return {"codes": [fault.code for fault in error.faults], "names": path.name in str(error)}
    return {"rows": rows, "rejects": loaded.rejects.height}


sources()  # read once, whatever the files are
for name in sys.argv[1:]:
    forget_the_peak()
    before, start = memory("VmRSS"), time.perf_counter()
    said = outcome(Path(name))
    took = {"seconds": time.perf_counter() - start, "memory": memory("VmHWM") - before}
    sys.stdout.write(json.dumps({"file": Path(name).name, **said, **took}) + "\n")
    sys.stdout.flush()
