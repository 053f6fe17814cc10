"""Every source into some target and every target from some source: what came out last time, of exports we invented.

Three pairs are deep (all objects, doubles, broken values, opt-outs); after a change that is meant:
pytest tests/golden --update-golden, and read the difference.
"""

import json
from pathlib import Path

import polars as pl
import pytest
from facts import facts
from worlds import write_world

from crmclean.crm.sources import sources
from crmclean.crm.targets import target_names
from crmclean.errors import ExitCode
from crmclean.workflow.initialize import Answers, initialize
from crmclean.workflow.run import run
from crmclean.workspace.paths import Workspace

HERE = Path(__file__).parent
DEEP = {"salesforce": "hubspot", "hubspot": "salesforce", "plain": "pipedrive"}
OTHERS = {
    "pipedrive": "hubspot", "zoho": "dynamics365", "dynamics365": "salesforce", "odoo": "zoho", "close": "odoo",
    "copper": "hubspot", "suitecrm": "zoho", "espocrm": "odoo", "mailchimp": "hubspot", "google": "pipedrive",
    "outlook": "dynamics365", "linkedin": "salesforce",
}  # fmt: skip
PAIRS = {**DEEP, **OTHERS}


def test_every_source_and_every_target_has_a_run():
    assert set(PAIRS) == set(sources())
    assert set(PAIRS.values()) == set(target_names())


@pytest.fixture(scope="session")
def moved(tmp_path_factory):
    runs = {}

    def move(kind):
        if kind not in runs:
            root, exports = tmp_path_factory.mktemp(kind), tmp_path_factory.mktemp(f"{kind}-exports")
            answers = Answers(PAIRS[kind], region="DE", currency="EUR", fallback_owner="rep@seller.example")
            initialize(root, write_world(exports, kind, many=kind in DEEP), answers)
            runs[kind] = (Workspace(root), run(root))
        return runs[kind]

    return move


@pytest.mark.parametrize("kind", PAIRS)
def test_the_run_gives_what_it_gave(moved, kind, pytestconfig):
    workspace, result = moved(kind)
    found, golden = facts(workspace, result), HERE / "small" / f"{kind}-{PAIRS[kind]}.json"
    if pytestconfig.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", PAIRS)
def test_nothing_is_rejected_and_the_rehearsal_did_what_was_predicted(moved, kind):
    workspace, result = moved(kind)
    assert result.exit_code in (ExitCode.DONE, ExitCode.WAITING)
    told = pl.read_parquet(workspace.phase("validate") / "predictions.parquet")
    ledger = pl.read_csv(workspace.report / "ledger.csv", infer_schema=False)
    sent = ledger.filter(pl.col("outcome").is_in(["imported", "rejected"])).select("record", "outcome")
    both = told.join(sent, on="record")
    really = both["outcome"].replace_strict({"imported": "created", "rejected": "rejected"})
    assert both.height > 0
    assert both["prediction"].to_list() == really.to_list()
    assert "rejected" not in set(both["prediction"])
