"""The KPI dictionary as frozen dataclasses; plan.kpi reads it from TOML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from crmclean.plan.roi import Roi

AREAS = ("contacts", "companies", "deals", "adoption", "pipeline")
UNITS = ("percent", "count", "days", "hours", "ratio", "money")
DIMENSIONS = ("owner", "segment", "region", "industry", "source", "currency")
NEEDS = ("territory", "stage", "quota", "snapshots")

# What crmclean works out beside the fields of a record, by object: column -> meaning.
FACTS: Mapping[str, Mapping[str, str]] = {
    "contacts": {
        "touched": "day of the last sign of life (own columns, activities); the day of creation where there is none",
        "created_on": "day of creation",
        "email_wrong": "the email is no valid address",
        "has_phone": "a phone or a mobile is filled",
        "phone_wrong": "a filled phone or mobile is not a valid number",
        "role_mailbox": "the email names a role",
        "has_company": "points to a company, names one, or is linked to one",
        "reachable": "has a valid email that did not bounce, or a valid phone",
        "consent_known": "an opt-in, an opt-out or a marketing status is recorded",
        "has_deal": "is on a deal",
        "has_won_deal": "is on a won deal",
        "in_territory": "the country stands in the territory table",
        "territory_wrong": "the owner is not one of the territory's",
        "owner_gone": "the owner is no active user",
    },
    "companies": {
        "contacts": "number of contacts",
        "industry_unknown": "the industry is not in the vocabulary",
    },
    "deals": {
        "touched": "day of the last activity; the day of creation where there is none",
        "updated": "day of the last edit, move or activity",
        "has_contact": "a contact is on the deal",
        "owner_gone": "the owner is no active user",
        "stage_left_by": "last day that the stage allows",
        "in_stages": "the stage stands in [[stage]]",
        "stage_lacks": "a field that this stage or one before it requires is empty",
        "in_history": "its stages are known over time",
        "reversed": "ever went back to an earlier stage",
    },
}


@dataclass(frozen=True)
class Measure:
    """One line of the scorecard.

    id: area.name. defect, among: SQL conditions with thresholds filled in; the value is defects / among, or the rest of
    it where `complement`. compute: the figure that code works out instead. fields: what the exports must hold, as
    object, object.field or history; a | b means one of them. needs: the part of the dictionary that must be filled.
    ageing: time alone can make a record a defect. target: the limit ("down") or the goal ("up"); None: only watched.
    weight: in the data-quality score. by: dimensions of the breakdown. fix: what to do about an exception.
    """

    id: str
    label: str
    definition: str
    object: str
    defect: str | None = None
    among: str | None = None
    complement: bool = False
    compute: str | None = None
    unit: str = "percent"
    direction: str = "down"
    fields: tuple[str, ...] = ()
    needs: str | None = None
    ageing: bool = False
    target: float | None = None
    weight: float = 0.0
    refresh: str = "every run"
    owner: str = ""
    fix: str = ""
    by: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        """The part of the scorecard that it stands in."""
        return self.id.partition(".")[0]

    @property
    def formula(self) -> str:
        """How the value is worked out, for people."""
        if self.compute:
            return f"compute: {self.compute}"
        whole = f" where {self.among}" if self.among else ""
        condition = f"NOT ({self.defect})" if self.complement else str(self.defect)
        faults = f"({self.among}) AND ({condition})" if self.among else condition
        return f"count({self.object} where {faults}) / count({self.object}{whole})"

    def met(self, value: float) -> bool | None:
        """Whether a value reaches the target; None where there is no target."""
        if self.target is None:
            return None
        return value <= self.target if self.direction == "down" else value >= self.target


@dataclass(frozen=True)
class Territory:
    """Countries and who may own their records; both as the user wrote them."""

    name: str
    countries: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True)
class StageRule:
    """One stage of the pipeline, in order: the longest stay, and what must be filled from here on."""

    name: str
    pipeline: str | None = None
    days: float | None = None
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quota:
    """What is to be won in a period; amount None: nobody said."""

    amount: float | None = None
    start: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Dictionary:
    """The KPI dictionary, whole. region: country of phones that name none, ISO 3166-1 alpha-2."""

    measures: Mapping[str, Measure]
    thresholds: Mapping[str, float]
    required: Mapping[str, tuple[str, ...]]
    locale: str = "en_US"
    currency: str | None = None
    region: str | None = None
    tolerance: float = 0.0005
    top: int = 40
    quota: Quota = Quota()
    territories: tuple[Territory, ...] = ()
    stages: tuple[StageRule, ...] = field(default_factory=tuple)
    roi: Roi = field(default_factory=Roi)
