"""`crmclean hygiene`: the scorecard of exports or of a destination, its history, and what everybody has to do."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from crmclean.errors import ExitCode, Fault, UsageError
from crmclean.exports.inventory import OURS
from crmclean.files.opening import container_of
from crmclean.hygiene.accepted import read_accepted
from crmclean.hygiene.history import opened_history
from crmclean.hygiene.scorecard import Scorecard, scorecard
from crmclean.pipeline.engagement import column
from crmclean.plan.kpi import read_dictionary
from crmclean.plan.kpi_model import Dictionary
from crmclean.plan.model import Plan, Target
from crmclean.plan.read import read_plan
from crmclean.records import RECORD
from crmclean.reports.formats import Formats
from crmclean.reports.results import Result
from crmclean.reports.scorecard_result import Files, scorecard_result
from crmclean.reports.scorecard_write import write_scorecard
from crmclean.values.phones import regions
from crmclean.workflow.importing.fates import imported
from crmclean.workflow.scoring.files import exports_of, planned
from crmclean.workflow.scoring.material import Prepared, prepared
from crmclean.workflow.scoring.target import target_plan
from crmclean.workflow.scoring.verdicts import read_verdicts
from crmclean.workspace.events import Notify, silent
from crmclean.workspace.lock import held
from crmclean.workspace.paths import Workspace

(HISTORY, ACCEPTED), FOLDER = OURS, "crmclean-hygiene"


@dataclass(frozen=True)
class Request:
    """What the command line asks for; None: the default, see `crmclean hygiene --help`.

    fail_on: worse, target or never. how: full or exact duplicate rules. to: a destination of the plan.
    """

    files: tuple[Path, ...] = ()
    workspace: Path | None = None
    to: str | None = None
    kpi: Path | None = None
    history: Path | None = None
    accepted: Path | None = None
    out: Path | None = None
    fail_on: str = "worse"
    how: str = "full"
    as_of: date | None = None
    accept: bool = False
    locale: str | None = None
    region: str | None = None
    decisions: Path | None = None


def hygiene(request: Request, notify: Notify = silent) -> Result:
    """Work out the scorecard, add it to the history, and write it into a folder.

    Raises:
        UsageError: nothing to look at, or no such region. InputError: files, KPI file or history cannot be used.
        PlanError: it has faults. RefusedError: another command is writing to the workspace.
    """
    root = _root(request)
    plan = read_plan(root) if root else Plan(Path(), "hygiene", Target("hubspot"), ())
    dictionary = read_dictionary(request.kpi, plan.hygiene)
    locale = request.locale or dictionary.locale
    roi = replace(dictionary.roi.over(plan.roi), locale=locale)
    roi = replace(roi, currency=roi.currency or dictionary.currency)
    dictionary = replace(dictionary, locale=locale, roi=roi)
    plan = _with_region(plan, request.region or dictionary.region)
    formats = Formats(dictionary.locale)
    history, accepted, out = _places(request, root)
    unknown: list[tuple[str, str]] = []
    locked = held(Workspace(root)) if root else nullcontext()
    with locked, opened_history(history) as known:
        card: Scorecard | None = None
        unread, regionless = dict[str, int](), 0
        for each, last in _exports(request, root, plan, dictionary, history, unknown, notify):
            allowed = read_accepted(accepted, each.material.as_of, tuple(dictionary.measures))
            ours, unread, regionless = _imported(root, each), dict(each.unread), each.regionless
            accept = request.accept and last
            with known.turn():
                card = scorecard(each.material, each.inputs, request.how, allowed, known, ours, accept=accept)
        if card is None:
            raise AssertionError(request)
    written = write_scorecard(card, formats, out)
    code = _exit_code(card, request)
    files = Files(out, history, unknown, unread, regionless)
    return scorecard_result(card, formats, written, files, code=code, fail_on=request.fail_on)


def _with_region(plan: Plan, region: str | None) -> Plan:
    """Read phones without other evidence by the region that was asked for, else by the plan's.

    Raises:
        UsageError: there is no such region.
    """
    if region is None:
        return plan
    if region not in regions():
        hint = "write a code of two letters, such as US"
        raise UsageError(Fault("--region", f"{region} is no country of phones", hint, "hygiene.region"))
    return replace(plan, defaults=replace(plan.defaults, region=region))


def _root(request: Request) -> Path | None:
    if request.workspace is not None or request.to is not None:
        return request.workspace or Path()
    if request.files:
        return None
    if Workspace(Path()).plan.is_file():
        return Path()
    hint = "crmclean hygiene FILE..., or -w DIR for the exports of a workspace"
    raise UsageError(Fault("FILE", "no export was named", hint, "hygiene.nothing"))


def _places(request: Request, root: Path | None) -> tuple[Path, Path, Path]:
    """Return where history, accepted exceptions and the scorecard stand."""
    if root is not None:
        workspace = Workspace(root)
        where = f"hygiene-{request.to}" if request.to else "hygiene"
        history = request.history or workspace.state / f"{where}.sqlite"
        return history, request.accepted or workspace.decisions / ACCEPTED, request.out or workspace.run / where
    first = request.files[0]
    beside = first if first.is_dir() else container_of(first).parent
    history = request.history or beside / HISTORY
    return history, request.accepted or history.with_name(ACCEPTED), request.out or Path(FOLDER)


def _exports(
    request: Request, root: Path | None, plan: Plan, dictionary: Dictionary, history: Path,
    unknown: list[tuple[str, str]], notify: Notify,
) -> Iterator[tuple[Prepared, bool]]:  # fmt: skip
    """Yield every export in time, and whether it is the last; dated snapshots are as of their days."""
    as_of = request.as_of or plan.as_of
    said = read_verdicts(root, request.decisions)
    if request.to is not None:
        with TemporaryDirectory(prefix="crmclean-") as scratch:
            back = target_plan(Workspace(root or Path()), plan, request.to, Path(scratch))
            yield prepared(back, dictionary, request.how, as_of, notify, said), True
        return
    if not request.files:
        yield prepared(plan, dictionary, request.how, as_of, notify, said), True
        return
    exports = exports_of(request.files, history.resolve())
    for place, export in enumerate(exports):
        found = planned(export, plan)
        last = place == len(exports) - 1
        unknown[:] = found.unknown
        own = (as_of if last else None) or export.day or as_of
        yield prepared(found.plan, dictionary, request.how, own, notify, said, found.read), last


def _imported(root: Path | None, export: Prepared) -> pl.Series:
    """Return the records that our own import made, by their ids at the target."""
    none = pl.Series([], dtype=pl.String)
    if root is None:
        return none
    journals = sorted(Workspace(root).state.glob("*/journal.sqlite"))
    fates = [known for path in journals if (known := imported(Workspace(root), path.parent.name)) is not None]
    ids = pl.concat([none, *(known["target_id"].drop_nulls() for known in fates)]).unique()
    tables = export.material.tables.values()
    return pl.concat([none, *(_made(table, ids) for table in tables)])


def _made(table: pl.DataFrame, ids: pl.Series) -> pl.Series:
    return table.filter(column(table, "source_id").is_in(ids.implode()).fill_null(value=False))[RECORD].alias("")


def _exit_code(card: Scorecard, request: Request) -> ExitCode:
    failed = {"worse": any(row.regressed for row in card.rows), "target": bool(card.missed), "never": False}
    return ExitCode.GATE if failed[request.fail_on] else ExitCode.DONE
