"""A currency in the header of an amount is read as the currency of its rows; other words in a header are not."""

import polars as pl
import pytest

from crmclean.exports.header_currency import parted
from crmclean.workflow.clean import clean
from crmclean.workflow.initialize import Answers


@pytest.mark.parametrize(
    ("header", "amount", "currency"),
    [
        ("Turnover (EUR)", "Turnover", "EUR"),
        ("Umsatz in EUR", "Umsatz", "EUR"),
        ("Umsatz in Euro", "Umsatz", "Euro"),
        ("Umsatz [in €]", "Umsatz", "€"),
        ("Umsatz €", "Umsatz", "€"),
        ("Annual Revenue USD", "Annual Revenue", "USD"),
        ("annual_revenue_USD", "annual_revenue", "USD"),
        ("Revenue, CHF", "Revenue", "CHF"),
        ("Omsætning (kr.)", "Omsætning", "kr."),
    ],
)
def test_a_header_names_its_currency(header, amount, currency):
    assert parted(header) == (amount, currency)


@pytest.mark.parametrize(
    "header",
    [
        "Revenue",
        "Revenue (2023)",
        "Umsatz in TEUR",
        "Umsatz (Mio. €)",
        "Revenue in thousands",
        "Revenue ALL",
        "Amount all",
        "Amount try",
        "Turnover growth",
        "EUR",
        "Revenue (last year)",
    ],
)
def test_other_words_are_no_currency(header):
    assert parted(header) is None


def imported(folder, header, *rows):
    """Clean a list of firms for Pipedrive."""
    lines = [
        f"Firma;{header};Webseite",
        *(f"Werk {name};{cells};werk-{name}.de" for name, cells in zip("ABC", rows, strict=True)),
    ]
    (folder / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    clean(folder / "list.csv", folder / "out", Answers("pipedrive"))
    return pl.read_csv(folder / "out" / "1-import.csv", infer_schema=False)


def test_amounts_get_the_currency_of_their_header(tmp_path):
    rows = imported(tmp_path, "Umsatz in EUR", "1.000,50", "", "27.500,00")
    assert rows.select("Annual revenue", "Currency").rows() == [("1000.50", "EUR"), (None, None), ("27500.00", "EUR")]


@pytest.mark.parametrize("header", ["Umsatz in TEUR", "Umsatz (Mio. €)"])
def test_amounts_in_thousands_are_not_read_as_amounts(tmp_path, header):
    rows = imported(tmp_path, header, "12", "700", "31")
    assert rows[header].to_list() == ["12", "700", "31"]


def test_a_currency_of_their_own_stands_above_that_of_the_header(tmp_path):
    rows = imported(tmp_path, "Umsatz (EUR);Currency", "5;USD", "6;USD", "7;CHF")
    assert rows["Currency"].to_list() == ["USD", "USD", "CHF"]
