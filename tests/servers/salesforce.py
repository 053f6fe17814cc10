"""A stateful stand-in for a Salesforce organisation: OAuth, describe, SOQL by key, Bulk API 2.0 ingest.

python -m tests.servers.salesforce --port 0

Faults: a list of (method, end of the path, what goes wrong), each used once:
drop (the connection breaks before any effect), lost (it breaks after the effect), 429, 500, 401.
"""

import argparse
import csv
import io
import json
import random
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

VERSION = "/services/data/v62.0"
TOKEN = "token-of-the-test-server"  # noqa: S105
KEY = "key"


class Organisation:
    """Objects with their fields, records and jobs. unique: object -> field that no two records may share."""

    def __init__(self, fields, users=(), unique=None, locks=0):
        self.fields = {
            **{name: dict(own) for name, own in fields.items()},
            "User": {"Email": "string", "Name": "string"},
        }
        self.records = {name: {} for name in self.fields}
        self.jobs = {}
        self.faults = []
        self.calls = []
        self.locks = locks  # rows that are locked the first time that they come
        self.unique = unique or {}
        self.lock = threading.Lock()
        self.random = random.Random(1)
        for email in users:
            self._add("User", {"Email": email, "Name": "Somebody"})

    def _add(self, object_, cells):
        id_ = f"{sorted(self.fields).index(object_):03}{len(self.records[object_]):015}"
        self.records[object_][id_] = dict(cells)
        return id_

    def process(self, job):
        """Upsert the rows of a closed job; results come shuffled."""
        rows = list(csv.DictReader(io.StringIO(job["body"], newline="")))
        keys = [row[KEY] for row in rows]
        for row in rows:
            cells = {name: None if text == "#N/A" else text for name, text in row.items()}
            error = self._error(job["object"], cells, keys)
            if error:
                job["failed"].append({"sf__Id": "", "sf__Error": error, **row})
                continue
            found = [id_ for id_, known in self.records[job["object"]].items() if known.get(KEY) == cells[KEY]]
            id_ = found[0] if found else self._add(job["object"], {})
            self.records[job["object"]][id_].update(cells)
            job["successful"].append({"sf__Id": id_, "sf__Created": "false" if found else "true", **row})
        self.random.shuffle(job["successful"])
        job["state"] = "JobComplete"

    def _error(self, object_, cells, keys):
        if keys.count(cells[KEY]) > 1:
            return "DUPLICATE_EXTERNAL_ID:the same key twice:key --"
        if self.locks:
            self.locks -= 1
            return "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"
        for name, text in cells.items():
            if text is not None and len(text) > 80:
                return f"STRING_TOO_LONG:{name}: data value too large:{name} --"
            if name.endswith("Id") and text is not None and not any(text in some for some in self.records.values()):
                return f"INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:{name} --"
        field = self.unique.get(object_)
        same = [one for one in self.records[object_].values() if field and one.get(field) == cells.get(field)]
        if field and cells.get(field) and any(one[KEY] != cells[KEY] for one in same):
            return f"DUPLICATE_VALUE:duplicate value found: {field} duplicates value on record:{field} --"
        return None


class Handler(BaseHTTPRequestHandler):
    """Answers for the organisation of its server."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body leave together: no waiting for the other side's acknowledgement

    def log_message(self, *_):
        pass

    def _handle(self):
        organisation = self.server.organisation
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with organisation.lock:
            path = urlsplit(self.path).path
            organisation.calls.append((self.command, path))
            fault = next((one for one in organisation.faults if self.command == one[0] and path.endswith(one[1])), None)
            if fault:
                organisation.faults.remove(fault)
            kind = fault[2] if fault else None
            if kind == "drop":
                self.close_connection = True
                return
            if kind in (429, 500, 401):
                self._answer(kind, [{"errorCode": "X"}], {"Retry-After": "0"} if kind == 429 else {})
                return
            status, document = self._route(organisation, path, body)
            if kind == "lost":
                self.close_connection = True
                return
            self._answer(status, document, {})

    do_GET = do_POST = do_PUT = do_PATCH = _handle  # noqa: N815

    def _answer(self, status, document, headers):
        text = document if isinstance(document, str) else json.dumps(document)
        payload = text.encode() if document is not None else b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _route(self, organisation, path, body):
        if path == "/services/oauth2/token":
            return 200, {"access_token": TOKEN}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, [{"errorCode": "INVALID_SESSION_ID"}]
        if path == "/services/oauth2/userinfo":
            return 200, {"organization_id": "00D000000000001EAA", "user_id": "005000000000001"}
        if path == "/services/data":
            return 200, [{"version": "62.0", "url": VERSION}]
        if path == f"{VERSION}/query":
            return self._query(organisation, parse_qs(urlsplit(self.path).query)["q"][0])
        described = re.fullmatch(rf"{VERSION}/sobjects/(\w+)/describe", path)
        if described:
            return 200, {"fields": _described(organisation, described[1])}
        return self._jobs(organisation, path.removeprefix(f"{VERSION}/jobs/ingest").strip("/"), body)

    def _jobs(self, organisation, path, body):
        if not path:
            id_ = f"750{len(organisation.jobs):015}"
            job = {"id": id_, "state": "Open", "body": "", "successful": [], "failed": [], **json.loads(body)}
            organisation.jobs[id_] = job
            return 200, {"id": id_, "state": "Open"}
        id_, _, rest = path.partition("/")
        job = organisation.jobs.get(id_)
        if job is None:
            return 404, [{"errorCode": "NOT_FOUND"}]
        if self.command == "PUT":
            job["body"] = body.decode()
            return 201, None
        if self.command == "PATCH":
            if job["state"] != "Open":
                return 400, [{"errorCode": "INVALIDJOBSTATE"}]
            job["state"] = json.loads(body)["state"]
            return 200, {"id": id_, "state": job["state"]}
        if not rest:
            if job["state"] == "UploadComplete":  # it is worked on between two looks at it
                organisation.process(job)
                return 200, {"id": id_, "state": "InProgress"}
            return 200, {"id": id_, "state": job["state"]}
        rows = job.get(rest.removesuffix("Results"), [])
        return 200, _csv(rows)

    def _query(self, organisation, sql):
        found = re.fullmatch(r"SELECT (.+?) FROM (\w+)(?: WHERE (\w+) (?:IN \((.*)\)|!= null))?", sql, re.DOTALL)
        names, object_, field, listed = found.groups()
        records = organisation.records[object_].items()
        if listed is not None:
            wanted = {re.sub(r"\\(.)", r"\1", text) for text in re.findall(r"'((?:[^'\\]|\\.)*)'", listed)}
            wanted = {text.lower() for text in wanted}  # as SOQL compares
            records = [(id_, cells) for id_, cells in records if str(cells.get(field)).lower() in wanted]
        elif field:
            records = [(id_, cells) for id_, cells in records if cells.get(field) is not None]
        if names == "COUNT()":
            return 200, {"totalSize": len(records), "done": True, "records": []}
        rows = [_typed({"Id": id_, **cells}, names.split(", "), organisation.fields[object_]) for id_, cells in records]
        return 200, {"totalSize": len(rows), "done": True, "records": rows}


def _described(organisation, object_):
    own = [{"name": KEY, "type": "string", "externalId": True, "unique": True, "createable": True}]
    plain = {"externalId": False, "unique": False, "createable": True}
    fields = organisation.fields[object_].items()
    return (own if object_ != "User" else []) + [{"name": name, "type": kind, **plain} for name, kind in fields]


def _typed(record, names, kinds):
    row = {"attributes": {}}
    for name in names:
        text = record.get(name)
        kind = kinds.get(name)
        if text is None:
            row[name] = None
        elif kind == "boolean":
            row[name] = text == "true"
        elif kind == "double":
            row[name] = float(text)
        elif kind == "datetime":
            row[name] = text.replace("Z", ".000+0000")
        else:
            row[name] = text
    return row


def _csv(rows):
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def serve(organisation, port=0):
    """Start a server for an organisation in a thread; return it."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.organisation = organisation
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    fields = {"Account": {"Name": "string"}, "Contact": {"LastName": "string", "Email": "string"}}
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler)
    server.organisation = Organisation(fields)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
