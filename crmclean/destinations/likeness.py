"""Whether a target holds what was sent: many write the same value in another way.

A checkbox has no third state, so that an empty cell reads back as `false`; a number comes back without its last zeros.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from crmclean.crm.target_model import TargetSchema

_NUMBERS = frozenset(("integer", "decimal"))


@dataclass(frozen=True)
class Likeness:
    """Compares cells of the fields of one target."""

    types: Mapping[tuple[str, str], str]

    def __call__(self, object_: str, field: str, sent: str | None, found: str | None) -> bool:
        """Return whether two cells of a field say the same."""
        if sent == found:
            return True
        kind = self.types.get((object_, field))
        if kind == "boolean":
            return {sent, found} == {None, "false"}
        return kind in _NUMBERS and sent is not None and found is not None and _equal(sent, found)


def likeness(schema: TargetSchema) -> Likeness:
    """Return the comparison for a target's fields."""
    return Likeness(
        {(name, field.name): field.type for name, each in schema.objects.items() for field in each.fields.values()}
    )


def _equal(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
