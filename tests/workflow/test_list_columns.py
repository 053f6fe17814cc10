"""Lists with headers that no mapping knows: what the words in them, and the values below them, tell."""

import polars as pl
import pytest

from crmclean.exports.recognise import recognise
from crmclean.workflow.cleaning.list_columns import composed, guessed
from crmclean.workflow.dedupe_file import ListOptions, dedupe_file

HEADERS = {
    "voters": (
        "contacts",
        {"res_street_address": "1 Elm St", "res_city_desc": "Ames", "midl_name": "K", "name_suffix_lbl": "JR"},
        {"res_street_address": "street", "res_city_desc": "city", "midl_name": "middle_name",
         "name_suffix_lbl": "name_suffix"},
    ),
    "patients": ("contacts", {"Patient": "Reed, Ann", "dob_text": "1970-02-03"},
                 {"Patient": "full_name", "dob_text": "birthdate"}),
    "banks": ("companies", {"FIN_NAME": "Elm Bank", "FIN_CITY": "AMES", "FIN_ZIP": "50010", "IDRSSD": "77"},
              {"FIN_NAME": "name", "FIN_CITY": "city", "FIN_ZIP": "postal_code"}),
    "hotels": ("companies", {"hotel_city": "Ames", "hotel_name": "Inn"}, {"hotel_city": "city", "hotel_name": "name"}),
    "french firms": ("companies", {"Raison sociale": "Orme SA", "Ville": "Lyon", "SIRET": "73282932000074"},
                     {"Raison sociale": "name", "Ville": "city", "SIRET": "tax_id"}),
    "names by their values": ("contacts", {"wer": "Ann Reed", "wo": "Ames"}, {"wer": "full_name"}),
    "somebody else's": ("contacts", {"mother_name": "Ann Reed", "owner_name": "Bo Cole", "file_name": "a b"},
                        {"owner_name": "owner_ref"}),
    "a phone without digits": (
        "contacts", {"First": "Ann", "phone_note": "call", "tel_kind": "desk"}, {"First": "first_name"}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("object_", "row", "fields"), HEADERS.values(), ids=HEADERS.keys())
def test_headers_are_told_by_their_words(object_, row, fields):
    sample = pl.DataFrame([row])
    known = recognise("list.csv", tuple(row), sample, kind="plain", object_=object_)
    told = {verdict.header: verdict.field for verdict in known.columns if verdict.field}
    assert told | guessed(known, object_, sample, {}) == fields


def test_what_the_user_names_is_not_guessed():
    sample = pl.DataFrame([{"Patient": "Reed, Ann", "Doctor": "Cole, Bo"}])
    known = recognise("list.csv", tuple(sample.columns), sample, kind="plain", object_="contacts")
    assert guessed(known, "contacts", sample, {"full_name": "Doctor"}) == {}


COMPOSED = {
    "a birthdate of three columns": ({"x_by": "1948", "x_bm": "3", "x_bd": "2"}, {"birthdate": "1948-03-02"}),
    "a year of birth": ({"x_birth_year": "1948"}, {"birthdate": "1948"}),
    "a birthdate that is there": (
        {"x_by": "1948", "birthdate": "1950-01-01"}, {"x_by": "1948", "birthdate": "1950-01-01"}
    ),
    "a house number": ({"x_house_number": "14", "street": "Oak Row"}, {"street": "14 Oak Row"}),
    "a house number without a street": ({"x_house_number": "14"}, {"x_house_number": "14"}),
    "another year": ({"x_year_founded": "1948"}, {"x_year_founded": "1948"}),
}  # fmt: skip


@pytest.mark.parametrize(("row", "together"), COMPOSED.values(), ids=COMPOSED.keys())
def test_what_stands_in_columns_of_its_own_is_put_together(row, together):
    assert composed(pl.DataFrame([row])).to_dicts() == [together]


def test_a_list_with_headers_of_its_own_is_matched(tmp_path):
    guests = [("Reed, Ann", "12 Elm Street"), ("Ann Reed", "12 Elm St"), ("Cole, Bo", "7 Oak Row")]
    rows = [f"{n},{name!r},{street}".replace("'", '"') for n, (name, street) in enumerate(guests, start=1)]
    (tmp_path / "list.csv").write_text("guest_no,Hotel Guest,res_street_addr\n" + "\n".join(rows), encoding="utf-8")
    result = dedupe_file(tmp_path / "list.csv", tmp_path / "out.csv", ListOptions("contacts"))
    assert (result.data["clusters"], result.data["doubtful_pairs"]) == (2, 0)
