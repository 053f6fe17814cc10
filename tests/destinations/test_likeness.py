"""What counts as the same cell when a target writes it in another way."""

import pytest
from small_crm import SCHEMA

from crmclean.destinations.contract import Capabilities
from crmclean.destinations.likeness import likeness


@pytest.mark.parametrize(
    ("object_", "field", "sent", "found", "same"),
    [
        ("Contact", "OptOut", None, "false", True),
        ("Contact", "OptOut", "false", None, True),
        ("Contact", "OptOut", "true", "false", False),
        ("Contact", "OptOut", "true", None, False),
        ("Contact", "LastName", None, "false", False),
        ("Contact", "LastName", "1.50", "1.5", False),
        ("Task", "Cost", "1.50", "1.5", True),
        ("Task", "Cost", "1.50", "1.51", False),
        ("Task", "Cost", "1.50", None, False),
        ("Task", "Cost", "0", None, False),
        ("Task", "Cost", "x", "y", False),
        ("Task", "At", "2024-03-31", "2024-03-31T00:00:00Z", True),
        ("Task", "At", "2024-03-31T14:05:00Z", "2024-03-31T00:00:00Z", False),
        ("Task", "At", "2024-03-31", None, False),
        ("Contact", "Born", "2024-03-31", "2024-03-31T00:00:00Z", False),
        ("Account", "Size", "10", "10.0", True),
        ("Account", "NoSuchField", "1", "1.0", False),
    ],
)
def test_cells_that_say_the_same(object_, field, sent, found, same):
    assert likeness(SCHEMA, Capabilities(key_enforced=True))(object_, field, sent, found) is same


@pytest.mark.parametrize(
    ("field", "sent", "found", "same"),
    [("Cost", None, "0", True), ("Cost", "0", "0.0", True), ("Cost", None, "1", False), ("Subject", None, "0", False)],
)
def test_a_target_without_empty_numbers(field, sent, found, same):
    assert likeness(SCHEMA, Capabilities(key_enforced=True, zero_for_empty=True))("Task", field, sent, found) is same
