"""When calls may be made: the run window, calls per second, and the day's budget."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crmclean.destinations.contract import Destination
from crmclean.destinations.journal import Journal
from crmclean.errors import DestinationError, Fault


@dataclass
class Pace:
    """Asked before every batch. Batches go one at a time: there is never more than one writing call under way.

    window: "20:00-06:00" in UTC. calls_per_day: counted by the journal, so that a restart does not forget them.
    stop: whether somebody pressed Ctrl-C. now, rest: the clock (another one in tests).
    """

    name: str
    journal: Journal
    destination: Destination
    window: str | None = None
    calls_per_second: float | None = None
    calls_per_day: int | None = None
    stop: Callable[[], bool] = lambda: False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    rest: Callable[[float], None] = time.sleep
    _since: float = field(default_factory=time.monotonic)
    _calls: int = 0

    def __call__(self) -> None:
        """Wait until the rate allows another batch.

        Raises:
            KeyboardInterrupt: somebody wants it to stop. DestinationError: the window is closed or the budget spent.
        """
        if self.stop():
            raise KeyboardInterrupt
        if self.window and not is_open(self.window, self.now()):
            problem = f"the run window {self.window} (UTC) is closed"
            raise self._waits(problem, "run the same command inside the window; it goes on from here", "window")
        if self.calls_per_day is not None and self.journal.spent() >= self.calls_per_day:
            problem = f"today's {self.calls_per_day} calls are spent"
            raise self._waits(problem, "run the same command after midnight UTC; it goes on from here", "budget")
        if self.calls_per_second:
            made, self._calls = self.destination.calls - self._calls, self.destination.calls
            passed = time.monotonic() - self._since
            self.rest(max(0.0, made / self.calls_per_second - passed))
            self._since = time.monotonic()

    def _waits(self, problem: str, hint: str, code: str) -> DestinationError:
        return DestinationError(Fault(self.name, problem, hint, f"destination.{code}"))


def is_open(window: str, moment: datetime) -> bool:
    """Return whether a time of day is inside a window, which may go past midnight."""
    start, end = window.split("-")
    now = moment.strftime("%H:%M")
    return start <= now < end if start <= end else now >= start or now < end
