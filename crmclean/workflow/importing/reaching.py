"""The one way to a target: opened, looked at, and refused where its journal belongs to another account or database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.binding import check_identity
from crmclean.destinations.contract import Destination, Preflight
from crmclean.destinations.registry import open_destination
from crmclean.plan.model import Plan
from crmclean.workspace.paths import Workspace


@dataclass(frozen=True)
class Reached:
    """A target that is open, and what the look at it found."""

    destination: Destination
    found: Preflight
    schema: TargetSchema
    journal: Path

    def ready(self) -> Destination:
        """Return the destination, prepared for being read.

        Raises:
            RefusedError: it is not the one that was imported into before; some can tell only now.
        """
        check_identity(self.journal, self.destination.prepare(self.schema))
        return self.destination


@contextmanager
def reached(workspace: Workspace, plan: Plan, to: str, schema: TargetSchema) -> Iterator[Reached]:
    """Open a destination and look at it; nothing has been made there yet.

    Raises:
        RefusedError: it is not the one that was imported into before. DestinationError: it cannot be reached.
    """
    with closing(open_destination(workspace, plan, to)) as destination:
        found = destination.preflight(schema)
        check_identity(workspace.journal(to), found.identity)
        yield Reached(destination, found, schema, workspace.journal(to))
