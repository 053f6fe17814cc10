"""What is decided once per column: order of day and month, decimal mark, shares of one, extended truth words."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmclean.values import booleans, dates, money, numbers
from crmclean.values.distinct import throughout

VALUE = pl.col("value")


def column(*texts):
    return pl.Series("value", texts, dtype=pl.String)


def read(expression, *texts):
    return column(*texts).to_frame().select(expression.alias("a")).unnest("a").rows()


@pytest.mark.parametrize(
    ("texts", "order", "ambiguous"),
    [
        (("03/04/2024", "13/04/2024"), "dmy", False),
        (("03/04/2024", "04/13/2024"), "mdy", False),
        (("03/04/2024", "05/06/2024"), None, True),
        (("04/04/2024", "05/05/2024"), None, False),
        (("2024-03-04", "2024-04-13"), None, False),
        (("03.04.2024",), "dmy", False),
        (("03/04/2024 10:00 AM", "12/31/2024 1:00 PM"), "mdy", False),
        (("Mon, 03/04/2024", "31/12/2024"), "dmy", False),
        (("13/04/2024", "04/13/2024", "03/04/2024"), None, True),
        ((None, "n/a"), None, False),
        ((), None, False),
        (("23/01/15", "22/12/31", "21/07/30"), "ymd", False),
        (("23-01-15", "99-07-30"), "ymd", False),
        (("99.07.30", "01.02.03"), "ymd", False),
        (("23.01.15", "22.12.31", "21.07.30"), "dmy", False),
        (("15/03/21", "16/04/22", "27/05/19"), "dmy", False),
        (("15/03/85", "16/04/12", "27/05/19"), "dmy", False),
        (("23/01/15", "22/12/31", "1/07/30"), "dmy", False),
        (("23/01/15", "22/12/31", "21/07/2030"), "dmy", False),
        (("12/31/15", "03/04/05", "11/12/25"), "mdy", False),
        (("03/04/05", "11/12/25", "01/02/30"), None, True),
        (("15/03/10", "28/04/30"), "dmy", False),
        (("99/07/30", "31/12/2024", "30/11/2024"), "dmy", False),
        (("99/07/30", "23/01/32"), "dmy", False),
    ],
)
def test_the_order_of_a_column(texts, order, ambiguous):
    learned = dates.learn(column(*texts))
    assert (learned.order, learned.ambiguous) == (order, ambiguous)


def test_years_of_two_digits_in_front_are_read_as_years_and_what_else_stands_there_is_asked_about():
    learned = dates.learn(column("23/01/15", "22/12/31", "99/07/30"))
    answers = read(dates.parsed(VALUE, learned, with_time=False), "23/01/15", "99/07/30", "23/02/30", "03/04/2024")
    assert answers == [
        ("2023-01-15", "dates.two-digit-year"),
        ("1999-07-30", "dates.two-digit-year"),
        (None, "dates.invalid"),
        (None, "dates.ambiguous"),
    ]


def test_a_few_exceptions_do_not_unsettle_a_column_and_are_marked():
    texts = (*(f"12/{day}/2024" for day in range(13, 32)),) * 10 + ("31/12/2024",)
    learned = dates.learn(column(*texts))
    assert (learned.order, learned.against) == ("mdy", 1)
    assert read(dates.parsed(VALUE, learned, with_time=False), "31/12/2024") == [("2024-12-31", "dates.other-order")]


def test_in_an_ambiguous_column_only_what_is_clear_is_read():
    learned = dates.learn(column("13/04/2024", "04/13/2024", "03/04/2024"))
    answers = read(dates.parsed(VALUE, learned, with_time=False), "13/04/2024", "04/13/2024", "03/04/2024")
    assert answers == [("2024-04-13", "dates.iso"), ("2024-04-13", "dates.iso"), (None, "dates.ambiguous")]


def test_a_hint_settles_what_the_column_does_not_show_but_never_overrules_it():
    assert dates.learn(column("03/04/2024"), "mdy").order == "mdy"
    assert dates.learn(column("13/04/2024"), "mdy").order == "dmy"


@pytest.mark.parametrize(
    ("texts", "exact"),
    [
        (["2024-03-31T14:05:00.000Z", "2023-12-01T00:00:00.000+0000", None], True),
        (["2024-03-31T14:05:00Z", "2023-12-01T00:00:00.000Z"], True),
        (["2024-02-29T14:05:00Z", "2000-02-29T00:00:00.000Z"], True),
        (["2024-03-31T14:05:00.000Z", "2023-02-29T00:00:00.000Z"], False),
        (["2024-03-31T14:05:00.000Z", "1970-01-01T00:00:00.000Z"], False),
        (["2024-03-31T14:05:00.000Z", "2024-02-30T00:00:00.000Z"], False),
        (["2024-03-31T14:05:00.000Z", "2024-03-31 14:05:00.000Z"], False),
        (["2024-03-31T14:05:00.000Z", "2024-03-31T14:05:00.000+0100"], False),
        (["2024-03-31T14:05:00.000Z", "2024-03-31"], False),
        (["2024-03-31T14:05:00.000Z", " 2024-03-31T14:05:00.000Z"], False),
    ],
)
def test_a_column_of_times_at_utc_is_read_as_each_of_them_alone(texts, exact):
    assert throughout(column(*texts), dates.is_exact(pl.col("value"))) == exact
    told, alone = (dates.learn(column(*texts), exact=known) for known in (exact, False))
    for with_time in (True, False):
        read_at_once, read_alone = (
            read(dates.parsed(pl.col("value"), each, with_time=with_time), *texts) for each in (told, alone)
        )
        assert read_at_once == read_alone


def test_the_days_that_are_canonical_are_those_of_the_calendar():
    years = [1000, 1600, 1700, 1900, 1972, 2000, *range(2020, 2030), 2100, 2400, 9996, 9999]
    texts = [f"{year}-{month:02}-{day:02}" for year in years for month in range(14) for day in range(33)]
    days = column(*texts).to_frame()
    told = days.select(dates.is_canonical(pl.col("value"), with_time=False)).to_series()
    assert told.equals(days["value"].str.to_date("%Y-%m-%d", strict=False).is_not_null(), check_names=False)


def test_the_plan_settles_the_decimal_mark_where_no_value_shows_it():
    assert money.learn(column("1,234"), ",").decimal == ","
    assert money.learn(column("1,234", "5.5"), ",").decimal == "."


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (("1,234", "5.5"), "."),
        (("1.234", "5,5"), ","),
        (("1.234.567", "1,234"), ","),
        (("1234", "99"), None),
        (("1,234",), None),
        (("1,234", "5,678", "9,012", "3,456", "7,123"), "."),
        (("1.5", "1,5"), None),
        ((), None),
    ],
)
def test_the_decimal_mark_of_a_column(texts, decimal):
    assert money.learn(column(*texts)).decimal == decimal


def test_in_a_column_of_both_marks_what_shows_its_own_is_read():
    texts = ("1.234,56", "1,234.56", "12,34,567")
    assert money.learn(column(*texts)) == money.Mark(None)
    assert read(money.amount(VALUE, money.Mark(None)), *texts) == [
        ("1234.56", "money.plain"),
        ("1234.56", "money.plain"),
        ("1234567", "money.plain"),
    ]


def test_a_doubtful_amount_in_a_column_of_both_marks_is_not_read_by_a_second_run_either():
    texts = ("1.234,56", "1,234.56", "1,234")
    first = read(money.amount(VALUE, money.learn(column(*texts))), *texts)
    assert first == [(None, "money.ambiguous"), ("1234.56", "money.plain"), (None, "money.ambiguous")]
    kept = [value or text for (value, _), text in zip(first, texts, strict=True)]
    again = read(money.amount(VALUE, money.learn(column(*kept))), *kept)
    assert [value or text for (value, _), text in zip(again, kept, strict=True)] == kept


def test_the_mark_settles_doubtful_amounts():
    assert read(money.amount(VALUE, money.Mark(",")), "1.234", "1,234") == [
        ("1234", "money.plain"),
        ("1.2340", "money.plain"),
    ]
    assert read(money.amount(VALUE, money.Mark(".")), "1,234", "12.5") == [("1234", "money.plain"), ("12.5", None)]


@pytest.mark.parametrize(
    ("texts", "of_one"),
    [
        (("0.25", "1"), True),
        (("0.25", "30"), False),
        (("0", "1"), False),
        (("25 %", "0.5"), False),
        (("0.001", "0.002"), False),
        (("half",), False),
        ((), False),
    ],
)
def test_percentages_as_shares_of_one(texts, of_one):
    assert numbers.learn_percent(column(*texts)).of_one is of_one


def test_extended_words_are_read_only_where_the_whole_column_speaks_that_way():
    assert booleans.all_extended(column("ja", "nein", None))
    assert not booleans.all_extended(column("ja", "vielleicht"))
    assert read(booleans.truth(VALUE), "ja", "x") == [(None, "booleans.unknown")] * 2
    assert read(booleans.truth(VALUE, extended=True), "ja", "x") == [("true", "booleans.word")] * 2


AMOUNTS = st.lists(
    st.one_of(
        st.text("0129.,-$€£k ", min_size=1, max_size=10),
        st.from_regex(r"-?[$€£R]?[0-9]{1,3}([,.][0-9]{2,3}){0,3}([.,][0-9]{0,3})?", fullmatch=True),
    ),
    min_size=20,
    max_size=60,
)


@pytest.mark.parametrize("mark", [money.Mark(None), money.Mark("."), money.Mark(","), money.Mark(None, mixed=True)])
@given(texts=AMOUNTS)
def test_a_blank_behind_an_amount_says_nothing(mark, texts):
    """The shapes that are read at a glance have no blank: the thorough reading must say the same of them."""
    readable = [text for text in texts if not text.endswith((" ", "-"))]
    glance = read(money.amount(VALUE, mark), *readable)
    thorough = read(money.amount(VALUE, mark), *(f"{text} " for text in readable))
    assert glance == [(value, code) if at_a_glance[1] else (value, None) for (value, code), at_a_glance in
                      zip(thorough, glance, strict=True)]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("1,000", "2,500", "50"), ("1000", "2500", "50")),
        (("1.000", "50"), ("1000", "50")),
        (("12,000", "1,250"), ("12000", "1250")),
        (("1.000", "50.0"), ("1", "50")),
        (("5.000", "12.000", "7.000"), ("5", "12", "7")),
        (("1,000",), (None,)),
        (("1.000", "20.000"), (None, None)),
        (("1,000", "1.000", "5"), (None, None, "5")),
        (("1,000,000", "1,000"), ("1000000", "1000")),
        (("1,000", "n/a"), (None, None)),
        (("0.000", "0,00", "3"), ("0", "0", "3")),
    ],
)
def test_three_zeros_behind_a_mark_are_thousands_where_the_column_says_so(texts, values):
    answers = read(numbers.integer(VALUE, numbers.learn_groups(column(*texts))), *texts)
    assert tuple(value for value, _ in answers) == values
    again = [value or text for text, value in zip(texts, values, strict=True)]
    repeated = read(numbers.integer(VALUE, numbers.learn_groups(column(*again))), *again)
    assert tuple(value for value, _ in repeated) == values
    assert {code for (value, code), text in zip(answers, texts, strict=True) if value is None and "0" in text} <= {
        "numbers.ambiguous"
    }


def test_the_plan_settles_thousands_where_no_value_shows_them():
    assert numbers.learn_groups(column("1,000"), ".").comma
    assert numbers.learn_groups(column("1,000"), ",").comma is False
    assert numbers.learn_groups(column("1,000", "5"), ",").comma
