"""A stateful stand-in for a Salesforce organisation: logins, describe, SOQL, records, Bulk API 2.0 ingest.

python -m tests.servers.salesforce --port 0

Faults: a list of (method, end of the path, what goes wrong), each used once:
drop (the connection breaks before any effect), lost (it breaks after the effect), late (it breaks, and the effect comes
with the next call), half (half of a job or of a collection is worked on, then it fails), aborted (the administrator
aborts the job in the middle), shuffled (a collection's answer comes in another order), cut (an answer's end is
missing), 429, 500, 503, 401, spent (403: no API calls left).
Of the organisation: locks (rows that are locked at first), expired (the first job is forgotten at its end), unique,
trims (text that the server shortens by itself), forbidden (fields that the user may not write), required (fields that
every record needs), options (picklists: field -> options, restricted), refuses (field value -> error), room (records
that its storage has room for), sessions (calls that one login is good for).
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
from urllib.parse import parse_qs, unquote, urlsplit

VERSION = "/services/data/v62.0"
TOKEN = "token-of-the-test-server"  # noqa: S105
KEY = "key"
ORG, USER = "00D000000000001EAA", "005000000000001EAA"
_ENVELOPE = (
    '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="urn:partner.soap.sforce.com" xmlns:sf="urn:fault.partner.soap.sforce.com">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)
_LOGIN = _ENVELOPE.format(
    "<loginResponse><result><passwordExpired>false</passwordExpired>"
    "<serverUrl>{host}/services/Soap/u/62.0/{org}</serverUrl><sessionId>{token}</sessionId><userId>{user}</userId>"
    "<userInfo><organizationId>{org}</organizationId><sessionSecondsValid>7200</sessionSecondsValid></userInfo>"
    "</result></loginResponse>"
)
_FAULT = _ENVELOPE.format(
    "<soapenv:Fault><faultcode>INVALID_LOGIN</faultcode><faultstring>INVALID_LOGIN: Invalid username, password, "
    "security token; or user locked out.</faultstring><detail><sf:LoginFault><sf:exceptionCode>INVALID_LOGIN"
    "</sf:exceptionCode><sf:exceptionMessage>Invalid username</sf:exceptionMessage></sf:LoginFault></detail>"
    "</soapenv:Fault>"
)


_SOQL = re.compile(
    r"SELECT (.+?) FROM (\w+)(?: WHERE (\w+) (IN \(.*\)|!= null|= '.*?'))?(?: ORDER BY [\w, ]+)?(?: LIMIT (\d+))?",
    re.IGNORECASE,
)


class Organisation:
    """Objects with their fields, records and jobs. unique: object -> field that no two records may share."""

    def __init__(
        self, fields, users=(), unique=None, locks=0, trims=None, forbidden=(), *, expired=False, key=KEY, required=()
    ):
        self.fields = {
            **{name: dict(own) for name, own in fields.items()},
            "User": {"Email": "string", "Name": "string"},
        }
        self.records = {name: {} for name in self.fields}
        self.jobs = {}
        self.made = 0
        self.faults = []
        self.calls = []
        self.addresses = []  # their lengths
        self.locks = locks  # rows that are locked the first time that they come
        self.unique = unique or {}
        self.trims = trims  # characters that the server keeps of a name
        self.forbidden = set(forbidden)  # Object.Field
        self.expired = expired  # jobs are forgotten as soon as they have ended, once
        self.key = key  # the external id of all objects but User
        self.required = set(required)  # Object.Field
        self.options = {}  # Object.Field -> options; others are refused
        self.lengths = {}  # Object.Field -> characters, where they are not 80
        self.refuses = {}  # a value -> the error of every row that holds it
        self.room = None
        self.sessions = None
        self.token = TOKEN
        self.logins = 0
        self.enforced = True  # the key is unique
        self.late = []
        self.half = self.shuffled = False
        self.aborted = False
        self.remaining, self.megabytes = 99_000, 900
        self.lock = threading.Lock()
        self.random = random.Random(1)
        for email in users:
            self._add("User", {"Email": email, "Name": "Somebody"})

    def _add(self, object_, cells):
        self.made += 1
        id_ = f"{sorted(self.fields).index(object_):03}{self.made:012}AAA"  # the last three are a checksum
        self.records[object_][id_] = dict(cells)
        return id_

    def catch_up(self, path):
        """Let late effects come, and work on the closed jobs that nobody looks at."""
        for again in self.late:
            again()
        self.late.clear()
        for job in list(self.jobs.values()):
            if job["state"] == "UploadComplete" and job["id"] not in path:
                self.process(job)

    def process(self, job):
        """Work on the rows of a closed job; results come shuffled."""
        rows = list(csv.DictReader(io.StringIO(job["body"], newline="")))
        unknown = [name for name in (rows[0] if rows else {}) if not self.knows(job["object"], name)]
        if unknown:
            job["unprocessed"], job["state"] = rows, "Failed"
            job["errorMessage"] = f"InvalidBatch : Field name not found : {unknown[0]}"
            return
        done = rows[: len(rows) // 2] if self.half or self.aborted else rows
        job["unprocessed"] = rows[len(done) :]
        keys = [row.get(self.key) for row in rows]
        for row in done:
            cells = {name: None if text == "#N/A" else text for name, text in row.items() if text != ""}
            error = next((name for name, text in row.items() if len(text) > 32_000), None)
            error = error and f"STRING_TOO_LONG:{error}: longer than a cell may be:{error} --"
            id_, created, error = (
                (None, False, error) if error else self.write(job["object"], cells, job["operation"], keys)
            )
            if error:
                job["failed"].append({"sf__Id": "", "sf__Error": error, **row})
            else:
                job["successful"].append({"sf__Id": id_, "sf__Created": str(created).lower(), **row})
        self.random.shuffle(job["successful"])
        job["state"] = "Failed" if self.half else "Aborted" if self.aborted else "JobComplete"
        self.half = self.aborted = False
        if self.expired:
            self.expired = False
            del self.jobs[job["id"]]

    def knows(self, object_, name):
        """Return whether a column is a field, or a relationship to a record by its key."""
        relationship, _, key = name.partition(".")
        if key:
            return key == self.key and _reference(relationship) in self.fields[object_]
        return name in ("Id", self.key, *self.fields[object_])

    def _resolved(self, object_, cells):
        """Put the ids of parents for their keys; return the cells and what is wrong."""
        found = {}
        for name, value in cells.items():
            relationship, _, key = name.partition(".")
            if not key:
                found[name] = value
                continue
            field = _reference(relationship)
            if field in cells:
                return found, f"INVALID_FIELD:cannot specify both an external ID reference and an id, {field}:--"
            ids = [id_ for rows in self.records.values() for id_, row in rows.items() if row.get(self.key) == value]
            if not self.knows(object_, name) or not ids:
                return found, f"INVALID_FIELD:Foreign key external ID: {value} not found for field {key}:--"
            found[field] = ids[0]
        return found, None

    def write(self, object_, cells, operation, keys=(), key=None):
        """Insert, update, upsert or delete one record; return its id, whether it is new, and what is wrong."""
        records, key = self.records[object_], key or self.key
        cells, error = self._resolved(object_, cells)
        if error:
            return None, False, error
        if operation in ("update", "delete"):
            id_ = cells.pop("Id", None)
            if id_ not in records:
                return id_, False, "ENTITY_IS_DELETED:entity is deleted:--"
            if operation == "delete":
                self._cascade(object_, id_)
                return id_, False, None
        if operation == "upsert":
            found = [known for known, row in records.items() if row.get(key) == cells.get(key)]
            id_ = found[0] if found else None
        elif operation == "insert":
            id_ = None
        created = id_ is None
        error = self._error(object_, cells, keys, id_)
        if error:
            return None, False, error
        id_ = self._add(object_, {}) if created else id_
        records[id_].update(self._kept(cells))
        return id_, created, None

    def _kept(self, cells):
        if not self.trims:
            return cells
        return {name: text and (text[: self.trims] if name == "Name" else text) for name, text in cells.items()}

    def _cascade(self, object_, id_):
        """Delete a record with everything that points to it, as master-detail relationships do."""
        del self.records[object_][id_]
        for other, records in self.records.items():
            for child, cells in list(records.items()):
                if child in self.records[other] and id_ in [cells.get(name) for name in cells if name.endswith("Id")]:
                    self._cascade(other, child)

    def _error(self, object_, cells, keys, id_):
        if cells.get(self.key) and list(keys).count(cells[self.key]) > 1:
            return f"DUPLICATE_EXTERNAL_ID:the same key twice:{self.key} --"
        if self.locks:
            self.locks -= 1
            return "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"
        if id_ is None and self.room is not None and sum(map(len, self.records.values())) >= self.room:
            return "STORAGE_LIMIT_EXCEEDED:storage limit exceeded:--"
        if id_ is None:
            wanted = [name for name in self.fields[object_] if f"{object_}.{name}" in self.required]
            missing = [name for name in wanted if cells.get(name) is None]
            if missing:
                return f"REQUIRED_FIELD_MISSING:Required fields are missing: [{', '.join(missing)}]:{missing[0]} --"
        for name, text in cells.items():
            error = self._cell_error(object_, name, text)
            if error:
                return error
        field = self.unique.get(object_)
        rows = self.records[object_].values() if field else ()
        same = [one for one in rows if one.get(field) == cells.get(field)]
        if field and cells.get(field) and any(one.get(self.key) != cells.get(self.key) for one in same):
            return f"DUPLICATE_VALUE:duplicate value found: {field} duplicates value on record:{field} --"
        return None

    def _cell_error(self, object_, name, text):
        kind = self.fields[object_].get(name)
        if f"{object_}.{name}" in self.forbidden:
            return f"INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: {name}:{name} --"
        if text in self.refuses:
            return self.refuses[text]
        if kind == "boolean" and text not in ("true", "false"):
            return f"INVALID_TYPE_ON_FIELD_IN_RECORD:{name}: value not of required type:{name} --"
        if text is not None and len(text) > self.lengths.get(f"{object_}.{name}", 80):
            return f"STRING_TOO_LONG:{name}: data value too large:{name} --"
        if text is not None and text not in self.options.get(f"{object_}.{name}", [text]):
            return f"INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST:{name}: bad value for restricted picklist field:{name} --"
        if kind == "reference" and text is not None and not any(text in some for some in self.records.values()):
            return f"INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:{name} --"
        return None


class Handler(BaseHTTPRequestHandler):
    """Answers for the organisation of its server."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body leave together: no waiting for the other side's acknowledgement

    def log_message(self, *_):
        pass

    def _handle(self):
        organisation = self.server.organisation
        body = self._body()
        with organisation.lock:
            path = urlsplit(self.path).path
            organisation.calls.append((self.command, path))
            organisation.addresses.append(len(self.path))
            organisation.catch_up(path)
            fault = next((one for one in organisation.faults if self.command == one[0] and path.endswith(one[1])), None)
            if fault:
                organisation.faults.remove(fault)
            kind = fault[2] if fault else None
            if kind in ("drop", "late"):
                if kind == "late":
                    organisation.late.append(lambda: self._route(organisation, path, body))
                self.close_connection = True
                return
            if kind in (429, 500, 503, 401):
                self._answer(kind, [{"errorCode": "X", "message": ""}], {"Retry-After": "0"} if kind == 429 else {})
                return
            if kind == "spent":
                self._answer(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}], {})
                return
            for name in ("half", "shuffled", "aborted"):
                setattr(organisation, name, getattr(organisation, name) or kind == name)
            status, document = self._route(organisation, path, body)
            if kind == "lost":
                self.close_connection = True
                return
            document = json.dumps(document)[:-5] if kind == "cut" else document
            self._answer(status, document, {"Sforce-Limit-Info": f"api-usage={len(organisation.calls)}/100000"})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while length := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status, document, headers):
        text = document if isinstance(document, str) else json.dumps(document)
        payload = text.encode() if document is not None else b""
        self.send_response(status)
        kinds = {"<": "text/xml", "{": "application/json", "[": "application/json"}
        self.send_header("Content-Type", kinds.get(text[:1], "text/csv") + "; charset=UTF-8")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _route(self, organisation, path, body):
        host = f"http://127.0.0.1:{self.server.server_port}"
        if path == "/services/oauth2/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            if form.get("client_secret") == "wrong" or form.get("password") == "wrong":
                return 400, {"error": "invalid_grant", "error_description": "authentication failure"}
            identity = f"{host}/id/{ORG}/{USER}"
            organisation.logins += 1
            if organisation.sessions is not None:
                organisation.token = f"{TOKEN}-{organisation.logins}"
                organisation.left = organisation.sessions
            token = organisation.token
            return 200, {"access_token": token, "instance_url": host, "id": identity, "token_type": "Bearer"}
        if path.startswith("/services/Soap/u/"):
            return (
                (500, _FAULT) if b"wrong" in body else (200, _LOGIN.format(token=TOKEN, host=host, org=ORG, user=USER))
            )
        if organisation.sessions is not None:
            organisation.left -= 1
        spent = organisation.sessions is not None and organisation.left < 0
        if spent or self.headers.get("Authorization") not in (f"Bearer {organisation.token}", f"OAuth {TOKEN}"):
            return 401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
        if path == "/services/oauth2/userinfo":
            return 200, {"organization_id": ORG, "user_id": USER, "name": "Test user"}
        if path.rstrip("/") == "/services/data":
            return 200, [{"version": "62.0", "url": VERSION, "label": "Winter"}]
        return self._data(organisation, re.sub(r"^/services/data/v[\d.]+", "", path).strip("/"), body)

    def _data(self, organisation, rest, body):
        if rest == "limits":
            limit = {"Max": 100_000, "Remaining": organisation.remaining}
            room = {"Max": 1_000, "Remaining": organisation.megabytes}
            return 200, {
                "DailyApiRequests": limit,
                "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
                "DataStorageMB": room,
            }
        if rest in ("query", "queryAll"):
            return self._query(organisation, parse_qs(urlsplit(self.path).query)["q"][0])
        if rest.startswith("jobs/ingest"):
            return self._jobs(organisation, rest.removeprefix("jobs/ingest").strip("/"), body)
        if rest.startswith("composite/sobjects"):
            return self._collection(organisation, rest.removeprefix("composite/sobjects").strip("/"), body)
        if rest.startswith("sobjects"):
            return self._record(organisation, rest.removeprefix("sobjects").strip("/").split("/"), body)
        return 404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]

    def _record(self, organisation, words, body):
        """Describe an object, or create, read, write, upsert or delete one record."""
        object_, *words = words
        if not object_:
            return 200, {"sobjects": [{"name": name, "queryable": True} for name in organisation.fields]}
        if object_ not in organisation.fields:
            return 404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
        if words == ["describe"]:
            return 200, {"name": object_, "fields": _described(organisation, object_)}
        cells = {name: _text(value) for name, value in json.loads(body or b"{}").items()}
        if self.command == "POST":
            return _one(*organisation.write(object_, cells, "insert"), 201)
        if len(words) == 2:  # by our key
            if self.command == "PATCH":
                id_, created, error = organisation.write(
                    object_, {**cells, words[0]: unquote(words[1])}, "upsert", (), words[0]
                )
                return _one(id_, created, error, 201 if created else 200)
            records = organisation.records[object_].items()
            words = [next((id_ for id_, row in records if row.get(words[0]) == unquote(words[1])), "none")]
        if self.command == "GET":
            row = organisation.records[object_].get(words[0])
            if row is None:
                return 404, [{"errorCode": "NOT_FOUND", "message": "Provided external ID field does not exist"}]
            known = organisation.fields[object_]
            return 200, _typed({"Id": words[0], **row}, ["Id", organisation.key, *known], known)
        operation = "delete" if self.command == "DELETE" else "update"
        _, _, error = organisation.write(object_, {**cells, "Id": words[0]}, operation)
        return (404, _error(error)) if error else (204, None)

    def _collection(self, organisation, path, body):
        """Write up to 200 records; results come in the order of the request."""
        if self.command == "DELETE":
            ids = parse_qs(urlsplit(self.path).query)["ids"][0].split(",")
            homes = {id_: name for name, rows in organisation.records.items() for id_ in rows}
            rows = [("delete", homes.get(id_, "Account"), {"Id": id_}) for id_ in ids]
        else:
            document = json.loads(body)
            object_, _, key = path.partition("/")
            if path and (object_ not in organisation.fields or key != organisation.key):
                return 404, [{"errorCode": "NOT_FOUND", "message": "Provided external ID field does not exist"}]
            operation = {"POST": "insert", "PATCH": "upsert" if path else "update"}[self.command]
            rows = [(operation, row["attributes"]["type"], _flat(row)) for row in document["records"]]
            broken = next((text for *_, cells in rows for text in cells.values() if text == "unreadable"), None)
            if broken:
                return 400, [{"errorCode": "JSON_PARSER_ERROR", "message": "Cannot deserialize"}]
        if len(rows) > 200:
            return 400, [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "record limit reached"}]
        keys = [row[2].get(organisation.key) for row in rows]
        answers = []
        for operation, object_, cells in rows[: len(rows) // 2 if organisation.half else len(rows)]:
            unknown = [name for name in cells if not organisation.knows(object_, name)]
            id_, created, error = (
                (None, False, f"INVALID_FIELD:No such column '{unknown[0]}' on sobject:{unknown[0]} --")
                if unknown
                else organisation.write(object_, cells, operation, keys)
            )
            own = {"created": created} if operation == "upsert" else {}
            done = {"success": True, "errors": [], "id": id_} if not error else {}
            answers.append({**(done or {"success": False, "errors": _error(error)}), **own})
        if organisation.shuffled:
            organisation.shuffled = False
            answers.reverse()
        if organisation.half:
            organisation.half = False
            return 500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error occurred"}]
        return 200, answers

    def _jobs(self, organisation, path, body):
        if not path and self.command == "GET":
            return 200, {"done": True, "records": [_job(job) for job in organisation.jobs.values()]}
        if not path:
            id_ = f"750{len(organisation.jobs):015}"
            lists = {"successful": [], "failed": [], "unprocessed": []}
            job = {"id": id_, "state": "Open", "body": "", **lists, **json.loads(body)}
            organisation.jobs[id_] = job
            return 200, _job(job)
        id_, _, rest = path.partition("/")
        job = organisation.jobs.get(id_)
        if job is None:
            return 404, [{"errorCode": "NOT_FOUND", "message": "no such job"}]
        if self.command == "DELETE":
            del organisation.jobs[id_]
            return 204, None
        if self.command == "PUT":
            job["body"] = body.decode()
            return 201, None
        if self.command == "PATCH":
            if job["state"] != "Open":
                return 400, [{"errorCode": "INVALIDJOBSTATE", "message": "not open"}]
            job["state"] = json.loads(body)["state"]
            return 200, _job(job)
        if not rest:
            if job["state"] == "UploadComplete":  # it is worked on between two looks at it
                organisation.process(job)
                return 200, _job(job) | {"state": "InProgress"}
            return 200, _job(job)
        name = rest.strip("/").removesuffix("Results").removesuffix("records")
        return 200, _csv(job[name])

    def _query(self, organisation, sql):
        sql = " ".join(sql.split())
        found = _SOQL.fullmatch(sql)
        if not found or found[2] not in organisation.fields:
            return 400, [{"errorCode": "MALFORMED_QUERY", "message": "unexpected token"}]
        names, object_, field, condition, limit = found.groups()
        unknown = [
            name
            for name in names.split(", ")
            if name not in ("COUNT()", "Id", organisation.key, *organisation.fields[object_])
        ]
        if unknown:
            return 400, [{"errorCode": "INVALID_FIELD", "message": f"No such column '{unknown[0]}' on entity"}]
        records = [(id_, {"Id": id_, **cells}) for id_, cells in organisation.records[object_].items()]
        if condition == "!= null":
            records = [(id_, cells) for id_, cells in records if cells.get(field) is not None]
        elif condition:
            wanted = {re.sub(r"\\(.)", r"\1", text) for text in re.findall(r"'((?:[^'\\]|\\.)*)'", condition)}
            wanted = {text.lower() for text in wanted}  # as SOQL compares
            records = [(id_, cells) for id_, cells in records if str(cells.get(field)).lower() in wanted]
        records = records[: int(limit)] if limit else records
        if names.upper() == "COUNT()":
            return 200, {"totalSize": len(records), "done": True, "records": []}
        rows = [_typed(cells, names.split(", "), organisation.fields[object_]) for _, cells in records]
        for row in rows:
            row["attributes"] = {"type": object_, "url": f"{VERSION}/sobjects/{object_}/{row.get('Id')}"}
        return 200, {"totalSize": len(rows), "done": True, "records": rows}


def _one(id_, _created, error, status):
    return (400, _error(error)) if error else (status, {"id": id_, "success": True, "errors": [], "created": _created})


def _error(error):
    code, _, message = error.partition(":")
    fields = message.rpartition(":")[2].removesuffix("--").strip()
    words = {"errorCode": code, "statusCode": code, "message": message.rpartition(":")[0], "fields": []}
    return [words | {"fields": fields.split(", ") if fields else []}]


def _job(job):
    kept = {name: job.get(name) for name in ("id", "state", "object", "operation", "errorMessage") if job.get(name)}
    done, failed = len(job["successful"]) + len(job["failed"]), len(job["failed"])
    counts = {"numberRecordsProcessed": done, "numberRecordsFailed": failed}
    form = {"contentType": "CSV", "lineEnding": "LF", "columnDelimiter": "COMMA", "concurrencyMode": "Parallel"}
    link = f"services/data/v62.0/jobs/ingest/{job['id']}/batches"
    return kept | counts | form | {"apiVersion": 62.0, "contentUrl": link, "jobType": "V2Ingest"}


def _flat(record):
    """Return field -> text of a record of a collection; a parent by its key as `Relationship.Key`."""
    cells = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            cells |= {f"{name}.{key}": text for key, text in value.items() if key != "attributes"}
        else:
            cells["Id" if name.lower() == "id" else name] = _text(value)
    return cells


def _reference(relationship):
    return f"{relationship[:-1]}c" if relationship.endswith("__r") else f"{relationship}Id"


def _text(value):
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _described(organisation, object_):
    own = [{"name": organisation.key, "type": "string", "externalId": True, "unique": organisation.enforced}]
    fields = organisation.fields[object_].items()
    return [
        {**one, "createable": True, "nillable": True, "defaultedOnCreate": False}
        for one in (own if object_ != "User" else [])
    ] + [_field(organisation, object_, name, kind) for name, kind in fields]


def _field(organisation, object_, name, kind):
    place = f"{object_}.{name}"
    options = organisation.options.get(place)
    relationship = f"{name[:-1]}r" if name.endswith("__c") else name.removesuffix("Id")
    return {
        "name": name,
        "type": "picklist" if options else kind,
        "externalId": False,
        "unique": False,
        "createable": place not in organisation.forbidden,
        "updateable": place not in organisation.forbidden,
        "nillable": place not in organisation.required and kind != "boolean",
        "defaultedOnCreate": kind == "boolean",
        "restrictedPicklist": bool(options),
        "picklistValues": [{"value": each, "active": True} for each in options or ()],
        "relationshipName": relationship if kind == "reference" else None,
    }


def _typed(record, names, kinds):
    row = {"attributes": {}}
    for name in names:
        text = record.get(name)
        kind = kinds.get(name)
        if kind == "boolean":
            row[name] = text == "true"  # a checkbox has no third state
        elif text is None:
            row[name] = None
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
