"""A plan that is still to be written: what was found in the exports, and what is proposed for each column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class DraftColumn:
    """One column of an export. field: canonical field or `x_...`. filled: cells that hold something.

    because: what told the field, where it was more than the column's name. made: fields that are made of the column.
    """

    header: str
    field: str
    filled: int
    because: str = ""
    made: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftFile:
    """One export and what it was recognised as; why: the evidence, in words. given: header -> field of its own."""

    path: str
    object: str
    table: str | None
    rows: int
    why: str
    columns: tuple[DraftColumn, ...]
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DraftSource:
    """One system that exports came from."""

    name: str
    kind: str
    files: tuple[DraftFile, ...]


@dataclass(frozen=True)
class DraftDecision:
    """What is proposed for one column. action: custom or drop; to: custom field, or the reason of a drop."""

    field: str
    action: str
    to: str
    note: str


@dataclass(frozen=True)
class DraftExtra:
    """A table that nothing moves; it goes through to the ledger, so that its records are accounted for."""

    name: str
    source: str
    path: str


@dataclass(frozen=True)
class Draft:
    """Everything that goes into a new migration.toml.

    decisions, dropped: object -> columns that the source or the target leaves open; dropped ones need no line, as the
    target's own mapping drops them (field, reason). ignored: path -> reason. unknown: files that were not recognised;
    they stay undecided, so that validation stops until a person has said what they are. older: snapshots before the
    newest. customers: SQL condition of the lifecycle rule, None: the default one. left_out: lists of people who must
    not be imported. existing: what the target holds already. open: questions that nobody has answered, by name.
    lost_owners: share of the owned records that go to the fallback owner, as a person was told.
    """

    name: str
    target: str
    sources: tuple[DraftSource, ...]
    decisions: Mapping[str, tuple[DraftDecision, ...]] = field(default_factory=dict)
    dropped: Mapping[str, tuple[DraftDecision, ...]] = field(default_factory=dict)
    extras: tuple[DraftExtra, ...] = ()
    ignored: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    region: str | None = None
    currency: str | None = None
    fallback_owner: str | None = None
    newest: date | None = None
    customers: str | None = None
    left_out: tuple[str, ...] = ()
    existing: DraftSource | None = None
    open: Mapping[str, str] = field(default_factory=dict)
    lost_owners: float = 0.0
