"""Lists in which the only alike pairs are namesakes: nothing may be learned from them, and nothing merged."""

import polars as pl
import pytest

from crmclean.matching.engine import match
from crmclean.matching.model import MatchSettings
from tests.matching.test_never_alone import people

FIRSTS = ("Anna", "Bernd", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Levi")
LASTS = ("Abel", "Haas", "Otto", "Brandt", "Imhof", "Pohl", "Cohen", "Jansen", "Lehmann", "Tanner", "Vogt", "Wirth")


def namesakes(rows, **constant):
    """Everybody has a namesake or more; mailbox, phone and company are everybody's own."""
    return people(
        *(
            {
                "first_name": FIRSTS[number % rows_of_names(rows) % 12],
                "last_name": LASTS[(number % rows_of_names(rows)) // 12 % 12],
                "email": f"person{number}@firm{number}.example",
                "phone": f"+4930555{number:05}",
                "company_name": f"{LASTS[number // 7 % 12]} {FIRSTS[number // 84 % 12]} & {LASTS[number // 5 % 12]}",
                **constant,
            }
            for number in range(rows)
        )
    )


def rows_of_names(rows):
    return max(6, min(rows // 3, 144))


@pytest.mark.parametrize("rows", [20, 64, 300, 800])
@pytest.mark.parametrize(
    "constant",
    [{}, {"city": "Berlin"}, {"city": "Berlin", "country": "DE", "title": "Buyer"}],
    ids=["nothing", "city", "city, country and title"],
)
def test_namesakes_with_everything_else_their_own_stay_apart(rows, constant):
    assert match("contacts", namesakes(rows, **constant), MatchSettings()).groups.is_empty()


@pytest.mark.parametrize("rows", [20, 64, 300, 800])
@pytest.mark.parametrize("column", ["company_name", "city", "street", "phone", "postal_code"])
def test_a_name_and_a_constant_column_are_never_enough(rows, column):
    frame = namesakes(rows).drop("phone", "company_name").with_columns(pl.lit("+493055500000").alias(column))
    assert match("contacts", frame, MatchSettings()).groups.is_empty()


@pytest.mark.parametrize("rows", [20, 64, 300, 800])
def test_a_real_copy_among_namesakes_is_found(rows):
    frame = namesakes(rows, city="Berlin")
    copy = frame.head(1).with_columns(
        pl.lit("s:contacts:copy").alias("_record"), pl.lit(None, pl.String).alias("phone")
    )
    groups = match("contacts", pl.concat([frame, copy]), MatchSettings()).groups
    assert groups["record"].to_list() == ["s:contacts:0", "s:contacts:copy"]
