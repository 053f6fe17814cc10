"""The expression of every cell of a target object under one rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.crm.targets import RECORD_KEY, SourceRule, Split, TargetField
from crmclean.pipeline.map.translating import EMPTY, Translation, planned_only, translation
from crmclean.plan.model import Plan
from crmclean.values import persons

Distinct = Callable[[str], Sequence[str]]  # canonical column -> its distinct values
_SUBDIVISION = r"^[A-Z]{2}-"
_FULL_NAME = ["first_name", "last_name"]
_TIME = 10  # a date is its first ten characters
_WIDE = pl.Decimal(38, 6)


@dataclass(frozen=True)
class Cell:
    """One field: the text that lands in it, the canonical text before, and why they may differ.

    code: None where the cell only copies. columns: the canonical columns that it reads. fills: whether the plan fills
    blanks, which is a change then.
    """

    field: TargetField
    value: pl.Expr
    before: pl.Expr
    code: str | None
    columns: tuple[str, ...]
    unlisted: Mapping[str, tuple[str, ...]]
    fills: bool = False


@dataclass(frozen=True)
class Builder:
    """Builds the cells of one rule. columns: those of the canonical frame; distinct: values of one of them."""

    plan: Plan
    rule: SourceRule
    columns: frozenset[str]
    distinct: Distinct

    def cell(self, field: TargetField) -> Cell:
        """Return the cell of a field that is no reference."""
        feed = [name for name in self.rule.feeds(field) if self._present(name)]
        translations = {name: self._translation(field, name) for name in feed}
        pieces = [self._piece(field, name, translations[name]) for name in feed]
        before = pl.coalesce([*(self._whole(field, name) for name in feed), pl.lit(None, pl.String)])
        value = pl.coalesce([*pieces, pl.lit(None, pl.String)]) if pieces else pl.lit(None, pl.String)
        code, formed = _formed(field, value)
        value = self._case(field, self._constant(field, feed, formed))
        translated = any(each.options for each in translations.values() if each)
        code = self._code(field, feed, "map.value" if translated else code)
        parts = tuple(dict.fromkeys(part for name in feed for part in self._parts(name)))
        unlisted = {name: each.unlisted for name, each in translations.items() if each and each.unlisted}
        blank = self._blank(field)
        if blank is not None:
            value, code = value.fill_null(blank), code or "map.default"
        elif field.default is not None:
            value = value.fill_null(pl.lit(field.default))
        return Cell(field, value, before, code, parts, unlisted, fills=blank is not None)

    def _code(self, field: TargetField, feed: Sequence[str], code: str | None) -> str | None:
        """Return why the cell may differ from the canonical text."""
        split = self.rule.splits.get(field.name)
        reasons = {
            "map.case": bool(field.cases),
            code: code is not None,
            "map.split": split is not None and split.column in feed,
            "map.joined": any(" " in name for name in feed),
            "map.constant": bool(feed) and field.name in self.rule.constants,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def _blank(self, field: TargetField) -> pl.Expr | None:
        """Return what the plan gives a record without a value: an amount without a currency gets the default one."""
        if field.fill is not None:
            return pl.lit(field.fill)
        if field.legacy:
            return None
        feed = self.rule.feeds(field)
        stated = (self._planned(field, name).get(EMPTY) for name in feed)
        text = next((text for text in stated if text), None)
        if text is not None:
            return pl.lit(text)
        currency = self.plan.defaults.currency
        money = [name for name in canonical()[self.rule.object].of_kind("money") if name in self.columns]
        if currency is None or "currency" not in feed or not money:
            return None
        return pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in money)).then(pl.lit(currency))

    def _parts(self, name: str) -> list[str]:
        return [part for part in name.split() if part in self.columns or part == RECORD_KEY]

    def _present(self, name: str) -> bool:
        return bool(self._parts(name))

    def _joined(self, field: TargetField, name: str) -> pl.Expr:
        split = self.rule.splits.get(field.name)
        whole = self._whole(field, name)
        return _part_of(whole, split) if split and split.column == name else whole

    def _whole(self, field: TargetField, name: str) -> pl.Expr:
        parts = [pl.col(part) for part in self._parts(name)]
        if len(parts) == 1:
            return parts[0]
        if self._parts(name) == _FULL_NAME:
            return persons.joined(*parts)
        text = pl.concat_str(parts, separator=field.separator, ignore_nulls=True)
        return pl.when(text != "").then(text)

    def _translation(self, field: TargetField, name: str) -> Translation | None:
        planned = self._planned(field, name)
        if not (field.picklist or field.values or planned) or len(self._parts(name)) > 1:
            return None
        return translation(field, planned, self.distinct(self._parts(name)[0]))

    def _planned(self, field: TargetField, name: str) -> Mapping[str, str]:
        return {} if field.legacy else self.plan.values.get(f"{self.rule.object}.{name}", {})

    def _piece(self, field: TargetField, name: str, translated: Translation | None) -> pl.Expr:
        text = self._joined(field, name)
        return translated.of(text) if translated else text

    def _case(self, field: TargetField, value: pl.Expr) -> pl.Expr:
        """Put in the text of the first condition that holds; conditions stand beside the record."""
        for number, (_, text) in reversed(list(enumerate(field.cases))):
            if case_column(field, number) in self.columns:
                value = pl.when(case_column(field, number)).then(pl.lit(text)).otherwise(value)
        return value

    def _constant(self, field: TargetField, feed: Sequence[str], value: pl.Expr) -> pl.Expr:
        """Put in what holds whatever the record says; the plan's own values win, but open no deal that is won."""
        constant = self.rule.constants.get(field.name)
        if constant is None:
            return value
        alone = [name for name in feed if self._parts(name) == [name]]
        planned = {name: planned_only(self._planned(field, name), self.distinct(name)) for name in alone}
        listed = {
            name: [text for text in told if not _other_state(field, constant, told[text])]
            for name, told in planned.items()
        }
        said = [pl.col(name).is_in(texts) for name, texts in listed.items() if texts]
        return pl.when(pl.any_horizontal(said)).then(value).otherwise(pl.lit(constant)) if said else pl.lit(constant)


def _other_state(field: TargetField, constant: str, option: str) -> bool:
    """Whether an option is a stage of deals that are not won, or not lost, as those with the constant are."""
    return constant in field.states and field.states.get(option) != field.states[constant]


def case_column(field: TargetField, number: int) -> str:
    """Return the column that says whether a condition of a field holds."""
    return f"_case.{field.name}.{number}"


def _part_of(text: pl.Expr, split: Split) -> pl.Expr:
    """Return one part of a text; the last part takes the rest, a part that is not there is null."""
    pieces = text.str.splitn(split.separator, split.parts).struct.field(f"field_{split.place}")
    return pieces.str.strip_chars().replace("", None)


def _formed(field: TargetField, value: pl.Expr) -> tuple[str | None, pl.Expr]:
    """Bring the text into the form of the field's type; text that is not of the type stays, for `validate` to find."""
    if field.form == "subdivision":
        return "map.subdivision", value.str.replace(_SUBDIVISION, "")
    if field.type == "date":
        return "map.time-cut", value.str.head(_TIME)
    if field.scale is not None:
        return "map.scaled", _scaled(value, field)
    if field.type == "integer":
        return "map.rounded", _rounded(value, 0)
    if field.type == "decimal" and field.decimals is not None:
        return "map.rounded", _rounded(value, field.decimals)
    return None, value


def _scaled(value: pl.Expr, field: TargetField) -> pl.Expr:
    scale = field.scale
    assert scale is not None  # noqa: S101 - told by the caller
    number = value.cast(_WIDE, strict=False) * scale.numerator / scale.denominator
    return pl.coalesce(number.round(0).cast(pl.Int64, strict=False).cast(pl.String), value)


def _rounded(value: pl.Expr, decimals: int) -> pl.Expr:
    """Round half away from zero; only numbers with more decimals than the field keeps are touched."""
    longer = value.str.contains(rf"^-?\d+\.\d{{{decimals + 1},}}$")
    exact = value.cast(_WIDE, strict=False).round(decimals, mode="half_away_from_zero")
    text = exact.cast(pl.Decimal(38, decimals)).cast(pl.String)
    return pl.when(longer).then(text).otherwise(value)
