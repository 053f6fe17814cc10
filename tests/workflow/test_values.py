"""`crmclean values`: one column through one kind, in the same order."""

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


def test_a_missing_file_and_a_broken_csv_are_input_errors(tmp_path):
    with pytest.raises(InputError):
        values("phones", tmp_path / "none.csv")
    with pytest.raises(InputError):
        values("companies", BytesIO(b"name\nAcme, Inc.\n"))
    with pytest.raises(InputError):
        values("companies", BytesIO(b""))
