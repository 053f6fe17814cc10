"""The choice where several records fit what somebody typed: enough of each to tell them apart."""

from collections.abc import Iterator, Sequence

import polars as pl

from crmclean.errors import ExitCode
from crmclean.pipeline.store import tables
from crmclean.records import FILE, RECORD, ROW, Outcome
from crmclean.reports.results import Result, TableView
from crmclean.workflow.explaining.lookup import Place, SeveralError, ledger
from crmclean.workspace.paths import Workspace

_MOST = 20
_CANDIDATE = ("record", "object", "name", "email", "company", "outcome", "target_id", "file", "row")
_FATES = pl.LazyFrame(schema={"record": pl.String, "outcome": pl.String, "target_id": pl.String})


def choice(workspace: Workspace, several: SeveralError, command: str) -> Result:
    """Show the records that fit, those that were merged last. command: what is typed, with {} for the one meant."""
    merged = Outcome.MERGED.value
    found = sorted(_candidates(workspace, several.places), key=lambda one: (one["outcome"] == merged, one["record"]))
    left = len(found) - _MOST
    rows = tuple((one["record"], *(one[name] for name in _CANDIDATE[2:5]), _became(one)) for one in found[:_MOST])
    return Result(
        "explain",
        f"{len(found):,} records fit {several.words}; name one of them by its id.",
        (TableView("Records that fit", ("id", "name", "email", "company or city", "became"), rows, folded=True),),
        notes=(f"{left:,} more fit: --json lists all of them.",) if left > 0 else (),
        next_step=command.format(found[0]["record"]),
        data={"candidates": found},
        exit_code=ExitCode.WAITING,
    )


def _candidates(workspace: Workspace, places: Sequence[Place]) -> Iterator[dict[str, str]]:
    known, clean = ledger(workspace), tables(workspace, "normalize") or tables(workspace, "load")
    fates = _FATES if known is None else known.select("record", "outcome", "target_id")
    for object_ in dict.fromkeys(place.object for place in places):
        records = [place.record for place in places if place.object == object_]
        rows = clean[object_].filter(pl.col(RECORD).is_in(records))
        held = rows.collect_schema().names()
        told = rows.select(
            record=RECORD, object=pl.lit(object_), name=_called(held), email=_first(held, "email"),
            company=_first(held, "company_name", "domain", "city"), file=FILE, row=ROW,
        )  # fmt: skip
        yield from told.join(fates, on="record", how="left").select(_CANDIDATE).collect().to_dicts()


def _became(one: dict[str, str]) -> str | None:
    """Say what became of a record, with its id at the target, by which it may have been found."""
    return f"{one['outcome']} as {one['target_id']}" if one["target_id"] else one["outcome"]


def _called(held: Sequence[str]) -> pl.Expr:
    parts = [name for name in ("first_name", "last_name") if name in held]
    whole = pl.concat_str(parts, separator=" ", ignore_nulls=True) if parts else pl.lit(None, pl.String)
    return pl.coalesce(pl.when(whole != "").then(whole), _first(held, "full_name", "name", "subject"))


def _first(held: Sequence[str], *names: str) -> pl.Expr:
    return pl.coalesce(*(name for name in names if name in held), pl.lit(None, pl.String))
