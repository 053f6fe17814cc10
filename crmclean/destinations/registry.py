"""From a destination's name to the object that speaks to it."""

from crmclean.destinations.contract import Destination
from crmclean.destinations.sqlite import SqliteDestination
from crmclean.errors import Fault, PlanError
from crmclean.plan.model import Plan
from crmclean.workspace.paths import Workspace

REHEARSAL = "rehearsal"


def kind_of(plan: Plan, name: str) -> str:
    """Return the kind of a destination.

    Raises:
        PlanError: the plan has no destination of that name.
    """
    if name == REHEARSAL:
        return "sqlite"
    if name in plan.destinations:
        return plan.destinations[name].kind
    known = ", ".join((REHEARSAL, *sorted(plan.destinations)))
    hint = f"destinations: {known}; add [destinations.{name}] for a new one"
    raise PlanError(Fault("migration.toml", f"no destination {name}", hint, "destination.unknown"))


def open_destination(workspace: Workspace, plan: Plan, name: str) -> Destination:
    """Open a destination of the plan.

    Raises:
        PlanError: it is unknown, or of a kind that nobody can open. DestinationError: it cannot be reached.
    """
    kind = kind_of(plan, name)
    if name == REHEARSAL:
        return SqliteDestination(workspace.rehearsal)
    url = plan.destinations[name].url or ""
    if kind == "sqlite":
        return SqliteDestination(workspace.root / url.removeprefix("sqlite:///"))
    hint = "kinds: sqlite"
    raise PlanError(Fault("migration.toml", f"destination {name} is of unknown kind {kind}", hint, "destination.kind"))
