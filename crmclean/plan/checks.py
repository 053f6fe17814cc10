"""`[[check]]` of the plan: business rules that every record to be migrated should keep."""

from crmclean.crm.canonical import canonical
from crmclean.errors import nearest
from crmclean.plan.expressions import faults_of
from crmclean.plan.model import Check
from crmclean.plan.toml_table import TomlTable

_SEVERITIES = ("error", "warning", "info")


def read_checks(table: TomlTable) -> tuple[Check, ...]:
    """Read every check."""
    checks: list[Check] = []
    for entry in table.tables("check"):
        check = _check(entry)
        if check.name in [other.name for other in checks]:
            entry.fault("name", f"a second check is called {check.name}", "give every check its own name", "plan.twice")
        checks.append(check)
    return tuple(checks)


def _check(entry: TomlTable) -> Check:
    check = Check(
        name=entry.text("name", required=True) or "",
        object=entry.text("object", required=True) or "",
        where=entry.text("where", required=True) or "",
        severity=entry.text("severity", "warning") or "warning",
    )
    if check.object and check.object not in canonical():
        hint = nearest(check.object, list(canonical()))
        entry.fault("object", f"{check.object} is not an object", hint, "plan.unknown-object")
    elif check.where:
        entry.faults.extend(faults_of(check.where, check.object, f"{entry.where}.where"))
    if check.severity not in _SEVERITIES:
        hint = nearest(check.severity, _SEVERITIES)
        entry.fault("severity", f"{check.severity} is no severity", hint, "plan.wrong-value")
    entry.finish()
    return check
