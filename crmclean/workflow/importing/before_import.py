"""What people look at before an import: what becomes of every column and value, what is lost, and a sample."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from crmclean.files.guards import guard_texts
from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.pipeline.map.mapping import Mapped
from crmclean.pipeline.store import frame
from crmclean.pipeline.validate.predicting import REJECTED
from crmclean.pipeline.validate.validating import Validation
from crmclean.reports.redacting import redacted_frame
from crmclean.workspace.paths import Workspace

WORKBOOK = "before-import.xlsx"
_SHOWN = 10_000  # rows of one sheet that a person can do something with; the folder validate/ has all
_LISTS = ("losses", "lost-cells", "spot-check")
_STORED = {
    "map": ("decisions", "unlisted"),
    "validate": (*_LISTS, "estimate", "predictions"),
}
Frames = Mapping[str, pl.DataFrame]


def before_import_of(mapped: Mapped, found: Validation) -> Frames:
    """Return the frames under the names that they are stored by."""
    return {
        "decisions": mapped.decisions,
        "unlisted": mapped.unlisted,
        "losses": found.losses,
        "lost-cells": found.lost_cells,
        "estimate": found.estimate,
        "predictions": found.predictions,
        "spot-check": found.spot_check,
    }


def write_before_import(folder: Path, frames: Frames) -> None:
    """Write before-import.xlsx, with a sheet for each question, loss.csv, lost-cells.csv and spot-check.csv.

    All of them hold cell values.

    Raises:
        InputError: the folder cannot be written to.
    """
    write_xlsx(folder / WORKBOOK, _sheets(frames))
    for name in _LISTS:
        write_csv(guard_texts(frames[name]), folder / f"{name.replace('losses', 'loss')}.csv")


def rewrite_before_import(workspace: Workspace, *, redact: bool) -> None:
    """Write the files again from what the phases keep, with personal values masked or as they are."""
    if not workspace.table("validate", "spot-check").is_file():
        return
    kept = {name: frame(workspace, phase, name) for phase, names in _STORED.items() for name in names}
    write_before_import(
        workspace.report, {name: (redacted_frame(own) if redact else own).collect() for name, own in kept.items()}
    )


def _beside(predictions: pl.DataFrame) -> pl.DataFrame:
    return predictions.filter(pl.col("blanked").is_not_null() | pl.col("owner").is_not_null())


def _sheets(frames: Frames) -> Mapping[str, pl.DataFrame]:
    predictions = frames["predictions"]
    return {
        "Columns": frames["decisions"].with_columns(pl.col("decided").replace_strict({True: "yes", False: "NO"})),
        "Unlisted values": frames["unlisted"].head(_SHOWN),
        "Losses": frames["losses"],
        "Lost cells": frames["lost-cells"].head(_SHOWN),
        "Estimate": frames["estimate"],
        "Blanked and owners": _beside(predictions).head(_SHOWN),
        "Predicted rejects": predictions.filter(pl.col("prediction") == REJECTED).head(_SHOWN),
        "Spot check": frames["spot-check"],
    }
