"""A destination outside the package: Tryton's parties, one company or person each, over JSON-RPC.

In the plan: kind = "tryton_crm:Tryton" (the folder of this file on PYTHONPATH), url, database and user beside it. The
password comes from CRMCLEAN_<NAME>_PASSWORD. A party's code holds our key: Tryton lets no two parties share one.
"""

import base64
import json
import time

import httpx

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.contract import (
    GONE,
    AnswerLostError,
    Capabilities,
    Fate,
    NotSentError,
    Operation,
    Preflight,
    RefusedCallError,
    Settled,
    Written,
)
from crmclean.errors import DestinationError, Fault, RefusedError

PARTY = "model.party.party"
WORKS_FOR = "works for"
_MECHANISMS = ("email", "phone")
_ADDRESS = ("street", "city")
_READ = [
    *("code", "name", "addresses.street", "addresses.city"),
    *("contact_mechanisms.type", "contact_mechanisms.value", "relations.to"),
]


_KINDS = {"company": ":companies:", "person": ":contacts:"}  # object: what its keys hold


def _object(name, *more):
    text = [TargetField(field, field, "text") for field in ("name", *_MECHANISMS, *_ADDRESS)]
    key = TargetField("code", "Code", "text", required=True, unique=True, from_=("_record",))
    return TargetObject(name, name, "code", (), {each.name: each for each in (key, *text, *more)})


EMPLOYER = TargetField("employer", "Employer", "reference", ref=("company",))
SCHEMA = TargetSchema("tryton", "Tryton", {"company": _object("company"), "person": _object("person", EMPLOYER)})


class NotTakenError(Exception):
    """Tryton's word for a record that it does not take; the transaction was rolled back."""


class Tryton:
    """One database. References are relations of one type; they are given as the other party's id."""

    def __init__(self, settings):
        self.capabilities = Capabilities(key_enforced=True, isolates_rows=False, batch_rows=200)
        self._settings = settings
        self._http = httpx.Client(base_url=settings.url, timeout=30)
        self._headers = {}
        self._objects = {}
        self._relation = None
        self._ours = set()  # codes that were not there before a call of ours whose answer was lost
        self.calls = 0

    def preflight(self, schema):
        """Log in, and look at rights and at what is there."""
        self._objects = schema.objects
        self._log_in()
        rights = self._ask("model.ir.model.access.get_access", ["party.party"])["party.party"]
        lacking = [name for name in ("read", "create", "write") if not rights[name]]
        hint = "give the user the group Party Administration"
        faults = (
            [Fault("party.party", f"the user may not {', '.join(lacking)}", hint, "tryton.right")] if lacking else []
        )
        there = self._ask(f"{PARTY}.search_count", [])
        counts = dict.fromkeys(schema.objects, there)
        return Preflight(self._settings.database, f"Tryton, {self._settings.database}", tuple(faults), existing=counts)

    def prepare(self, schema):
        """Make the type of relation that says where somebody works; return what names the database."""
        self._objects = schema.objects
        self._log_in()
        found = self._ask("model.party.relation.type.search_read", [["name", "=", WORKS_FOR]], 0, None, None, ["id"])
        made = found or [{"id": self._ask("model.party.relation.type.create", [{"name": WORKS_FOR}])[0]}]
        self._relation = made[0]["id"]
        (first,) = self._ask("model.res.user.search_read", [["id", "=", 1]], 0, None, None, ["create_date"])
        return f"tryton:{self._settings.database}:{json.dumps(first['create_date'], sort_keys=True)}"

    def begin(self, request):
        """Keep which codes are there before the call: the others are made by it."""
        if request.operation is not Operation.UPSERT:
            return None
        return json.dumps(sorted(self._ids([row.key for row in request.rows]).keys() - self._ours))

    def send(self, request, handle):
        """Make what is not there, write what is; each is one transaction."""
        if request.operation is Operation.DELETE:
            self._change(f"{PARTY}.delete", [int(row.target_id) for row in request.rows])
            return json.dumps([(row.key, Fate.DELETED, None, None) for row in request.rows]).encode()
        there = self._parties([row.key for row in request.rows])
        known = set(json.loads(handle)) if handle else there.keys()
        missing = [row for row in request.rows if row.key not in there]
        self._write(request, [row for row in request.rows if row.key in there], there)
        if request.operation is Operation.UPSERT and missing:
            self._change(f"{PARTY}.create", [{"code": row.key, **self._values(request, row, None)} for row in missing])
        ids = self._ids([row.key for row in request.rows])
        answer = [(key, Fate.UPDATED if key in known else Fate.CREATED, str(id_), None) for key, id_ in ids.items()]
        return json.dumps(
            answer + [(row.key, Fate.REJECTED, None, GONE) for row in missing if row.key not in ids]
        ).encode()

    def settle(self, request, handle):
        """Say whether what was not there before is there now; to send again is harmless, as the code is unique."""
        fresh = {row.key for row in request.rows} - set(json.loads(handle or "[]"))
        if handle is None or not fresh:
            return Settled.ABSENT
        ids = self._ids([row.key for row in request.rows])
        if fresh == ids.keys():
            return json.dumps([(key, Fate.CREATED, str(id_), None) for key, id_ in ids.items()]).encode()
        self._ours |= fresh
        return Settled.ABSENT

    def read(self, _request, answer):
        """Read an answer."""
        return [Written(key, Fate(fate), id_, code) for key, fate, id_, code in json.loads(answer)]

    def fetch(self, object_, keys):
        """Read parties by their codes."""
        for key, found in self._parties(keys).items():
            yield key, str(found["id"]), self._cells(object_, found)

    def scan(self, object_):
        """Read all parties; those without one of our codes have no key."""
        for found in self._ask(f"{PARTY}.search_read", [], 0, None, [["id", "ASC"]], _READ):
            if self._is(object_, found["code"]):
                ours = _KINDS[object_] in (found["code"] or "")
                yield found["code"] if ours else None, str(found["id"]), self._cells(object_, found)

    def count(self, object_):
        """Return the number of parties with a code of ours."""
        return sum(key is not None for key, _, _ in self.scan(object_))

    def close(self):
        """Close the connections."""
        self._http.close()

    def _is(self, object_, code):
        """Both objects are parties there; the code says which one. Other people's parties may be either."""
        return _KINDS[object_] in (code or "") or not any(part in (code or "") for part in _KINDS.values())

    def _values(self, request, row, there):
        """Return what a party is made or written with; there: what it holds, None where it is new."""
        cells = dict(zip(request.fields, row.cells, strict=True))
        values = {"name": cells["name"]} if "name" in cells else {}
        address = {name: cells[name] for name in _ADDRESS if name in cells}
        if address and there and there["addresses."]:
            values["addresses"] = [["write", [there["addresses."][0]["id"]], address]]
        elif any(address.values()):
            values["addresses"] = [["create", [address]]]
        asked = {name: cells[name] for name in _MECHANISMS if name in cells}
        old = [each["id"] for each in (there or {}).get("contact_mechanisms.", ()) if each["type"] in asked]
        new = [{"type": name, "value": value} for name, value in asked.items() if value]
        values["contact_mechanisms"] = _replaced(old, new)
        if "employer" in cells:
            old = [each["id"] for each in (there or {}).get("relations.", ())]
            new = [{"to": int(cells["employer"]), "type": self._relation}] if cells["employer"] else []
            values["relations"] = _replaced(old, new)
        return {name: value for name, value in values.items() if value != []}

    def _write(self, request, rows, there):
        if rows:
            pairs = [
                part for row in rows for part in ([there[row.key]["id"]], self._values(request, row, there[row.key]))
            ]
            self._change(f"{PARTY}.write", *pairs)

    def _cells(self, object_, found):
        ways = {each["type"]: each["value"] for each in reversed(found["contact_mechanisms."])}
        address = found["addresses."][0] if found["addresses."] else {}
        to = [each["to"] for each in found["relations."]]
        cells = {"name": found["name"], **{name: ways.get(name) for name in _MECHANISMS}}
        cells |= {name: address.get(name) for name in _ADDRESS} | {"employer": str(to[0]) if to else None}
        return {name: cells[name] or None for name in self._objects[object_].fields if name in cells}

    def _parties(self, keys):
        found = self._ask(f"{PARTY}.search_read", [["code", "in", list(keys)]], 0, None, None, _READ)
        return {each["code"]: each for each in found}

    def _ids(self, keys):
        return {key: found["id"] for key, found in self._parties(keys).items()}

    def _log_in(self):
        if self._headers:
            return
        password = self._settings.secret("password")
        session = self._ask("common.db.login", self._settings.user, {"password": password}, context=False)
        if not session:
            raise RefusedError(
                Fault(self._settings.name, "does not let the user in", "check the password", "tryton.login")
            )
        token = f"{self._settings.user}:{session[0]}:{session[1]}".encode()
        self._headers = {"Authorization": f"Session {base64.b64encode(token).decode()}"}

    def _ask(self, method, *parameters, context=True):
        """Call what may be called twice."""
        for wait in (0.1, 0.5, 2.0, None):
            try:
                return self._call(method, parameters, context=context)
            except (httpx.HTTPError, NotTakenError) as error:
                if wait is None:
                    hint = "run the same command again"
                    fault = Fault(self._settings.name, "does not answer", hint, "tryton.down")
                    raise DestinationError(fault) from error
                time.sleep(wait)
        return None

    def _change(self, method, *parameters):
        """Call once; say what is known of its effect."""
        try:
            return self._call(method, parameters)
        except httpx.ConnectError as error:
            raise NotSentError("no connection") from error
        except httpx.HTTPError as error:
            raise AnswerLostError from error
        except NotTakenError as error:
            raise RefusedCallError("target.refused", str(error)) from error

    def _call(self, method, parameters, *, context=True):
        self.calls += 1
        body = {"id": self.calls, "method": method, "params": [*parameters, {}] if context else list(parameters)}
        answer = self._http.post(f"/{self._settings.database}/rpc/", json=body, headers=self._headers)
        if answer.status_code in (401, 403) and not context:
            return None
        answer.raise_for_status()
        said = answer.json()
        if "error" in said and said["error"][0] in ("UserError", "UserWarning"):
            raise NotTakenError(str(said["error"]))
        if "error" in said:  # the transaction was rolled back: a lock, another one that wrote the same party
            raise httpx.ConnectError(str(said["error"][0]))
        return said["result"]


def _replaced(old, new):
    return ([["delete", old]] if old else []) + ([["create", new]] if new else [])
