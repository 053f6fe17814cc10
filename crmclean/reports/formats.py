"""Numbers, money and days as a locale writes them; US English unless the KPI file says otherwise."""

from datetime import date
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from crmclean.errors import Fault, PlanError


class Formats:
    """How one locale writes values. Texts are for people; files for machines keep plain numbers and ISO days."""

    def __init__(self, locale: str = "en_US") -> None:
        """Raise PlanError for a locale that nobody knows."""
        try:
            self.locale = Locale.parse(locale, sep="-" if "-" in locale else "_")
        except (UnknownLocaleError, ValueError) as error:
            hint = 'write a locale such as "en_US", "en_GB" or "de_DE"'
            raise PlanError(Fault("settings.locale", "is no known locale", hint, "plan.wrong-value")) from error

    def number(self, value: float, places: int = 1) -> str:
        """Write a number with at most `places` decimals."""
        return format_decimal(round(value, places), locale=self.locale)

    def percent(self, value: float) -> str:
        """Write a share of one with one decimal."""
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", "#,##0.0", 1)
        return format_percent(value, pattern, locale=self.locale)

    def money(self, value: float, currency: str | None) -> str:
        """Write an amount without cents; without a currency it is a plain number."""
        if not currency:
            return self.number(value, 0)
        whole = self.locale.currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(value, currency, whole, locale=self.locale, currency_digits=False)

    def price(self, value: float | Decimal, currency: str | None) -> str:
        """Write an amount with its cents; without a currency it is a plain number with two decimals."""
        if not currency:
            return format_decimal(value, "#,##0.00", locale=self.locale)
        return format_currency(value, currency, locale=self.locale)

    def day(self, value: date | None) -> str:
        """Write a day; nothing for none."""
        return format_date(value, format="medium", locale=self.locale) if value else ""

    def value(self, value: float | None, unit: str, currency: str | None = None) -> str:
        """Write the value of a measure in its unit."""
        if value is None:
            return "n/a"
        match unit:
            case "percent":
                return self.percent(value)
            case "money":
                return self.money(value, currency)
            case "days" | "hours":
                return f"{self.number(value)} {unit}"
            case "ratio":
                return f"{self.number(value)} x"
            case _:
                return self.number(value)
