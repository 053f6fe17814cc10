"""What a plain list is a list of, where no header of its own tells it: people, or organisations."""

import re

import polars as pl

from crmclean.crm.sources import SourceSchema, TableSchema
from crmclean.exports.columns import EMAIL, SHAPED, Columns
from crmclean.exports.verdicts import told_columns
from crmclean.values.email_kinds import is_role

Guess = tuple[TableSchema | None, tuple[str, ...]]

_MOSTLY, _DIFFERENT = 0.5, 0.8  # shares of rows with an address, and of addresses that differ, in a list of people
_ONE_WORD = 0.2  # share of names of one word from which they are hardly people's
_ORGANISED = 0.2  # share of names that only organisations have
_FEW = 3  # names from which they say anything
_PERSONAL = frozenset(
    {"first_name", "last_name", "middle_name", "salutation", "title", "birthdate", "gender", "mobile", "email"}
)
_OF_PEOPLE = frozenset(
    {"first_name", "last_name", "middle_name", "full_name", "salutation", "title", "birthdate", "gender", "department"}
)
_OFFICES = 0.4  # share of addresses that are an office's from which a list is one of firms
_PLACED = frozenset({"street", "city", "region", "postal_code", "country", "phone", "website", "domain"})
_ENOUGH_PLACED = 2
_ORGANISATION = re.compile(
    r"(?i)[&\d]|\b\w+['’]s\b|\b(?:inc|llc|ltd|plc|corp|co|gmbh|ag|kg|sarl|sas|s\.?a|srl|spa|bv|nv|ab|oy|as"
    r"|restaurant|caf[eé]|grill|bar|hotel|inn|bank|school|university|college|hospital|clinic|church|cent(?:er|re)|club"
    r"|stores?|shop|market|services?|group|company|association|society|institute|foundation|department|ministry|agency"
    r"|office|solutions|systems|technologies|partners|consulting|verein|praxis|schule|klinik|stiftung)\b\.?"
)


def guessed(file: Columns, schema: SourceSchema) -> Guess:
    """Return the table of people or of organisations, by the columns that the file would have in each; else None."""
    people, firms = schema.tables["contacts"], schema.tables["companies"]
    if _lists_addresses(file, people):
        return people, ("a column of email addresses, nearly all of them different",)
    their = set(told_columns(file, schema, people).places)
    if {"first_name", "last_name"} <= their or {"full_name", "email"} <= their:
        return people, ("columns of a person's names",)
    ours = set(told_columns(file, schema, firms).places)
    if "name" in ours and len(ours & _PLACED) >= _ENOUGH_PLACED:
        return firms, ("names beside addresses or phones, and nothing of a person",)
    if "company_name" in their and len(ours) > 1 and not their & {*_PERSONAL, "full_name"}:
        return firms, ("a column of companies, and nothing of a person",)
    return None, ()


def organisations(file: Columns, schema: SourceSchema) -> Guess:
    """Return the table of organisations for names that are hardly people's, with nothing of a person beside."""
    people = told_columns(file, schema, schema.tables["contacts"]).places
    firms = told_columns(file, schema, schema.tables["companies"]).places
    if people.keys() & _PERSONAL or "full_name" not in people or people["full_name"] != firms.get("name"):
        return None, ()
    if len(firms.keys() & _PLACED) < _ENOUGH_PLACED or not _named_like_firms(file.cells(people["full_name"])):
        return None, ()
    return schema.tables["companies"], ("its names are those of organisations",)


def firms_alone(file: Columns, schema: SourceSchema) -> Guess:
    """Return the table of organisations for a list that names companies and nobody in them, such as places on a map.

    A list of companies whose addresses are people's own mailboxes is one of people all the same.
    """
    people, firms = schema.tables["contacts"], schema.tables["companies"]
    their = told_columns(file, schema, people).places
    ours = told_columns(file, schema, firms).places
    if their.keys() & _OF_PEOPLE or "company_name" not in their or ours.get("name") != their["company_name"]:
        return None, ()
    filled = 1 - file.cells(ours["name"]).null_count() / max(file.sample.height, 1)
    if filled < SHAPED or len(ours.keys() & _PLACED) < _ENOUGH_PLACED or _own_mailboxes(file, their.get("email")):
        return None, ()
    return firms, ("a column of companies, and nobody in them",)


def _own_mailboxes(file: Columns, place: int | None) -> bool:
    """Whether most rows have an address, and few of these are mailboxes of an office, such as info@."""
    cells = file.cells(place).drop_nulls() if place is not None else pl.Series(dtype=pl.String)
    if cells.len() < _MOSTLY * file.sample.height:
        return False
    roles = cells.to_frame("cell").select(is_role(pl.col("cell"))).to_series()
    return float(roles.mean() or 0.0) < _OFFICES  # type: ignore[arg-type]


def _named_like_firms(cells: pl.Series) -> bool:
    names = cells.drop_nulls().unique()
    if names.len() < _FEW:
        return False
    single = float((~names.str.contains(r"\s")).mean() or 0.0)  # type: ignore[arg-type]
    organised = float(names.str.contains(_ORGANISATION.pattern).mean() or 0.0)  # type: ignore[arg-type]
    return single >= _ONE_WORD or organised >= _ORGANISED


def _lists_addresses(file: Columns, table: TableSchema) -> bool:
    """Whether a column that is nobody else's holds an address in most rows, and hardly one twice."""
    for place in file.open(table):
        if file.share(file.names[place], EMAIL) >= SHAPED:
            filled = file.cells(place).drop_nulls()
            if filled.len() >= _MOSTLY * file.sample.height and filled.n_unique() >= _DIFFERENT * filled.len():
                return True
    return False
