"""Email addresses: the stored form, the key for matching, the domain.

Stored form: what email-validator calls normalized (no DNS); the case of the local part is kept. Match key: provider
rules of data/email_provider_rules.csv (their help pages), never written back.
"""

from collections.abc import Callable
from functools import partial

import polars as pl

from crmclean.values import email_shapes
from crmclean.values.distinct import RESULT, over_distinct
from crmclean.values.email_exact import AROUND, Found, first_address, further_addresses, listed_addresses
from crmclean.values.lists import table
from crmclean.values.results import all_placed, over_columns, result, unless_plain

_ASCII = r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$"  # as _ADDRESS, where places in bytes and in letters are the same
_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def stored(value: pl.Expr, *, strict: bool = False) -> pl.Expr:
    """Return Struct{value, code} of one address per cell; refused values are null."""
    return unless_plain(
        value,
        email_shapes.stored(value),
        lambda rest: _judged(rest, partial(first_address, strict=strict), strict=strict),
    )


def stored_list(value: pl.Expr, *, strict: bool = False) -> pl.Expr:
    """Return Struct{value, code} of cells with any number of addresses: each in stored form, joined by `;`."""
    listed = partial(listed_addresses, strict=strict)
    return unless_plain(value, email_shapes.stored(value), lambda rest: _judged(rest, listed, strict=strict))


def further(several: pl.Expr) -> pl.Expr:
    """Return all valid addresses but the first one of cells that hold several, joined by `;`; null where none is."""
    return over_columns(lambda rows: _all_further(rows["value"]), {"value": several}).struct.field("value")


def _all_further(cells: pl.Series) -> pl.Series:
    return cells.to_frame("value").select(over_distinct(pl.col("value"), further_addresses, RESULT)).to_series()


def local_part(stored: pl.Expr) -> pl.Expr:
    """Return what stands before the last @ of an address, as it is."""
    usual = stored.str.contains(_ASCII)
    rest = pl.when(~usual).then(stored).str.extract(r"^(.*)@", 1)
    return pl.when(usual).then(stored.str.slice(0, stored.str.find("@", literal=True))).otherwise(rest)


def domain(stored: pl.Expr) -> pl.Expr:
    """Return the domain of an address in small letters; null where there is none."""
    usual = stored.str.contains(_ASCII)  # a pattern with a group takes ten times as long
    rest = pl.when(~usual).then(stored).str.extract(r"@([^@\s]+\.[^@\s]+)$", 1)
    found = pl.when(usual).then(stored.str.slice(stored.str.find("@", literal=True) + 1)).otherwise(rest)
    return found.str.to_lowercase()


def match_key(stored: pl.Expr) -> pl.Expr:
    """Return the text that is equal for two addresses of one mailbox; null for what is no address."""
    address = pl.when(stored.str.contains(_ADDRESS)).then(stored.str.to_lowercase())
    return unless_plain(address, ~is_ruled(address), _of_provider).struct.field("value")


def is_ruled(address: pl.Expr) -> pl.Expr:
    """Return whether the provider of an address in small letters has rules by which different ones are one mailbox."""
    return address.str.contains(_providers())


def _of_provider(address: pl.Expr) -> pl.Expr:
    """Return Struct{value, code}: the address by the rules of its provider."""
    return over_columns(lambda rows: _by_rules(rows["value"]), {"value": address})


def _by_rules(column: pl.Series) -> pl.Series:
    rules = table("email_provider_rules").rename({"domain": "host"})
    named = column.to_frame("value").with_columns(
        local=pl.col("value").str.extract(r"^([^@]*)", 1), host=pl.col("value").str.extract(r"@(.*)$", 1)
    )
    ruled = named.join(rules, on="host", how="left", maintain_order="left")
    local = pl.col("local")
    untagged = ruled.with_columns(
        pl.when(pl.col("subaddress_separator") == "+").then(local.str.replace(r"(.)\+.*$", "${1}")).otherwise(local)
    )
    dotless = local.str.replace_all(".", "", literal=True)
    bare = untagged.with_columns(
        pl.when((pl.col("strip_dots") == "yes") & (dotless != "")).then(dotless.alias("local")).otherwise(local)
    )
    key = pl.concat_str("local", pl.lit("@"), "canonical_domain")
    return bare.select(result(key, pl.lit(None))).to_series()


def _providers() -> str:
    domains = table("email_provider_rules")["domain"].str.replace_all(".", r"\.", literal=True)
    return f"@(?:{'|'.join(domains)})$"


def _judged(text: pl.Expr, library: Callable[[str], Found], *, strict: bool) -> pl.Expr:
    """Answer by shape where that is sure, after the commonest repairs too, and by the library for the distinct rest."""
    return over_columns(lambda rows: _by_shape(rows["value"], library, strict), {"value": text})


def _by_shape(column: pl.Series, library: Callable[[str], Found], strict: bool) -> pl.Series:
    text = pl.col("value")
    told, left = _shaped(column.to_frame("value").with_row_index("row").drop_nulls("value"), text, "emails.domain-case")
    hopeless = left.select(email_shapes.irreparable(text)).to_series()
    answers = [told, left.filter(hopeless).select("row", value=pl.lit(None), code=pl.lit("emails.invalid"))]
    left = left.filter(~hopeless)
    for code, candidate in ({} if strict else _shaped_repairs(text)).items():  # each for what those before it have left
        told, left = _shaped(left, candidate, code)
        answers.append(told)
    answers.append(left.select("row", over_distinct(text, library, RESULT).alias("answer")).unnest("answer"))
    found = pl.concat(answers, how="vertical_relaxed")
    return all_placed(found.select("value", "code"), found["row"], len(column)).to_struct()


def _shaped(left: pl.DataFrame, candidate: pl.Expr, code: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the answers (row, value, code) where a candidate is surely valid, and the rows where it is not."""
    sure = left.select(email_shapes.valid(candidate).fill_null(value=False)).to_series()
    address = left.filter(sure).with_columns(address=_lower_domain(candidate))
    changed = pl.when(pl.col("address") != pl.col("value")).then(pl.lit(code))
    return address.select("row", value="address", code=changed), left.filter(~sure)


def _shaped_repairs(text: pl.Expr) -> dict[str, pl.Expr]:
    """Return the repairs of email_exact that expressions can do, in its order."""
    return {
        "emails.form": text.str.strip_chars(" "),
        "emails.display-name": text.str.extract(r"^[^<>@]*<([^<>\s]+)> *$", 1),
        "emails.punctuation": text.str.strip_chars(AROUND),
    }


def _lower_domain(value: pl.Expr) -> pl.Expr:
    behind = value.str.find("@", literal=True) + 1
    return pl.concat_str(value.str.slice(0, behind), value.str.slice(behind).str.to_lowercase())
