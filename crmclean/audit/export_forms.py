"""Whether a cell of an export says what was sent: exports write dates, numbers and options in forms of their own.

A display form is the same value: `01/31/2026 9:00 AM` of `2026-01-31T09:00:00Z`, `1,234.50` of `1234.5`, `Closed Won`
of `closedwon`. Where an account shows its own time zone, the one or two shifts that most cells share are taken for it.
"""

from collections.abc import Sequence

import polars as pl

from crmclean.crm.sources import header_key
from crmclean.crm.target_model import TargetField
from crmclean.files.guards import unguarded
from crmclean.values import booleans, countries, dates, money, states
from crmclean.values.typed import typed

_SENT, _SAID = pl.col("sent"), pl.col("said")
_QUARTER, _FARTHEST, _HOUR = 15, 14 * 60, 60  # minutes
_COMMON = 0.05  # share of a column's cells that a shift of its time zone is seen in, at least
_SECONDS, _DAY_ONLY = r"\d:\d\d:\d\d", 10
_HTML = (
    (r"</?p>|</?div>", ""), (r"<br ?/?>", "\n"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"),
    ("&nbsp;", " "), ("&amp;", "&"),
)  # fmt: skip


def says_the_same(cells: pl.DataFrame, field: TargetField, *, zero_for_empty: bool = False) -> pl.Series:
    """Return whether each pair of cells says the same. cells: `sent` and `said`, text.

    zero_for_empty: the target keeps 0 for an empty number.
    """
    plain = cells.with_columns(said=_plain(_SAID))
    match field.type:
        case "boolean":
            same = _truths(plain)
        case "integer" | "decimal":
            same = _numbers(plain, zero_for_empty=zero_for_empty)
        case "date" | "datetime":
            same = _moments(plain, with_time=field.type == "datetime")
        case _:
            same = _texts(plain, field)
    return same | cells.select(_SENT.eq_missing(_SAID)).to_series()


def _plain(text: pl.Expr) -> pl.Expr:
    stripped = unguarded(text).str.replace_all("\r\n?", "\n").str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def _truths(cells: pl.DataFrame) -> pl.Series:
    said = booleans.truth(_SAID, extended=True).struct.field("value")
    unread = _SAID.is_not_null() & ~said.is_in(["true", "false"]).fill_null(value=False)
    return cells.select(~unread & (said.fill_null("false") == _SENT.fill_null("false"))).to_series()


def _numbers(cells: pl.DataFrame, *, zero_for_empty: bool) -> pl.Series:
    """Two decimals or more may be rounded; fewer say another number."""
    said = money.amount(_SAID, money.learn(cells["said"])).struct.field("value")
    empty = "0" if zero_for_empty else None
    both = cells.select(
        sent=typed(_SENT.fill_null(empty) if empty else _SENT, "decimal").cast(pl.Float64),
        said=typed(said.fill_null(empty) if empty else said, "decimal").cast(pl.Float64),
        places=_SAID.str.extract(r"[.,](\d+)\D*$", 1).str.len_chars().fill_null(0),
    )
    half = pl.when(pl.col("places") > 1).then(0.5 / pl.lit(10.0).pow("places")).otherwise(0.0)
    return both.select(((_SENT - _SAID).abs() <= half * 1.000001).fill_null(value=False)).to_series()


def _moments(cells: pl.DataFrame, *, with_time: bool) -> pl.Series:
    told = dates.parsed(_SAID, dates.learn(cells["said"]), with_time=True).struct.field("value")
    both = cells.select(
        sent=typed(_SENT, "datetime"),
        said=typed(told, "datetime"),
        day=told.str.len_chars() == _DAY_ONLY,
        exact=_SAID.str.contains(_SECONDS),
    )
    if not with_time:
        return both.select((_SENT.dt.date() == _SAID.dt.date()).fill_null(value=False)).to_series()
    apart = (_SAID - pl.when("exact").then(_SENT).otherwise(_SENT.dt.truncate("1m"))).dt.total_minutes()
    whole = _SAID.dt.second() == pl.when("exact").then(_SENT.dt.second()).otherwise(_SAID.dt.second())
    both = both.with_columns(apart=pl.when(~pl.col("day")).then(apart), whole=whole)
    shifts = _shifts(both["apart"].drop_nulls())
    by_day = pl.any_horizontal(
        (_SENT + pl.duration(minutes=shift)).dt.date() == _SAID.dt.date()
        for shift in (shifts if len(shifts) > 1 else (0, -_FARTHEST, _FARTHEST))
    )
    by_time = pl.col("apart").is_in(shifts) & pl.col("whole")
    return both.select(pl.when("day").then(by_day).otherwise(by_time).fill_null(value=False)).to_series()


def _shifts(apart: pl.Series) -> list[int]:
    """Return the minutes that the account's clock differs by: two where it has summer time; 0 always counts."""
    likely = apart.filter((apart % _QUARTER == 0) & (apart.abs() <= _FARTHEST))
    counted = likely.value_counts(sort=True).filter(pl.col("count") >= max(2, _COMMON * apart.len()))
    found = counted.get_column(apart.name).to_list()[:2]
    return list(dict.fromkeys([0, *(each for each in found if abs(each - found[0]) <= _HOUR)]))


def _texts(cells: pl.DataFrame, field: TargetField) -> pl.Series:
    said = _SAID
    for tag, text in _HTML:
        said = said.str.replace_all(tag, text)
    tidy = pl.when(_SAID.str.starts_with("<")).then(said.str.strip_chars()).otherwise(_SAID)
    sent = _SENT.str.replace_all("\r\n?", "\n").str.strip_chars()
    same = cells.select(pl.when(sent != "").then(sent).eq_missing(tidy)).to_series()
    if not (field.picklist or field.values or field.form or "country" in field.from_):
        return same
    rest = cells.filter(~same).drop_nulls().unique()
    alike = [_options(sent, said, field) for sent, said in rest.select("sent", "said").iter_rows()]
    known = rest.select("sent", "said").with_columns(pl.Series("alike", alike, dtype=pl.Boolean))
    told = cells.select("sent", "said").join(known, on=["sent", "said"], how="left", maintain_order="left")["alike"]
    return same | told.fill_null(value=False)


def _options(sent: str, said: str, field: TargetField) -> bool:
    """Whether two texts name the same option, or the same options; a pipeline in brackets is HubSpot's addition."""
    if "country" in field.from_:
        return countries.lookup(said) == sent
    if field.form == "subdivision":
        return str(states.judge(said.partition("(")[0], None)[0]).partition("-")[2] == sent
    names = {header_key(name): header_key(option) for name, option in field.values.items()}
    both = [[_option(part, names, field.picklist) for part in _parts(text, field)] for text in (sent, said)]
    return sorted(both[0]) == sorted(both[1])


def _parts(text: str, field: TargetField) -> list[str]:
    return [part for part in text.split(";") if part.strip()] if field.multi else [text]


def _option(text: str, names: dict[str, str], options: Sequence[str]) -> str:
    key = header_key(text)
    if key in set(map(header_key, options)):
        return key
    bare = header_key(text.rpartition("(")[0]) if text.rstrip().endswith(")") else ""
    return names.get(key) or (bare if bare in set(map(header_key, options)) else names.get(bare, key))
