"""Contacts with what is known of them from elsewhere."""

from collections.abc import Callable, Mapping, Set

import polars as pl

from crmclean.hygiene.happened import last_activities
from crmclean.hygiene.material import MONEY, Material, amounts, beside, days, worth
from crmclean.hygiene.owners import gone
from crmclean.hygiene.territories import in_territory, territory_wrong
from crmclean.pipeline.engagement import column
from crmclean.values import email_kinds

_SIGNS = (
    "last_activity", "last_engaged", "last_contacted", "email_last_opened", "email_last_clicked", "email_last_replied",
    "form_last_submitted",
)  # fmt: skip
_PHONES = ("phone", "mobile")
_CONSENT = ("email_opt_out", "opted_in_at", "opted_out_at", "marketing_status")


def contact_facts(material: Material, used: Set[str]) -> pl.DataFrame:
    """Return the contacts with owner, the money of their open deals, and FACTS["contacts"] of those that are used."""
    frame = material.whole("contacts").with_columns(material.owned["contacts"])
    facts = {name: tell(frame, material) for name, tell in _FACTS.items() if name in used}
    return frame.with_columns(_money(material), **facts)


def _created(frame: pl.DataFrame, material: Material) -> pl.Expr:
    return days(frame, material.as_of, "created_at")


def _touched(frame: pl.DataFrame, material: Material) -> pl.Series:
    signs = days(frame, material.as_of, *_SIGNS)
    seen = pl.lit(last_activities(material, "person_ref", "contacts"))
    touched = frame.with_columns(on=pl.max_horizontal(signs, seen))["on"]
    silent = touched.is_null().arg_true()
    made = frame.select(pl.col("created_at").gather(silent))
    return touched.scatter(silent, made.with_columns(on=_created(made, material))["on"])


def _email_wrong(_frame: pl.DataFrame, material: Material) -> pl.Series:
    return material.wrong("contacts", "email")


def _phone_wrong(_frame: pl.DataFrame, material: Material) -> pl.Series:
    return material.wrong("contacts", *_PHONES)


def _has_phone(_frame: pl.DataFrame, _material: Material) -> pl.Expr:
    return pl.any_horizontal(pl.col(_PHONES).is_not_null())


def _role(frame: pl.DataFrame, _material: Material) -> pl.Series:
    likely = frame.with_row_index("row").select("row", "email").filter(email_kinds.begins_as_role(pl.col("email")))
    roles = likely.select("row", role=email_kinds.is_role(pl.col("email")))
    return beside(frame.height, roles).fill_null(value=False)


def _reachable(frame: pl.DataFrame, material: Material) -> pl.Expr:
    bounced = (pl.col("email_bounced") == "true").fill_null(value=False)
    by_email = pl.col("email").is_not_null() & ~pl.lit(_email_wrong(frame, material)) & ~bounced
    return by_email | (_has_phone(frame, material) & ~pl.lit(_phone_wrong(frame, material)))


def _has_company(frame: pl.DataFrame, material: Material) -> pl.Expr:
    ends = material.linked("contacts", "companies")["start"], material.linked("companies", "contacts")["end"]
    own = [column(frame, name).is_not_null() for name in ("company_ref", "company_name")]
    return pl.any_horizontal(*own, _among(material, pl.concat([each.alias("row") for each in ends])))


def _among(material: Material, rows: pl.Series) -> pl.Series:
    named = rows.to_frame("row").with_columns(there=pl.lit(value=True))
    return beside(material.tables["contacts"].height, named).fill_null(value=False)


def _consent(_frame: pl.DataFrame, _material: Material) -> pl.Expr:
    return pl.any_horizontal(pl.col(_CONSENT).is_not_null())


def _has_deal(_frame: pl.DataFrame, material: Material) -> pl.Series:
    """Say which contacts are on a deal; one that is not in the exports counts, too."""
    linked = material.linked("deals", "contacts")["end"].alias("row")
    return _among(material, pl.concat([_on_deals(material)["row"], linked]))


def _has_won(_frame: pl.DataFrame, material: Material) -> pl.Series:
    deals = material.tables.get("deals")
    if deals is None:
        return _among(material, pl.Series([], dtype=pl.UInt32))
    won = deals.with_columns(won=(column(deals, "status") == "won").fill_null(value=False))["won"]
    pairs = _on_deals(material)
    return _among(material, pairs["row"].filter(won.gather(pairs["deal"])))


def _on_deals(material: Material) -> pl.DataFrame:
    """Return the pairs of contact and deal as rows: the primary contact, and every role on a deal."""
    pairs = [material.linked("deals", "contacts").select(row="end", deal="start")]
    if "deals" in material.tables:
        people = material.parents("deals", "contact_ref", "contacts").to_frame("row")
        pairs.append(people.with_columns(deal=pl.int_range(pl.len(), dtype=pl.UInt32)))
    return pl.concat(pairs).drop_nulls().unique()


def _money(material: Material) -> pl.Series:
    """Return the money of the open deals that a contact is on."""
    deals = material.tables.get("deals")
    height = material.tables["contacts"].height
    if deals is None:
        return pl.repeat(None, height, dtype=pl.Float64, eager=True).alias(MONEY)
    return worth(height, _on_deals(material).join(amounts(deals, "open"), on="deal").select("row", "money"))


_FACTS: Mapping[str, Callable[[pl.DataFrame, Material], pl.Expr | pl.Series]] = {
    "touched": _touched,
    "created_on": _created,
    "email_wrong": _email_wrong,
    "has_phone": _has_phone,
    "phone_wrong": _phone_wrong,
    "role_mailbox": _role,
    "has_company": _has_company,
    "reachable": _reachable,
    "consent_known": _consent,
    "has_deal": _has_deal,
    "has_won_deal": _has_won,
    "in_territory": in_territory,
    "territory_wrong": territory_wrong,
    "owner_gone": gone,
}
