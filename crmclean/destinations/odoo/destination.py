"""Odoo through `load`: one external id for each source record, which ir.model.data never holds twice.

A call writes all of its rows or none; the names that were there before are known before it leaves, so that what it
made is told from what it found even when its answer is lost. Records are found by their external id, never by search.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from crmclean.crm.target_model import TargetObject, TargetSchema
from crmclean.destinations.contract import (
    GONE,
    Capabilities,
    Cells,
    Fate,
    Made,
    NotSentError,
    Operation,
    Preflight,
    RefusedCallError,
    Request,
    Settled,
    Written,
)
from crmclean.destinations.odoo.cells import OdooCells, constants, extra_names
from crmclean.destinations.odoo.consents import Blacklist, opt_out_fields
from crmclean.destinations.odoo.database import OdooDatabase
from crmclean.destinations.odoo.names import MODULE, external_name, key_of, model_of, named_id, number, slices
from crmclean.destinations.odoo.rpc import OdooError, OdooRpc, code_of, is_lock, refusal
from crmclean.destinations.odoo.words import Words, users
from crmclean.destinations.settings import Settings
from crmclean.errors import RefusedError

_ROWS = 500  # of one call; all of them are refused for one bad row
_ASKED = 1000  # records per reading call
_LATE = 5.0  # seconds that a call without an answer may still take effect in
_PER_SECOND = 50.0  # rows; a guess on the careful side
_ARCHIVED = "undo.archived"


class OdooDestination:
    """One database, as one user sees it. `rest` waits for some seconds."""

    def __init__(self, settings: Settings, rest: Callable[[float], None] = time.sleep) -> None:
        self.capabilities = Capabilities(
            key_enforced=True,
            isolates_rows=False,
            makes_users=False,
            adopts=True,
            zero_for_empty=True,
            batch_rows=_ROWS,
        )
        self._rpc = OdooRpc(settings, rest)
        self._rest = rest
        self._database = OdooDatabase(self._rpc)
        self._blacklist = Blacklist(self._rpc)
        self._words = Words(self._rpc)
        self._objects: Mapping[str, TargetObject] = {}
        self._ours: set[str] = set()  # keys that were not there before a call of ours whose answer was lost

    @property
    def calls(self) -> int:
        """Return how many calls this object has made."""
        return self._rpc.calls

    def preflight(self, schema: TargetSchema) -> Preflight:
        """Log in and look at the version, the user's rights, the fields and what is there."""
        self._objects = schema.objects
        return self._database.preflight(schema, _PER_SECOND)

    def prepare(self, schema: TargetSchema) -> str:
        """Check that nothing is missing; return the database's own id."""
        self._objects = schema.objects
        faults = tuple(self._database.faults(schema))
        if faults:
            raise RefusedError(*faults)
        return self._database.identity()

    def create_missing(self, schema: TargetSchema) -> list[Made]:
        """Create the models and fields of ours that the database lacks."""
        return self._database.create_missing(schema)

    def begin(self, request: Request) -> str | None:
        """Block the addresses of those who have opted out, and keep the keys that are there before the call."""
        object_ = self._objects[request.object]
        if object_.existing or request.operation is Operation.DELETE:
            return None
        fields = opt_out_fields(object_)
        if fields:
            self._blacklist.add(request, fields, model_of(request.object))
        if request.operation is not Operation.UPSERT:
            return None
        there = self._there(request.object, [row.key for row in request.rows]).keys() - self._ours
        return json.dumps(sorted(there))

    def send(self, request: Request, handle: str | None) -> bytes:
        """Look up users, load rows, or remove records."""
        if self._objects[request.object].existing:
            return self._users(request)
        if request.operation is Operation.DELETE:
            return self._remove(request)
        if request.operation is not Operation.UPSERT:
            return self._update(request)
        known = json.loads(handle or "[]")
        self._load(request, [*request.rows], "id", [f"{MODULE}.{external_name(row.key)}" for row in request.rows])
        ids = self._there(request.object, [row.key for row in request.rows])
        return _answer(request.object, ids, known)

    def settle(self, request: Request, handle: str | None) -> bytes | Settled:
        """Look, after a while, whether the records are there that were not before; the same call again is harmless."""
        if handle is None:
            return Settled.ABSENT
        known = json.loads(handle)
        fresh = {row.key for row in request.rows} - set(known)
        if not fresh:
            return Settled.ABSENT
        self._rest(_LATE)
        ids = self._there(request.object, [row.key for row in request.rows])
        if fresh <= ids.keys():
            return _answer(request.object, ids, known)
        self._ours |= fresh
        return Settled.ABSENT

    def read(self, request: Request, answer: bytes) -> Iterable[Written]:  # noqa: ARG002
        """Read an answer: what each key became."""
        return [Written(key, Fate(fate), id_, code) for key, fate, id_, code in json.loads(answer)]

    def fetch(self, object_: str, keys: Sequence[str]) -> Iterator[tuple[str, str, Cells]]:
        """Read records back by their external ids."""
        if self._objects[object_].existing:
            return
        for part in slices(keys, _ASKED):
            names = {id_: key for key, id_ in self._there(object_, part).items()}
            for id_, cells in self._records(object_, [["id", "in", sorted(names)]]):
                yield names[id_], named_id(model_of(object_), id_), cells

    def scan(self, object_: str) -> Iterator[tuple[str | None, str, Cells]]:
        """Read all records of an object back, page by page in the order of their ids."""
        model, last, domain = model_of(object_), 0, constants(self._objects[object_])
        while True:
            page = list(self._records(object_, [["id", ">", last], *domain]))
            keys = self._keys(model, [id_ for id_, _ in page])
            for id_, cells in page:
                yield keys.get(id_), named_id(model, id_), cells
            if len(page) < _ASKED:
                return
            last = page[-1][0]

    def count(self, object_: str) -> int:
        """Return the number of records with a key of ours."""
        model, domain = model_of(object_), constants(self._objects[object_])
        mine = [["module", "=", MODULE], ["model", "=", model]]
        if sum(model_of(name) == model for name in self._objects) == 1:
            return int(self._rpc.look("ir.model.data", "search_count", mine))
        ids = [str(found["res_id"]) for found in self._rpc.look("ir.model.data", "search_read", mine, ["res_id"])]
        asked = ([["id", "in", list(map(int, part))], *domain] for part in slices(ids, _ASKED))
        return sum(int(self._rpc.look(model, "search_count", each)) for each in asked)

    def close(self) -> None:
        """Close the connections."""
        self._rpc.close()

    def _there(self, object_: str, keys: Sequence[str]) -> dict[str, int]:
        """Return key -> id of those records that are there."""
        domain = [["module", "=", MODULE], ["model", "=", model_of(object_)]]
        found: dict[str, int] = {}
        for part in slices(keys, _ASKED):
            named = [*domain, ["name", "in", [external_name(key) for key in part]]]
            for record in self._rpc.look("ir.model.data", "search_read", named, ["name", "res_id"]):
                found[key_of(record["name"])] = record["res_id"]
        return found

    def _keys(self, model: str, ids: Sequence[int]) -> dict[int, str]:
        domain = [["module", "=", MODULE], ["model", "=", model], ["res_id", "in", list(ids)]]
        found = self._rpc.look("ir.model.data", "search_read", domain, ["name", "res_id"]) if ids else []
        return {record["res_id"]: key_of(record["name"]) for record in found}

    def _records(self, object_: str, domain: list[list[Any]]) -> Iterator[tuple[int, dict[str, str | None]]]:
        schema = self._objects[object_]
        known = self._database.fields(model_of(object_))
        names = [each.name for each in schema.writable() if each.name != schema.key and each.name in known]
        asked = extra_names(known, names)
        found = self._rpc.look(model_of(object_), "search_read", domain, asked, order="id", limit=_ASKED)
        translate = self._cells(object_)
        rows = [(record["id"], translate.cells(record, names)) for record in found]
        fields = opt_out_fields(schema)
        if fields:
            consent, email = fields
            blocked = self._blacklist.blocked([str(cells[email]) for _, cells in rows if cells.get(email)])
            for _, cells in rows:  # an opt-out that the blacklist does not know stops no mail
                if cells.get(consent) == "true" and cells.get(email) and str(cells[email]).casefold() not in blocked:
                    cells[consent] = "false"
        yield from rows

    def _cells(self, object_: str) -> OdooCells:
        schema = self._objects[object_]
        known = self._database.fields(model_of(object_))
        documents = any(field["type"] == "many2one_reference" for field in known.values())
        return OdooCells(schema, known, self._words, self._database.models() if documents else {})

    def _load(self, request: Request, rows: list[Any], column: str, names: Sequence[str]) -> None:
        there = self._countries(request)
        found = self._cells(request.object).columns(request.fields, rows, there)
        found.names.insert(0, column)
        for name, cells in zip(names, found.rows, strict=True):
            cells.insert(0, name)
        said = self._rpc.change(model_of(request.object), "load", found.names, found.rows)
        if not said["ids"]:
            raise _refused(said["messages"])

    def _countries(self, request: Request) -> Mapping[str, str]:
        """Return target id -> country of records whose state is written without it."""
        if "state_id" not in request.fields or "country_id" in request.fields:
            return {}
        model = model_of(request.object)
        ids = [number(row.target_id) for row in request.rows if row.target_id]
        found = self._rpc.look(model, "search_read", [["id", "in", ids]], ["country_id"])
        placed = {each["id"]: each["country_id"][0] for each in found if each["country_id"]}
        texts = self._words.texts("res.country", list(placed.values()))
        return {named_id(model, id_): texts[country] for id_, country in placed.items()}

    def _update(self, request: Request) -> bytes:
        """Write over records by their ids; one that is gone is not made again."""
        ids = {row.key: number(str(row.target_id)) for row in request.rows}
        left = self._existing(request.object, list(ids.values()))
        rows = [row for row in request.rows if ids[row.key] in left]
        if request.operation is Operation.ADOPT:
            self._name(request.object, {row.key: ids[row.key] for row in rows})
        if rows:
            self._load(request, rows, ".id", [str(ids[row.key]) for row in rows])
        gone = [(key, Fate.REJECTED, None, GONE) for key, id_ in ids.items() if id_ not in left]
        return json.dumps([(row.key, Fate.UPDATED, row.target_id, None) for row in rows] + gone).encode()

    def _name(self, object_: str, ids: Mapping[str, int]) -> None:
        """Give records that others made an external id of ours; what has it already keeps it."""
        there, model = self._there(object_, list(ids)), model_of(object_)
        named = [
            {"module": MODULE, "name": external_name(key), "model": model, "res_id": id_}
            for key, id_ in ids.items()
            if key not in there
        ]
        if named:
            try:
                self._rpc.ask("ir.model.data", "create", named)
            except OdooError as error:
                raise RefusedCallError(*refusal(error)) from error

    def _existing(self, object_: str, ids: list[int]) -> frozenset[int]:
        return frozenset(self._rpc.look(model_of(object_), "search", [["id", "in", ids]]))

    def _remove(self, request: Request) -> bytes:
        """Delete records; one that Odoo does not let go of is archived, and says so."""
        ids = {row.key: number(str(row.target_id)) for row in request.rows}
        left = self._existing(request.object, list(ids.values()))
        fate: tuple[Fate, str | None] = (Fate.DELETED, None)
        try:
            if left:
                self._rpc.change(model_of(request.object), "unlink", sorted(left))
        except RefusedCallError:
            if len(ids) > 1 or "active" not in self._database.fields(model_of(request.object)):
                raise
            self._rpc.change(model_of(request.object), "write", sorted(left), {"active": False})
            fate = (Fate.REJECTED, _ARCHIVED)
        return json.dumps([(key, fate[0], None, fate[1]) for key in ids]).encode()

    def _users(self, request: Request) -> bytes:
        """Find users by their login; they are never made here."""
        place = list(request.fields).index("login")
        ids = users(self._rpc, (login for row in request.rows if (login := row.cells[place])))
        told = [(row.key, ids.get(str(row.cells[place]).casefold())) for row in request.rows]
        return json.dumps(
            [
                (key, Fate.UPDATED, id_, None) if id_ else (key, Fate.REJECTED, None, "target.no-such-user")
                for key, id_ in told
            ]
        ).encode()


def _answer(object_: str, ids: Mapping[str, int], known: Sequence[str]) -> bytes:
    """Return what each key became: one that was not there before the call was made by it."""
    there, model = frozenset(known), model_of(object_)
    fates = {key: Fate.UPDATED if key in there else Fate.CREATED for key in ids}
    return json.dumps([(key, fates[key], named_id(model, id_), None) for key, id_ in ids.items()]).encode()


def _refused(messages: Sequence[Mapping[str, Any]]) -> RefusedCallError | NotSentError:
    """Return why `load` wrote nothing; the list may be cut, so that it is no list of all bad rows."""
    errors = [each for each in messages if each.get("type") == "error"] or [{}]
    if any(is_lock(str(each.get("message", ""))) for each in errors):
        return NotSentError("locked")
    message = str(errors[0].get("message", ""))
    field = errors[0].get("field")
    return RefusedCallError(code_of(message), message, str(field).partition("/")[0] if field else None)
