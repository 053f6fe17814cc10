"""What an address is: role, disposable, forwarding, free or business; and which domain a typo may have meant."""

import re
from functools import cache
from string import ascii_lowercase

import polars as pl
from rapidfuzz.distance import DamerauLevenshtein

from crmclean.values.distinct import over_distinct
from crmclean.values.emails import domain, local_part
from crmclean.values.lists import column, mapping
from crmclean.values.results import first_reason, over_columns, placed
from crmclean.values.urls import is_top_level

_TYPO_DISTANCE = 1  # one letter wrong, missing, doubled or swapped; more would guess
_END = 5  # so many letters of a domain are rare at the end of others
_ENDINGS = ("com", "net", "org")  # those whose slips no country uses, such as .con and .cmo
_OF_A_ROLE = "[._-]?[0-9]+|[._-](?:us|usa|uk|eu|emea|apac|latam|de|fr|es|it|nl|ca|au|in)"  # behind its name
_SHORTEST_TYPO = 6  # "aol.com" is one letter away from many real domains


def classify(stored: pl.Expr) -> pl.Expr:
    """Return role, disposable, forwarding, free or business, the first that holds; null for what is no address."""
    return over_columns(_classified, {"stored": stored}, pl.String())


def _classified(rows: pl.DataFrame) -> pl.Series:
    named = rows.select(host=domain(pl.col("stored")), role=is_role(pl.col("stored")))
    classes = named.select(pl.col("host").unique()).drop_nulls().with_columns(kind=of_host(pl.col("host")))
    known = named.join(classes, on="host", how="left", maintain_order="left")
    kind = first_reason(
        (pl.col("host").is_null(), None), (pl.col("role"), "role"), (pl.lit(value=True), pl.col("kind"))
    )
    return known.select(kind.alias("kind")).to_series()


def of_host(host: pl.Expr) -> pl.Expr:
    """Return disposable, forwarding, free or business, the first that holds, of the domains of addresses."""
    return over_columns(_of_hosts, {"host": host}, pl.String())


def _of_hosts(rows: pl.DataFrame) -> pl.Series:
    host = pl.col("host")
    longer = pl.when(host.str.count_matches(".", literal=True) > 1).then(host)  # of the others no parent is listed
    parents = rows.select(
        host, two=longer.str.extract(r"([^.]+\.[^.]+)$", 1), three=longer.str.extract(r"([^.]+\.[^.]+\.[^.]+)$", 1)
    )
    kind = first_reason(
        (host.is_null(), None),
        (_listed("email_disposable_domains"), "disposable"),
        (_listed("email_forwarding_domains"), "forwarding"),
        (_listed("email_free_domains"), "free"),
        (pl.lit(value=True), "business"),
    )
    return parents.select(kind.alias("kind")).to_series()


def _listed(name: str) -> pl.Expr:
    """Return whether a host or a parent of it stands in a list."""
    domains = column(name, "domain").implode()
    return pl.any_horizontal(pl.all().is_in(domains)).fill_null(value=False)


def is_role(stored: pl.Expr) -> pl.Expr:
    """Return whether the whole local part, without +tag and a trailing .region or number, names a role (RFC 2142)."""
    local = local_part(stored).str.to_lowercase().str.replace(r"(.)\+.*$", "${1}")
    bare = local.str.replace(rf"(?:{_OF_A_ROLE})$", "")
    roles = column("email_role_names", "local_part").implode()
    return (local.is_in(roles) | bare.is_in(roles)).fill_null(value=False)


def begins_as_role(stored: pl.Expr) -> pl.Expr:
    """Return whether an address or local part reads as that of a role up to a tag: no other can be one."""
    return stored.str.contains(_roles())


@cache
def _roles() -> str:
    names = map(re.escape, column("email_role_names", "local_part"))
    return rf"(?i)^(?:{'|'.join(names)})(?:{_OF_A_ROLE})?(?:[+@]|$)"


def suggest(stored: pl.Expr) -> pl.Expr:
    """Return the address that a typo in the domain may have meant; null where there is nothing to suggest."""
    return over_columns(_suggested, {"stored": stored}, pl.String())


def _suggested(rows: pl.DataFrame) -> pl.Series:
    places = rows["stored"].str.contains(_near()).fill_null(value=False).arg_true()
    hosts = rows.select(pl.col("stored").gather(places)).with_columns(host=domain(pl.col("stored")))
    better = hosts.with_columns(better=over_distinct(pl.col("host"), likely_meant, pl.String()))
    address = pl.when(pl.col("better").is_not_null()).then("stored")
    found = better.select(pl.concat_str(local_part(address), pl.lit("@"), "better")).to_series()
    return placed(found, places, rows.height)


@cache
def _known() -> frozenset[str]:
    lists = ("email_free_domains", "email_real_lookalikes", "email_provider_rules", "email_forwarding_domains")
    return frozenset(name for file in lists for name in column(file, "domain"))


@cache
def _typos() -> dict[str, str]:
    return mapping("email_typo_domains", "typo", "correct")


@cache
def _biggest() -> tuple[str, ...]:
    return tuple(column("email_free_domains", "domain").head(40))


@cache
def _near() -> str:
    """A pattern that the address matches of every domain that a typo may have made of another.

    Of a domain one letter beside a big one, the beginning or the end is whole.
    """
    patterns = [re.escape(typo) for typo in sorted(_typos())]
    for big in _biggest():
        begin = max(1, min(3, len(big) - _END - 1))
        end = len(big) - begin - 1  # one edit, even two letters swapped, cannot touch both
        head, tail = re.escape(big[:begin]), re.escape(big[-end:])
        patterns += [f"{head}[^@]{{{end},{end + 2}}}", f"[^@]{{{begin},{begin + 2}}}{tail}"]
    return rf"(?i)@(?:{'|'.join(patterns)})$|\.(?:{'|'.join(sorted(_slips()))})$"


@cache
def _slips() -> dict[str, str]:
    """Endings one slip beside a large one which are no top-level domain, and the one that they mean."""
    meant: dict[str, set[str]] = {}
    for ending in _ENDINGS:
        for slip in _beside(ending):
            meant.setdefault(slip, set()).add(ending)
    return {slip: ends.pop() for slip, ends in meant.items() if len(ends) == 1 and not is_top_level(slip)}


def _beside(word: str) -> set[str]:
    """Every text of small letters one edit away: put in, changed, left out, or two swapped."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    shorter = {head + tail[1:] for head, tail in cuts if len(tail) > 0}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    longer = {head + letter + tail[keep:] for head, tail in cuts for letter in ascii_lowercase for keep in (0, 1)}
    return (shorter | swapped | longer) - {word}


def likely_meant(host: str) -> str | None:
    """Return the domain that one host may have meant; null where it is known, or nothing is near."""
    if host in _typos():
        return _typos()[host]
    if host in _known() or len(host) < _SHORTEST_TYPO or not re.fullmatch(r"[a-z0-9.-]+", host):
        return None
    near = [big for big in _biggest() if DamerauLevenshtein.distance(host, big, score_cutoff=1) <= _TYPO_DISTANCE]
    if len(near) == 1:
        return near[0]
    name, _, ending = host.rpartition(".")
    return f"{name}.{_slips()[ending]}" if ending in _slips() else None
