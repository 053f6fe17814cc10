"""Progress: bars with rate and remaining time on a terminal, one plain line per finished phase elsewhere."""

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from crmclean.workspace.events import Event

_ENDS = ("finished", "skipped")


class Listener:
    """Hears the events of a command; this one says nothing."""

    def hear(self, event: Event) -> None:
        """Take an event in."""

    def stop(self) -> None:
        """Leave the terminal as it was, also where the work ended early."""


def listener(console: Console, *, quiet: bool, animate: bool) -> Listener:
    """Return what listens to the events of a command."""
    if quiet:
        return Listener()
    return _Bars(console) if animate else _Lines(console)


class _Lines(Listener):
    """One plain line per finished phase, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def hear(self, event: Event) -> None:
        if event.kind in (*_ENDS, "warning"):
            self._console.print(_line(event), soft_wrap=True)


class _Bars(Listener):
    """One bar while a phase works, which its line replaces when it has finished."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def hear(self, event: Event) -> None:
        if event.kind == "started":
            self._begin(event)
        elif event.kind == "progress":
            self._advance(event)
        else:
            self._settle(event)

    def _begin(self, event: Event) -> None:
        self.stop()
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=24),
            _Rows(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task(event.phase, total=event.total)
        self._progress.start()

    def _advance(self, event: Event) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=event.done, total=event.total)

    def _settle(self, event: Event) -> None:
        if event.kind in _ENDS:
            self.stop()
        self._console.print(_line(event), no_wrap=True, overflow="ellipsis")

    def stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class _Rows(ProgressColumn):
    """Rows done, and rows per second."""

    def render(self, task: Task) -> Text:
        """Return the text of the column."""
        rate = f"  {task.speed:,.0f} rows/s" if task.speed else ""
        return Text(f"{task.completed:,.0f} rows{rate}" if task.completed else "")


def _line(event: Event) -> Text:
    rows = f"{event.done:,} rows" if event.done is not None else ""
    seconds = f"{event.seconds:.1f} s" if event.seconds is not None else ""
    words = "unchanged, not run again" if event.kind == "skipped" and not event.message else event.message
    kind = "warning: " if event.kind == "warning" else ""
    return Text(f"{event.phase:<10}{rows:>15}{seconds:>9}  {kind}{words}".rstrip())
