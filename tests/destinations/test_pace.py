"""Run windows, budgets and Ctrl-C: an import stops between two batches, and goes on from there."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine import Target, journal_in, kept

from crmclean.destinations.doubts import adopt, doubts, resend, skip
from crmclean.destinations.engine import Engine
from crmclean.destinations.pace import Pace, is_open
from crmclean.errors import DestinationError


def at(hour, minute=0):
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "hour", "minute", "open_"),
    [
        ("20:00-06:00", 20, 0, True),
        ("20:00-06:00", 5, 59, True),
        ("20:00-06:00", 6, 0, False),
        ("20:00-06:00", 12, 0, False),
        ("09:00-17:30", 17, 29, True),
        ("09:00-17:30", 17, 30, False),
    ],
)
def test_a_window_may_go_past_midnight(window, hour, minute, open_):
    assert is_open(window, at(hour, minute)) is open_


def paced(folder, target, **limits):
    with journal_in(folder) as journal:
        pace = Pace("target", journal, target, rest=lambda _seconds: None, **limits)
        Engine(journal, target, rest=lambda _seconds: None, before_batch=pace).send_stage(1)


def test_nothing_is_sent_outside_the_window(tmp_path):
    target = Target()
    with pytest.raises(DestinationError, match="window"):
        paced(tmp_path, target, window="20:00-06:00", now=lambda: at(12))
    assert target.sent == []
    paced(tmp_path, target, window="20:00-06:00", now=lambda: at(23))
    assert kept(tmp_path, target)


def test_the_budget_of_a_day_is_kept_over_restarts(tmp_path):
    class Counting(Target):
        def send(self, request, handle):
            self.calls += 1
            return super().send(request, handle)

    target = Counting()
    with pytest.raises(DestinationError, match="spent"):
        paced(tmp_path, target, calls_per_day=2)
    with pytest.raises(DestinationError, match="spent"):
        paced(tmp_path, target, calls_per_day=2)
    assert len(target.sent) == 2
    paced(tmp_path, target, calls_per_day=3)
    assert kept(tmp_path, target)


def test_a_stop_comes_after_the_batch_and_loses_nothing(tmp_path):
    target = Target()
    with pytest.raises(KeyboardInterrupt):
        paced(tmp_path, target, stop=lambda: len(target.sent) == 1)
    assert len(target.sent) == 1
    paced(tmp_path, target)
    assert kept(tmp_path, target)


@given(st.sampled_from(["adopt", "resend", "skip"]), st.booleans())
def test_a_person_settles_what_nobody_can_tell(tmp_path_factory, how, arrived):
    """The model: adopt and resend end with every record once, if the person is right; skip sends nothing."""
    folder = tmp_path_factory.mktemp("settle")
    target = Target(["lost after effect" if arrived else "lost before effect"], keyed=False)
    paced(folder, target)
    with journal_in(folder) as journal:
        unknown = doubts(journal)
        assert len(unknown) == 3
        if how == "adopt" and arrived:
            places = {key: str(place) for place, (key, _) in enumerate(target.records)}
            adopt(journal, [(each, places[each.key]) for each in unknown])
        elif how == "resend" and not arrived:
            resend(journal, unknown)
        else:
            skip(journal, unknown)
            how = "skip"
    sent = len(target.sent)
    paced(folder, target)
    assert len(target.sent) == sent + (how == "resend")
    if how != "skip":
        assert kept(folder, target)
    with journal_in(folder) as journal:
        assert doubts(journal) == []
