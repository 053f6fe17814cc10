"""Links between records, as an export shows them: columns that hold the ids of all other records a record is linked to.

HubSpot keeps associations in no table of their own, so that its `Associated ... IDs` are the only place to see them.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from crmclean.audit.export_columns import Place, Table
from crmclean.audit.readback import ID
from crmclean.audit.result import NOT_SHOWN, Check
from crmclean.crm.sources import Association, header_key, sources
from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.records import REF_PREFIX

_LINKS, _ENDS = "links", ("from_ref", "to_ref")
_PAIRS = {"one": pl.String, "other": pl.String}


def link_columns(table: Table, place: Place, kind: str) -> Mapping[str, Association]:
    """Return the columns of a table that hold ids of other records, joined by `;`."""
    known = place.recognised
    tables = sources()[kind].tables if kind in sources() else {}
    links = tables[known.table].links if known and known.table and known.table in tables else {}
    heads = zip(table.header, table.names, strict=True)
    return {name: links[header_key(head)] for head, name in heads if header_key(head) in links}


def link_checks(
    schema: TargetSchema,
    crosswalk: pl.DataFrame,
    mapped: Mapping[str, pl.LazyFrame],
    read: Sequence[tuple[Table, Place, pl.DataFrame]],
    kind: str,
) -> Iterator[Check]:
    """Yield a check for each two objects that links were sent between: how many of them the export does not show.

    crosswalk: object, id, record of all that the target has of ours. read: tables with their rows, ID among them.
    """
    shown = _shown(schema, read, kind)
    for name, object_ in schema.objects.items():
        ends = _ends(object_)
        if name in mapped and name not in {place.object.name for _, place, _ in read} and ends:
            sent = _sent(mapped[name], crosswalk.filter(pl.col("object") == name)["record"], ends, crosswalk)
            for (one, other), rows in sorted(sent.partition_by("object", "object_to", as_dict=True).items()):
                yield _check(f"{one} to {other}", rows, shown.get((str(one), str(other))))


def _ends(object_: TargetObject) -> list[str]:
    if not any(rule.object == _LINKS for rule in object_.sources):
        return []
    found = [field.name for end in _ENDS for field in object_.references() if end in field.from_]
    return [REF_PREFIX + name for name in found] if len(found) == len(_ENDS) else []


def _sent(links: pl.LazyFrame, there: pl.Series, ends: Sequence[str], crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Return object, one, object_to, other of links whose both ends are at the target."""
    known = crosswalk.select("record", "object", "id").unique("record", keep="first", maintain_order=True)
    rows = links.filter(pl.col("_record").is_in(there.implode())).select(ends).collect()
    first = rows.join(known, left_on=ends[0], right_on="record").rename({"id": "one"})
    return first.join(known.rename({"id": "other"}), left_on=ends[1], right_on="record", suffix="_to")


def _shown(
    schema: TargetSchema, read: Sequence[tuple[Table, Place, pl.DataFrame]], kind: str
) -> dict[tuple[str, str], pl.DataFrame]:
    """Return (object, other object) -> pairs of ids that the export shows, from either side."""
    found: dict[tuple[str, str], pl.DataFrame] = {}
    for table, place, rows in read:
        for column, link in link_columns(table, place, kind).items():
            split = rows.select(one=ID, other=pl.col(column).str.split(";")).explode("other")
            pairs = split.select("one", pl.col("other").str.strip_chars()).drop_nulls()
            turned = pairs.select(one="other", other="one")
            for other, _ in schema.feeding(link.object):
                for ends, seen in (((place.object.name, other.name), pairs), ((other.name, place.object.name), turned)):
                    found[ends] = pl.concat([found.get(ends, pl.DataFrame(schema=_PAIRS)), seen])
    return found


def _check(name: str, sent: pl.DataFrame, shown: pl.DataFrame | None) -> Check:
    if shown is None:
        return Check("links", name, 0, sent.height, None, NOT_SHOWN)
    lost = sent.join(shown, on=["one", "other"], how="anti").height
    return Check("links", name, lost, sent.height, lost == 0)
