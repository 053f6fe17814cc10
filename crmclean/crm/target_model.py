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
    joins two); values: canonical value -> option, `*` for the unlisted, "" drops the value; default: text
    for records without a value; form: "subdivision" keeps the part behind the dash of `US-CA`; scale: factor of a
    number; overflow: the field that takes a value which another record holds already where this field is unique.
    separator: what stands between joined fields. states: option -> won or lost, of a deal's stage; others are open.
    fill: what the plan gives records without a value. cases: (SQL condition, text) of the plan, the first true one
    wins. too_long: refuse, cut or blank. write: what an update does to a value that is there: overwrite, fill_blank,
    append or never.
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
    separator: str = " "
    states: Mapping[str, str] = field(default_factory=dict)
    fill: str | None = None
    cases: tuple[tuple[str, str], ...] = ()
    too_long: str = "refuse"
    write: str = "overwrite"

    @property
    def legacy(self) -> bool:
        """Whether the field only remembers what the old CRM said, so that nothing in it is ever translated."""
        return self.name.lower().startswith("legacy")


@dataclass(frozen=True)
class Split:
    """One part of a column's text: number `place` of `parts`, cut at `separator`; the last part takes the rest."""

    column: str
    separator: str
    place: int
    parts: int


@dataclass(frozen=True)
class SourceRule:
    """Which canonical records become records of a target object, and where that differs from the fields' own `from`.

    where: canonical field -> texts that it may have ("" stands for an empty cell); all must hold, the first rule of
    the whole target that a record meets takes it. fields: target field -> canonical fields. constants: target field ->
    text, weaker than what the plan's [values] say of the record. splits: target field -> the part that it takes.
    """

    object: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, Split] = field(default_factory=dict)

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
class Limits:
    """What the CRM's API allows on the smallest plan, for estimates only.

    rows_per_call: records of one writing call. calls per `seconds`: the burst limit; 0: none is stated. call_seconds:
    what one call takes about. cost: units of the `daily` allowance per call; 0: none. note: where the figures hold.
    """

    rows_per_call: int
    calls: int = 0
    seconds: float = 1
    call_seconds: float = 0.5
    cost: float = 1
    daily: int = 0
    note: str = ""


@dataclass(frozen=True)
class Wizard:
    """The import of files in the CRM's own pages: what one file may hold, and what to click.

    rows: records. bytes: of the file. steps: sentences, in order. opt_outs: how those who have opted out are told to a
    CRM that has no field of its own for it; empty where it has one. company: the column of a list of people from which
    the CRM takes the company by its name; empty where it has none, or refuses names that it does not know. owner:
    "email" where the column of owners takes the email addresses of the CRM's users; empty where we know of none.
    """

    rows: int = 1_000_000
    bytes: int = 100_000_000
    steps: tuple[str, ...] = ()
    opt_outs: str = ""
    company: str = ""
    owner: str = ""


@dataclass(frozen=True)
class TargetSchema:
    """A CRM aimed at. Objects stand in load order: parents before children.

    dropped: canonical object -> field -> why no target field takes it. custom_suffix: how names of custom fields end.
    length: characters of a text field that says nothing else. limits: of the API. wizard: its own import of files.
    """

    name: str
    label: str
    objects: Mapping[str, TargetObject]
    dropped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    custom_suffix: str = ""
    length: int | None = None
    limits: Limits | None = None
    wizard: Wizard = Wizard()

    def feeding(self, object_: str) -> tuple[tuple[TargetObject, SourceRule], ...]:
        """Return the rules that a canonical object's records may meet, in order."""
        return tuple((each, rule) for each in self.objects.values() for rule in each.sources if rule.object == object_)
