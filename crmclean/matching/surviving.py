"""Survivorship rules: expressions over the members of one group, which stand in survivor order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.records import RECORD, REF_PREFIX
from crmclean.values.results import placed

# Later means further along; "other" says nothing, and who left was a customer but is none.
LIFECYCLE = (
    "other",
    "subscriber",
    "lead",
    "marketing_qualified",
    "sales_qualified",
    "opportunity",
    "former_customer",
    "customer",
    "evangelist",
)
STRICT = r"(?i)^(true|yes|1)$|opt.*out|unsub|non[ -_]*market|clean|bounce|never|do not"
LOOSE = r"(?i)^(false|no|0)$|subscribed|opted.*in|^marketing"
BOUNCED = "email_bounced"
# The address that an answer was given for: a yes holds for this one only, a no for the whole person.
CHANNELS = {
    "email_opt_out": "email",
    "marketing_status": "email",
    "opted_in_at": "email",
    "fax_opt_out": "fax",
    "do_not_call": "phone",
}
SPARSE = 0.4  # share of blanks from which a field is looked at in the members only that have it
SAME = "_same."  # _same.<address field>: whether a member's address is the one that survives, or it has none


@dataclass(frozen=True)
class Rule:
    """How one field's value is chosen, and the reason code where it differs from the survivor's own.

    source: the `_rank` of the member whose cell it is, for fields that all come from one member; None: `value` chooses.
    blanks: whether a member's blank counts, too.
    """

    code: str
    value: Callable[[str], pl.Expr]
    source: pl.Expr | None = None
    blanks: bool = False


def taken_from(code: str, source: pl.Expr) -> Rule:
    """Return the rule by which a field comes from the member with a rank."""
    return Rule(code, lambda name: pl.col(name).get(source), source)


def cells_of(part: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Return `_record` of the survivor and the cell that the rule of each field chooses: groups by their number.

    A source is worked out once for all the fields of its group; its cells are then taken from where they stand.
    """
    sources = {id(rule.source): rule.source for rule in rules.values() if rule.source is not None}
    own = {name: rule for name, rule in rules.items() if rule.source is None}
    sparse = [name for name, rule in own.items() if not rule.blanks and part[name].null_count() > SPARSE * part.height]
    chosen = part.group_by("_group", maintain_order=True).agg(
        pl.col(RECORD).first(),
        pl.len().cast(pl.Int64).alias("_size"),
        *(rule.value(name).alias(name) for name, rule in own.items() if name not in sparse),
        *(source.alias(f"_from.{place}") for place, source in sources.items()),
    )
    start = chosen["_size"].cum_sum() - chosen["_size"]
    taken = {
        name: part[name].gather(start + chosen[f"_from.{id(rule.source)}"])
        for name, rule in rules.items()
        if name not in own
    }
    taken |= {name: _of_filled(part, chosen.height, name, own[name]) for name in sparse}
    return chosen.select(RECORD, *(taken.get(name, pl.col(name)) for name in rules))


def _of_filled(part: pl.DataFrame, groups: int, name: str, rule: Rule) -> pl.Series:
    """Return the cell that a rule chooses in each group, worked out from the members that have one."""
    value = rule.value(name)
    needed = dict.fromkeys(("_group", name, *value.meta.root_names()))
    found = part.select(*needed).filter(pl.col(name).is_not_null())
    found = found.group_by("_group", maintain_order=True).agg(value.alias(name))
    return placed(found[name], found["_group"], groups)


def _best(name: str, key: pl.Expr, *, lowest: bool = False) -> pl.Expr:
    """Return the value with the highest (or lowest) key, the first of equals; the first value where no key is known."""
    cell = pl.col(name)
    there = pl.when(cell.is_not_null()).then(key)
    best = there.min() if lowest else there.max()
    return pl.coalesce(cell.filter(there == best).first(), _first(name))


def _first(name: str) -> pl.Expr:
    return pl.col(name).drop_nulls().first()


def _union(name: str) -> pl.Expr:
    every = pl.col(name).drop_nulls().implode().list.join(";").str.split(";")  # far quicker than an explode per group
    joined = every.list.unique(maintain_order=True).list.join(";")
    return pl.when(joined != "").then(joined)


def _strictest(name: str) -> pl.Expr:
    """Return the strictest answer given; a blank is unknown, so it neither allows nor forbids.

    A no was said by the person and holds for every address; a yes holds for the address that it was given for.
    """
    cell, same = pl.col(name), _same_address(name)
    strict, loose = cell.str.contains(STRICT), cell.str.contains(LOOSE)
    counts = (strict, same & ~strict & ~loose, same & ~strict)
    return pl.coalesce(cell.filter(test).first() for test in counts)


def _same_address(name: str) -> pl.Expr:
    channel = CHANNELS.get(name)
    return pl.lit(value=True) if channel is None else pl.col(SAME + channel)


def with_addresses(part: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Say of each member whether its email, phone and fax are those that survive (`_same.<field>`)."""
    wanted = sorted(set(CHANNELS.values()))
    there = [name for name in wanted if name in rules]
    kept = cells_of(part, {name: rules[name] for name in there}).select(pl.col(RECORD, *there).str.to_lowercase())
    beside = kept[part["_group"]]
    same = [(part[name].str.to_lowercase() == beside[name]).fill_null(value=True).alias(SAME + name) for name in there]
    unknown = [pl.lit(value=True).alias(SAME + name) for name in wanted if name not in there]
    return part.with_columns(*same, *unknown)


def _oldest(name: str) -> pl.Expr:
    return pl.col(name).filter(_same_address(name)).min()


def _furthest(name: str) -> pl.Expr:
    rank = pl.col(name).replace_strict(
        {word: place for place, word in enumerate(LIFECYCLE)}, default=-1, return_dtype=pl.Int64
    )
    return _best(name, rank)


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


def _recent(name: str) -> pl.Expr:
    return _best(name, pl.col("_updated"))


first = Rule("merge.filled-from-loser", _first)
RULES: dict[str, Rule] = {
    "first": first,
    "source_priority": Rule("merge.source-priority", lambda name: _best(name, pl.col("_priority"), lowest=True)),
    "most_complete": Rule("merge.most-complete", lambda name: _best(name, pl.col("_filled"))),
    "keep": Rule("merge.kept", lambda name: pl.col(name).first(), blanks=True),
    "never_overwrite": Rule("merge.kept", lambda name: pl.col(name).first(), blanks=True),
    "oldest": Rule("merge.oldest", _oldest),
    "newest": Rule("merge.newest", lambda name: pl.col(name).max()),
    "union": Rule("merge.union", _union),
    "strictest": Rule("merge.strictest-consent", _strictest),
    "furthest": Rule("merge.furthest", _furthest),
    "longest": Rule("merge.longest", lambda name: _best(name, pl.col(name).str.len_chars())),
    "most_frequent": Rule("merge.most-frequent", lambda name: _best(name, pl.len().over("_group", name))),
    "most_recent": Rule("merge.most-recent", _recent),
    "max": Rule("merge.max", lambda name: _best(name, _number(name))),
    "min": Rule("merge.min", lambda name: _best(name, _number(name), lowest=True)),
}


def whole(group: str, names: Sequence[str]) -> Rule:
    """Return the rule by which all fields of a group come from one member: the first one with the best of it."""
    places = [pl.col("_rank").filter(test).first() for test in _anchors(group, names)]
    return taken_from("merge.filled-from-loser", pl.coalesce(*places, pl.lit(0, pl.Int64)))


def _anchors(group: str, names: Sequence[str]) -> list[pl.Expr]:
    """Return tests, best first, of how much a member has of the group."""
    there = {name: pl.col(name).is_not_null() for name in names}
    anything = pl.any_horizontal(there.values())
    if group == "name" and {"first_name", "last_name"} <= there.keys():
        spelt = there["last_name"] & (pl.col("first_name").str.replace_all(r"\.", "").str.len_chars() > 1)
        return [spelt, there["last_name"], anything]
    if group == "email" and "email" in there:
        bounced = pl.col(BOUNCED).eq("true").fill_null(value=False) if BOUNCED in there else pl.lit(value=False)
        return [there["email"] & bounced.not_(), there["email"], anything]
    leads = ("street", "other_street", "shipping_street", "phone", f"{REF_PREFIX}{group}")
    return [*(there[name] for name in leads if name in there), anything]


PHONES = ("phone", "mobile", "phone_home", "phone_other")
SPARE = "phone_other"


def pooled_phones(part: pl.DataFrame, final: pl.DataFrame) -> pl.DataFrame:
    """Put the first number of the members that stands in no phone field of the survivor into its free `phone_other`."""
    names = [name for name in PHONES if name in part.columns]
    if SPARE not in names:
        return final
    kept = [final[name].gather(part["_group"]) for name in PHONES if name in final.columns]
    unlike = (pl.all_horizontal(pl.col(name).ne_missing(field) for field in kept) for name in names)
    others = [pl.col(name).is_not_null() & new for name, new in zip(names, unlike, strict=True)]
    rows = part.lazy().select("_group", *names).filter(pl.any_horizontal(others)).collect()
    standing = digits_of(final, rows["_group"])
    spare = pl.coalesce(pl.when(stands_nowhere(pl.col(name), standing)).then(name) for name in names)
    firsts = rows.select("_group", spare=spare).drop_nulls().unique("_group", keep="first", maintain_order=True)
    return final.with_columns(pl.coalesce(SPARE, placed(firsts["spare"], firsts["_group"], final.height)).alias(SPARE))


def digits(number: pl.Expr) -> pl.Expr:
    """Return the digits of a number."""
    return number.str.replace_all(r"\D", "")


def digits_of(final: pl.DataFrame, groups: pl.Series) -> list[pl.Series]:
    """Return the digits in each phone field of the survivor of each of `groups`."""
    fields = final.select(name for name in PHONES if name in final.columns)[groups]
    return fields.select(digits(pl.all())).get_columns()


def stands_nowhere(number: pl.Expr, standing: Sequence[pl.Series]) -> pl.Expr:
    """Say of numbers whether they stand in no phone field beside them, however they are written.

    standing: the digits of these fields (see `digits_of`), row by row.
    """
    return pl.all_horizontal(digits(number).ne_missing(field) for field in standing)


def pooled_emails(part: pl.DataFrame, final: pl.DataFrame) -> pl.DataFrame:
    """Add `email_other`: every address of the members but the survivor's, in survivor order."""
    kept = final["email"].str.to_lowercase()
    rows = part.lazy().select("_group", "email", "email_other", kept=kept.gather(part["_group"]))
    own = pl.col("email").str.to_lowercase().eq_missing(pl.col("kept")) & pl.col("email_other").is_null()
    several = pl.col("email").str.contains(";", literal=True).fill_null(value=False)
    every = pl.concat_str("email", "email_other", separator=";", ignore_nulls=True).str.split(";")
    long = rows.filter(~own | several).select("_group", "kept", every.alias("address"))
    long = long.explode("address", empty_as_null=False, keep_nulls=False).filter(pl.col("address") != "")
    others = long.with_columns(folded=pl.col("address").str.to_lowercase()).filter(
        pl.col("folded").ne_missing(pl.col("kept"))
    )
    first = others.unique(["_group", "folded"], keep="first", maintain_order=True)
    pooled = first.group_by("_group", maintain_order=True).agg(pl.col("address").str.join(";").alias("email_other"))
    groups = pl.LazyFrame({"_group": pl.int_range(final.height, dtype=pl.UInt32, eager=True)})
    beside = groups.join(pooled, on="_group", how="left", maintain_order="left").collect(engine="in-memory")
    return final.with_columns(beside["email_other"])
