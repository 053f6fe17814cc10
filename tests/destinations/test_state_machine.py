"""Any order of rounds, crashes, edits at the target and rollbacks: what was promised holds after each of them.

Every crash is judged twice: the resumed journal must leave the same records as a copy of it that never crashed, and
the target, read with sqlite3 only, must have nothing lost, doubled, wrong or stray.
"""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from crashing import CrashingDestination, CrashingJournal
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from small_crm import SCHEMA, Rows, contact

from crmclean.destinations.binding import bind
from crmclean.destinations.comparing import Comparison
from crmclean.destinations.databases.sqlite import SqliteDestination
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.outcomes import last_round
from crmclean.destinations.undoing import Undoing, finish, keep_touched

PEOPLE, COMPANIES = range(10, 16), range(1, 4)
NAMES = st.sampled_from(("Ann", "Bea", "Cid", "Dan"))
FATAL = st.lists(st.integers(1, 40), min_size=1, max_size=3)  # edges of the first run, its resume, and the next
MEMORY = Path("/dev/shm")  # noqa: S108 - crashes in one process say nothing about disks, and waiting for one is slow
SIZES = settings(max_examples=15, stateful_step_count=10, deadline=None)


class Crash(BaseException):
    """The process is gone."""


class Edges:
    """Counts durable edges and crashes at the chosen one."""

    def __init__(self, fatal):
        self.fatal, self.passed = fatal, 0

    def __call__(self):
        self.passed += 1
        if self.passed == self.fatal:
            raise Crash


class Journal(CrashingJournal):
    """What the loader keeps."""


def rows_of(people, batch):
    """Return companies, then people in slices of `batch` rows."""
    accounts = Rows("all", "Account")
    for number in COMPANIES:
        accounts.add(f"s:companies:{number}", number, {"Name": f"Firm {number}", "Size": None}, {"ParentId": None})
    parts, numbers = [accounts], sorted(people)
    for start in range(0, len(numbers), batch):
        part = Rows("all", "Contact")
        for number in numbers[start : start + batch]:
            name, company = people[number]
            part.add(f"s:contacts:{number}", number, contact(name), {"AccountId": company})
        parts.append(part)
    return parts


class Loader:
    """One command: opens the journal, freezes or goes on, sends, closes. The planted bugs change one method each."""

    journal = Journal
    guard = staticmethod(keep_touched)

    def plan_undo(self, journal, destination, name):
        return Undoing(journal, destination, SCHEMA, name).plan()

    def run(self, folder, people, name, batch, edge, undo=False):
        destination = CrashingDestination(SqliteDestination(folder / "target.sqlite"), edge)
        with closing(destination), self.journal(folder / "journal.sqlite", edge) as journal:
            bind(journal, Binding("rehearsal", "sqlite", destination.prepare(SCHEMA), "mapping"))
            if undo:
                self._undo(journal, destination, name)
            else:
                self._send(journal, destination, people, name, batch)

    def _send(self, journal, destination, people, name, batch):
        if journal.inputs(name) is None:
            comparison = Comparison(journal, destination, SCHEMA)
            lists = {"conflicts": comparison.conflicts, "preimages": comparison.preimages}
            freeze(journal, Round(name, name, ("all",), **lists), comparison.slices(rows_of(people, batch)))
        for stage, _, _ in journal.stages(name):
            Engine(journal, destination).send_stage(stage)

    def _undo(self, journal, destination, name):
        undo = f"undo {name}"
        if journal.inputs(undo) is None:
            slices = self.plan_undo(journal, destination, name)
            freeze(journal, Round(undo, "", ("rollback",), undoes=name), slices)
        for stage, _, _ in journal.stages(undo):
            Engine(journal, destination, keep_back=self.guard(journal, destination, {}, SCHEMA)).send_stage(stage)
        finish(journal, name)


def asked(path, sql, *values):
    with closing(sqlite3.connect(path)) as database, database:
        return database.execute(sql, values).fetchall()


class Migration(RuleBasedStateMachine):
    """A user who exports, edits, imports, is interrupted, and takes rounds back."""

    loader = Loader()

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="crmclean-machine-", dir=MEMORY if MEMORY.is_dir() else None))
        self.people, self.rounds, self.touched = {}, 0, {}
        self.standing = None  # the last round, while it can be taken back

    def teardown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def target(self):
        return self.folder / "target.sqlite"

    @initialize(name=NAMES, company=st.sampled_from(COMPANIES))
    def first_export(self, name, company):
        self.people = {PEOPLE[0]: (name, company), PEOPLE[1]: (name, None)}

    @rule(number=st.sampled_from(PEOPLE), name=NAMES, company=st.sampled_from((None, *COMPANIES)))
    def export_says(self, number, name, company):
        self.people[number] = (name, company)

    @rule(number=st.sampled_from(PEOPLE))
    def export_no_longer_says(self, number):
        self.people.pop(number, None)

    @precondition(lambda self: self.rounds)
    @rule(number=st.sampled_from(PEOPLE), name=st.sampled_from(("Xia", "Yve")))
    def a_user_edits(self, number, name):
        key = f"s:contacts:{number}"
        if asked(self.target, "UPDATE Contact SET LastName = ? WHERE key = ? RETURNING 1", name, key):
            self.touched[key] = name

    @precondition(lambda self: self.rounds)
    @rule(number=st.sampled_from(PEOPLE))
    def a_user_deletes(self, number):
        key = f"s:contacts:{number}"
        if asked(self.target, "DELETE FROM Contact WHERE key = ? RETURNING 1", key):
            self.touched[key] = None

    @rule(fatal=FATAL, batches=st.lists(st.integers(1, 6), min_size=4, max_size=4))
    def run_round(self, fatal, batches):
        self.rounds += 1
        self.standing = f"round {self.rounds}"
        self._both(self.standing, fatal, batches)

    @precondition(lambda self: self.standing)
    @rule(fatal=FATAL)
    def take_back(self, fatal):
        self._both(self.standing, fatal, [3] * 4, undo=True)
        self.standing = None

    def _both(self, name, fatal, batches, undo=False):
        """Run once without a crash on a copy, once crashing and with another batch size each time; compare."""
        copy = Path(shutil.copytree(self.folder, f"{self.folder}.calm"))
        Loader().run(copy, self.people, name, batches[0], Edges(0), undo)
        for edge, batch in zip([*fatal, 0], batches, strict=False):
            try:
                self.loader.run(self.folder, self.people, name, batch, Edges(edge), undo)
            except Crash:
                continue
            if edge:
                continue
        calm, ours = contents(copy / "target.sqlite"), contents(self.target)
        shutil.rmtree(copy)
        assert ours == calm

    @invariant()
    def nothing_is_lost_doubled_wrong_or_stray(self):
        if not self.rounds:
            return
        found = asked(self.target, "SELECT key, _id, LastName FROM Contact")
        names = {key: name for key, _, name in found}
        assert len(names) == len(found)
        assert names.keys() <= {f"s:contacts:{number}" for number in PEOPLE}
        sql = """SELECT record, target_id FROM crosswalk WHERE target_id IS NOT NULL AND record LIKE 's:contacts:%'"""
        crosswalk = dict(asked(self.folder / "journal.sqlite", sql))
        assert {key: str(id_) for key, id_, _ in found}.items() <= crosswalk.items()
        assert all(self.touched.get(key, "") is None for key in crosswalk.keys() - names.keys())  # users deleted them
        for key, name in self.touched.items():
            assert names.get(key) == name, "what a user changed was overwritten, deleted or brought back"
        assert last_round_is_done(self.folder)


def contents(path):
    sql = "SELECT c.key, c.LastName, a.key FROM Contact c LEFT JOIN Account a ON a._id = c.AccountId ORDER BY c.key"
    return asked(path, sql)


def last_round_is_done(folder):
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database:
        return last_round(database).doubts == 0


def test_whatever_happens_in_any_order_nothing_is_lost_or_doubled():
    run_state_machine_as_test(Migration, settings=SIZES)


class ForgetsTheCrosswalk(Journal):
    """A planted bug: row states and crosswalk are two commits."""

    def apply(self, batch, decided, attempt=None):
        unnamed = [(row, said._replace(target_id=None)) for row, said in decided]
        super().apply(batch, unnamed, attempt)
        with self.commit() as database:
            ids = [(said.target_id, row.number) for row, said in decided if said.target_id]
            database.executemany("UPDATE crosswalk SET target_id = ? WHERE id = ?", ids)


class TakesBackBlindly(Loader):
    """A planted bug: a rollback does not look whether somebody touched the record."""

    def guard(self, *_):
        return lambda *_: {}

    def plan_undo(self, journal, destination, name):
        undoing = Undoing(journal, destination, SCHEMA, name)
        undoing.plan()
        for one in undoing.found.values():
            one.kept = None
        return [part for batch in reversed(undoing._batches()) for part in undoing._parts(batch) if part.numbers]


def with_bug(loader):
    return type("Buggy", (Migration,), {"loader": loader})


@pytest.mark.parametrize("bug", [ForgetsTheCrosswalk, TakesBackBlindly])
def test_planted_bugs_are_found(bug):
    loader = bug() if issubclass(bug, Loader) else type("Loader", (Loader,), {"journal": bug})()
    found = settings(SIZES, max_examples=1000, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(with_bug(loader), settings=found)
