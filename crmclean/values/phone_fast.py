"""The vectorised reading of plain phone numbers, identical to phonenumbers for every row that it takes.

A row is plain when it holds only ASCII digits, plus signs in front and harmless punctuation; the algorithm then is
that of phonenumbers.parse and is_valid_number (version 9), worked through per region and per calling code. Rows that
need judgement on letters, extensions or other scripts are left to the library.

Frames here: `row` (UInt32, index), `digits` (ASCII digits), `national` (national significant number).
"""

from collections.abc import Sequence

import polars as pl

from crmclean.values import phone_express, phone_rules
from crmclean.values.phone_rules import RegionRules

ANSWER = pl.Schema(
    {"row": pl.UInt32(), "e164": pl.String(), "valid": pl.Boolean(), "region": pl.String(), "extension": pl.String()}
)

# What phonenumbers counts as punctuation, without x ~ * # , ; and the CJK forms, which need the library.
_MARKS = r" \x{a0}\x{ad}\x{200b}\x{2060}\x{2010}-\x{2015}\x{2212}().\[\]/\-"
# The same and the plus, one by one: cutting them out is quicker so than by a pattern.
_BESIDE_DIGITS = [*"+ \xa0\xad\u200b\u2060\u2010\u2011\u2012\u2013\u2014\u2015\u2212().[]/-"]
_NUMBER = rf"[{_MARKS}]*(?:\++[0-9{_MARKS}]*|[0-9][0-9{_MARKS}]*)"
_PLAIN = rf"^{_NUMBER}$"
_EXTENDED = rf"^({_NUMBER}[0-9]) *(?:x|ext\.?|extension) ?([0-9]{{1,7}})$"
_FEWEST_DIGITS, _LONGEST, _SHORTEST = 3, 17, 2
_ENOUGH_DIGITS = r"[0-9](?:[^0-9]*[0-9]){2}"
_MANY = 3  # so many regions of a calling code that are told by first digits are asked only where one of them is

_DIGITS, _NATIONAL, _VALUE = pl.col("digits"), pl.col("national"), pl.col("value")


def read(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Judge `rows` (row, value, region); return the answers in the shape ANSWER, and the rows left to the library."""
    plain, rest = _split(rows, is_plain(_VALUE))
    extended = (
        rest.with_columns(_VALUE.str.extract_groups(_EXTENDED).alias("parts"))
        .select("row", "region", value=pl.col("parts").struct.field("1"), extension=pl.col("parts").struct.field("2"))
        .drop_nulls("value")
    )
    answers = _read(pl.concat([plain.select("row", "region", "value"), extended.drop("extension")]))
    answered = answers.join(extended.select("row", "extension"), on="row", how="left")
    return answered, without(rows, answered["row"])


def _read(plain: pl.DataFrame) -> pl.DataFrame:
    numbers = plain.select(
        "row",
        "region",
        digits=_VALUE.str.replace_many(_BESIDE_DIGITS, [""]),
        plus=_VALUE.str.contains("+", literal=True),
    ).filter(_DIGITS.str.len_bytes() >= _FEWEST_DIGITS)
    own, local = _split(numbers, pl.col("plus"))
    national, international = _by_region(local)
    international.append(own.select("row", "digits"))
    national += _by_code(pl.concat(international))
    return pl.concat([ANSWER.to_frame().drop("extension"), *_judged(national)])


def _by_region(rows: pl.DataFrame) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Return national numbers (row, code, national), and numbers that begin with the region's way of writing `+`."""
    national, international = [], []
    for (region,), group in rows.partition_by("region", as_dict=True).items():
        rules = phone_rules.of_region(region) if region and group.height >= phone_express.FEW else None
        if rules is None:
            continue
        dialled, local = _without_idd(group, rules)
        international.append(dialled)
        national.append(_national(local, rules))
    return national, international


def _without_idd(group: pl.DataFrame, rules: RegionRules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split off the numbers that begin with the region's way of writing `+`; too short ones go to the library."""
    if not rules.idd:
        return group.select("row", "digits").clear(), group
    dialled, local = _split(group, _DIGITS.str.contains(rules.idd))
    if dialled.is_empty():
        return dialled.select("row", "digits"), local
    dialled = dialled.with_columns(rest=_DIGITS.str.replace(rules.idd, ""))
    real, other = _split(dialled, ~pl.col("rest").str.starts_with("0"))
    long_enough = real.filter(pl.col("rest").str.len_bytes() > _SHORTEST).select("row", digits="rest")
    return long_enough, pl.concat([local, other.drop("rest")])


def _national(group: pl.DataFrame, rules: RegionRules) -> pl.DataFrame:
    code = str(rules.code)
    coded, plain = _split(group, _DIGITS.str.starts_with(code))
    parts = [_cut(plain, rules)]
    if coded.height:
        rest = _without_prefix(_DIGITS.str.slice(len(code)), rules)
        better = ~_DIGITS.str.contains(rules.general) & rest.str.contains(rules.general)
        too_long = _DIGITS.str.len_bytes() > max(rules.lengths)
        abroad, own = _split(coded, better | too_long)
        main = phone_rules.of_code(rules.code)[0]  # by whose rules a number with its code is read on
        parts += [_cut(abroad.select("row", digits=rest), main), _cut(own, rules)]
    return pl.concat(parts).with_columns(code=pl.lit(rules.code, pl.Int32))


def _cut(rows: pl.DataFrame, rules: RegionRules) -> pl.DataFrame:
    """Return row and national: the digits without the national prefix, where the rest has a possible length."""
    if not rules.prefix:
        return rows.select("row", national="digits")
    prefixed, bare = _split(rows, _DIGITS.str.contains(rules.prefix))
    if prefixed.is_empty():
        return bare.select("row", national="digits")
    length = _NATIONAL.str.len_bytes().cast(pl.Int64)
    spoilt = _DIGITS.str.contains(rules.general) & ~_NATIONAL.str.contains(rules.general)
    possible = length.is_in(list(rules.lengths)) & ~length.is_in(list(rules.local_lengths))
    good = ~spoilt & (possible | (length > max(rules.lengths)))
    cut = prefixed.with_columns(national=_without(_DIGITS, rules))
    chosen = cut.select("row", national=pl.when(good).then(_NATIONAL).otherwise(_DIGITS))
    return pl.concat([bare.select("row", national="digits"), chosen])


def _by_code(rows: pl.DataFrame) -> list[pl.DataFrame]:
    head = [
        pl.when(_DIGITS.str.head(size).is_in(pl.Series(phone_rules.calling_codes(size)).implode())).then(
            _DIGITS.str.head(size)
        )
        for size in (1, 2, 3)
    ]
    coded = rows.with_columns(code=pl.coalesce(head).cast(pl.Int32)).drop_nulls("code")
    found = []
    for (code,), group in coded.partition_by("code", as_dict=True).items():
        if group.height < phone_express.FEW:
            continue
        main = phone_rules.of_code(code)[0]
        cut = _cut(group.select("row", digits=_DIGITS.str.slice(len(str(code)))), main)
        found.append(cut.with_columns(code=pl.lit(code, pl.Int32)))
    return found


def _without_prefix(number: pl.Expr, rules: RegionRules) -> pl.Expr:
    """Cut or transform the national prefix, unless only the number with it fits the region's general pattern."""
    if not rules.prefix:
        return number
    cut = _without(number, rules)
    spoilt = number.str.contains(rules.general) & ~cut.str.contains(rules.general)
    return pl.when(number.str.contains(rules.prefix) & ~spoilt).then(cut).otherwise(number)


def _without(number: pl.Expr, rules: RegionRules) -> pl.Expr:
    if not rules.prefix:
        return number
    cut = number.str.replace(rules.prefix, "")
    if not rules.transform:
        return cut
    moved = number.str.replace(rules.prefix, rules.transform)
    return pl.when(number.str.extract(rules.prefix, rules.groups).is_null()).then(cut).otherwise(moved)


def _judged(national: list[pl.DataFrame]) -> list[pl.DataFrame]:
    if not national:
        return []
    length = _NATIONAL.str.len_bytes()
    rows = pl.concat(national).filter((length >= _SHORTEST) & (length <= _LONGEST))
    judged = []
    for (code,), group in rows.partition_by("code", as_dict=True).items():
        e164 = pl.concat_str(pl.lit(f"+{code}"), _NATIONAL)
        judged += [part.select("row", e164.alias("e164"), "valid", "region") for part in _validity(group, code)]
    return judged


def _validity(rows: pl.DataFrame, code: int) -> list[pl.DataFrame]:
    """The first region of a code whose leading digits, or else whose types, match decides."""
    regions = phone_rules.of_code(code)
    lengths = {length for rules in regions for length in rules.lengths}
    rows, impossible = _split(rows, _NATIONAL.str.len_bytes().is_in(sorted(lengths)))
    return [*_by_patterns(rows, regions), _invalid(impossible)]


def _by_patterns(rows: pl.DataFrame, regions: Sequence[RegionRules]) -> list[pl.DataFrame]:
    leading = [rules.leading for rules in regions if rules.leading]
    if len(leading) < _MANY:
        return _walked(rows, regions)
    led, rest = _split(rows, _NATIONAL.str.contains("|".join(leading)))
    return _walked(led, regions) + _walked(rest, [rules for rules in regions if not rules.leading])


def _walked(rows: pl.DataFrame, regions: Sequence[RegionRules]) -> list[pl.DataFrame]:
    """Ask one region after the other, each for what those before it have left."""
    parts = []
    for rules in regions:
        if not rows.height:
            break
        hit, rows = _split(rows, _NATIONAL.str.contains(rules.leading) if rules.leading else _known(rules))
        if hit.height:
            valid = _known(rules) if rules.leading else pl.lit(value=True)
            region = pl.when(pl.col("valid")).then(pl.lit(rules.region))
            parts.append(hit.with_columns(valid=valid).with_columns(region=region))
    return [*parts, _invalid(rows)]


def _invalid(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(valid=pl.lit(value=False), region=pl.lit(None, pl.String))


def _known(rules: RegionRules) -> pl.Expr:
    # The types' patterns imply a possible length, and the general pattern (checked over all metadata by the tests).
    if rules.valid is None:
        return pl.lit(value=False)
    return _NATIONAL.str.contains(rules.general) & _NATIONAL.str.contains(rules.valid)


def _split(rows: pl.DataFrame, condition: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    mask = rows.select(condition.fill_null(value=False)).to_series()
    if not mask.any():
        return rows.clear(), rows
    return (rows, rows.clear()) if mask.all() else (rows.filter(mask), rows.filter(~mask))


def is_plain(value: pl.Expr) -> pl.Expr:
    """Return whether a text holds only digits, plus signs in front and harmless punctuation."""
    return value.str.contains(_PLAIN) & (value.str.len_bytes() <= phone_express.LONGEST_TEXT)


def without_country(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split `rows` (row, value, region) into plain numbers of which nothing says the country, and the others."""
    untold = pl.col("region").is_null() & ~_VALUE.str.contains("+", literal=True)
    return _split(rows, untold & is_plain(_VALUE) & _VALUE.str.contains(_ENOUGH_DIGITS))


def without(rows: pl.DataFrame, answered: pl.Series) -> pl.DataFrame:
    """Return the rows whose number is not among `answered`; both are indices of one batch."""
    if rows.is_empty() or answered.is_empty():
        return rows
    open_ = pl.Series([True]).new_from_index(0, int(rows["row"].max()) + 1)  # type: ignore[arg-type]
    return rows.filter(open_.scatter(answered, False).gather(rows["row"]))
