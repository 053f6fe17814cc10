"""Owners at the target: users by email, each once; inactive and unknown ones only by the plan's fallback."""

from dataclasses import dataclass
from hashlib import blake2b

import polars as pl

from crmclean.plan.model import Plan
from crmclean.records import CODE, INTO, OUTCOME, RECORD, SOURCE, Outcome

AT_TARGET = "target"  # `_source` of owners that no export has: the plan's fallback, and emails in owner columns
SAME_EMAIL = "owners.same-email"
INACTIVE = "owners.inactive"
ON_FALLBACK = "owners.fallback"
BLANKED = "owners.blanked"
UNDECIDED = "owners.undecided"
_EMAIL = r"^[^\s@]+@[^\s@]+\.[^\s@]+$"
_HASH_BYTES = 8  # as in record ids: enough to tell a few thousand users apart


@dataclass(frozen=True)
class Owners:
    """users: the table that is mapped. fates: of users that are not. by_user, by_email: who stands for whom.

    fallback: record id of the plan's fallback owner, or None. undecided: the plan leaves open who it is.
    """

    users: pl.DataFrame
    fates: pl.DataFrame
    by_user: pl.DataFrame
    by_email: pl.DataFrame
    fallback: str | None
    undecided: bool = False


def owners_of(plan: Plan, users: pl.DataFrame, mentioned: pl.Series) -> Owners:
    """Work out the owners. users: live records. mentioned: texts of owner columns that no user record answers to."""
    ready = _completed(users)
    key = pl.col("email").str.to_lowercase()
    ranked = ready.with_columns(_key=key, _gone=pl.col("is_active") == "false").sort(
        pl.col("_gone").fill_null(value=False), RECORD
    )
    first = pl.col(RECORD).first().over("_key")
    ranked = ranked.with_columns(_into=pl.when(pl.col("_key").is_not_null()).then(first).otherwise(pl.col(RECORD)))
    kept = ranked.filter((pl.col("_into") == pl.col(RECORD)) & ~pl.col("_gone").fill_null(value=False))
    added = _added(plan, kept, mentioned if users.is_empty() else mentioned.clear(), ready)
    by_user = ranked.join(kept.select(_into=RECORD, _ok=pl.lit(value=True)), on="_into", how="left").select(
        RECORD, owner=pl.when("_ok").then("_into")
    )
    everyone = pl.concat([kept.select(ready.columns), added]).sort(RECORD)
    by_email = everyone.select(email=key, owner=RECORD).drop_nulls()
    return Owners(
        everyone,
        _fates(ranked, by_user),
        by_user,
        by_email,
        _fallback(plan, by_email),
        plan.target.fallback_owner == "",
    )


def owner_of(owners: Owners, ref: pl.Expr, text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the owner's record, and the code of what happened where the source's owner is nobody at the target."""
    users, emails = owners.by_user, owners.by_email
    known = ref.replace_strict(users[RECORD], users["owner"], default=None, return_dtype=pl.String)
    named = text.str.to_lowercase().replace_strict(
        emails["email"], emails["owner"], default=None, return_dtype=pl.String
    )
    owner = pl.when(ref.is_not_null()).then(known).otherwise(named)
    lost = owner.is_null() & (ref.is_not_null() | text.is_not_null())
    code = pl.lit(ON_FALLBACK if owners.fallback else UNDECIDED if owners.undecided else BLANKED)
    return pl.when(lost).then(pl.lit(owners.fallback, pl.String)).otherwise(owner), pl.when(lost).then(code)


def _completed(users: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ("email", "is_active") if name not in users.columns]
    return users.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)


def _added(plan: Plan, kept: pl.DataFrame, mentioned: pl.Series, shape: pl.DataFrame) -> pl.DataFrame:
    """Make rows for owners whom only the target knows: the fallback, and emails where there is no list of users."""
    emails = mentioned.str.to_lowercase().unique().sort()
    wanted = [*([plan.target.fallback_owner.lower()] if plan.target.fallback_owner else [])]
    wanted += emails.filter(emails.str.contains(_EMAIL)).to_list()
    unknown = [email for email in dict.fromkeys(wanted) if email not in set(kept["_key"].to_list())]
    rows = pl.DataFrame(
        {RECORD: [_identity(email) for email in unknown], "email": unknown},
        schema={RECORD: pl.String, "email": pl.String},
    ).with_columns(pl.lit(AT_TARGET).alias(SOURCE))
    return pl.concat([shape.clear(), rows], how="diagonal").select(shape.columns)


def _identity(email: str) -> str:
    return f"{AT_TARGET}:users:#{blake2b(email.encode(), digest_size=_HASH_BYTES).hexdigest()}"


def _fates(ranked: pl.DataFrame, by_user: pl.DataFrame) -> pl.DataFrame:
    told = ranked.join(by_user, on=RECORD, how="left").filter(
        pl.col("owner").is_null() | (pl.col("owner") != pl.col(RECORD))
    )
    merged = pl.col("owner").is_not_null()
    return told.sort(RECORD).select(
        RECORD,
        pl.when(merged).then(pl.lit(Outcome.MERGED.value)).otherwise(pl.lit(Outcome.EXCLUDED.value)).alias(OUTCOME),
        pl.col("owner").alias(INTO),
        pl.when(merged).then(pl.lit(SAME_EMAIL)).otherwise(pl.lit(INACTIVE)).alias(CODE),
    )


def _fallback(plan: Plan, by_email: pl.DataFrame) -> str | None:
    if not plan.target.fallback_owner:
        return None
    found = by_email.filter(pl.col("email") == plan.target.fallback_owner.lower())
    return str(found["owner"].item(0))
