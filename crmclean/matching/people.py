"""Persons made comparable: one row of folded features per record, and the keys that find pairs of them."""

import re
from collections.abc import Callable, Sequence

import polars as pl

from crmclean.matching import generations, versions
from crmclean.matching.blocks import Key, having
from crmclean.matching.extras import EXTRA, descriptions, extras
from crmclean.matching.folding import compact, dialled, folded, gathered, hashed, letters, sounds, street
from crmclean.matching.mailboxes import mailboxes, once
from crmclean.records import RECORD, REF_PREFIX
from crmclean.values import companies
from crmclean.values.distinct import encoded
from crmclean.values.nicknames import main_forms

PHONES = ("phone", "mobile", "phone_home", "phone_other")
TEXTS = (
    "first_name", "middle_name", "last_name", "full_name", "email", "email_other", "company_name", "title", "city",
    "postal_code", "street", "name_suffix", "gender", "region", "country", "birthdate", "linkedin_url", *PHONES,
)  # fmt: skip
NEEDED = ("first_name", "last_name", "full_name", "email", "email_other", "name_suffix")
COMPANY = f"{REF_PREFIX}company_ref"  # stands in for the company's name where that is not known
SMALL = 20_000  # records up to which pairs are also looked for by the sound of their names alone
AGE = (
    r"^x_(\w+_)?(age|alter|edad)$"
    r"|^x_(\w+_)?(class|grad|graduation|graduated|cohort|jahrgang|abschlussjahr|promotion)(_?(of|year|yr))*$"
)  # years of life, or the year of school that goes with them
FOR_KEYS = ("name", "root", "sound")  # features that only keys are made of
PLACES = 3  # addresses, and phone numbers, of one record that are looked at


def prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the features of each record but its company, sorted by record id; `i` is its rank, `row` its place."""
    features = _folded(_split(_looked_at(frame)).with_row_index("row").sort(RECORD))
    initials = features.select(pl.concat_str(pl.col("given").str.slice(0, 1), pl.col("family").str.slice(0, 2)))
    return features.with_columns(
        pl.concat_str("given", "family", separator=" ").alias("name"),
        once(features["given"], _full_given).alias("root"),
        once(features["family"], sounds).alias("sound"),
        pl.lit(encoded(initials.to_series())[1]).alias("signature"),
    )


def _folded(ready: pl.DataFrame) -> pl.DataFrame:
    """Return every field of the records as it is compared."""
    boxes, family = mailboxes(ready["email"]), once(ready["last_name"], letters)
    return pl.DataFrame(
        {
            "i": pl.int_range(ready.height, dtype=pl.Int64, eager=True),
            "row": ready["row"],
            "record": ready[RECORD],
            "given": once(ready["first_name"], letters),
            "family": once(family, generations.without),
            "mails": _mails(boxes["key"], ready["email_other"]),
            "domain": boxes["domain"],
            "local": boxes["local"],
            "phones": _phones(ready),
            "title": _if_any(ready, "title", folded),
            "street": _if_any(ready, "street", street),
            "city": _if_any(ready, "city", folded),
            "postal": _if_any(ready, "postal_code", compact),
            "region": _if_any(ready, "region", folded),
            "country": _if_any(ready, "country", folded),
            "birthdate": _if_any(ready, "birthdate", lambda date: date),
            "middle": _if_any(ready, "middle_name", letters),
            "gender": _if_any(ready, "gender", lambda text: folded(text).str.slice(0, 1)),
            "age": _ages(ready),
            "generation": _generations(ready, family),
            "profile": _if_any(ready, "linkedin_url", folded),
            **extras(ready),
            **descriptions(ready),
        }
    )


def _if_any(ready: pl.DataFrame, name: str, judge: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Return `judge` of a column; of one that nobody has, nulls without a type, which take no room."""
    if _is_known(ready, name):
        return once(ready[name], judge)
    return pl.Series([None]).new_from_index(0, ready.height)


def _is_known(ready: pl.DataFrame, name: str) -> bool:
    """Say whether any record has something in a column."""
    return name in ready.columns and ready[name].null_count() < ready.height


def with_companies(features: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Add the company of each record by name, or by its record id where no name is known.

    frame: the records in the order in which they were prepared.
    """
    missing = [pl.lit(None, pl.String).alias(name) for name in ("company_name", COMPANY) if name not in frame.columns]
    both = frame.with_columns(missing).select(pl.col("company_name", COMPANY).gather(features["row"]))
    name, record = both.get_columns()
    return features.with_columns(company=once(name, companies.key).zip_with(name.is_not_null(), record)).drop("row")


def keys(features: pl.DataFrame) -> list[Key]:
    """Return the ways to find pairs, the surest first."""
    initial = pl.col("given").str.slice(0, 1)
    return [
        versions.KEY,
        Key("email", _each("mails"), "name"),
        Key("phone", _each("phones"), "name"),
        Key("profile", having("profile"), "name"),
        Key("name", _persons, "company", needs="company"),
        Key("family+company", having("family", "company"), "given", needs="company"),
        Key("given+company", having("root", "company"), "family", needs="company"),
        Key("family+domain", having("sound", "domain"), "given"),
        Key("sound+city", having("sound", initial, "city"), "name"),
        Key("given+city", having("root", pl.col("family").str.slice(0, 3), "city"), "family"),
        Key("sound+postal", having("sound", "postal"), "name"),
        Key("birthdate+given", having("birthdate", initial), "name"),
        Key("birthdate+family", having("birthdate", pl.col("family").str.slice(0, 2)), "name"),
        Key("birthdate", having("birthdate"), "name"),
        *(Key(name, having(name), "name") for name in features.columns if name.startswith(EXTRA)),
        Key("street+postal", having("street", "postal"), "name"),
        Key("street+given", having("street", "root"), "name"),
        Key("street+sound", having("street", "sound"), "name"),
        Key("given+postal", having("root", "postal"), "name"),
        *([Key("sound+initial", having("sound", initial), "name")] if features.height <= SMALL else ()),
    ]


def _persons(features: pl.DataFrame) -> pl.DataFrame:
    """Return the key of the whole name: given and family name may stand in each other's place."""
    either = (pl.col("root"), pl.lit(once(features["family"], _full_given)))
    return having(pl.min_horizontal(either), pl.max_horizontal(either))(features)


def _each(column: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return the key of every value of a list."""

    def long(features: pl.DataFrame) -> pl.DataFrame:
        values = features.select("i", key=column).explode("key", empty_as_null=False, keep_nulls=False)
        return values.select("i", hashed(pl.col("key")))

    return long


def _looked_at(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that are looked at, and no other one: rows are moved whole."""
    missing = [pl.lit(None, pl.String).alias(name) for name in NEEDED if name not in frame.columns]
    known = [name for name in frame.columns if name in (RECORD, *TEXTS) or name.startswith(EXTRA)]
    return frame.select(pl.col(known).exclude("company_name"), *missing)


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill missing name parts from the full name: first word, last word."""
    words = pl.col("full_name").str.strip_chars().str.split(" ")
    unnamed = pl.col("first_name").is_null() & pl.col("last_name").is_null()
    return frame.with_columns(
        pl.when(unnamed & (words.list.len() > 1)).then(words.list.first()).otherwise("first_name").alias("first_name"),
        pl.when(unnamed).then(words.list.last()).otherwise("last_name").alias("last_name"),
    )


def _phones(ready: pl.DataFrame) -> pl.Series:
    """Return the numbers of each record as they are dialled."""
    numbers = [_dialled(ready[name]).alias(name) for name in PHONES if _is_known(ready, name)]
    if not numbers:
        return pl.Series("phones", [[]], dtype=pl.List(pl.String)).new_from_index(0, ready.height)
    table = pl.DataFrame(numbers)
    once_each = [_unless(name, table.columns[:place]) for place, name in enumerate(table.columns)]
    return table.select(gathered(once_each)).to_series()


def _unless(name: str, others: Sequence[str]) -> pl.Expr:
    """Return a column without the values that stand in one of the others, too."""
    cell = pl.col(name)
    new = [cell.ne_missing(pl.col(other)) for other in others]
    return pl.when(pl.all_horizontal(new)).then(cell) if new else cell


def _dialled(numbers: pl.Series) -> pl.Series:
    """Return `dialled` of each number; of those that are digits only, by their ends."""
    others = (~numbers.str.contains(r"^\+?\d{7,}$")).arg_true()
    ends = numbers.str.strip_prefix("+").str.slice(-10)
    if others.is_empty():
        return ends
    return ends.scatter(others, numbers.gather(others).to_frame("n").select(dialled(pl.col("n"))).to_series())


def _mails(own: pl.Series, others: pl.Series) -> pl.Series:
    """Return the keys of all mailboxes of each record."""
    if others.null_count() == len(others):
        return own.to_frame("own").select(gathered(["own"])).to_series()
    long = others.to_frame("other").with_row_index("row").with_columns(pl.col("other").str.split(";"))
    long = long.explode("other", empty_as_null=False, keep_nulls=False)
    keyed = long.select("row", key=mailboxes(long["other"])["key"]).drop_nulls()
    more = keyed.group_by("row", maintain_order=True).agg("key")
    both = own.to_frame("own").with_row_index("row").join(more, on="row", how="left", maintain_order="left")
    every = gathered(["own"]).list.concat(pl.col("key").fill_null([]))
    return both.select(every.list.unique(maintain_order=True)).to_series()


def _ages(frame: pl.DataFrame) -> pl.Series:
    """Return the years of a column that is called age, or of one that is the year of a class."""
    named = [name for name in sorted(frame.columns) if re.search(AGE, name)]
    text = frame[named[0]] if named else pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    return text.cast(pl.Int32, strict=False)


def _generations(ready: pl.DataFrame, family: pl.Series) -> pl.Series:
    """Return what tells parent and child of one name apart, where a record says it."""
    suffixes, words = once(ready["name_suffix"], generations.of_suffix), once(family, generations.of_last_name)
    said = pl.DataFrame({"suffix": suffixes, "word": words, "mailbox": generations.of_mailboxes(ready["email"])})
    return said.select(pl.coalesce("suffix", "word", "mailbox")).to_series()


def _full_given(given: pl.Expr) -> pl.Expr:
    """Return the given name, or the full form of a nickname that has one."""
    return given.replace(main_forms())
