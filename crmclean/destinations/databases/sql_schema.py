"""The target's schema as tables of an SQL database, for SQLAlchemy.

Cells are text in the very form in which they are sent, as in the rehearsal. Constraints have short names; what they
stand for is looked up, because databases cut long names off.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.databases.tables import ID, columns_of

IDENTITY = "crmclean_identity"
_PATTERNS = {
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "datetime": r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$",
    "decimal": r"^-?\d+(\.\d+)?$",
    "integer": r"^-?\d+$",
    "boolean": "^(true|false)$",
}
_EMAIL = r"^[^@[:space:],;]+@[^@[:space:],;]+\.[^@[:space:],;]+$"


class Tables:
    """The tables of a target and of our own marks, and what their constraints mean."""

    def __init__(self, schema: TargetSchema) -> None:
        self.metadata = sa.MetaData()
        self.meanings: dict[str, tuple[str, str]] = {}
        self.identity = sa.Table(IDENTITY, self.metadata, sa.Column("token", sa.Text, nullable=False))
        self.sequence = sa.Table("crmclean_sequence", self.metadata, sa.Column("last", sa.BigInteger, nullable=False))
        self.applied = sa.Table(
            "crmclean_applied",
            self.metadata,
            sa.Column("marker", sa.String(200), primary_key=True),
            sa.Column("last", sa.BigInteger, nullable=False),
            sa.Column("refused", sa.Text, nullable=False),
        )
        self.objects = {name: self._table(object_) for name, object_ in schema.objects.items()}
        self.highest = sa.union_all(*(sa.select(sa.func.max(table.c[ID])) for table in self.objects.values()))

    def _table(self, object_: TargetObject) -> sa.Table:
        columns: list[sa.Column[Any]] = [
            sa.Column(ID, sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column(object_.key, sa.String(255), nullable=False),
        ]
        fields = columns_of(object_)
        columns += [sa.Column(each.name, _type(each), nullable=not each.required) for each in fields]
        table: sa.Table = sa.Table(object_.name, self.metadata, *columns, *self._constraints(object_, fields))
        return table

    def _constraints(self, object_: TargetObject, fields: tuple[TargetField, ...]) -> Iterator[sa.Constraint]:
        yield sa.UniqueConstraint(object_.key, name=self._name("unique", object_.key))
        for names in object_.together:
            yield sa.UniqueConstraint(*names, name=self._name("unique", names[0]))
        if object_.one_of:
            filled = sa.or_(*(sa.column(name).is_not(None) for name in object_.one_of))
            yield sa.CheckConstraint(filled, name=self._name("required", object_.one_of[0]))
        for each in fields:
            if each.unique:
                yield sa.UniqueConstraint(each.name, name=self._name("unique", each.name))
            if each.type == "reference" and len(each.ref) == 1:
                yield sa.ForeignKeyConstraint(
                    [each.name],
                    [f"{each.ref[0]}.{ID}"],
                    name=self._name("reference", each.name),
                    use_alter=each.ref[0] == object_.name,
                )
            for code, rule in _rules(each):
                yield sa.CheckConstraint(rule, name=self._name(code, each.name))

    def _name(self, code: str, field: str) -> str:
        name = f"crmclean_c{len(self.meanings)}"
        self.meanings[name] = (f"target.{code}", field)
        return name


def _type(field: TargetField) -> sa.types.TypeEngine[Any]:
    return sa.BigInteger() if field.type == "reference" else sa.Text()


def _rules(field: TargetField) -> Iterator[tuple[str, sa.ColumnElement[bool]]]:
    column: sa.ColumnClause[str] = sa.column(field.name, sa.Text)
    if field.type in _PATTERNS:
        yield "type", column.regexp_match(_PATTERNS[field.type])
    if field.format == "email":
        yield "format", column.regexp_match(_EMAIL)
    if field.length and field.type == "text":
        yield "length", sa.func.char_length(column) <= field.length
    if field.length and field.type in ("integer", "decimal"):
        yield "length", ~column.regexp_match(rf"^-?0*[1-9][0-9]{{{field.length - (field.decimals or 0)},}}")
    if field.picklist and field.restricted:
        yield "picklist", _multi(column, field) if field.multi else column.in_(field.picklist)


def _multi(column: sa.ColumnClause[str], field: TargetField) -> sa.ColumnElement[bool]:
    rest: sa.ColumnElement[str] = sa.literal(";") + sa.func.replace(column, ";", ";;") + ";"
    for option in field.picklist:
        rest = sa.func.replace(rest, f";{option};", "")
    return rest == ""
