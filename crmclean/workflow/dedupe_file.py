"""`crmclean dedupe FILE --clusters OUT`: duplicates in one file, or against another one, without a plan."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.errors import Fault, UsageError, nearest
from crmclean.exports.recognise import Recognition, recognise
from crmclean.files.piped import on_disk
from crmclean.files.read import read_table
from crmclean.files.tables import write_csv
from crmclean.matching.engine import match
from crmclean.matching.model import MERGE, REVIEW, Matching, MatchSettings
from crmclean.pipeline.load.loading import load
from crmclean.pipeline.normalize.normalizing import normalize
from crmclean.plan.model import Defaults, Plan, Source, SourceFile, Target
from crmclean.records import OUTCOME, RECORD, ROW
from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.cleaning.dedupe_columns import TakenFor, composed_of, document, taken_for, told
from crmclean.workflow.cleaning.list_columns import composed, guessed
from crmclean.workspace.events import Notify, silent

MATCHED = ("contacts", "companies", "leads", "users")
NEW, KNOWN = "file", "known"
OWN_ID = re.compile(r"(?i)(^|[ _-])(id|ids|key|uid|uuid|rec|record|nr|no|number)($|[ _-])|Id$")
SAMPLE = 1000  # rows by which a file is recognised
SINGLE = "single"
RANKS = {MERGE: 0, REVIEW: 1}


@dataclass(frozen=True)
class ListOptions:
    """What is known of a list beforehand; columns: canonical field -> header, where the header says too little."""

    object: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    seed: int = 1


def dedupe_file(
    path: Path,
    clusters: Path,
    options: ListOptions = ListOptions(),
    notify: Notify = silent,
) -> Result:
    """Write record, row, cluster, band and probability of every row of `path` into `clusters`.

    record: the file's own id where it has one, else its row.

    Raises:
        InputError: the file cannot be used. UsageError: an unknown object, field or header.
    """
    with on_disk((path,)) as (file,):
        plan, columns = _plan({NEW: file}, options)
        name, frame, columns = _prepared(plan, columns, notify)
        named = _identified(file, frame)
    matching = match(name, frame.filter(pl.col(OUTCOME).is_null()), MatchSettings(seed=options.seed))
    rows = _clustered(named, matching)
    write_csv(rows, clusters)
    return _result(clusters, rows, matching, columns)


def check_against(
    path: Path,
    known: Path,
    answer: Path,
    options: ListOptions = ListOptions(),
    notify: Notify = silent,
) -> Result:
    """Write for every row of `path` the likeliest record of `known`, its band, probability and the reasons.

    Raises:
        InputError: a file cannot be used. UsageError: an unknown object, field or header.
    """
    with on_disk((path, known)) as (new, old):
        plan, columns = _plan({NEW: new, KNOWN: old}, options)
        name, frame, columns = _prepared(plan, columns, notify)
        named = pl.concat([_identified(new, _of(frame, NEW)), _identified(old, _of(frame, KNOWN))])
    matching = match(name, frame.filter(pl.col(OUTCOME).is_null()), MatchSettings(seed=options.seed))
    rows = _found(named, matching)
    write_csv(rows, answer)
    bands = rows["band"].value_counts().sort("band").rows()
    headline = f"{counted(rows.height, 'row')} checked against {known.name}: " + ", ".join(
        f"{count:,} {band}" for band, count in bands
    )
    data = {"file": str(answer), "bands": dict(bands), "columns": document(columns), "notes": list(_notes(matching))}
    return Result("dedupe", f"{headline}.", notes=(*told(columns), *_notes(matching)), data=data)


def _plan(paths: Mapping[str, Path], options: ListOptions) -> tuple[Plan, tuple[TakenFor, ...]]:
    """Return a plan for the files, and what their columns were taken for."""
    columns: list[TakenFor] = []
    object_ = options.object
    sources: list[Source] = []
    for name, path in paths.items():
        known, sample = _recognised(path, object_)
        wanted = object_ or known.object
        if wanted not in MATCHED:
            hint = f"say what the rows are: --object {' or '.join(MATCHED[:2])}"
            raise UsageError(
                Fault(str(path), "is no list of people or companies as far as one can see", hint, "dedupe.object")
            )
        object_ = wanted
        _check_fields(wanted, options.columns)
        mine = guessed(known, wanted, sample, options.columns)
        columns += taken_for(path.name, known, mine, options.columns)
        mine |= {header: name for name, header in options.columns.items()}
        sources.append(Source(name, known.kind, len(sources), (SourceFile(str(path.resolve()), wanted, columns=mine),)))
    plan = Plan(Path.cwd(), "dedupe", Target("hubspot"), tuple(sources), defaults=Defaults(region=options.region))
    return plan, tuple(columns)


def _recognised(path: Path, object_: str | None) -> tuple[Recognition, pl.DataFrame]:
    """Return what a file is, and its first rows."""
    reading = read_table(path)
    sample = reading.frame.head(SAMPLE).collect()
    kind = None if object_ is None else "plain"
    known = recognise(path.name, reading.header, sample)
    if object_ is None or known.object == object_:
        return known, sample
    return recognise(path.name, reading.header, sample, kind=kind, object_=object_), sample


def _check_fields(object_: str, columns: Mapping[str, str]) -> None:
    fields = canonical()[object_].fields
    strange = [name for name in columns if name not in fields and not name.startswith("x_")]
    faults = [
        Fault(
            "--column",
            f"{name} is no field of {object_}",
            f"{nearest(name, list(fields))} (or x_NAME for a number that tells records apart)",
            "dedupe.field",
        )
        for name in strange
    ]
    if faults:
        raise UsageError(*faults)


def _prepared(
    plan: Plan, columns: Sequence[TakenFor], notify: Notify
) -> tuple[str, pl.DataFrame, tuple[TakenFor, ...]]:
    """Return the object, all its records in canonical form, and what all columns were taken for."""
    object_ = plan.sources[0].files[0].object
    loaded = load(plan, notify)
    apart = normalize(plan, loaded.tables).tables[object_].lazy().collect()
    frame = composed(apart)
    names = [Path(file.path).name for source in plan.sources for file in source.files]
    return object_, frame, (*columns, *composed_of(names, apart.columns, frame.columns))


def _of(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    return frame.filter(pl.col("_source") == source)


def _identified(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    """Return `_record`, `record` (the file's own id, else its row) and `row`."""
    own = "source_id" if "source_id" in frame.columns else _own_id(path, frame)
    mine = pl.col(own) if own else pl.lit(None, pl.String)
    return frame.select(
        RECORD, pl.coalesce(mine, pl.col(ROW).cast(pl.String)).alias("record"), pl.col(ROW).alias("row")
    )


def _own_id(path: Path, frame: pl.DataFrame) -> str | None:
    """Return an unmapped column, whole and without repeats, that names itself an id or stands first."""
    headers = read_table(path).header
    names = {f"x_{_snake(header)}": header for header in headers}
    whole = [
        name for name in frame.columns
        if name in names and not frame[name].null_count() and frame[name].n_unique() == frame.height
    ]  # fmt: skip
    telling = [name for name in whole if OWN_ID.search(names[name]) or names[name] == headers[0]]
    return telling[0] if telling else None


def _snake(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")


def _clustered(named: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Return record, row, cluster, band and probability, in the order of the file; a single record has none."""
    groups = matching.groups.select(pl.col("record").alias(RECORD), "group")
    best = _best(matching.pairs.filter(pl.col("band") != "leave"))
    joined = named.join(groups, on=RECORD, how="left").join(best, on=RECORD, how="left")
    ids = named.select(pl.col(RECORD).alias("group"), pl.col("record").alias("cluster"))
    joined = joined.with_columns(pl.coalesce("group", RECORD).alias("group")).join(ids, on="group", how="left")
    grouped = pl.len().over("group") > 1
    band = pl.when(grouped).then(pl.lit(MERGE)).otherwise(pl.coalesce("band", pl.lit(SINGLE)))
    return joined.select("record", "row", "cluster", band.alias("band"), pl.col("probability").round(4)).sort(
        "row", "record"
    )


def _best(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return for each record its surest pair."""
    sides = [
        pairs.select(pl.col(one).alias(RECORD), pl.col(other).alias("other"), "band", "probability", "reasons")
        for one, other in (("left", "right"), ("right", "left"))
    ]
    ranked = pl.concat(sides).with_columns(pl.col("band").replace_strict(RANKS, default=2).alias("rank"))
    ordered = ranked.sort([RECORD, "rank", "probability", "other"], descending=[False, False, True, False])
    return ordered.unique(RECORD, keep="first", maintain_order=True).drop("rank")


def _found(named: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Return each row of the new file with its likeliest known record."""
    across = pl.col("left").str.starts_with(f"{NEW}:") != pl.col("right").str.starts_with(f"{NEW}:")
    best = _best(matching.pairs.filter(across & (pl.col("band") != "leave")))
    ids = named.select(pl.col(RECORD).alias("other"), pl.col("record").alias("known"))
    new = named.filter(pl.col(RECORD).str.starts_with(f"{NEW}:"))
    joined = new.join(best, on=RECORD, how="left").join(ids, on="other", how="left")
    band = pl.coalesce("band", pl.lit("new")).alias("band")
    return joined.select("record", "row", "known", band, pl.col("probability").round(4), "reasons").sort(
        "row", "record"
    )


def _notes(matching: Matching) -> tuple[str, ...]:
    return tuple(f"{note.count:,} {note.problem}" for note in matching.notes)


def _result(clusters: Path, rows: pl.DataFrame, matching: Matching, columns: Sequence[TakenFor]) -> Result:
    found = rows.filter(pl.col("band") == MERGE)
    groups, doubtful = found["cluster"].n_unique(), matching.pairs.filter(pl.col("band") == REVIEW).height
    entities = rows["cluster"].n_unique()
    counts: dict[str, Any] = {
        "file": str(clusters), "rows": rows.height, "clusters": entities, "groups": groups, "doubtful_pairs": doubtful,
        "columns": document(columns), "notes": list(_notes(matching)),
    }  # fmt: skip
    entity = counted(entities, "entity", "entities")
    headline = f"{counted(rows.height, 'row')}, {entity}: {counted(groups, 'group')} of duplicates."
    numbers = (("rows", rows.height), ("entities", entities), ("groups", groups), ("doubtful pairs", doubtful))
    table = TableView("Duplicates", ("what", "count"), numbers)
    return Result("dedupe", headline, (table,), (*told(columns), *_notes(matching)), data=counts)
