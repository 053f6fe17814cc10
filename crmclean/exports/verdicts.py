"""What each column of a file is: by the headers that its table has, and in plain lists by all that tells."""

from dataclasses import dataclass

from crmclean.crm.sources import PLAIN, SourceSchema, TableSchema
from crmclean.exports.columns import BY_NAME, Columns
from crmclean.exports.telling import by_words, not_full_names, parts_of_names, plausible
from crmclean.exports.told_by_values import by_values


@dataclass(frozen=True)
class ColumnVerdict:
    """What a column is. name: its name in the frame. field: the canonical field, None where it has none."""

    header: str
    name: str
    field: str | None
    evidence: str

    @property
    def because(self) -> str:
        """What told the field, where it was more than the column's name."""
        return self.evidence if self.field and self.evidence != BY_NAME else ""


def verdicts(file: Columns, schema: SourceSchema, table: TableSchema | None) -> tuple[ColumnVerdict, ...]:
    """Return what each column is, as a column of `table`."""
    told = told_columns(file, schema, table).told if table else {}
    return tuple(
        ColumnVerdict(head, name, *told.get(place, (None, "no field has this name")))
        for place, (head, name) in enumerate(zip(file.header, file.names, strict=True))
    )


def told_columns(file: Columns, schema: SourceSchema, table: TableSchema) -> Columns:
    """Return the columns with all that can be known of them as columns of `table`."""
    named = _by_name(file, table)
    file = file.knowing(plausible(file, named, table) if schema.kind == PLAIN else named)
    if not table.object:
        return file
    file = file.knowing(by_values(file, table, only="email"))
    if schema.kind != PLAIN:  # the extra columns of a CRM are custom fields of their owners
        return file
    file = file.knowing(by_words(file, table))
    file = file.knowing(parts_of_names(file))
    file = file.knowing(not_full_names(file))
    return file.knowing(by_values(file, table))


def _by_name(file: Columns, table: TableSchema) -> dict[int, tuple[str, str]]:
    """Give each field to the header that comes first among its names, and of equal headers to the first filled one.

    A header that may be two fields and stands twice is the first one at its first place.
    """
    if not table.columns:
        return _only_id(file)
    filled = {name for name in file.sample.columns if file.sample.get_column(name).null_count() < file.sample.height}
    turns = {place: file.keys[:place].count(key) for place, key in enumerate(file.keys)}
    wishes = sorted(
        (name not in filled and file.sample.height > 0, abs(choice - turns[place]), rank, place, field)
        for place, (key, name) in enumerate(zip(file.keys, file.names, strict=True))
        for choice, (field, rank) in enumerate(table.columns.get(key, ()))
    )
    fields: dict[int, tuple[str, str]] = {}
    taken: set[str] = set()
    for *_, place, field in wishes:
        if place not in fields and field not in taken:
            taken.add(field)
            fields[place] = (field, BY_NAME)
    return fields


def _only_id(file: Columns) -> dict[int, tuple[str, str]]:
    """Name the id of a table that nothing moves."""
    places = [place for place, key in enumerate(file.keys) if key in ("id", "recordid")]
    return {places[0]: ("source_id", BY_NAME)} if places else {}
