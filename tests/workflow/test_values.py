"""`crmclean values`: one column through one kind, in the same order."""

import subprocess
from io import BytesIO

import pytest

from crmclean.errors import InputError, UsageError
from crmclean.values.kinds import KINDS, Options
from crmclean.workflow.values import values, written


def test_answers_stand_in_the_order_of_the_rows_and_blanks_stay():
    frame = values("phones", BytesIO(b"phone\n(212) 555-0123 x9\n\n253-0000\n"), options=Options(region="US"))
    assert frame.rows() == [
        ("(212) 555-0123 x9", "+12125550123", "phones.extension"),
        (None, None, None),
        ("253-0000", None, "phones.invalid"),
    ]


def test_the_answer_as_csv_quotes_what_needs_it():
    frame = values("emails", BytesIO(b'e\n"a@b.com, c@d.com"\n'))
    assert written(frame) == b'value,result,code\n"a@b.com, c@d.com",a@b.com,emails.several\n'


def test_a_column_can_be_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("id,mail\n1,Mary@Example.ORG\n", encoding="utf-8")
    assert values("emails", path, column="mail")["result"].to_list() == ["Mary@example.org"]
    with pytest.raises(InputError, match="mails is not known"):
        values("emails", path, column="mails")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_a_file_with_a_header_only(kind):
    for form in KINDS[kind]:
        assert values(kind, BytesIO(b"value\n"), form=form).height == 0


@pytest.mark.parametrize(
    ("kind", "form", "options"),
    [("phone", None, Options()), ("phones", "e163", Options()), ("phones", None, Options(region="UK"))],
)
def test_unknown_names_are_usage_errors(kind, form, options):
    with pytest.raises(UsageError):
        values(kind, BytesIO(b"v\n1\n"), form=form, options=options)


@pytest.mark.parametrize(("given", "meant"), [("UK", "GB"), ("us", "US"), ("Germany", "DE"), ("ZZ", "such as US")])
def test_a_region_that_is_no_code_names_the_one_that_was_meant(given, meant):
    for kind in ("phones", "states"):
        with pytest.raises(UsageError) as refused:
            values(kind, BytesIO(b"v\n1\n"), options=Options(region=given))
        assert meant in refused.value.faults[0].hint


@pytest.mark.parametrize("options", [Options(region="US"), Options(vocabulary="hubspot")])
def test_an_option_that_the_kind_has_no_use_for_is_a_usage_error(options):
    with pytest.raises(UsageError, match="no use"):
        values("emails", BytesIO(b"v\n1\n"), options=options)


def test_a_column_is_found_by_part_of_its_header():
    with pytest.raises(InputError) as refused:
        values("phones", BytesIO(b"id,Phone Number\n1,2\n"), column="phone")
    assert refused.value.faults[0].hint == "did you mean Phone Number?"


def test_the_help_names_every_kind_and_form():
    shown = subprocess.run(["crmclean", "values", "--help"], capture_output=True, text=True, check=True).stdout
    told = " ".join(shown.split())
    for kind, forms in KINDS.items():
        assert f"{kind}: {', '.join(forms)}." in told


def test_a_missing_file_and_a_broken_csv_are_input_errors(tmp_path):
    with pytest.raises(InputError):
        values("phones", tmp_path / "none.csv")
    with pytest.raises(InputError) as caught:
        values("companies", BytesIO(b"name\nBeta\n\nAcme, Inc.\n"))
    assert caught.value.faults[0].where == "standard input, line 4"
    with pytest.raises(InputError):
        values("companies", BytesIO(b"name\n" + b"a" * 200_000 + b"\nAcme, Inc.\n"))
    with pytest.raises(InputError):
        values("companies", BytesIO(b""))
