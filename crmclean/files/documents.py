"""JSON, JSON lines and Parquet as tables of text; nested values become dotted columns, lists are joined by `;`."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from crmclean.files.bounds import check_density, check_width
from crmclean.files.dialects import Dialect, unique_names
from crmclean.files.opening import refuse
from crmclean.files.reading import Reading

_WRAPPERS = ("properties", "fields", "attributes")  # of HubSpot, Airtable, and of JSON:API
_DEEPEST = 20  # levels of nesting; what lies deeper stays JSON text


def read_json(path: Path, content: memoryview, sha256: str) -> Reading:
    """Read a list of objects, an object that holds one such list, or one object per line.

    Raises:
        InputError: not JSON, or no list of objects in it.
    """
    try:
        text = bytes(content).decode("utf-8-sig")
        records, why = _records(text)
        rows = [dict(_flat(_unwrapped(record))) for record in records]
    except (ValueError, RecursionError) as error:
        raise refuse(path, "is not valid JSON", "export it again, or as CSV", "file.json") from error
    if not rows:
        raise refuse(path, "holds no list of records", "export it again, or as CSV", "file.json")
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    check_density(path, len(rows), len(names), len(content))
    columns = {name: [row.get(name) for row in rows] for name in names}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    return _reading(frame, "json", why, sha256, len(content))


def read_parquet(path: Path, content: memoryview, sha256: str) -> Reading:
    """Read a Parquet file; every value becomes text, dates and times in ISO form.

    Raises:
        InputError: damaged.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(bytes(content)))
    except pl.exceptions.PolarsError as error:
        raise refuse(path, "is damaged, or no Parquet file", "export it again", "file.damaged") from error
    check_width(path, frame.width)
    texts = frame.select(_text(name, dtype) for name, dtype in frame.schema.items())
    return _reading(texts, "parquet", "Parquet by its first bytes", sha256, len(content))


def _records(text: str) -> tuple[list[Mapping[str, object]], str]:
    try:
        document = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()], "JSON, one object per line"
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list) and value]
        document = max(lists, key=len) if lists else [document]
    if not isinstance(document, list) or not all(isinstance(record, dict) for record in document):
        return [], ""
    return document, "JSON, a list of objects"


def _unwrapped(record: Mapping[str, object]) -> Mapping[str, object]:
    """Put the fields of a record that an API wraps beside its id among the others, unless two are called the same."""
    wrapped = [inner for name in _WRAPPERS if isinstance(inner := record.get(name), dict)]
    outside = {name: value for name, value in record.items() if name not in _WRAPPERS}
    if len(wrapped) != 1 or outside.keys() & wrapped[0].keys() or "id" not in outside:
        return record
    return {**outside, **wrapped[0]}


def _flat(value: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, dict) and value and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list) and all(not isinstance(item, dict | list) for item in value):
        yield name, ";".join(_word(item) for item in value if item is not None) or None
    else:
        yield name, None if value is None or value == "" else _word(value)


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    cell = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        cell = cell.dt.to_string("iso:strict")
    elif isinstance(dtype, pl.List) and not isinstance(dtype.inner, pl.List | pl.Struct):
        cell = cell.cast(pl.List(pl.String)).list.join(";")
    elif isinstance(dtype, pl.Struct):
        cell = cell.struct.json_encode()
    text = cell.cast(pl.String, strict=False)
    return pl.when(text != "").then(text).alias(name)


def _reading(frame: pl.DataFrame, form: str, why: str, sha256: str, size: int) -> Reading:
    header = tuple(frame.columns)
    names = unique_names(header)
    body = frame.rename(dict(zip(header, names, strict=True)))
    numbered = body.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("_row"))
    return Reading(
        frame=numbered.lazy(),
        header=header,
        names=names,
        dialect=Dialect(form, "", None, ""),
        evidence=(why,),
        rows=frame.height,
        sha256=sha256,
        size=size,
    )
