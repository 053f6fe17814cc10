"""A destination read back as one more export, in our own field names, so that the same measures work on it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from crmclean.audit.readback import ID, KEY, read_target
from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.errors import Fault, InputError
from crmclean.files.tables import write_csv
from crmclean.plan.model import Plan, Source, SourceFile
from crmclean.plan.target import planned_target
from crmclean.workflow.importing.reaching import reached
from crmclean.workspace.paths import Workspace

_OBJECT = "_object"


def target_plan(workspace: Workspace, plan: Plan, to: str, folder: Path) -> Plan:
    """Read a destination back into CSV files in `folder`, and return the plan that loads them.

    Raises:
        DestinationError: it cannot be reached. RefusedError: it is not the one that was imported into before.
        InputError: it holds nothing.
    """
    schema = planned_target(plan)
    with reached(workspace, plan, to, schema) as at:
        found = read_target(at.ready(), schema)
    files = tuple(files_of(schema, found, folder))
    if not files:
        hint = "import into it first: crmclean run"
        raise InputError(Fault(to, "the destination holds no records", hint, "hygiene.empty-destination"))
    return read_back(plan, to, files)


def read_back(plan: Plan, to: str, files: tuple[SourceFile, ...]) -> Plan:
    """Return the plan that loads what was read back from a destination."""
    source = Source(to, "plain", 0, files)
    return Plan(plan.root, plan.name, plan.target, (source,), dedupe=plan.dedupe, defaults=plan.defaults)


def files_of(schema: TargetSchema, found: Mapping[str, pl.DataFrame], folder: Path) -> Iterator[SourceFile]:
    """Write what was read back into CSV files in `folder`, in our own field names, and yield how to load them.

    A file is called after the target's object and ours: `Contact-contacts.csv`. Objects without records have none.
    """
    for name, object_ in ((name, each) for name, each in schema.objects.items() if name in found):
        for number, rule in enumerate(object_.sources):
            rows = _of(found[name], rule.object, [each.object for each in object_.sources])
            twice = any(rule.object == other.object for other in object_.sources[:number])
            if rows.height and not twice:
                frame = _canonical(rows, object_, number)
                path = folder / f"{name}-{rule.object}.csv"
                write_csv(frame, path)
                yield SourceFile(str(path.absolute()), rule.object, columns={each: each for each in frame.columns})


def _of(rows: pl.DataFrame, object_: str, objects: Sequence[str]) -> pl.DataFrame:
    """Return the records that came from one of our objects; those that others made belong to the first of `objects`."""
    told = pl.col(KEY).str.split(":").list.get(1, null_on_oob=True)
    ours = told.is_in(list(objects)).fill_null(value=False)
    return rows.filter(pl.when(ours).then(told).otherwise(pl.lit(objects[0])) == object_)


def _canonical(rows: pl.DataFrame, object_: TargetObject, number: int) -> pl.DataFrame:
    """Name each target field by the canonical field that filled it first; what fills nothing of ours is left out."""
    rule = object_.sources[number]
    columns: dict[str, pl.Expr] = {"source_id": pl.col(ID)}
    for each in object_.writable():
        names = [name for name in rule.feeds(each) if " " not in name and not name.startswith("_")]
        if names and each.name in rows.columns and not each.legacy:
            columns.setdefault(names[0], pl.col(each.name))
        if each.states and each.name in rows.columns:
            told = pl.col(each.name).replace_strict(dict(each.states), default="open", return_dtype=pl.String)
            columns["status"] = pl.when(pl.col(each.name).is_not_null()).then(told)
    for name, texts in rule.where.items():
        if len(texts) == 1 and texts[0]:
            columns.setdefault(name, pl.lit(texts[0]))
    return rows.select(**columns)
