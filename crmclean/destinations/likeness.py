"""Whether a target holds what was sent: many write the same value in another way.

A checkbox has no third state, so that an empty cell reads back as `false`; a number comes back without its last zeros.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.contract import Capabilities

_NUMBERS = frozenset(("integer", "decimal"))


@dataclass(frozen=True)
class Likeness:
    """Compares cells of the fields of one target. types: object and field -> type."""

    types: Mapping[tuple[str, str], str]
    zero_for_empty: bool

    def __call__(self, object_: str, field: str, sent: str | None, found: str | None) -> bool:
        """Return whether two cells of a field say the same."""
        if sent == found:
            return True
        kind = self.types.get((object_, field))
        if kind == "boolean":
            return {sent, found} == {None, "false"}
        if kind == "datetime" and sent and found:
            return moment(sent) == moment(found)
        if kind not in _NUMBERS:
            return False
        empty = "0" if self.zero_for_empty else ""
        return _equal(sent or empty, found or empty)


def likeness(schema: TargetSchema, capabilities: Capabilities) -> Likeness:
    """Return the comparison for a target's fields."""
    return Likeness(
        {(name, field.name): field.type for name, each in schema.objects.items() for field in each.fields.values()},
        capabilities.zero_for_empty,
    )


def moment(cell: str) -> str:
    """Return a time as text; a day without one begins at midnight in UTC, as CRMs take it."""
    return cell if "T" in cell else f"{cell}T00:00:00Z"


def _equal(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
