"""What people look at before an import: what becomes of every column and value, what is lost, and a sample."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from crmclean.files.guards import guard_texts
from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.pipeline.mapping import Mapped
from crmclean.pipeline.predicting import REJECTED
from crmclean.pipeline.validating import Validation

WORKBOOK = "before-import.xlsx"
_SHOWN = 10_000  # rows of one sheet that a person can do something with; the folder validate/ has all


def write_before_import(folder: Path, mapped: Mapped, found: Validation) -> None:
    """Write before-import.xlsx, with a sheet for each question, loss.csv, lost-cells.csv and spot-check.csv.

    All of them hold cell values.

    Raises:
        InputError: the folder cannot be written to.
    """
    write_xlsx(folder / WORKBOOK, _sheets(mapped, found))
    write_csv(guard_texts(found.losses), folder / "loss.csv")
    write_csv(guard_texts(found.lost_cells), folder / "lost-cells.csv")
    write_csv(guard_texts(found.spot_check), folder / "spot-check.csv")


def _beside(found: Validation) -> pl.DataFrame:
    return found.predictions.filter(pl.col("blanked").is_not_null() | pl.col("owner").is_not_null())


def _sheets(mapped: Mapped, found: Validation) -> Mapping[str, pl.DataFrame]:
    return {
        "Columns": mapped.decisions.with_columns(pl.col("decided").replace_strict({True: "yes", False: "NO"})),
        "Unlisted values": mapped.unlisted.head(_SHOWN),
        "Losses": found.losses,
        "Lost cells": found.lost_cells.head(_SHOWN),
        "Estimate": found.estimate,
        "Blanked and owners": _beside(found).head(_SHOWN),
        "Predicted rejects": found.predictions.filter(pl.col("prediction") == REJECTED).head(_SHOWN),
        "Spot check": found.spot_check,
    }
