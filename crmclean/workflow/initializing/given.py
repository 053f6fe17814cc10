"""What `init` is given of the target beside the exports: its schema, its users, and the records that it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmclean.errors import Fault, InputError
from crmclean.workflow.initializing.evidence import emails_of
from crmclean.workflow.initializing.gathering import Seen, gather, unusable
from crmclean.workflow.schema_import import described
from crmclean.workspace.events import silent
from crmclean.workspace.paths import Workspace


@dataclass(frozen=True)
class Given:
    """schema: as `schema import` takes it. owners: a list of the target's users. existing: exports of its records."""

    schema: Path | None = None
    owners: Path | None = None
    existing: tuple[Path, ...] = ()

    def crm(self, existing: Sequence[Seen]) -> str | None:
        """Return the CRM that what was given is of, as far as it says."""
        if self.schema is not None:
            return described(self.schema)
        kinds = {item.recognition.kind for item in existing if item.recognition}
        return kinds.pop() if len(kinds) == 1 and "plain" not in kinds else None

    def users(self, workspace: Workspace) -> frozenset[str] | None:
        """Return the emails of the target's active users; None where no list was given.

        Raises:
            InputError: the list cannot be read, or has no column of emails.
        """
        if self.owners is None:
            return None
        found = frozenset(
            email
            for item in gather(workspace, [self.owners], silent)
            if item.reading is not None
            for email in emails_of(item)
        )
        if not found:
            hint = "name a list of the target's users with a column Email, and Active where some are not"
            raise InputError(Fault(str(self.owners), "holds no email of an active user", hint, "init.no-owners"))
        return found


NOTHING = Given()


def parted(seen: Sequence[Seen], existing: Sequence[Path]) -> tuple[list[Seen], list[Seen]]:
    """Part what is to be migrated from what the target holds already.

    Raises:
        InputError: a file of the target was not recognised, or has no column with its ids.
    """
    places = [path.resolve() for path in existing]
    theirs = [item for item in seen if any(item.path.is_relative_to(place) for place in places)]
    faults = [fault for item in theirs if (fault := _fault(item))]
    if faults:
        raise InputError(*faults)
    return [item for item in seen if item not in theirs], theirs


def _fault(item: Seen) -> Fault | None:
    if item.problem or item.recognition is None or item.recognition.object is None:
        return unusable(item)
    if "source_id" in {verdict.field for verdict in item.recognition.columns}:
        return None
    hint = "export it with the column of the record ids"
    return Fault(
        str(item.path), "has no column with the target's ids, so nothing could be updated", hint, "existing.no-ids"
    )
