"""Every promise of an import names a test that exists and has passed, for every destination that there is."""

import ast
from datetime import UTC, date, datetime, timedelta

import pytest

from crmclean.destinations.registry import kinds
from tests.proofs import FOLDER, PROOFS, read

ROOT = PROOFS.parents[2]
SAME = {"sql": "postgresql"}  # one class


@pytest.mark.parametrize("row", read(), ids=lambda row: f"{row['destination']}-{row['test']}")
def test_a_proof_is_a_test_that_exists_and_has_passed(row):
    file, _, name = row["test"].partition("::")
    tree = ast.parse((ROOT / FOLDER / file).read_text(encoding="utf-8"))
    assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    proven = date.fromisoformat(row["proven"])
    assert proven <= datetime.now(UTC).date() + timedelta(days=1)


def test_every_destination_has_proofs():
    assert {SAME.get(kind, kind) for kind in kinds()} | {"your own"} == {row["destination"] for row in read()}
