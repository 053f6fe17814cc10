"""What the golden tests compare: counts, codes and hashes of a finished run."""

import hashlib
import json
from collections import Counter

import polars as pl

PREPARING = ("load", "normalize", "dedupe", "stale")


def _counted(frame, *columns):
    keys = frame.select(pl.concat_str([pl.col(name).fill_null("-") for name in columns], separator=" ")).to_series()
    return dict(sorted(Counter(keys).items()))


def _digest(frame):
    return hashlib.sha256(frame.write_csv().encode()).hexdigest()[:16]


def _phase(workspace, phase):
    objects = json.loads((workspace.phase(phase) / "phase.json").read_text(encoding="utf-8"))["objects"]
    changes = pl.read_parquet(workspace.phase(phase) / "changes.parquet")
    findings = pl.read_parquet(workspace.phase(phase) / "findings.parquet")
    return {
        "rows": {name: pl.read_parquet(workspace.table(phase, name)).height for name in objects},
        "hashes": {name: _digest(pl.read_parquet(workspace.table(phase, name))) for name in objects},
        "changes": _counted(changes, "object", "field", "code"),
        "findings": _counted(findings, "object", "field", "code"),
    }


def facts(workspace, result):
    """What a finished run gave, without any value of its exports."""
    ledger = pl.read_csv(workspace.report / "ledger.csv", infer_schema=False)
    phases = {phase: _phase(workspace, phase) for phase in (*PREPARING, "map", "validate")}
    outcomes = _counted(ledger, "object", "outcome", "code", "stage")
    return {"exit_code": int(result.exit_code), "outcomes": outcomes, "phases": phases}
