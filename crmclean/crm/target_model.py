"""What a target is: the objects and fields of the CRM aimed at, and how canonical records land in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

RECORD_KEY = "_record"  # from = "_record": the id that a record keeps for ever; it feeds the key of every object


@dataclass(frozen=True)
class TargetField:
    """One field of a target object.

    type: text, date, datetime, decimal, integer, boolean or reference. length: characters at most. decimals: digits
    behind the point that the target keeps. picklist: the options' internal names; restricted: no other is taken;
    multi: several options joined by `;`. ref: target objects that a reference may point to; association: the type id
    where the CRM keeps it as an association (HubSpot). custom: not there out of the box, we add it. insert_only: can
    be set when a record is made, never later. format: email, phone or url.

    The rest says how it is filled: from_: canonical fields, the first that is filled wins ("first_name last_name"
    joins two by a blank); values: canonical value -> option, `*` for the unlisted, "" drops the value; default: text
    for records without a value; form: "subdivision" keeps the part behind the dash of `US-CA`; scale: factor of a
    number; overflow: the field that takes a value which another record holds already where this field is unique.
    """

    name: str
    label: str
    type: str
    length: int | None = None
    decimals: int | None = None
    required: bool = False
    picklist: tuple[str, ...] = ()
    restricted: bool = False
    multi: bool = False
    unique: bool = False
    ref: tuple[str, ...] = ()
    association: int | None = None
    read_only: bool = False
    insert_only: bool = False
    custom: bool = False
    format: str | None = None
    from_: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    form: str | None = None
    scale: Fraction | None = None
    overflow: str | None = None


@dataclass(frozen=True)
class SourceRule:
    """Which canonical records become records of a target object, and where that differs from the fields' own `from`.

    where: canonical field -> texts that it may have ("" stands for an empty cell); all must hold, the first rule of
    the whole target that a record meets takes it. fields: target field -> canonical fields. constants: target field ->
    text. into: a canonical reference; a record whose reference resolves is merged into that record instead.
    """

    object: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    into: str | None = None

    def feeds(self, target_field: TargetField) -> tuple[str, ...]:
        """Return the canonical fields that fill a target field under this rule."""
        return self.fields.get(target_field.name, target_field.from_)


@dataclass(frozen=True)
class TargetObject:
    """One object (table) of the target.

    key: the unique external id field that holds our record id. one_of: at least one of these must be filled. together:
    sets of fields that are unique together. existing: records are looked up at the target, never created there (users).
    """

    name: str
    label: str
    key: str
    sources: tuple[SourceRule, ...]
    fields: Mapping[str, TargetField]
    one_of: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    existing: bool = False

    def references(self) -> tuple[TargetField, ...]:
        """Return the fields that point to other records."""
        return tuple(each for each in self.fields.values() if each.type == "reference")

    def writable(self) -> tuple[TargetField, ...]:
        """Return the fields that a record can be created with."""
        return tuple(each for each in self.fields.values() if not each.read_only)


@dataclass(frozen=True)
class TargetSchema:
    """A CRM aimed at. Objects stand in load order: parents before children.

    dropped: canonical object -> field -> why no target field takes it.
    """

    name: str
    label: str
    objects: Mapping[str, TargetObject]
    dropped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
