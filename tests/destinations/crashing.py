"""Imports the small CRM's round, and kills itself at the n-th durable edge: before and after every commit and call.

python crashing.py FOLDER N [URL] [--back]    N = 0: never; prints the number of edges passed. URL: where to, or files;
--back: then a second round, and its rollback. Where FOLDER/existing.json names records that others made (record -> id
at the target), they are adopted.

python crashing.py --warm    the same for each line of words that comes in, in a process of its own that has all modules
already; answers with the edges passed, if it lived, and its exit code.
"""

import json
import os
import signal
import sys
import traceback
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from small_crm import HUBSPOT, SCHEMA, crash_round, second_round

from crmclean.destinations.adopting import Adoption
from crmclean.destinations.binding import bind
from crmclean.destinations.comparing import Comparison
from crmclean.destinations.databases.sqlite import SqliteDestination
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.files import FilesDestination
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.pending import nothing_kept_back
from crmclean.destinations.settings import Settings
from crmclean.destinations.undoing import Undoing, finish, keep_touched

sys.path.insert(0, str(Path(__file__).parent))


class Edges:
    """Counts edges and dies at the chosen one."""

    def __init__(self, fatal):
        self.fatal = fatal
        self.passed = 0

    def __call__(self):
        self.passed += 1
        if self.passed == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class CrashingJournal(Journal):
    """A journal that may die before and after each of its commits."""

    def __init__(self, path, edge):
        super().__init__(path)
        self.edge = edge

    @contextmanager
    def commit(self):
        self.edge()
        with super().commit() as database:
            yield database
        self.edge()


class CrashingDestination:
    """A destination that may die before and after each of its calls."""

    def __init__(self, inner, edge):
        self._inner = inner
        self._edge = edge

    def __getattr__(self, name):
        inner = getattr(self._inner, name)
        if name not in ("prepare", "begin", "send", "settle"):
            return inner

        def call(*arguments):
            self._edge()
            answer = inner(*arguments)
            self._edge()
            return answer

        return call


def opened(folder, url):
    if url is None:
        return SqliteDestination(folder / "target.sqlite")
    if url == "files":
        return FilesDestination(Settings("target", "files", "target", folder, folder))
    if url.startswith("odoo+"):
        from crmclean.destinations.odoo.destination import OdooDestination

        where = Settings("odoo", "odoo", url.removeprefix("odoo+"), folder, folder, "crm", "admin@example.com")
        return OdooDestination(where, rest=lambda _seconds: None)
    if url.startswith("hubspot+"):
        from crmclean.destinations.hubspot.destination import HubspotDestination

        return HubspotDestination(Settings("hub", "hubspot", url.removeprefix("hubspot+"), folder, folder))
    if url.startswith(("http", "jobs+http")):
        from crmclean.destinations.salesforce.destination import SMALL, SalesforceDestination

        where = Settings("sf", "salesforce", url.removeprefix("jobs+"), folder, folder)
        small = 0 if url.startswith("jobs+") else SMALL
        return SalesforceDestination(where, rest=lambda _seconds: None, small=small)
    from crmclean.destinations.databases.sql import SqlDestination

    return SqlDestination(Settings("target", "postgresql", url, folder, folder))


def run(folder, edge, url, back):
    destination = CrashingDestination(opened(folder, url), edge)
    schema = HUBSPOT if url and url.startswith("hubspot+") else SCHEMA
    with CrashingJournal(folder / "journal.sqlite", edge) as journal:
        identity = destination.prepare(schema)
        bind(journal, Binding("rehearsal", "sqlite", identity, "mapping"))
        if journal.inputs("first") is None:
            freeze(journal, *first_round(journal, destination, schema, folder / "existing.json"))
        send(journal, destination, "first")
        if back:
            if journal.inputs("second") is None:
                comparison = Comparison(journal, destination, schema)
                round_, slices = second_round(comparison)
                freeze(journal, round_, comparison.slices(slices))
            if journal.inputs("undo second") is None:
                send(journal, destination, "second")
                slices = Undoing(journal, destination, schema, "second").plan()
                freeze(journal, Round("undo second", "", ("rollback",), undoes="second"), slices)
            guard = keep_touched(journal, destination, {"Account": {"ParentId"}}, schema)
            send(journal, destination, "undo second", guard)
            finish(journal, "second")
    destination.close()


def first_round(journal, destination, schema, existing):
    round_, slices = crash_round()
    if not existing.is_file():
        return round_, slices
    adoption = Adoption(journal, destination, schema, json.loads(existing.read_text(encoding="utf-8")))
    taken = replace(round_, adopted=adoption.adopted, preimages=adoption.preimages)
    return taken, Comparison(journal, destination, schema).slices(adoption.slices(slices))


def send(journal, destination, round_, guard=nothing_kept_back):
    for stage, _, _ in journal.stages(round_):
        Engine(journal, destination, keep_back=guard).send_stage(stage)
        journal.mark_stage(stage, "passed")


def main(words):
    edges = Edges(int(words[1]))
    rest = [word for word in words[2:] if word != "--back"]
    run(Path(words[0]), edges, rest[0] if rest else None, "--back" in words)
    sys.stdout.write(f"{edges.passed}\n")
    sys.stdout.flush()


def warm():
    from crmclean.destinations.salesforce.destination import SalesforceDestination  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                main(line.split())
                status = 0
            except BaseException:  # noqa: BLE001 - this is where the process ends
                traceback.print_exc()
                sys.stderr.flush()
            os._exit(status)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"exit {code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    assert "polars" not in sys.modules, "the import loop must not load polars"
    warm() if sys.argv[1] == "--warm" else main(sys.argv[1:])
