"""A stateful stand-in for a HubSpot account: CRM objects v3, associations v4, properties, owners, preferences.

python -m tests.servers.hubspot --port 0

Faults: a list of (method, end of the path, what goes wrong), each used once:
drop (the connection breaks before any effect), lost (it breaks after the effect), late (it breaks, and the effect comes
with the next call), half (half of a batch is written, then 500), cut (the answer breaks off), 423, 429, daily, 500,
503, 401. Of the account: partial (bad rows of a batch are named in a 207 instead of refusing it), silent (results carry
neither trace nor key), trims (text that the server shortens by itself), forgets (opt-outs are not kept).
"""

import argparse
import json
import random
import re
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "pat-of-the-test-server"  # noqa: S105
PORTAL = 4711
SCOPES = ["communication_preferences.read_write", "crm.objects.owners.read"] + [
    f"crm.objects.{name}.{right}" for name in ("contacts", "companies", "deals") for right in ("read", "write")
]
_PRIMARY = {1, 2, 5, 6, 14}  # at most one record at the other end
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class RefusalError(Exception):
    """An answer other than 200."""

    def __init__(self, status, category, message="", code=None, name=None, context=None):
        super().__init__(message)
        self.status = status
        self.body = {"status": "error", "category": category, "message": message, "correlationId": "c"}
        self.body["context"] = dict(context or {})
        self.body["errors"] = [{"message": message, "code": code, "in": name}] if code else []


class Portal:
    """Objects with their properties and records, associations between them, and who has unsubscribed.

    labels: (from, to) -> list of (type id, label, category).
    """

    def __init__(self, properties, labels=None, owners=(), pipelines=None):
        self.properties = {name: {} for name in properties}
        for name, own in properties.items():
            for each, kind in own.items():
                self.add_property(name, {"name": each, "label": each, "type": kind, "fieldType": "text"})
        self.groups = {name: {"contactinformation"} for name in properties}
        self.labels = dict(labels or {})
        self.owners = {str(900 + number): email for number, email in enumerate(owners)}
        self.pipelines = pipelines or []
        self.records = {name: {} for name in properties}
        self.pairs = {}  # (from object, from id, to object, to id) -> type ids
        self.unsubscribed = set()
        self.unique = {"contacts": ["email"], "Contact": ["Email"]}
        self.made = 100
        self.faults = []
        self.calls = []
        self.late = []
        self.half = False
        self.partial = self.silent = self.forgets = False
        self.trims = None
        self.scopes = list(SCOPES)
        self.used = 0
        self.lock = threading.Lock()
        self.random = random.Random(1)

    def add_property(self, object_, given):
        kind = {"hasUniqueValue": False, "options": [], "groupName": "contactinformation", "description": ""} | given
        kind["modificationMetadata"] = {"readOnlyValue": given["name"].startswith("hs_read"), "archivable": True}
        self.properties[object_][given["name"]] = kind

    def alive(self, object_):
        return {id_: one for id_, one in self.records[object_].items() if not one["archived"]}

    def find(self, object_, id_, by=None):
        if by is None:
            return id_ if id_ in self.alive(object_) else None
        if not self.properties[object_].get(by, {}).get("hasUniqueValue"):
            raise RefusalError(400, "VALIDATION_ERROR", f"{by} is not a unique property")
        return next((own for own, one in self.alive(object_).items() if one["properties"].get(by) == id_), None)

    def check(self, object_, properties, own):
        for name, text in properties.items():
            kind = self.properties[object_].get(name)
            if kind is None:
                raise invalid("PROPERTY_DOESNT_EXIST", name)
            options = {each["value"] for each in kind["options"]}
            if text and options and kind["type"] == "enumeration" and not set(text.split(";")) <= options:
                raise invalid("INVALID_OPTION", name)
            if text and name.lower() == "email" and not _EMAIL.fullmatch(text):
                raise invalid("INVALID_EMAIL", name)
            if text and kind["type"] == "number" and not re.fullmatch(r"-?\d+(\.\d+)?", text):
                raise invalid("INVALID_DOUBLE", name)
            if len(text or "") > 65_536 and kind["type"] == "string" and name != "crmclean_id":
                raise invalid("VALUE_TOO_LONG", name)
            if text and (kind["hasUniqueValue"] or name in self.unique.get(object_, ())):
                same = [id_ for id_, one in self.alive(object_).items() if one["properties"].get(name) == text]
                if same and same != [own]:
                    raise RefusalError(409, "CONFLICT", f"Contact already exists. Existing ID: {same[0]}")

    def write(self, object_, given, operation):
        """Create, update or upsert one record; return its result."""
        properties, by = given.get("properties", {}), given.get("idProperty")
        id_ = None if operation == "create" else self.find(object_, str(given["id"]), by)
        if operation == "update" and id_ is None:
            context = {"ids": [str(given["id"])]}
            raise RefusalError(404, "OBJECT_NOT_FOUND", "resource not found", context=context)
        self.check(object_, properties, id_)
        new = id_ is None
        if new:
            self.made += 1
            id_ = str(self.made)
            self.records[object_][id_] = {"properties": {}, "createdAt": now(), "archived": False}
        one = self.records[object_][id_]
        own = {by: str(given["id"])} if by and new else {}
        one["properties"] |= {name: self.kept(name, text) for name, text in (own | properties).items()}
        one["updatedAt"] = now()
        for each in given.get("associations", ()):
            other = self.type_end(object_, each["types"][0]["associationTypeId"])
            self.associate((object_, id_, other, str(each["to"]["id"])), each["types"])
        result = self.result(object_, id_, list(properties)) | ({"new": new} if operation == "upsert" else {})
        if self.silent:
            result["properties"] = {}
        elif given.get("objectWriteTraceId"):
            result["objectWriteTraceId"] = given["objectWriteTraceId"]
        return result

    def kept(self, name, text):
        return text[: self.trims] if self.trims and name in ("Name", "name") else text

    def result(self, object_, id_, names):
        one = self.records[object_][id_]
        told = {name: one["properties"].get(name) or None for name in names}
        if "hs_email_optout" in told:
            address = str(one["properties"].get("email") or one["properties"].get("Email"))
            told["hs_email_optout"] = "true" if address in self.unsubscribed else None
        told = {"hs_object_id": id_, "createdate": one["createdAt"]} | {name: told[name] for name in told}
        stamps = {"createdAt": one["createdAt"], "updatedAt": one["updatedAt"]}
        return {"id": id_, "properties": told, "archived": one["archived"]} | stamps

    def type_end(self, object_, type_id):
        mine = {end: kinds for (start, end), kinds in self.labels.items() if start == object_}
        found = [end for end, kinds in mine.items() if type_id in {each[0] for each in kinds}]
        if not found:
            raise RefusalError(400, "VALIDATION_ERROR", "no such association type")
        return found[0]

    def associate(self, ends, types):
        start, one, end, other = ends
        known = {kind for kind, *_ in self.labels.get((start, end), ())}
        kinds = {int(each["associationTypeId"]) for each in types}
        if one not in self.alive(start) or other not in self.alive(end) or not kinds <= known:
            context = {"fromObjectId": [one], "toObjectId": [other]}
            raise RefusalError(404, "OBJECT_NOT_FOUND", "no such record or type", context=context)
        for kind in kinds & _PRIMARY:
            for each, there in self.pairs.items():
                if each[:3] == ends[:3] and each != ends:
                    there.discard(kind)
        self.pairs.setdefault(ends, set()).update(kinds)


def invalid(code, name):
    listed = json.dumps([{"isValid": False, "message": "not valid", "error": code, "name": name}])
    return RefusalError(400, "VALIDATION_ERROR", f"Property values were not valid: {listed}")


def now():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Handler(BaseHTTPRequestHandler):
    """Answers for the account of its server."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body leave together: no waiting for the other side's acknowledgement

    def log_message(self, *_):
        pass

    def _handle(self):
        portal = self.server.portal
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with portal.lock:
            portal.calls.append((self.command, parts.path))
            for again in portal.late:
                again()
            portal.late.clear()
            found = (one for one in portal.faults if self.command == one[0] and parts.path.endswith(one[1]))
            fault = next(found, None)
            if fault:
                portal.faults.remove(fault)
            kind = fault[2] if fault else None
            if kind in ("drop", "late"):
                if kind == "late":
                    portal.late.append(lambda: self._answered(portal, parts.path, asked, body))
                self.close_connection = True
                return
            if kind in (423, 429, "daily", 500, 503, 401):
                status = 429 if kind == "daily" else kind
                policy = "DAILY" if kind == "daily" else "TEN_SECONDLY_ROLLING"
                told = {"status": "error", "category": "RATE_LIMITS", "policyName": policy, "message": ""}
                self._answer(status, told, {"Retry-After": "0"} if kind == 429 else {})
                return
            portal.half = kind == "half"
            status, document = self._answered(portal, parts.path, asked, body)
            if kind == "lost":
                self.close_connection = True
                return
            self._answer(status, document, {}, cut=kind == "cut")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    def _answer(self, status, document, headers, *, cut=False):
        payload = json.dumps(document).encode() if document is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload[: len(payload) // 2] if cut else payload)
        self.close_connection = self.close_connection or cut

    def _answered(self, portal, path, asked, body):
        try:
            return self._route(portal, path.strip("/").split("/"), asked, body)
        except RefusalError as refusal:
            return refusal.status, refusal.body

    def _route(self, portal, words, asked, body):  # noqa: C901
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusalError(401, "INVALID_AUTHENTICATION")
        match words:
            case ["account-info", "v3", "details"]:
                return 200, {"portalId": PORTAL, "accountType": "SANDBOX", "timeZone": "Europe/Berlin", "uiDomain": "a"}
            case ["account-info", "v3", "api-usage", "daily", "private-apps"]:
                usage = {"name": "private-apps-api-calls-daily", "usageLimit": 250_000, "currentUsage": portal.used}
                return 200, {"results": [usage]}
            case ["oauth", "v2", "private-apps", "get", "access-token-info"]:
                return 200, {"userId": 1, "hubId": PORTAL, "appId": 1, "scopes": portal.scopes}
            case ["crm", "v3", "owners"]:
                return 200, _page(portal.owners, asked, lambda id_: {"id": id_, "email": portal.owners[id_], **_STAMPS})
            case ["crm", "v3", "pipelines", _]:
                return 200, {"results": portal.pipelines}
            case ["crm", "v3", "properties", object_, *rest]:
                return self._properties(portal, known(portal, object_), rest, body)
            case ["crm", "v3", "objects", object_, *rest]:
                return self._objects(portal, known(portal, object_), rest, asked, body)
            case ["crm", "v4", "associations", start, end, *rest]:
                return self._associations(portal, (start, end), rest, body)
            case ["communication-preferences", "v4", "statuses", address, "unsubscribe-all"]:
                return self._preferences(portal, unquote(address))
        raise RefusalError(404, "OBJECT_NOT_FOUND", "no such resource")

    def _properties(self, portal, object_, rest, body):
        if rest == ["groups"]:
            if self.command == "POST":
                portal.groups[object_].add(body["name"])
                return 201, body
            return 200, {"results": [{"name": name, "label": name} for name in sorted(portal.groups[object_])]}
        if self.command == "GET":
            return 200, {"results": list(portal.properties[object_].values())}
        for given in body["inputs"] if rest == ["batch", "create"] else [body]:
            if given["name"] in portal.properties[object_]:
                raise RefusalError(409, "OBJECT_ALREADY_EXISTS", "this property is there")
            if given["groupName"] not in portal.groups[object_]:
                raise RefusalError(400, "VALIDATION_ERROR", "no such group")
            portal.add_property(object_, given)
        made = [portal.properties[object_][each["name"]] for each in body.get("inputs", [body])]
        return 201, complete(made) if rest else made[0]

    def _objects(self, portal, object_, rest, asked, body):
        match rest:
            case ["batch", "read"]:
                return self._read(portal, object_, body)
            case ["batch", "archive"]:
                for each in body["inputs"]:
                    archive(portal, object_, each["id"])
                return 204, None
            case ["batch", operation]:
                return self._batch(portal, object_, operation, body["inputs"])
            case ["search"]:
                found = list(portal.alive(object_))
                return 200, {"total": len(found), "results": []}
            case [] if self.command == "GET":
                names = asked.get("properties", "").split(",")
                return 200, _page(portal.alive(object_), asked, lambda id_: portal.result(object_, id_, names))
            case []:
                return 201, portal.write(object_, body, "create")
            case [id_]:
                return self._one(portal, object_, id_, asked, body)
        raise RefusalError(404, "OBJECT_NOT_FOUND", "no such resource")

    def _one(self, portal, object_, id_, asked, body):
        if self.command == "PATCH":
            return 200, portal.write(object_, {"id": id_, **body}, "update")
        if self.command == "DELETE":
            archive(portal, object_, id_)
            return 204, None
        found = portal.find(object_, id_, asked.get("idProperty"))
        if found is None:
            raise RefusalError(404, "OBJECT_NOT_FOUND", "no such record")
        return 200, portal.result(object_, found, asked.get("properties", "").split(","))

    def _batch(self, portal, object_, operation, inputs):
        """Write a batch: all of it or nothing, except where rows are named in a 207; results come shuffled."""
        if len(inputs) > 100:
            raise RefusalError(400, "VALIDATION_ERROR", "at most 100 inputs")
        names = [each.get("id") for each in inputs if each.get("id")]
        if len(set(names)) < len(names):
            raise RefusalError(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input")
        before = json.dumps([portal.records[object_], portal.made])
        results, errors = [], []
        for each in inputs[: len(inputs) // 2] if portal.half else inputs:
            try:
                results.append(portal.write(object_, each, operation))
            except RefusalError as refusal:
                if not portal.partial:
                    portal.records[object_], portal.made = json.loads(before)
                    raise
                refusal.body["context"]["objectWriteTraceId"] = [each.get("objectWriteTraceId")]
                errors.append(refusal.body)
        if portal.half:
            portal.half = False
            raise RefusalError(500, "INTERNAL_ERROR")
        portal.random.shuffle(results)
        told = complete(results)
        if errors:
            return 207, told | {"numErrors": len(errors), "errors": errors}
        return (201 if operation == "create" else 200), told

    def _read(self, portal, object_, body):
        results, missing = [], []
        for each in body["inputs"]:
            id_ = portal.find(object_, str(each["id"]), body.get("idProperty"))
            if id_ is None:
                missing.append(str(each["id"]))
            else:
                results.append(portal.result(object_, id_, body["properties"]))
        portal.random.shuffle(results)
        told = complete(results)
        if missing:
            error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "", "context": {"ids": missing}}
            return 207, told | {"numErrors": 1, "errors": [error]}
        return 200, told

    def _associations(self, portal, ends, rest, body):
        kinds = portal.labels.get(ends, [])
        if rest == ["labels"]:
            if self.command == "POST":
                made = (1000 + len(kinds), body["label"], "USER_DEFINED")
                portal.labels[ends] = [*kinds, made]
                return 200, {"results": [_label(made)]}
            return 200, {"results": [_label(each) for each in kinds]}
        named = {kind: each for each in kinds for kind in (each[0],)}
        if rest == ["batch", "read"]:
            results = [
                {
                    "from": {"id": each["id"]},
                    "to": [
                        {"toObjectId": int(other), "associationTypes": [_label(named[kind]) for kind in sorted(types)]}
                        for (start, one, end, other), types in portal.pairs.items()
                        if (start, one, end) == (ends[0], str(each["id"]), ends[1]) and types
                    ],
                }
                for each in body["inputs"]
            ]
            found = [each for each in results if each["to"]]
            return 200, complete(found)
        errors, results = [], []
        for each in body["inputs"]:
            pair = (ends[0], str(each["from"]["id"]), ends[1], str(each["to"]["id"]))
            try:
                if rest == ["batch", "labels", "archive"]:
                    taken = {int(kind["associationTypeId"]) for kind in each["types"]}
                    portal.pairs[pair] = portal.pairs.get(pair, set()) - taken
                else:
                    portal.associate(pair, each["types"])
                    pairing = {"fromObjectTypeId": "0-1", "fromObjectId": int(pair[1]), "toObjectTypeId": "0-2"}
                    results.append(pairing | {"toObjectId": int(pair[3]), "labels": []})
            except RefusalError as refusal:
                errors.append(refusal.body)
        if rest == ["batch", "labels", "archive"]:
            return 204, None
        told = complete(results)
        return (207, told | {"numErrors": len(errors), "errors": errors}) if errors else (201, told)

    def _preferences(self, portal, address):
        if self.command == "POST":
            if not portal.forgets:
                portal.unsubscribed.add(address)
            return 200, complete([])
        wide = {"channel": "EMAIL", "status": "UNSUBSCRIBED", "subscriberIdString": address, "timestamp": now()}
        found = [wide | {"wideStatusType": "PORTAL_WIDE"}] if address in portal.unsubscribed else []
        return 200, complete(found)


_STAMPS = {
    "createdAt": "2024-01-01T00:00:00Z",
    "updatedAt": "2024-01-01T00:00:00Z",
    "archived": False,
    "type": "PERSON",
}


def complete(results):
    return {"status": "COMPLETE", "results": results, "startedAt": now(), "completedAt": now()}


def known(portal, object_):
    if object_ not in portal.records:
        raise RefusalError(404, "OBJECT_NOT_FOUND", "Unable to infer object type")
    return object_


def archive(portal, object_, id_):
    if id_ in portal.records[object_]:
        portal.records[object_][id_]["archived"] = True
    portal.pairs = {ends: kinds for ends, kinds in portal.pairs.items() if id_ not in (ends[1], ends[3])}


def _label(kind):
    type_id, label, category = kind
    return {"typeId": type_id, "label": label, "category": category}


def _page(found, asked, shown):
    ids = sorted(found, key=int)
    start, limit = int(asked.get("after", 0)), int(asked.get("limit", 100))
    page = [shown(id_) for id_ in ids if int(id_) > start]
    told = {"results": page[:limit]}
    if len(page) > limit:
        told["paging"] = {"next": {"after": page[limit - 1]["id"], "link": ""}}
    return told


def serve(portal, port=0):
    """Start a server for an account in a thread; return it."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.portal = portal
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    labels = {("contacts", "companies"): [(1, "Primary", "HUBSPOT_DEFINED"), (279, None, "HUBSPOT_DEFINED")]}
    properties = {"contacts": {"email": "string", "firstname": "string"}, "companies": {"name": "string"}, "deals": {}}
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler)
    server.portal = Portal(properties, labels)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
