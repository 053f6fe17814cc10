"""What every workflow function returns: a frozen summary that the command line shows and scripts read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmclean.errors import ExitCode

Cell = str | int | float | None


@dataclass(frozen=True)
class TableView:
    """One short table for people; long ones are cut by the caller, with a note of what is left out.

    piped: cells that it may be wide where no terminal tells its width; None: as wide as it is. folded: long texts go on
    in the next line instead of being cut.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    piped: int | None = None
    folded: bool = False


@dataclass(frozen=True)
class Result:
    """What a command did.

    headline: one sentence. notes: further lines below the tables. next_step: what to type next, with its reason.
    data: the `--json` document without `schema_version`; plain values, lists and dicts only.
    exit_code: DONE, GATE or WAITING; everything else is an error from crmclean.errors. text: where set, all that stdout
    shows, as it is: for results that other programs read, such as CSV.
    """

    command: str
    headline: str
    tables: tuple[TableView, ...] = ()
    notes: tuple[str, ...] = ()
    next_step: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    exit_code: ExitCode = ExitCode.DONE
    text: str | None = None
