"""Countries of the samples: how people spell them, their cities, and telephone numbers that reach nobody.

Numbers come from ranges kept for fiction: 555 numbers in North America (NANPA), and the drama ranges of Ofcom (GB),
Bundesnetzagentur (DE), ARCEP (FR) and ACMA (AU). No number is given twice; where a range is used up, there is none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.samples.dice import Dice, nth


@dataclass(frozen=True)
class Country:
    """One country.

    cities: city, state as a name and as a code, postal code with # for digits. lines: area code, first digits of the
    subscriber number, how many digits follow.
    """

    code: str
    weight: float
    calling: str
    spellings: tuple[str, ...]
    cities: tuple[tuple[str, str, str, str], ...]
    lines: tuple[tuple[str, str, int], ...]


_US_AREAS = (
    "201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216", "217", "218",
    "219", "224", "225", "228", "229", "231", "234", "239", "240", "248", "251", "252", "253", "254", "256", "260",
    "262", "267", "269", "270", "276", "281", "301", "302", "303", "304", "305", "307", "308", "309", "310", "312",
    "313", "314", "315", "316", "317", "318", "319", "320", "321", "323", "330", "334", "336", "337", "347", "351",
    "352", "360", "361", "386", "401", "402", "404", "405", "406", "407", "408", "409", "410", "412", "413", "414",
    "415", "417", "419", "423", "425", "432", "434", "440", "469", "478", "479", "480", "484", "501", "502", "503",
    "504", "505", "507", "508", "509", "510", "512", "513", "515", "516", "517", "518", "520", "530", "540", "541",
    "551", "559", "561", "562", "563", "567", "570", "571", "573", "574", "580", "585", "586", "601", "602", "603",
    "605", "606", "607", "608", "609", "610", "612", "614", "615", "616", "617", "618", "619", "620", "623", "626",
    "630", "631", "636", "641", "646", "650", "651", "660", "661", "662", "678", "682", "701", "702", "703", "704",
    "706", "707", "708", "712", "713", "714", "715", "716", "717", "718", "719", "720", "724", "727",
)  # fmt: skip
_GB_AREAS = ("113", "114", "116", "117", "118", "121", "131", "141", "151", "161")

COUNTRIES = (
    Country(
        "US", 0.62, "1", ("United States", "USA", "US", "U.S.A.", "United States of America", "usa"),
        (
            ("New York", "New York", "NY", "100##"), ("Chicago", "Illinois", "IL", "606##"),
            ("Austin", "Texas", "TX", "787##"), ("Denver", "Colorado", "CO", "802##"),
            ("Boston", "Massachusetts", "MA", "021##"), ("Seattle", "Washington", "WA", "981##"),
            ("Atlanta", "Georgia", "GA", "303##"), ("San Francisco", "California", "CA", "941##"),
            ("Portland", "Oregon", "OR", "972##"), ("Phoenix", "Arizona", "AZ", "850##"),
            ("Columbus", "Ohio", "OH", "432##"), ("Newark", "New Jersey", "NJ", "071##"),
        ),
        tuple((area, "555", 4) for area in _US_AREAS),
    ),
    Country(
        "CA", 0.1, "1", ("Canada", "CA", "CANADA", "Can"),
        (
            ("Toronto", "Ontario", "ON", "M5V #A#"), ("Montreal", "Quebec", "QC", "H2X #B#"),
            ("Vancouver", "British Columbia", "BC", "V6B #C#"), ("Calgary", "Alberta", "AB", "T2P #E#"),
        ),
        tuple((area, "555", 4)
            for area in ("204", "250", "306", "403", "416", "418", "450", "506", "514", "604", "613", "905")),
    ),
    Country(
        "GB", 0.1, "44", ("United Kingdom", "UK", "Great Britain", "GB", "England", "U.K."),
        (
            ("London", "", "", "EC1A #BB"), ("Manchester", "", "", "M1 #AE"), ("Leeds", "", "", "LS1 #AB"),
            ("Bristol", "", "", "BS1 #DJ"), ("Edinburgh", "", "", "EH1 #YZ"),
        ),
        (("20", "79460", 3), ("191", "4980", 3), ("29", "20180", 3), ("28", "96496", 3),
        *((a, "4960", 3) for a in _GB_AREAS)),
    ),
    Country(
        "DE", 0.07, "49", ("Germany", "Deutschland", "DE", "GER", "germany"),
        (
            ("Berlin", "Berlin", "BE", "101##"), ("München", "Bayern", "BY", "803##"),
            ("Hamburg", "Hamburg", "HH", "200##"),
            ("Köln", "Nordrhein-Westfalen", "NW", "506##"),
        ),
        (("30", "23125", 3), ("69", "90009", 3), ("40", "66969", 3), ("221", "4710", 3), ("89", "99998", 3)),
    ),
    Country(
        "FR", 0.06, "33", ("France", "FR", "FRANCE", "france"),
        (("Paris", "", "", "750##"), ("Lyon", "", "", "690##"), ("Nantes", "", "", "440##"),
        ("Lille", "", "", "590##")),
        (("1", "9900", 4), ("2", "6191", 4), ("3", "5301", 4), ("4", "6571", 4), ("5", "3649", 4)),
    ),
    Country(
        "AU", 0.05, "61", ("Australia", "AU", "AUSTRALIA", "Aus"),
        (
            ("Sydney", "New South Wales", "NSW", "20##"), ("Melbourne", "Victoria", "VIC", "30##"),
            ("Brisbane", "Queensland", "QLD", "40##"), ("Perth", "Western Australia", "WA", "60##"),
        ),
        tuple((area, prefix, 4) for area in ("2", "3", "7", "8") for prefix in ("5550", "7010")),
    ),
)  # fmt: skip
CODES = tuple(country.code for country in COUNTRIES)
WEIGHTS = tuple(country.weight for country in COUNTRIES)


def place(dice: Dice, key: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Return Struct{city, state, state_code, postal_code, street} in a country (a code column)."""
    return _by_country(country, lambda it: _place(dice, key, it))


def spelt(dice: Dice, key: pl.Expr, country: pl.Expr, name: str) -> pl.Expr:
    """Return the country as somebody typed it; the first spelling in three of five cases."""
    return _by_country(
        country,
        lambda it: (
            pl.when(dice.chance(f"{name}.plain", key, 0.6))
            .then(pl.lit(it.spellings[0]))
            .otherwise(dice.pick(name, key, it.spellings))
        ),
    )


def with_numbers(owners: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Give every row (column `country`) a number of its own: columns `area` and `local`, null where none is left."""
    rank = pl.int_range(pl.len()).over("country")
    frames = [_numbers(group, country, dice) for country, group in _groups(owners.with_columns(rank.alias("rank")))]
    return pl.concat(frames).drop("rank")


def phone_text(area: pl.Expr, local: pl.Expr, country: pl.Expr, style: pl.Expr) -> pl.Expr:
    """Write a number in one of six styles (0 to 5); 0 and 3 name the country."""
    north_american = country.is_in(["US", "CA"])
    return pl.when(north_american).then(_american(area, local, style)).otherwise(_other(area, local, country, style))


def e164(area: pl.Expr, local: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Return the number in E.164."""
    return pl.format("+{}{}{}", _calling(country), area, local)


def _american(area: pl.Expr, local: pl.Expr, style: pl.Expr) -> pl.Expr:
    head, tail = local.str.slice(0, 3), local.str.slice(3)
    patterns = ("+1 {} {} {}", "({}) {}-{}", "{}-{}-{}", "+1{}{}{}", "{}.{}.{}", "1-{}-{}-{}")
    return _styled(style, [pl.format(pattern, area, head, tail) for pattern in patterns])


def _other(area: pl.Expr, local: pl.Expr, country: pl.Expr, style: pl.Expr) -> pl.Expr:
    calling = _calling(country)
    international = ["+{} {} {}", "+{} (0){} {}", "00{} {} {}", "+{}{}{}"]
    texts = [pl.format(pattern, calling, area, local) for pattern in international]
    return _styled(
        style,
        [texts[0], texts[1], pl.format("0{} {}", area, local), texts[3], texts[2], pl.format("0{}-{}", area, local)],
    )


def _styled(style: pl.Expr, texts: Sequence[pl.Expr]) -> pl.Expr:
    chosen = texts[0]
    for index, text in enumerate(texts[1:], start=1):
        chosen = pl.when(style == index).then(text).otherwise(chosen)
    return chosen


def _calling(country: pl.Expr) -> pl.Expr:
    return country.replace_strict(list(CODES), [it.calling for it in COUNTRIES], return_dtype=pl.String)


def _place(dice: Dice, key: pl.Expr, country: Country) -> pl.Expr:
    city = dice.below("city", key, len(country.cities))
    names = ("city", "state", "state_code", "postal_code")
    parts = [nth([row[i] for row in country.cities], city).alias(name) for i, name in enumerate(names)]
    for digit in ("first", "second"):
        text = dice.below(f"postal.{digit}", key, 10).cast(pl.String)
        parts[3] = parts[3].str.replace("#", text, literal=True)
    return pl.struct(parts)


def _by_country(country: pl.Expr, make: Callable[[Country], pl.Expr]) -> pl.Expr:
    chosen = make(COUNTRIES[0])
    for it in COUNTRIES[1:]:
        chosen = pl.when(country == it.code).then(make(it)).otherwise(chosen)
    return chosen


def _groups(owners: pl.DataFrame) -> list[tuple[Country, pl.DataFrame]]:
    return [(it, owners.filter(pl.col("country") == it.code)) for it in COUNTRIES]


def _numbers(owners: pl.DataFrame, country: Country, dice: Dice) -> pl.DataFrame:
    lines, digits = country.lines, country.lines[0][2]
    size = 10**digits - 100  # not 0000 to 0099: they look like filler
    spread = (pl.col("rank") * 7919 + dice.seed) % (len(lines) * size)  # 7919 is prime: no number comes twice
    turn, line = spread // len(lines), spread % len(lines)
    left = pl.col("rank") < len(lines) * size
    suffix = (100 + turn).cast(pl.String).str.zfill(digits)
    return owners.with_columns(
        pl.when(left).then(nth([area for area, _, _ in lines], line)).alias("area"),
        pl.when(left).then(nth([first for _, first, _ in lines], line) + suffix).alias("local"),
    )
