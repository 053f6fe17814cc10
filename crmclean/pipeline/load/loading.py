"""The first phase: exports become tables of canonical columns, with identity, provenance and references."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from crmclean.crm.canonical import canonical
from crmclean.errors import CrmcleanError, Fault, InputError
from crmclean.exports.associations import filled, links
from crmclean.exports.identity import hash_id, numbered
from crmclean.exports.naming import Origin, named
from crmclean.exports.recognise import Recognition, recognise
from crmclean.files.at_once import at_once
from crmclean.files.opening import size_of
from crmclean.files.read import Reading, ReadOptions, read_table
from crmclean.files.reading import REJECTS
from crmclean.files.tables import empty
from crmclean.pipeline.load.deriving import ORIGINS, derive
from crmclean.pipeline.load.faults import check_keys, no_rows
from crmclean.pipeline.load.findings import finding, lost_references, misplaced_cells, repeated_ids, ruined_ids
from crmclean.pipeline.load.narrowing import Wanted, identified, narrowed, only
from crmclean.pipeline.load.no_records import only_records
from crmclean.pipeline.load.parts import Part, document, part_of
from crmclean.pipeline.load.references import linked
from crmclean.plan.model import ExtraObject, Plan, Source, SourceFile
from crmclean.records import CODE, FILE, FINDINGS, INTO, OBJECTS, OUTCOME, RECORD, REF_PREFIX, ROW, SOURCE, Outcome
from crmclean.workspace.events import Event, Notify, silent

Read = Callable[[Path, ReadOptions], Reading]

_IN_MEMORY = 512 << 20  # bytes up to which a file is parsed once and kept; larger ones are streamed
_BEFORE = (RECORD, SOURCE, FILE, ROW, OUTCOME, INTO, CODE)


@dataclass(frozen=True)
class Loaded:
    """What load made of the exports.

    tables: object -> rows, extra objects among them. columns: file -> how it was recognised and named, for
    columns.json. rejects: rows that could not be read (file, line, row, reason, raw). inputs: path -> SHA-256.
    origins: whose cells derived companies were made of (deriving.ORIGINS).
    """

    tables: Mapping[str, pl.LazyFrame]
    findings: pl.DataFrame
    columns: Mapping[str, object]
    rejects: pl.DataFrame
    inputs: Mapping[str, str]
    origins: pl.DataFrame


@dataclass(frozen=True)
class _How:
    """What the caller of load asks for."""

    wanted: Wanted | None
    read: Read


def load(plan: Plan, notify: Notify = silent, wanted: Wanted | None = None, read: Read = read_table) -> Loaded:
    """Read every file that the plan names.

    wanted: which columns are read where not all are; then nothing is looked for that would be a finding. read: how a
    file is read, for a caller that has read it already.

    Raises:
        InputError: files that cannot be used, all of them at once.
    """
    parts = _parts(plan, notify, _How(wanted, read))
    formats = {part.named.origin.source: part.named.schema.id_format for part in parts}
    stacked = _stacked(parts)
    if wanted:
        stacked = {name: only(frame, name, wanted, _headers(parts, name)) for name, frame in stacked.items()}
    found = at_once(lambda name: _ordered(linked(name, stacked, formats), name), stacked)
    tables = dict(zip(stacked, found, strict=True))
    tables = {name: _collected(frame, parts, wanted) for name, frame in tables.items()}
    derived = (
        derive({name: table.collect() for name, table in tables.items()})
        if plan.derive_companies and not wanted
        else None
    )
    tables = {name: table.lazy() for name, table in derived.tables.items()} if derived else tables
    told = empty(FINDINGS) if wanted else _findings(parts, tables, formats)
    return Loaded(
        tables=tables,
        findings=pl.concat([told, derived.findings]) if derived else told,
        columns={part.path: document(part) for part in parts},
        rejects=pl.concat([pl.DataFrame(schema=REJECTS), *(part.reading.rejects for part in parts)]),
        inputs={part.path: part.reading.sha256 for part in parts},
        origins=derived.origins if derived else empty(ORIGINS),
    )


def _headers(parts: Sequence[Part], object_: str) -> Mapping[str, str]:
    own = [part.named for part in parts if part.named.origin.object == object_]
    return {one.columns[verdict.name]: verdict.header for one in own for verdict in one.recognition.columns}


def _findings(
    parts: Sequence[Part], tables: Mapping[str, pl.LazyFrame], formats: Mapping[str, str | None]
) -> pl.DataFrame:
    found = [
        *_row_findings(parts, tables),
        *repeated_ids(tables),
        *ruined_ids(tables, formats),
        *misplaced_cells(tables),
        *lost_references(tables),
    ]
    return pl.concat([empty(FINDINGS), *found])


def _parts(plan: Plan, notify: Notify, how: _How) -> list[Part]:
    wanted: list[tuple[Source, SourceFile, ExtraObject | None]] = [
        (source, file, None) for source in plan.sources for file in source.files
    ]
    by_name = {source.name: source for source in plan.sources}
    wanted += [(by_name[extra.source], SourceFile(extra.path, extra.name), extra) for extra in plan.objects]
    parts: list[Part] = []
    faults: list[Fault] = []
    sizes = {file.path: size_of(plan.root / file.path) for _, file, _ in wanted}
    for found in at_once(lambda one: _part_or_error(plan.root, *one, how), wanted, lambda one: sizes[one[1].path]):
        if isinstance(found, CrmcleanError):
            faults += found.faults
        else:
            parts.append(found)
            notify(Event("progress", "load", found.path, done=found.reading.rows))
    if faults:
        raise InputError(*faults)
    return parts


def _part_or_error(
    root: Path, source: Source, file: SourceFile, extra: ExtraObject | None, how: _How
) -> Part | CrmcleanError:
    try:
        return _part(root, source, file, extra, how)
    except CrmcleanError as error:
        return error


def _part(root: Path, source: Source, file: SourceFile, extra: ExtraObject | None, how: _How) -> Part:
    path = root / file.path
    reading = how.read(path, ReadOptions(encoding=file.encoding, delimiter=file.delimiter))
    if not reading.rows:
        raise InputError(no_rows(path, reading))
    check_keys(path, file, reading)
    part = _narrow(reading, source, file, how.wanted) if how.wanted else None
    part = part or _whole(reading, source, file)
    one = part.named
    if extra:
        fate = (pl.lit(Outcome.EXCLUDED.value).alias(OUTCOME), pl.lit(extra.reason).alias(CODE))
        return replace(part, named=replace(one, frame=one.frame.with_columns(*fate)))
    return replace(part, named=filled(one))


def _whole(reading: Reading, source: Source, file: SourceFile) -> Part:
    if reading.size <= _IN_MEMORY:
        reading = _kept(reading)
    reading = only_records(_with_origin(reading, file), Path(file.path).name)
    one = named(reading, _recognised(reading, source, file), _origin(source, file))
    if reading.size <= _IN_MEMORY:
        one = replace(one, frame=one.frame.collect().lazy())
    return part_of(one, reading, file.path)


def _narrow(reading: Reading, source: Source, file: SourceFile, wanted: Wanted) -> Part | None:
    known, origin = _recognised(reading, source, file), _origin(source, file)
    narrow = narrowed(reading, known, origin, wanted)
    one = identified(named(narrow, known, origin), wanted) if narrow else None
    return part_of(one, narrow, file.path) if narrow and one else None


def _recognised(reading: Reading, source: Source, file: SourceFile) -> Recognition:
    known = {"kind": source.kind, "object_": file.object, "table": file.table}
    return recognise(file.path, reading.header, reading.sample, **known)


def _origin(source: Source, file: SourceFile) -> Origin:
    return Origin(source.name, file.object, file.path, file.key, file.columns, file.constants)


def _with_origin(reading: Reading, file: SourceFile) -> Reading:
    """Say where rows are from that are no export of their own."""
    told = [f"read from {file.database.url}"] if file.database else []
    told += [f"the newest of {file.series}"] if file.series else []
    return replace(reading, evidence=(*told, *reading.evidence))


def _kept(reading: Reading) -> Reading:
    return replace(reading, frame=reading.frame.collect().lazy())


def _collected(frame: pl.LazyFrame, parts: Sequence[Part], wanted: Wanted | None) -> pl.LazyFrame:
    """Keep a table in memory, unless files are so large that they are better parsed again."""
    small = wanted is not None or sum(part.reading.size for part in parts) <= _IN_MEMORY
    return frame.collect(engine="in-memory").lazy() if small else frame


def _stacked(parts: Sequence[Part]) -> dict[str, pl.LazyFrame]:
    """Put the files of an object one under the other, columns by name, and number repeated ids."""
    frames: dict[str, list[pl.LazyFrame]] = {}
    for part in parts:
        rows = frames.setdefault(part.named.origin.object, [])
        rows += [part.named.frame, *([_rejected(part)] if part.reading.rejects.height else [])]
    derived = [found for part in parts if (found := links(part.named)) is not None]
    if derived:
        own = frames.setdefault("links", [])
        own.append(pl.concat(derived).unique(RECORD, keep="first", maintain_order=True))
    known = [name for name in OBJECTS if name in frames]
    names = [*known, *(name for name in frames if name not in OBJECTS)]
    stacked = at_once(lambda name: _unique(pl.concat(frames[name], how="diagonal")), names)
    return dict(zip(names, stacked, strict=True))


def _rejected(part: Part) -> pl.LazyFrame:
    """Return a record without cells for every row that was left out, so that the ledger counts it."""
    origin = part.named.origin
    nothing = pl.lit(None, pl.String)
    identity = hash_id(["raw", "row"])
    return (
        part.reading.rejects.lazy()
        .with_columns(pl.col("row").cast(pl.String))
        .select(
            pl.concat_str(pl.lit(f"{origin.source}:{origin.object}:"), identity).alias(RECORD),
            pl.lit(origin.source).alias(SOURCE),
            pl.lit(origin.file).alias(FILE),
            pl.col("row").cast(pl.Int64).alias(ROW),
            pl.lit(Outcome.REJECTED.value).alias(OUTCOME),
            nothing.alias(INTO),
            pl.col("reason").alias(CODE),
        )
    )


def _unique(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Number repeated ids; a table that nobody wants to tell records of has none."""
    given = frame.select(RECORD).collect(engine="in-memory")[RECORD]
    known = given.drop_nulls().hash()
    if known.n_unique() == len(known):  # ids of different hashes are different
        return frame
    places = (given.is_not_null() & given.hash().is_duplicated()).arg_true()  # only these are looked at by everyone
    repeated = given.gather(places).to_frame().select(numbered(pl.col(RECORD))).to_series()
    return pl.concat([frame.drop(RECORD), given.scatter(places, repeated).to_frame().lazy()], how="horizontal")


def _ordered(frame: pl.LazyFrame, object_: str) -> pl.LazyFrame:
    """Put reserved columns first, then canonical fields with their references in order, then the rest."""
    names = frame.collect_schema().names()
    schema = canonical().get(object_)
    fields = [name for name in schema.fields if name in names] if schema else []
    references = [name for name in names if name.startswith(REF_PREFIX)]
    rest = [name for name in names if name not in {*_BEFORE, *fields, *references}]
    return frame.select(*_BEFORE, *fields, *references, *rest)


def _row_findings(parts: Sequence[Part], tables: Mapping[str, pl.LazyFrame]) -> list[pl.DataFrame]:
    """Return what was mended in rows, by the record that each row became."""
    found = []
    for name, table in tables.items():
        rows = table.filter(pl.col(OUTCOME) == Outcome.REJECTED.value)
        found.append(finding(rows, name, field=None, check="load.rows", code=pl.col(CODE)).collect())
    for part in parts:
        if part.reading.remarks.height:
            object_ = part.named.origin.object
            remarks = part.reading.remarks.lazy().rename({"row": ROW, "code": "_remark"})
            rows = tables[object_].filter(pl.col(FILE) == part.path).join(remarks, on=ROW, maintain_order="left")
            found.append(finding(rows, object_, field=None, check="load.rows", code=pl.col("_remark")).collect())
    return found
