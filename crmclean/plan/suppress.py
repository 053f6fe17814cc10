"""`[[suppress]]` of the plan: files of people who must not come along."""

from crmclean.errors import nearest
from crmclean.plan.model import SuppressionList
from crmclean.plan.toml_table import TomlTable

ERASE, DO_NOT_IMPORT = "erase", "do-not-import"
REASONS = (DO_NOT_IMPORT, ERASE)
IDENTIFIERS = ("email", "phone", "id")


def read_suppress(table: TomlTable) -> tuple[SuppressionList, ...]:
    """Read every list."""
    return tuple(_list(entry) for entry in table.tables("suppress"))


def _list(entry: TomlTable) -> SuppressionList:
    listed = SuppressionList(
        path=entry.text("path", required=True) or "",
        reason=entry.text("reason", required=True) or "",
        columns=entry.mapping("columns"),
        region=entry.text("region"),
    )
    if listed.reason and listed.reason not in REASONS:
        hint = nearest(listed.reason, REASONS)
        entry.fault("reason", f"{listed.reason} is no reason", hint, "plan.wrong-value")
    for header, kind in listed.columns.items():
        if kind not in IDENTIFIERS:
            problem = f"{kind} is nothing that a person is known by"
            entry.fault(f"columns.{header}", problem, nearest(kind, IDENTIFIERS), "plan.wrong-value")
    entry.finish()
    return listed
