"""From a destination's name in the plan to the object that speaks to it."""

from collections.abc import Mapping, Sequence
from importlib import import_module

from crmclean.destinations.contract import Destination
from crmclean.destinations.settings import Settings
from crmclean.errors import Fault, PlanError
from crmclean.files.catalogues import Column
from crmclean.plan.model import Destination as Entry
from crmclean.plan.model import Plan
from crmclean.workspace.paths import Workspace

REHEARSAL = "rehearsal"
# Loaded by name, so that nobody needs the libraries of a destination that the plan does not use.
_KINDS = {
    "sqlite": ("crmclean.destinations.databases.sqlite:opened", None),
    "files": ("crmclean.destinations.files:FilesDestination", None),
    "hubspot": ("crmclean.destinations.hubspot.destination:HubspotDestination", "api"),
    "odoo": ("crmclean.destinations.odoo.destination:OdooDestination", "api"),
    "postgresql": ("crmclean.destinations.databases.sql:SqlDestination", "sql"),
    "salesforce": ("crmclean.destinations.salesforce.destination:SalesforceDestination", "api"),
    "sql": ("crmclean.destinations.databases.sql:SqlDestination", "sql"),
}


def kinds() -> tuple[str, ...]:
    """Return the kinds of destinations that come with the package."""
    return tuple(_KINDS)


def kind_of(plan: Plan, name: str) -> str:
    """Return the kind of a destination.

    Raises:
        PlanError: the plan has no destination of that name.
    """
    if name == REHEARSAL:
        return "sqlite"
    if name in plan.destinations:
        return plan.destinations[name].kind
    known = ", ".join((REHEARSAL, *sorted(plan.destinations)))
    hint = f"destinations: {known}; add [destinations.{name}] for a new one"
    raise PlanError(Fault("migration.toml", f"no destination {name}", hint, "destination.unknown"))


def open_destination(workspace: Workspace, plan: Plan, name: str) -> Destination:
    """Open a destination of the plan. A kind such as `module:Class` is one outside the package.

    Raises:
        PlanError: it is unknown, or of a kind that nobody can open. DestinationError: it cannot be reached.
    """
    kind = kind_of(plan, name)
    entry = plan.destinations.get(name) or Entry(name, kind, workspace.rehearsal.absolute().as_uri())
    folder = workspace.phase("import") / name
    settings = Settings(name, kind, entry.url or "", workspace.root, folder, entry.database, entry.user)
    place, extra = _KINDS.get(kind, (kind, None))
    module, _, factory = place.partition(":")
    if not factory:
        hint = f"kinds: {', '.join(sorted(_KINDS))}; or python = 'module:Class' for one of your own"
        raise PlanError(Fault(_where(name), f"unknown kind {kind}", hint, "destination.kind"))
    try:
        opened: Destination = getattr(import_module(module), factory)(settings)
    except (ImportError, AttributeError) as error:
        hint = f'pip install "crmclean[{extra}]"' if extra else "check the name, and that the module can be imported"
        raise PlanError(Fault(_where(name), f"{place} cannot be loaded", hint, "destination.not-loaded")) from error
    return opened


def catalogue_of(url: str, workspace: Workspace) -> Mapping[str, Sequence[Column]]:
    """Return table -> columns of the database at a URL; its password comes from CRMCLEAN_SCHEMA_PASSWORD.

    Raises:
        PlanError: the library for databases is not there. DestinationError: it cannot be reached.
    """
    settings = Settings("schema", "sql", url, workspace.root, workspace.run)
    try:
        read = import_module("crmclean.destinations.databases.catalogue").sql_catalogue
    except ImportError as error:
        hint = 'pip install "crmclean[sql]"'
        raise PlanError(Fault(url.partition("://")[0], "cannot be loaded", hint, "destination.not-loaded")) from error
    found: Mapping[str, Sequence[Column]] = read(settings)
    return found


def _where(name: str) -> str:
    return f"migration.toml [destinations.{name}]"
