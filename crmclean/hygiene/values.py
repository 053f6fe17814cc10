"""What a measure came to: its value, its parts, and the records that it names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from crmclean.hygiene.material import Material
from crmclean.plan.kpi_model import Measure
from crmclean.records import OBJECTS

PLACE = "place"


def defects(material: Material) -> pl.Schema:
    """Return the columns of exceptions: what a measure names.

    place: row of the record in the frame of its object, null for what is no record of the exports. field: the cell that
    is meant, null for the whole record. The Enums are in the order of their texts.
    """
    return pl.Schema(
        {
            "measure": pl.Enum(sorted(material.dictionary.measures)),
            "object": pl.Enum(sorted(OBJECTS)),
            PLACE: pl.UInt32(),
            "record": pl.String(),
            "field": pl.String(),
            "owner": material.owner_type,
            "money": pl.Float64(),
        }
    )


@dataclass(frozen=True)
class Part:
    """The measure for one group of records, such as one region. key: what the group is called."""

    dimension: str
    key: str
    value: float
    numerator: float
    denominator: float


@dataclass(frozen=True)
class Value:
    """One measure as of one day.

    value: numerator / denominator where the measure is a ratio; None where it cannot be measured, reason says why.
    currency: of a value that is money. passed: what code says of the value where no limit can. blamed: the owner whom
    the figure is about.
    """

    measure: Measure
    value: float | None
    numerator: float = 0.0
    denominator: float = 0.0
    reason: str | None = None
    parts: tuple[Part, ...] = ()
    currency: str | None = None
    passed: bool | None = None
    blamed: str | None = None

    @classmethod
    def of(cls, measure: Measure, numerator: float, denominator: float, parts: tuple[Part, ...] = ()) -> "Value":
        """Return numerator / denominator; not measurable where nothing is counted."""
        if not denominator:
            return cls(measure, None, reason="needs records that it counts; there are none")
        return cls(measure, numerator / denominator, numerator, denominator, parts=parts)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target, or where nothing was measured."""
        if self.value is None:
            return None
        return self.measure.met(self.value) if self.passed is None else self.passed


@dataclass(frozen=True)
class Mark:
    """What a measure names. which: true for each such row of its object. field: the cell that is meant, if one is."""

    measure: Measure
    which: pl.Series
    field: str | None = None


Frames = Mapping[str, pl.DataFrame]
Figure = Callable[[Measure, Material, Frames], Value]
Marked = tuple[Value, tuple[Mark, ...]]
Marking = Callable[[Measure, Material, Frames], Marked]
