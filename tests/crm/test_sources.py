"""The source schemas say only what exists."""

import re

import pytest

from crmclean.crm.canonical import canonical
from crmclean.crm.sources import header_key, sources

TABLES = [(kind, table) for kind, schema in sources().items() for table in schema.tables.values()]
MOVED = [(kind, table) for kind, table in TABLES if table.object]


@pytest.mark.parametrize(("kind", "table"), MOVED, ids=lambda one: getattr(one, "name", one))
def test_tables_speak_of_fields_that_exist(kind, table):
    fields = canonical()[table.object].fields
    named = {field for known in table.columns.values() for field, _ in known}
    named |= {*table.constants, *table.derive}
    named |= {link.fills for link in table.links.values() if link.fills}
    assert named <= set(fields)
    assert {link.object for link in table.links.values()} <= set(canonical())


@pytest.mark.parametrize(("kind", "table"), MOVED, ids=lambda one: getattr(one, "name", one))
def test_words_lead_to_values_of_the_picklist(kind, table):
    fields = canonical()[table.object].fields
    for field, rule in table.derive.items():
        values = {*rule.values.values(), *([rule.default] if rule.default else [])}
        allowed = fields[field].values or (("true", "false") if fields[field].kind == "boolean" else None)
        assert allowed is None or values <= set(allowed), field


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=lambda one: getattr(one, "name", one))
def test_patterns_are_patterns(kind, table):
    assert table.id_pattern is None or re.compile(table.id_pattern)
    assert all(table.signature)


@pytest.mark.parametrize(
    "header",
    ["FirstName", "FIRSTNAME", "First Name", "first_name", " First  Name ", "First-Name"],
)
def test_spellings_of_one_header_have_one_key(header):
    assert header_key(header) == "firstname"


def test_headers_in_decomposed_letters_have_the_same_key():
    assert header_key("Número de teléfono") == header_key("Nu\u0301mero de tele\u0301fono")


def test_plain_is_tried_last():
    assert list(sources())[-1] == "plain"


@pytest.mark.parametrize(("kind", "table"), MOVED, ids=lambda one: getattr(one, "name", one))
def test_a_field_is_read_or_derived_but_not_both(kind, table):
    read = {field for known in table.columns.values() for field, _ in known}
    assert not read & {field for field, rule in table.derive.items() if not rule.optional}
