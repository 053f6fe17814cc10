"""What an import into a CRM costs on our side: seconds of CPU, calls and memory, against the test servers of the tests.

python benchmarks/importing_crms.py --into hubspot|odoo|salesforce --rows 20000

The server is a process of its own, and a toy, which gets an index here: wall clock is mostly its own work. The stage is
read back, as after every stage of a real import.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from importing import SCHEMA, TEXTS, measured, peak, slices

from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.binding import bind
from crmclean.destinations.checking import read_back
from crmclean.destinations.contract import Destination
from crmclean.destinations.engine import Engine
from crmclean.destinations.entries import Binding
from crmclean.destinations.freezing import Round, freeze
from crmclean.destinations.journal import Journal
from crmclean.destinations.settings import Settings

COMPARED = 50  # records of the stage whose cells are compared, as in an import


def _fields(text: str, reference: Any) -> dict[str, dict[str, Any]]:
    """Return object -> field -> type, in a server's own words."""
    contact = {**dict.fromkeys(("Email", *TEXTS), text), "AccountId": reference}
    return {"Account": {"Name": text}, "Contact": contact}


def _hubspot() -> Any:
    from tests.servers.hubspot import Portal, serve

    class Indexed(Portal):  # type: ignore[misc]
        """Knows the records by key; here none is archived."""

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.known: dict[str, str] = {}

        def alive(self, object_: str) -> Any:
            return self.records[object_]

        def find(self, object_: str, id_: str, by: str | None = None) -> str | None:
            return self.known.get(id_) if by else super().find(object_, id_)

        def write(self, object_: str, given: Any, operation: str) -> Any:
            result = super().write(object_, given, operation)
            self.known[str(given["id"])] = result["id"]
            return result

    fields = _fields("string", "string")
    del fields["Contact"]["AccountId"]
    return serve(Indexed(fields, {("Contact", "Account"): [(1, "Primary", "HUBSPOT_DEFINED")]}))


def _odoo() -> Any:
    from tests.servers.odoo import Database, serve

    class Indexed(Database):  # type: ignore[misc]
        """Knows the records by external id."""

        def __init__(self, *given: Any) -> None:
            self.known: dict[tuple[str, str], tuple[str, int]] = {}
            super().__init__(*given)

        def named(self, module: str, name: str) -> tuple[str, int] | None:
            return self.known.get((module, name))

        def add(self, model: str, values: Any) -> Any:
            if model == "ir.model.data":
                self.known[values["module"], values["name"]] = (values["model"], values["res_id"])
            return super().add(model, values)

    return serve(Indexed(_fields("char", ("many2one", "Account"))))


def _salesforce() -> Any:
    from tests.servers.salesforce import Organisation, serve

    class Indexed(Organisation):  # type: ignore[misc]
        """Knows the records by key."""

        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.known: dict[str, str] = {}

        def _resolved(self, _object: str, cells: Any) -> Any:
            return {("AccountId" if "." in name else name): self._there(name, cells[name]) for name in cells}, None

        def _there(self, name: str, value: Any) -> Any:
            return self.known[value] if "." in name else value

        def write(self, object_: str, cells: Any, _upsert: str, _keys: Any = (), key: Any = None) -> Any:
            name = cells.get(key or self.key)
            done = super().write(object_, cells | {"Id": self.known.get(name)}, "update", (), key)
            if name not in self.known:
                done = super().write(object_, cells, "insert", (), key)
            self.known[name] = done[0]
            return done

    return serve(Indexed(_fields("string", "reference")))


SERVERS = {"hubspot": _hubspot, "odoo": _odoo, "salesforce": _salesforce}


def schema_for(kind: str) -> TargetSchema:
    """Return the schema; HubSpot's references are associations."""
    if kind != "hubspot":
        return SCHEMA
    contact = SCHEMA.objects["Contact"]
    fields = contact.fields | {"AccountId": replace(contact.fields["AccountId"], association=1)}
    return replace(SCHEMA, objects=SCHEMA.objects | {"Contact": replace(contact, fields=fields)})


def served(kind: str, pipe: Connection) -> None:
    """Serve until the other side hangs up."""
    server = SERVERS[kind]()
    pipe.send(server.server_port)
    pipe.recv()


def opened(kind: str, port: int, folder: Path) -> Destination:
    """Return the destination that speaks to the server."""
    url = f"http://127.0.0.1:{port}"
    if kind == "hubspot":
        from crmclean.destinations.hubspot.destination import HubspotDestination
        from tests.servers.hubspot import TOKEN

        os.environ["CRMCLEAN_CRM_TOKEN"] = TOKEN
        return HubspotDestination(Settings("crm", kind, url, folder, folder))
    if kind == "odoo":
        from crmclean.destinations.odoo.destination import OdooDestination
        from tests.servers.odoo import DATABASE, LOGIN, PASSWORD

        os.environ["CRMCLEAN_CRM_PASSWORD"] = PASSWORD
        return OdooDestination(Settings("crm", kind, url, folder, folder, DATABASE, LOGIN))
    from crmclean.destinations.salesforce.destination import SalesforceDestination
    from tests.servers.salesforce import TOKEN

    os.environ["CRMCLEAN_CRM_TOKEN"] = TOKEN
    return SalesforceDestination(Settings("crm", kind, url, folder, folder))


def measure(kind: str, rows: int, port: int, folder: Path) -> dict[str, object]:
    """Freeze, send and read back; return the figures."""
    schema = schema_for(kind)
    with closing(opened(kind, port, folder)) as destination, Journal(folder / "journal.sqlite") as journal:
        bind(journal, Binding("crm", kind, destination.prepare(schema), "mapping"))
        freeze(journal, Round("first", "inputs", ("all",)), slices(rows, destination.capabilities.batch_rows))
        ((stage, *_),) = journal.stages("first")
        before = destination.calls
        with measured() as sending:
            Engine(journal, destination).send_stage(stage)
        calls = destination.calls - before
        with measured() as reading:
            found = read_back(journal, destination, stage, 1, COMPARED, schema)
        sent = rows + max(rows // 10, 1)
        if (found.present, found.differing) != (sent, 0):
            sys.exit(f"{found.present} of {sent} rows arrived, {found.differing} of the sample differ")
        return {
            "into": kind,
            "rows": sent,
            "calls": calls,
            "send_seconds": round(sending.clock, 2),
            "send_cpu": round(sending.cpu, 2),
            "rows_per_second": round(sent / sending.clock),
            "rows_per_cpu_second": round(sent / sending.cpu),
            "read_back_calls": destination.calls - before - calls,
            "read_back_seconds": round(reading.clock, 2),
            "read_back_cpu": round(reading.cpu, 2),
            "peak_megabytes": peak(),
        }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--into", choices=SERVERS, default="hubspot")
    asked = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=served, args=(asked.into, theirs), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as name:
        result = measure(asked.into, asked.rows, ours.recv(), Path(name))
    ours.send(None)
    server.join()
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


sys.path.append(str(Path(__file__).resolve().parents[1]))  # the servers of the tests, in the process of the server too
if __name__ == "__main__":
    main()
