"""`[complete]`: what a record needs to be worth moving; the others are archived."""

from collections.abc import Mapping, Sequence

from crmclean.crm.canonical import canonical
from crmclean.errors import nearest
from crmclean.plan.expressions import faults_of
from crmclean.plan.toml_table import TomlTable

_REACHED_BY = ("email", "email_other", "phone", "mobile", "phone_home", "phone_other", "linkedin_url")
_NAMED_BY, _FOUND_AT = ("last_name", "full_name"), ("company_name", "company_ref", "street")


def default_complete() -> Mapping[str, str]:
    """Return what is enough: a way to reach a person, or a name and where to find them; any name of a company."""
    return {
        "contacts": _person("contacts"),
        "leads": _person("leads"),
        "companies": _any("companies", ("name", "domain", "website")),
    }


def _person(object_: str) -> str:
    named, found = _any(object_, _NAMED_BY), _any(object_, _FOUND_AT)
    return f"{_any(object_, _REACHED_BY)} OR (({named}) AND ({found}))"


def _any(object_: str, fields: Sequence[str]) -> str:
    return " OR ".join(f"{name} IS NOT NULL" for name in fields if name in canonical()[object_].fields)


def read_complete(table: TomlTable) -> Mapping[str, str]:
    """Read what makes a record of each object complete; objects that are not named keep the default."""
    standard = default_complete()
    given = {}
    for object_ in table.body:
        if object_ not in standard:
            hint = nearest(object_, list(standard))
            table.fault(object_, "are not archived for what they lack", hint, "plan.unknown-object")
            continue
        given[object_] = table.text(object_) or ""
        table.faults.extend(faults_of(given[object_], object_, f"{table.where}.{object_}"))
    table.finish()
    return {**standard, **given}
