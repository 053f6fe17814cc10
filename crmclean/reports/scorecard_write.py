"""Writes the folder of a scorecard: pages, document, exceptions, and a workbook for each owner."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from crmclean.files.at_once import meanwhile
from crmclean.files.guards import guard_texts
from crmclean.files.spreadsheets import write_xlsx
from crmclean.files.tables import write_csv
from crmclean.files.workbook_series import write_xlsx_series
from crmclean.hygiene.owner_lists import index, largest, listed, with_names
from crmclean.hygiene.scorecard import Scorecard
from crmclean.reports.formats import Formats
from crmclean.reports.roi import Figure
from crmclean.reports.scorecard_document import document
from crmclean.reports.scorecard_pages import junit, markdown, webpage
from crmclean.reports.scorecard_view import worth
from crmclean.workspace.atomic import make_folder, replacing_folder, write_json, write_text

_SHEET = 2_000  # exceptions in exceptions.xlsx; the CSV has all of them
_SHOWN = (
    "problem", "to_do", "name", "record", "field", "money", "since", "state", "cause", "taken_over_from", "file", "row",
)  # fmt: skip
REOPENED = "reopened.csv"  # pairs that people have to decide again
_FIXED = ("problem", "name", "record", "field", "since")


@dataclass(frozen=True)
class Written:
    """What was written. document: scorecard.json. owners: one line per owner with exceptions. worth: of cleaning up."""

    document: dict[str, object]
    owners: pl.DataFrame
    worth: tuple[Figure, ...]


def write_scorecard(card: Scorecard, formats: Formats, folder: Path) -> Written:
    """Write scorecard.html, .json and .md, junit.xml, exceptions.csv and .xlsx, reopened.csv, and owners/.

    Raises:
        InputError: the folder cannot be written to, or a file in it is open in Excel.
    """
    make_folder(folder)
    lists = listed(card)
    with meanwhile(partial(_write_every, folder, card), lists) as every:  # as much work for the disk as all the rest
        owners, gains = index(card, lists), worth(card)
        body = document(card, owners, gains)
        write_text(folder / "scorecard.html", webpage(card, lists, owners, gains, formats))
        write_text(folder / "scorecard.md", markdown(card, gains, formats))
        write_text(folder / "junit.xml", junit(card, formats))
        dear = with_names(card, largest(lists, _SHEET))
        write_xlsx(folder / "exceptions.xlsx", {"exceptions": dear.select("owner", *_SHOWN)})
        _write_list(folder / REOPENED, card.reopened)
        with replacing_folder(folder / "owners") as part:
            _write_owners(part, card, lists, owners)
        every()
    write_json(folder / "scorecard.json", body)
    return Written(body, owners, gains)


def _write_every(folder: Path, card: Scorecard, lists: pl.DataFrame) -> None:
    _write_list(folder / "exceptions.csv", with_names(card, lists))


def _write_list(path: Path, rows: pl.DataFrame) -> None:
    write_csv(guard_texts(rows), path)


def _write_owners(folder: Path, card: Scorecard, lists: pl.DataFrame, owners: pl.DataFrame) -> None:
    _write_list(folder / "index.csv", owners)
    there, gone = lists.filter(pl.col("state") != "fixed"), lists.filter(pl.col("state") == "fixed")
    counts = there.group_by("owner_id", "problem").agg(
        pl.len().alias("exceptions"), (pl.col("state") == "new").sum().alias("new"), pl.col("to_do").first()
    )
    counts = counts.sort(["owner_id", "exceptions", "problem"], descending=[False, True, False])
    told = {
        "to do": with_names(card, _top(there, card)).select("owner_id", *_SHOWN),
        "counts": _top(counts, card),
        "fixed": with_names(card, _top(gone, card)).select("owner_id", *_FIXED),
    }
    write_xlsx_series(folder, "owner_id", told)


def _top(rows: pl.DataFrame, card: Scorecard) -> pl.DataFrame:
    return rows.group_by("owner_id", maintain_order=True).head(card.dictionary.top).select(rows.columns)
