"""Writes a sample: exports flat in a folder, the truth in its truth/."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crmclean.samples import accounts, contacts, sales, truth
from crmclean.samples.copies import RECORDS_PER_PERSON, contact_cells, records_of
from crmclean.samples.dice import Dice
from crmclean.samples.world import World, make_world
from crmclean.workspace.atomic import replacing

LIST_FILE = "marketing-list.csv"


@dataclass(frozen=True)
class Sample:
    """What was written: rows per file, people and companies that are really there, planted faults."""

    rows: Mapping[str, int]
    people: int
    companies: int
    faults: int


def write_sample(directory: Path, *, rows: int, seed: int) -> Sample:
    """Write exports with `rows` contact records in two sources, and the truth; the same seed gives the same bytes."""
    dice = Dice(seed)
    world = make_world(dice, int(rows / RECORDS_PER_PERSON * 1.05) + 20)
    cells = contact_cells(world, records_of(world, rows))
    exports, truths = _tables(world, cells)
    for name, frame in exports.items():
        _write(frame, directory / name, spreadsheet=name == LIST_FILE)
    for name, frame in truths.items():
        _write(frame, directory / "truth" / name, spreadsheet=False)
    people, companies = (truths[name]["entity"].n_unique() for name in ("contacts.csv", "companies.csv"))
    return Sample(
        {name: frame.height for name, frame in exports.items()}, people, companies, truths["faults.csv"].height
    )


def _tables(world: World, cells: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    dice = world.dice
    employers = cells.select(pl.concat([pl.col("employer"), pl.col("company")]).drop_nulls().unique().alias("company"))
    owners = accounts.users(dice, cells.height)
    account_rows = accounts.accounts(world, employers)
    crm = contacts.crm_records(world, cells, account_rows)
    listed_only = ~pl.col("person").is_in(crm["person"].unique().implode())
    mailing = contacts.list_records(dice, cells).with_columns(listed_only.alias("only_listed"))
    deals = sales.deals(world, account_rows)
    done = sales.tasks(world, crm, owners)
    touched = done.group_by(pl.col("WhoId").alias("contact_id")).agg(pl.col("happened").min().alias("touched"))
    exports = {
        "User.csv": owners,
        "Account.csv": accounts.account_table(world, account_rows, owners, deals.filter(pl.col("state") == 1)),
        "Contact.csv": contacts.contact_table(world, crm, owners, touched),
        "Opportunity.csv": sales.deal_table(world, deals, owners),
        "OpportunityContactRole.csv": sales.roles(dice, deals, crm),
        "Task.csv": done.drop("happened"),
        LIST_FILE: contacts.list_table(world, mailing),
    }
    truths = {
        "contacts.csv": truth.contact_truth(crm, mailing, LIST_FILE),
        "companies.csv": truth.company_truth(account_rows),
        "faults.csv": truth.planted_faults(crm, mailing, LIST_FILE),
    }
    return exports, truths


def _write(frame: pl.DataFrame, path: Path, *, spreadsheet: bool) -> None:
    """Write as Data Loader does (every cell quoted, LF), or as a spreadsheet does (byte order mark, CRLF)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        if spreadsheet:
            frame.write_csv(part, include_bom=True, line_terminator="\r\n")
        else:
            frame.write_csv(part, quote_style="always")
