"""The plan as frozen dataclasses; plan.read makes one from migration.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from crmclean.plan.roi import Roi


@dataclass(frozen=True)
class Database:
    """A database to read from. url: without a password. query: one SELECT."""

    url: str
    query: str


@dataclass(frozen=True)
class SourceFile:
    """One export of a source: `[[source.file]]`. Paths are relative to the workspace.

    path: of snapshots the newest one; of a database the copy that its rows are read from. series: the path with
    `{date}` that the plan names.
    """

    path: str
    object: str
    table: str | None = None  # the source's own name of the table, such as "Task"; None: recognise it
    columns: Mapping[str, str] = field(default_factory=dict)  # header -> field, before the source's own mapping
    constants: Mapping[str, str] = field(default_factory=dict)  # field -> text for every row
    key: str | None = None  # header of the column that identifies a record
    encoding: str | None = None
    delimiter: str | None = None
    dates: str | None = None  # "dmy" or "mdy" where a column of dates does not show its order
    decimal: str | None = None  # "." or "," where a column of amounts does not show its decimal mark
    series: str | None = None
    database: Database | None = None


@dataclass(frozen=True)
class Source:
    """One system that exports came from: `[[source]]`. Lower priority numbers win in survivorship."""

    name: str
    kind: str
    priority: int
    files: tuple[SourceFile, ...]
    region: str | None = None  # phone region of this source, where it differs from the default
    role: str = "records"  # or "enrichment": its rows only fill blanks of records that they match


@dataclass(frozen=True)
class ExtraObject:
    """A table that goes through to the ledger without matching: `[[object]]`."""

    name: str
    source: str
    path: str
    reason: str = "object.not-migrated"


@dataclass(frozen=True)
class Ignored:
    """A file in exports/ that is not migrated, and why: `[[ignore]]`."""

    path: str
    reason: str


@dataclass(frozen=True)
class SuppressionList:
    """A file of people who must not come along: `[[suppress]]`. Its path is relative to the workspace.

    reason: "do-not-import" leaves them out, "erase" removes their cells too. columns: header -> "email", "phone" or
    "id"; others are recognised by their header. region: of phones without + in the file.
    """

    path: str
    reason: str
    columns: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None


@dataclass(frozen=True)
class Defaults:
    """What holds where a record says nothing: `[defaults]`."""

    region: str | None = None  # ISO 3166-1 alpha-2, for phones without other evidence
    currency: str | None = None  # ISO 4217; None: a deal without a currency is a finding
    strict: bool = False  # no repairs of values, only normal forms


@dataclass(frozen=True)
class Rule:
    """A value and the SQL expression over typed canonical fields under which it holds; the first true one wins."""

    value: str
    where: str


@dataclass(frozen=True)
class Dedupe:
    """`[dedupe]`: bands, guards and survivorship."""

    objects: tuple[str, ...] = ("companies", "contacts", "leads", "deals")
    merge: float | None = None  # probability from which a pair merges by itself; None: from the estimated precision
    review: float | None = None  # probability from which a person is asked
    group_limit: int = 50  # a larger group goes to review as a whole
    survivor: tuple[str, ...] = ("source_priority", "most_complete", "most_recent")
    fields: Mapping[str, str] = field(default_factory=dict)  # "contacts.title" -> survivorship rule
    never: tuple[str, ...] = ()  # SQL expressions over l_<field> and r_<field>
    always: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stale:
    """`[stale]`: who counts as dead."""

    months: int = 12
    new_days: int = 90
    protect: str | None = None  # SQL expression: records that never go stale


@dataclass(frozen=True)
class Decision:
    """What becomes of one canonical column at the target: `[columns.<object>]`.

    action: map (to), custom (to; the field is created, of `type`), merge (to, with order and separator), split (parts:
    the fields that the text between separators goes into, the last one takes the rest), drop (reason).
    """

    action: str
    to: str | None = None
    reason: str | None = None
    separator: str = " "
    order: int = 0
    parts: tuple[str, ...] = ()
    type: str = "text"


@dataclass(frozen=True)
class FieldRule:
    """What the plan says of one field of the target: `[fields.<target object>]`.

    constant: the same text for every record. default: text for records without a value. coalesce: canonical columns,
    the first filled one wins. when: the first rule that is true gives the value. write: overwrite, fill_blank, append
    or never, for records that are at the target already. too_long: refuse, cut or blank.
    """

    constant: str | None = None
    default: str | None = None
    coalesce: tuple[str, ...] = ()
    when: tuple[Rule, ...] = ()
    write: str | None = None
    too_long: str | None = None


@dataclass(frozen=True)
class Stage:
    """A slice of the records that is imported and checked before the next one starts: `[[stage]]`."""

    name: str
    where: str


@dataclass(frozen=True)
class Check:
    """A business rule: `[[check]]`. where: SQL condition that every record to be migrated keeps; null breaks it."""

    name: str
    object: str
    where: str
    severity: str = "warning"  # an error closes the gate checks_broken


@dataclass(frozen=True)
class Target:
    """`[target]`: the CRM aimed at."""

    crm: str
    fallback_owner: str | None = None  # email of who gets records without an active owner; "": still undecided
    existing: Source | None = None  # exports of what it holds already, `[target.existing]`
    existing_from: str | None = None  # or the destination that it is read back from
    schema: str | None = None  # saved schema of the account, relative to the workspace; else the shipped one holds
    currencies: tuple[str, ...] = ()  # ISO 4217 codes that are active there; none: every one is


@dataclass(frozen=True)
class Destination:
    """`[destinations.NAME]`: where records really go. `rehearsal` needs no entry."""

    name: str
    kind: str
    url: str | None = None
    database: str | None = None  # of an address that serves several, such as Odoo's
    user: str | None = None  # login name; its password never stands in the plan
    production: bool = False
    window: str | None = None  # "20:00-06:00" in UTC: outside of it nothing is sent
    calls_per_second: float | None = None
    calls_per_day: int | None = None  # of the API; the import stops before it makes more
    ready: Mapping[str, str] = field(default_factory=dict)  # what a person made sure of -> their name


READY = {  # what somebody has to put their name to before a production account is written to
    "workflows_paused": "workflows, flows and triggers that act on new records are paused",
    "rules_paused": "assignment and duplicate rules are paused, or meant to act",
    "notifications_paused": "owners get no mail about new records",
    "non_marketing": "new contacts are not set to be marketed to, or that is meant",
    "source_frozen": "nobody has changed the source since it was exported",
    "backed_up": "the target was backed up or exported before",
}
PARENT_RULES = ("error", "hold", "drop")

DEFAULT_STAGES = (
    Stage("customers", "lifecycle = 'customer'"),
    Stage("active prospects", "last_engaged >= as_of - INTERVAL '90 days'"),
    Stage("dormant prospects", "TRUE"),
)

# Lifecycle of people whose source has none. company_type, has_open_deal and has_won_deal stand beside the fields.
DEFAULT_LIFECYCLE = (
    Rule("customer", "has_won_deal OR company_type ILIKE 'customer%'"),
    Rule("opportunity", "has_open_deal"),
    Rule("lead", "TRUE"),
)

DEFAULT_GATES: Mapping[str, float] = {
    "stale_share": 0.40,  # archived by `stale` / contacts and leads
    "undecided_columns": 0,
    "undecided_files": 0,
    "unmapped_picklist_values": 0,
    "orphans": 0,
    "predicted_rejects": 0.01,  # of the records to import
    "required_completion": 0.95,  # at least
    "duplicates_left": 0.005,
    "opt_outs_lost": 0,
    "stage_rejects": 0.01,  # of the rows of one stage
    "missing_at_target": 0,  # records of one stage that the target does not have any more when it is read back
    "changed_at_target": 0,  # records of the sample of one stage that the target has otherwise than they were sent
    "fallback_owner": 0.05,  # records whose owner is not at the target / records with an owner
    "spot_check_wrong": 0,  # records of the spot check that a person found wrong
    "checks_broken": 0,  # records that break a [[check]] of severity "error"
    "currency_missing": 0,  # deals with an amount and no currency, where the target has a field for it
    "consent_unknown": 1,  # people with an email of whom no source says whether they may be mailed / all with an email
    "deals_changed": 0,  # deals that are open, won or lost at the target and were not before, or of another amount
}


@dataclass(frozen=True)
class Plan:
    """migration.toml, whole. `root` is the workspace's folder."""

    root: Path
    name: str
    target: Target
    sources: tuple[Source, ...]
    as_of: date | None = None
    seed: int = 1
    defaults: Defaults = Defaults()
    objects: tuple[ExtraObject, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    suppress: tuple[SuppressionList, ...] = ()
    lifecycle: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)  # object -> rules; derived where empty
    dedupe: Dedupe = Dedupe()
    derive_companies: bool = False  # make records of companies that are only named in a contact's column
    stale: Stale = Stale()
    complete: Mapping[str, str] = field(default_factory=dict)  # object -> SQL; who fails it is archived; {}: nobody
    columns: Mapping[str, Mapping[str, Decision]] = field(default_factory=dict)  # object -> column -> decision
    fields: Mapping[str, Mapping[str, FieldRule]] = field(default_factory=dict)  # target object -> field -> rule
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # "deals.stage" -> canonical -> option
    unlisted: Mapping[str, str] = field(default_factory=dict)  # "deals.stage" -> keep, drop or fault
    stages: tuple[Stage, ...] = DEFAULT_STAGES
    checks: tuple[Check, ...] = ()
    territories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # name -> codes of countries and states
    gates: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_GATES))
    spot_check: int = 50
    audit_sample: int = 100
    hygiene: Mapping[str, Any] = field(default_factory=dict)  # [hygiene] as written; plan.kpi reads it
    roi: Roi = field(default_factory=Roi)
    destinations: Mapping[str, Destination] = field(default_factory=dict)
    missing_parent: str = "drop"  # PARENT_RULES: a reference to a record that does not come
    rejected_parent: str = "error"  # PARENT_RULES: a reference to a record that the target refused

    @property
    def files(self) -> tuple[tuple[Source, SourceFile], ...]:
        """Every export that the plan reads: those of its sources, and of what the target holds already."""
        existing = (self.target.existing,) if self.target.existing else ()
        return tuple((source, file) for source in (*self.sources, *existing) for file in source.files)
