"""What is looked at before anything is sent: the target, the person's yes for production, the stages asked for."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.contract import Preflight
from crmclean.destinations.journal import Journal
from crmclean.destinations.outcomes import ANNOUNCED, last_round, stage_counts
from crmclean.destinations.registry import REHEARSAL
from crmclean.errors import Fault, RefusedError, UsageError, nearest
from crmclean.plan.model import READY, Plan
from crmclean.workflow.importing.rounds import PILOT, Sending
from crmclean.workspace.events import Event, Notify

PILOT_ROWS = 10
StageRow = tuple[int, str, str]


def check_ahead(plan: Plan, to: str, found: Preflight, sending: Sending) -> None:
    """Refuse what the look at the target forbids.

    Raises:
        RefusedError: the target lacks something, or a production account was not named and made ready.
    """
    faults = [*named(found.faults, to), *not_ready(plan, to), *not_confirmed(plan, to, found, sending.confirm)]
    if faults:
        raise RefusedError(*faults)


def for_objects(found: Preflight, schema: TargetSchema, sent: Collection[str]) -> Preflight:
    """Leave out what the look found wrong with objects that no row goes to; sent: the others."""
    spared = {name for name, each in schema.objects.items() if name not in sent and not each.existing}
    parts = [
        tuple(each for each in faults if each.where.partition(".")[0] not in spared)
        for faults in (found.faults, found.notes)
    ]
    return replace(found, faults=parts[0], notes=parts[1])


def named(faults: Iterable[Fault], to: str) -> Iterator[Fault]:
    """Yield the faults with hints that can be typed as they stand: destinations do not know the name of theirs."""
    yield from (replace(fault, hint=fault.hint.replace("--to NAME", f"--to {to}")) for fault in faults)


def not_ready(plan: Plan, to: str) -> Iterator[Fault]:
    """Yield what nobody has put their name to, for a production account."""
    if to == REHEARSAL or not plan.destinations[to].production:
        return
    for key, meaning in READY.items():
        if key not in plan.destinations[to].ready:
            hint = f'make sure, then write {key} = "YOUR NAME" under [destinations.{to}.ready]'
            yield Fault(
                f"migration.toml [destinations.{to}.ready]", f"nobody says: {meaning}", hint, "target.not-ready"
            )


def not_confirmed(plan: Plan, to: str, found: Preflight, confirm: str | None) -> Iterator[Fault]:
    """Yield the fault of a production account that was not named, or not this one."""
    if to != REHEARSAL and plan.destinations[to].production and confirm != found.account:
        hint = f"rehearse first; then, if {found.account} is the account that you mean, add --confirm {found.account}"
        yield Fault(to, "is a production account", hint, "destination.not-confirmed")


@dataclass(frozen=True)
class Expected:
    """When an import that starts now would be done, and until when it could be taken back; None: nobody can say."""

    ends: datetime | None
    undo_days: int | None
    undo_until: datetime | None

    def told(self) -> list[str]:
        """Return it as sentences."""
        end = [f"Started now, it would end about {self.ends:%Y-%m-%d %H:%M} UTC."] if self.ends else []
        if self.undo_until:
            until = f"{self.undo_days} days: until {self.undo_until:%Y-%m-%d}"
            end.append(f"Deleted records can be brought back there for {until}.")
        return end


def expected(found: Preflight, rows: int, now: datetime) -> Expected:
    """Say what the target's speed and recycle bin come to for so many rows."""
    ends = now + timedelta(seconds=rows / found.rows_per_second) if found.rows_per_second else None
    until = (ends or now) + timedelta(days=found.undo_days) if found.undo_days else None
    return Expected(ends, found.undo_days, until)


def announce(journal: Journal, round_: str, found: Preflight, notify: Notify) -> None:
    """Say before a production import starts when it would end and how long it can be taken back; keep it."""
    rows = sum(stage_counts(journal.database, id_).open for id_, *_ in journal.stages(round_))
    if not rows:
        return
    times = expected(found, rows, datetime.now(UTC))
    for sentence in times.told():
        notify(Event("warning", "import", sentence))
    journal.note(ANNOUNCED, json.dumps({"round": round_, "rows": rows, **_plain(times)}))


def _plain(times: Expected) -> dict[str, str | None]:
    moments = {"ends": times.ends, "undo_until": times.undo_until}
    return {name: at.isoformat(timespec="minutes") if at else None for name, at in moments.items()}


def usual_pilot(plan: Plan, to: str, journal: Journal, sending: Sending) -> Sending:
    """Let the first round of a production account start with a small pilot slice, whatever was asked for."""
    production = to != REHEARSAL and plan.destinations[to].production
    if production and sending.rows is None and last_round(journal.database) is None:
        return replace(sending, limit=PILOT_ROWS)
    return sending


def chosen_stages(stages: Sequence[StageRow], sending: Sending) -> list[StageRow]:
    """Return the stages to send: up to the pilot slice while it has not passed, else what --stage and --until say.

    Raises:
        UsageError: there is no such stage, or a pilot slice was asked for too late. RefusedError: one before it has
        not passed.
    """
    names = [name for _, name, _ in stages]
    for word in (sending.stage, sending.until):
        if word is not None and word not in names:
            raise UsageError(Fault("--stage", f"there is no stage {word}", nearest(word, names), "import.no-stage"))
    if sending.rows is not None and PILOT not in names:
        problem, hint = "the order of this round is fixed already", "leave --limit and --where out, or start a round"
        raise UsageError(Fault("--limit", problem, hint, "import.pilot-too-late"))
    if names[0] == PILOT and stages[0][2] != "passed":
        return list(stages[:1])
    if sending.stage is not None:
        place = names.index(sending.stage)
        open_ = [name for _, name, state in stages[:place] if state != "passed"]
        if open_:
            hint = f"send it first: --stage {open_[0]!r}, or --until {sending.stage!r} for all up to it"
            raise RefusedError(Fault(sending.stage, f"stage {open_[0]} has not passed", hint, "import.stage-order"))
        return [stages[place]]
    return list(stages[: names.index(sending.until) + 1] if sending.until else stages)
