"""`[roi]`: what the figures of the return on investment are worked out from; what is not given is not guessed."""

from dataclasses import dataclass, replace

from crmclean.plan.toml_table import TomlTable


@dataclass(frozen=True)
class Roi:
    """Prices and times; None: not given, and what needs it is "not measurable".

    license_per_contact: what the target charges for one contact and year. minutes_per_merge: what a person needs for
    one duplicate by hand. hourly_cost: of that person. one_off_cost: of the whole project. locale, currency: how
    amounts are written.
    """

    license_per_contact: float | None = None
    minutes_per_merge: float | None = None
    hourly_cost: float | None = None
    one_off_cost: float | None = None
    currency: str | None = None
    locale: str = "en_US"

    @property
    def asked(self) -> bool:
        """Whether the plan says anything about it."""
        return any(getattr(self, name) is not None for name in NUMBERS)

    def over(self, other: "Roi") -> "Roi":
        """Return these figures, and those of another one where there is none here; the locale is one's own."""
        below = {name: getattr(other, name) for name in (*NUMBERS, "currency") if getattr(self, name) is None}
        return replace(self, **below)


NUMBERS = ("license_per_contact", "minutes_per_merge", "hourly_cost", "one_off_cost")


def read_roi(table: TomlTable) -> Roi:
    """Read `[roi]`; a number below zero is a fault."""
    numbers = {name: table.optional_number(name) for name in NUMBERS}
    for name, number in numbers.items():
        if number is not None and number < 0:
            table.fault(name, "is below zero", "write a price or a time, 0 or more", "plan.wrong-value")
    found = Roi(**numbers, currency=table.text("currency"), locale=table.text("locale", "en_US") or "en_US")
    table.finish()
    return found
