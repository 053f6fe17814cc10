"""The engine against a target that drops calls, answers late, shuffles, refuses whole calls and forgets.

The target is a small CRM in memory that this file invents; `judge` looks at it and at the journal from outside.
"""

import json
import random
import sqlite3
from contextlib import closing, contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_crm import Rows

from crmclean.destinations.binding import bind
from crmclean.destinations.contract import (
    AnswerLostError,
    Capabilities,
    Fate,
    NotSentError,
    RefusedCallError,
    Settled,
    Written,
)
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal
from crmclean.errors import DestinationError

ROWS = 7
BAD = "bad"


class Target:
    """Records by key. faults: how the n-th call goes wrong; an effect that lands late lands with the next call."""

    def __init__(self, faults=(), *, keyed=True, atomic=False):
        self.capabilities = Capabilities(key_enforced=keyed, isolates_rows=not atomic, batch_rows=3)
        self.faults = list(faults)
        self.calls = 0
        self.atomic = atomic
        self.records = []
        self.sent = []
        self.late = []
        self.on_send = lambda _request: None

    def begin(self, _request):
        return None

    def send(self, request, _handle):
        self.on_send(request)
        self.sent.append([row.key for row in request.rows])
        fault = self.faults.pop(0) if self.faults else None
        self._land()
        if fault == "never arrives":
            raise NotSentError("connection refused", wait=0)
        if fault == "lost before effect":
            raise AnswerLostError
        if fault == "lost, lands late":
            self.late.append(request)
            raise AnswerLostError
        if self.atomic and any(BAD in row.cells for row in request.rows):
            raise RefusedCallError("target.picklist", "one of them is bad")
        answer = [self._write(row, busy=fault == "busy") for row in request.rows]
        if fault == "lost after effect":
            raise AnswerLostError
        if fault == "half forgotten":
            del answer[len(answer) // 2 :]
        random.Random(len(self.sent)).shuffle(answer)
        return json.dumps(answer).encode()

    def _land(self):
        for request in self.late:
            for row in request.rows:
                self._write(row)
        self.late.clear()

    def _write(self, row, *, busy=False):
        if BAD in row.cells:
            return (row.key, "rejected", None, "target.picklist")
        if busy:
            return (row.key, "retry", None, None)
        known = [place for place, (key, _) in enumerate(self.records) if key == row.key]
        if known and self.capabilities.key_enforced:
            self.records[known[0]] = (row.key, list(row.cells))
            return (row.key, "updated", str(known[0]), None)
        self.records.append((row.key, list(row.cells)))
        return (row.key, "created", str(len(self.records) - 1), None)

    def read(self, _request, answer):
        return [Written(key, Fate(fate), target_id, code) for key, fate, target_id, code in json.loads(answer)]

    def settle(self, _request, _handle):
        return Settled.ABSENT if self.capabilities.key_enforced else Settled.UNKNOWN


def frozen(count=ROWS, bad=()):
    parts = [Rows("one", "Contact") for _ in range(0, count, 3)]
    for number in range(count):
        name = BAD if number in bad else f"N{number}"
        parts[number // 3].add(f"s:contacts:{number}", number + 1, {"LastName": name})
    return Round("first", "inputs", ("one",)), parts


@contextmanager
def journal_in(folder, **rows):
    with Journal(folder / "journal.sqlite") as journal:
        bind(journal, Binding("target", "memory", "here", "mapping"))
        if journal.inputs("first") is None:
            freeze(journal, *frozen(**rows))
        yield journal


def send(folder, target, **rows):
    with journal_in(folder, **rows) as journal:
        Engine(journal, target, rest=lambda _seconds: None).send_stage(1)


def states(folder):
    sql = "SELECT c.record, r.state, r.code, c.target_id FROM row r JOIN crosswalk c ON c.id = r.record"
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database:
        return {record: rest for record, *rest in database.execute(sql)}


def judge(folder, target, bad=()):
    """Return what is lost, doubled, wrong or stray."""
    wanted = {f"s:contacts:{number}" for number in range(ROWS) if number not in bad}
    keys = [key for key, _ in target.records]
    known = {record: target_id for record, (state, _, target_id) in states(folder).items() if state in (1, 2)}
    return {
        "lost": sorted(wanted - set(keys)),
        "doubled": sorted({key for key in keys if keys.count(key) > 1}),
        "stray": sorted(set(keys) - wanted),
        "unknown to the journal": sorted(wanted - known.keys()),
        "wrong": sorted(key for key, at in known.items() if target.records[int(at)][0] != key),
    }


def kept(folder, target, bad=()):
    return not any(judge(folder, target, bad).values())


FAULTS = ("never arrives", "lost before effect", "lost after effect", "lost, lands late", "busy")


@settings(max_examples=30)
@given(st.lists(st.sampled_from((None, *FAULTS)), max_size=4))
def test_with_an_enforced_key_no_fault_loses_or_doubles(tmp_path_factory, faults):
    folder = tmp_path_factory.mktemp("faults")
    target = Target(faults)
    send(folder, target)
    assert kept(folder, target), judge(folder, target)


@settings(max_examples=30)
@given(st.sets(st.integers(0, ROWS - 1)))
def test_bad_rows_are_isolated_where_the_target_refuses_whole_calls(tmp_path_factory, bad):
    folder = tmp_path_factory.mktemp("bad")
    target = Target(atomic=True)
    send(folder, target, bad=bad)
    assert kept(folder, target, bad), judge(folder, target, bad)
    rejected = {
        record for record, (state, code, _) in states(folder).items() if (state, code) == (4, "target.picklist")
    }
    assert rejected == {f"s:contacts:{number}" for number in bad}


def test_a_target_that_is_away_fails_with_exit_code_5_and_the_same_again_goes_on(tmp_path):
    target = Target([None, *["never arrives"] * 6])
    with pytest.raises(DestinationError):
        send(tmp_path, target)
    assert len(target.records) == 3
    send(tmp_path, target)
    assert kept(tmp_path, target)


def test_answers_that_keep_getting_lost_are_a_failure_and_no_reject(tmp_path):
    target = Target(["lost after effect"] * 5)
    with pytest.raises(DestinationError):
        send(tmp_path, target)
    send(tmp_path, target)
    assert kept(tmp_path, target)


def test_rows_that_stay_locked_are_given_up_with_a_code(tmp_path):
    target = Target(["busy"] * 30)
    send(tmp_path, target)
    assert {tuple(rest) for rest in states(tmp_path).values()} == {(4, "target.busy", None)}


def test_without_an_enforced_key_unknown_rows_are_named_and_never_sent_again(tmp_path):
    target = Target(["lost after effect"], keyed=False)
    for _ in range(3):
        send(tmp_path, target)
    assert [len(call) for call in target.sent] == [3, 3, 1]
    unknown = [record for record, (state, _, _) in states(tmp_path).items() if state == 6]
    assert unknown == ["s:contacts:0", "s:contacts:1", "s:contacts:2"]
    assert not judge(tmp_path, target)["doubled"]


def test_rows_that_the_answer_forgets_are_unknown(tmp_path):
    target = Target(["half forgotten"])
    send(tmp_path, target)
    assert sum(state == 6 for state, _, _ in states(tmp_path).values()) == 2


def test_the_intent_is_durable_before_anything_is_sent(tmp_path):
    target = Target()

    def watch(request):
        with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as other:
            open_ = other.execute("SELECT count(*) FROM attempt WHERE state = 'intent'").fetchone()[0]
        assert open_ == 1

    target.on_send = watch
    send(tmp_path, target)
    assert len(target.sent) == 3


def test_an_answer_that_nobody_read_yet_is_read_and_not_sent_for_again(tmp_path):
    target = Target()
    read, target.read = target.read, lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        send(tmp_path, target)
    target.read = read
    send(tmp_path, target)
    assert [len(call) for call in target.sent] == [3, 3, 1]
    assert kept(tmp_path, target)


class PairsByPosition(Target):
    """A planted bug: results are taken to be in the order of the rows."""

    def read(self, request, answer):
        said = json.loads(answer)
        return [Written(row.key, Fate(one[1]), one[2]) for row, one in zip(request.rows, said, strict=True)]


class SendsAgain(Target):
    """A planted bug: a lost answer counts as no effect although nothing enforces the key."""

    def settle(self, _request, _handle):
        return Settled.ABSENT


@pytest.mark.parametrize(
    "target",
    [
        PairsByPosition(),
        SendsAgain(["lost after effect"], keyed=False),
        SendsAgain(["lost, lands late"], keyed=False),
    ],
)
def test_planted_bugs_do_not_pass(tmp_path, target):
    send(tmp_path, target)
    assert not kept(tmp_path, target)
