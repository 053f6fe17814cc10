"""What exports say about the questions that `init` asks: counts over whole columns, no cell of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.exports.recognise import column_names
from crmclean.exports.salesforce_ids import eighteen
from crmclean.plan.draft import DraftSource
from crmclean.values import booleans, countries, lifecycles
from crmclean.workflow.initializing.gathering import Seen

PEOPLE = ("contacts", "leads")
MATCHED = ("companies", *PEOPLE)
_OWNED = (*MATCHED, "deals")
_PHONES = ("phone", "mobile", "phone_home", "phone_other")
_FIELDS = frozenset(
    {"source_id", "country", "owner_ref", "email", "full_name", "is_active", "lifecycle", "type", "stage", "status"}
    | {"is_won", *_PHONES}
)
_WON = r"(?i)^\s*(?:closed[ _-]*)?won\s*$"
_CUSTOMER = r"(?i)^\s*customer"
_EMAIL = r"^[^\s@]+@[^\s@]+\.[^\s@]+$"
_LISTED = re.compile(
    r"suppress|do[-_ ]?not[-_ ]?(?:import|contact|mail|call)|block[-_ ]?list|black[-_ ]?list|erase|erasure|gdpr|dsgvo"
    r"|forget|robinson|sperrliste|\bdnc\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Looked:
    """One export, with the cells that questions are about, named by canonical field."""

    source: str
    object: str
    cells: pl.DataFrame

    def column(self, name: str) -> pl.Series:
        """Return a column, of nulls where the export has none."""
        if name in self.cells.columns:
            return self.cells[name]
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, self.cells.height)


@dataclass(frozen=True)
class Countries:
    """records: of people and companies. named: that name a country. most, share: the commonest, and how many name it.

    lacking: phone numbers with neither a + nor a country beside them.
    """

    records: int
    named: int
    most: str | None
    share: int
    lacking: int


@dataclass(frozen=True)
class Ownership:
    """owned: records with an owner. lost: those whose owner is no active user. gone: such owners.

    best: email of the active user with the most records, and how many these are.
    """

    owned: int
    lost: int
    gone: int
    best: str | None
    most: int


def looked_at(seen: Sequence[Seen], sources: Sequence[DraftSource]) -> list[Looked]:
    """Read the columns that questions are about."""
    source_of = {file.path: source.name for source in sources for file in source.files}
    return [
        Looked(source_of[item.inside], str(item.recognition.object), _cells(item))
        for item in seen
        if item.recognition and item.recognition.object and item.inside in source_of
    ]


def looks_like_suppression(item: Seen) -> bool:
    """Whether a plain list is called like one of people who must not be imported."""
    plain = item.recognition is not None and item.recognition.kind == "plain"
    return plain and _LISTED.search(PurePosixPath(item.inside).name) is not None


def countries_of(looked: Sequence[Looked]) -> Countries:
    """Count the countries of people and companies, and the phones that have none."""
    parts = [_located(each) for each in looked if each.object in MATCHED]
    if not parts:
        return Countries(0, 0, None, 0, 0)
    frame = pl.concat(parts)
    ranked = frame["country"].drop_nulls().value_counts(sort=False).sort("count", "country", descending=[True, False])
    most, share = ranked.row(0) if ranked.height else (None, 0)
    lacking = frame.filter(pl.col("country").is_null())["national"].sum()
    return Countries(frame.height, int(frame["country"].count()), most, share, int(lacking))


def ownership(looked: Sequence[Looked], active: frozenset[str] | None = None) -> Ownership:
    """Count the records of owners who are no active users. active: emails of the target's users, where known."""
    users = [_users(each) for each in looked if each.object == "users"]
    owned = pl.concat([pl.Series("owner", [], dtype=pl.String), *map(_owners, looked)]).drop_nulls().to_frame()
    names = pl.concat(users) if users else _named_by_email(owned)
    if active is not None:
        names = names.with_columns(there=pl.col("email").is_in(list(active)))
    ranked = names.sort(pl.col("there").fill_null(value=False), descending=True, maintain_order=True)
    told = owned.join(ranked.unique("owner", keep="first", maintain_order=True), on="owner", how="left")
    here = pl.col("there").fill_null(value=False)
    lost = told.filter(~here)
    best = told.filter(here).group_by("email").len("count").sort(["count", "email"], descending=[True, False])
    email, most = best.row(0) if best.height else (None, 0)
    return Ownership(owned.height, lost.height, lost["owner"].n_unique(), email, most)


def won_deals(looked: Sequence[Looked]) -> int:
    """Count deals that say that they are won."""
    return sum(
        int(
            each.cells.select(
                pl.any_horizontal(
                    *(each.column(name).str.contains(_WON).fill_null(value=False) for name in ("status", "stage")),
                    (_read(each.column("is_won"), booleans.truth) == "true").fill_null(value=False),
                )
            )
            .to_series()
            .sum()
        )
        for each in looked
        if each.object == "deals"
    )


def customer_companies(looked: Sequence[Looked]) -> int:
    """Count companies whose type says customer."""
    return sum(int(each.column("type").str.contains(_CUSTOMER).sum()) for each in looked if each.object == "companies")


def silent_people(looked: Sequence[Looked]) -> int:
    """Count people of sources whose lifecycle column is empty throughout: theirs is derived by a rule."""
    people = [each for each in looked if each.object in PEOPLE]
    speaking = {(each.source, each.object) for each in people if each.column("lifecycle").count()}
    return sum(each.cells.height for each in people if (each.source, each.object) not in speaking)


def lifecycle_customers(looked: Sequence[Looked]) -> int:
    """Count people whose own lifecycle says customer."""
    return sum(
        int((_read(each.column("lifecycle"), lifecycles.normalised) == "customer").sum())
        for each in looked
        if each.object in PEOPLE
    )


def emails_of(item: Seen) -> frozenset[str]:
    """Return the emails of the active users in an export."""
    cells = _cells(item, recognised=False)
    if "email" not in cells.columns:
        return frozenset()
    looked = Looked("", "users", cells)
    return frozenset(_users(looked).filter(pl.col("there"))["email"].drop_nulls())


def _cells(item: Seen, *, recognised: bool = True) -> pl.DataFrame:
    if item.reading is None or item.recognition is None:
        raise AssertionError(item.inside)
    fields = column_names(item.recognition)
    if not recognised:  # a list of users is told by its headers alone, whatever table it was taken for
        fields = {name: field for name, field in fields.items() if field in canonical()["users"].fields}
    chosen = [pl.col(name).alias(field) for name, field in fields.items() if field in _FIELDS]
    return item.reading.frame.select(chosen).collect() if chosen else pl.DataFrame(height=item.reading.rows)


def _located(each: Looked) -> pl.DataFrame:
    """Return per record its country, and how many of its phones are written without one."""
    national = [
        (pl.col(name).str.contains(r"^[^+]*\d{2}") & ~pl.col(name).str.contains(r"^\s*(?:\+|00)")).fill_null(
            value=False
        )
        for name in _PHONES
        if name in each.cells.columns
    ]
    country = pl.DataFrame({"country": _read(each.column("country"), countries.iso2)})
    if not national:
        return country.with_columns(national=pl.lit(0, pl.UInt32))
    return country.with_columns(each.cells.select(national=pl.sum_horizontal(national).cast(pl.UInt32)))


def _read(cells: pl.Series, value: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return cells in canonical form, null where they say nothing."""
    return cells.to_frame("c").select(value(pl.col("c")).struct.field("value")).to_series()


def _owners(each: Looked) -> pl.Series:
    if each.object not in _OWNED:
        return pl.Series("owner", [], dtype=pl.String)
    return eighteen(each.column("owner_ref").str.strip_chars()).str.to_lowercase().alias("owner")


def _users(each: Looked) -> pl.DataFrame:
    """Return one row per name that a user goes by: owner, email, there."""
    email = each.column("email").str.to_lowercase()
    there = (_read(each.column("is_active"), booleans.truth) != "false").fill_null(value=True) & email.is_not_null()
    names = (eighteen(each.column("source_id")).str.to_lowercase(), email, each.column("full_name").str.to_lowercase())
    parts = [pl.DataFrame({"owner": name, "email": email, "there": there}) for name in names]
    return pl.concat(parts).drop_nulls("owner")


def _named_by_email(owned: pl.DataFrame) -> pl.DataFrame:
    """Where no export lists the users, an owner who is written as an email is taken for one."""
    emails = owned["owner"].unique(maintain_order=True)
    emails = emails.filter(emails.str.contains(_EMAIL))
    return pl.DataFrame({"owner": emails, "email": emails}).with_columns(there=pl.lit(value=True))
