"""What people and systems do to values: typos, nicknames, capitals, gaps, fillers."""

from collections.abc import Sequence

import polars as pl

from crmclean.samples.dice import Dice, nth
from crmclean.samples.vocabulary import GIVEN

_NICKNAMES = {name: nicknames[0] for name, _, nicknames in GIVEN if nicknames}


def typo(dice: Dice, name: str, key: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Drop a letter, double one, or swap two neighbours; never the first letter."""
    at = 1 + dice.below(f"{name}.at", key, (text.str.len_chars() - 2).clip(1))
    head, letter, following, tail = (
        text.str.slice(0, at),
        text.str.slice(at, 1),
        text.str.slice(at + 1, 1),
        text.str.slice(at + 2),
    )
    kind = dice.below(f"{name}.kind", key, 3)
    dropped = pl.concat_str(head, following, tail)
    doubled = pl.concat_str(head, letter, letter, following, tail)
    swapped = pl.concat_str(head, following, letter, tail)
    return pl.when(kind == 0).then(dropped).when(kind == 1).then(doubled).otherwise(swapped)


def nickname(given: pl.Expr) -> pl.Expr:
    """Return the first nickname of a given name, or the name itself."""
    return given.replace(_NICKNAMES)


def sometimes(dice: Dice, name: str, key: pl.Expr, share: float, changed: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Return `changed` in this share of the rows that have a value, else `text`."""
    return pl.when(dice.chance(name, key, share) & text.is_not_null()).then(changed).otherwise(text)


def gone(dice: Dice, name: str, key: pl.Expr, share: float, text: pl.Expr) -> pl.Expr:
    """Lose a value in this share of the rows."""
    return sometimes(dice, name, key, share, pl.lit(None, dtype=pl.String), text)


def filler(dice: Dice, name: str, key: pl.Expr, share: float, words: Sequence[str], text: pl.Expr) -> pl.Expr:
    """Put a filler in the place of a value in this share of the rows."""
    return sometimes(dice, f"{name}.filler", key, share, dice.pick(f"{name}.word", key, words), text)


def company_variant(base: pl.Expr, form: pl.Expr, style: pl.Expr) -> pl.Expr:
    """Write a company name in one of eight styles; all mean the same company."""
    plain = form.str.replace_all(".", "", literal=True)
    styles = [
        pl.format("{} {}", base, form),
        base,
        pl.format("{}, {}", base, form),
        pl.format("{} {}", base, plain),
        pl.format("{} {}", base, plain).str.to_uppercase(),
        base.str.to_lowercase(),
        pl.format("{}  {}", base.str.replace(" ", "  "), form),
        pl.format("{} {} ", base.str.to_uppercase(), form.str.to_uppercase()),
    ]
    chosen = styles[0]
    for index, text in enumerate(styles[1:], start=1):
        chosen = pl.when(style == index).then(text).otherwise(chosen)
    return chosen


def day(days_before: pl.Expr, as_of: pl.Expr, pattern: str = "%Y-%m-%d") -> pl.Expr:
    """Write the day so many days before `as_of`; null stays null."""
    return (as_of - pl.duration(days=days_before)).dt.strftime(pattern)


def moment(days_before: pl.Expr, as_of: pl.Expr, dice: Dice, name: str, key: pl.Expr) -> pl.Expr:
    """Write a moment of that day as Salesforce does."""
    seconds = 7 * 3600 + dice.below(name, key, 10 * 3600)
    clock = [(seconds // 3600, 2), (seconds // 60 % 60, 2), (seconds % 60, 2)]
    hour, minute, second = (value.cast(pl.String).str.zfill(width) for value, width in clock)
    return pl.format("{}T{}:{}:{}.000Z", day(days_before, as_of), hour, minute, second)


def either(condition: pl.Expr, yes: str, no: str) -> pl.Expr:
    """Write a boolean with two words."""
    return nth((no, yes), condition.cast(pl.Int64))
