"""A stateful stand-in for an Odoo database behind JSON-RPC: log-in, rights, fields, external ids, load, read, unlink.

python -m tests.servers.odoo --port 0

Faults: a list of (model, method, what goes wrong), each used once:
drop (the connection breaks before any effect), lost (it breaks after the effect), late (it breaks, and the effect comes
with the next call), cut (half of the answer arrives), half (half of the rows are written, then everything is rolled
back with status 500), lock (the transaction could not be serialised), 429, 500, 503.
Of the database: kept (models whose records cannot be deleted), forbidden (model, right), trims (characters of a name
that an automation keeps).
"""

import argparse
import copy
import json
import re
import sys
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DATABASE, LOGIN, PASSWORD = "crm", "admin@example.com", "key-of-the-test-server"
_USER = 2
_LIMIT = 80  # characters of a line of text
_OWN = {  # models that every database has
    "ir.model.data": {"module": "char", "name": "char", "model": "char", "res_id": "integer"},
    "ir.model": {"name": "char", "model": "char"},
    "ir.model.access": {"name": "char", "model_id": "integer", "group_id": "integer"},
    "ir.model.fields": {"name": "char", "model_id": "integer"},
    "ir.config_parameter": {"key": "char", "value": "char"},
    "res.company": {"name": "char", "create_date": "datetime"},
    "res.users": {"name": "char", "login": "char", "active": "boolean"},
    "res.country": {"name": "char", "code": "char"},
    "res.country.state": {"name": "char", "code": "char", "country_id": ("many2one", "res.country")},
    "mail.blacklist": {"email": "char", "active": "boolean"},
}
_PYTHON = "odoo.exceptions."


class Refusal(Exception):  # noqa: N818
    """An error of Odoo: its Python name and what it says."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


class Database:
    """Models with fields and records. fields: model -> name -> type, or (type, relation), `*` behind it: required."""

    def __init__(self, fields=(), users=(), unique=(), kept=(), forbidden=(), trims=None):
        self.fields = {model: dict(own) for model, own in {**_OWN, **dict(fields)}.items()}
        self.records = {model: {} for model in self.fields}
        self.unique = set(unique)  # (model, field)
        self.kept = set(kept)
        self.forbidden = set(forbidden)
        self.trims = trims
        self.made = 0
        self.faults = []
        self.calls = []
        self.late = []
        self.half = False
        self.lock = threading.RLock()
        for model in self.fields:
            self.add("ir.model", {"name": model, "model": model})
        self.add("res.company", {"name": "Test", "create_date": "2024-01-01 00:00:00"})
        self.add("ir.config_parameter", {"key": "database.uuid", "value": "6b1c1f1e-test"})
        for email in users:
            self.add("res.users", {"name": "Somebody", "login": email, "active": True})
        for code in ("DE", "US", "FR"):
            self.add("res.country", {"name": code, "code": code})
        country = next(id_ for id_, row in self.records["res.country"].items() if row["code"] == "US")
        self.add("res.country.state", {"name": "California", "code": "CA", "country_id": country})

    def add(self, model, values):
        """Make a record and return its id."""
        self.made += 1
        self.records[model][self.made] = {"active": True, **values} if "active" in self.fields[model] else dict(values)
        return self.made

    def kind(self, model, name):
        """Return type, relation and whether it is required."""
        told = self.fields[model][name]
        kind, relation = told if isinstance(told, tuple) else (told, None)
        return kind.rstrip("*"), relation, kind.endswith("*")

    def named(self, module, name):
        """Return the model and id that an external id stands for."""
        rows = self.records["ir.model.data"].values()
        found = [row for row in rows if (row["module"], row["name"]) == (module, name)]
        return (found[0]["model"], found[0]["res_id"]) if found else None

    def call(self, model, method, arguments, options):
        """Run one public method in a transaction."""
        if model not in self.fields:
            raise Refusal(f"{_PYTHON}UserError", f"Object {model} doesn't exist")
        context = options.pop("context", {})
        before = copy.deepcopy(self.records)
        try:
            return getattr(_Model(self, model, context), f"do_{method}")(*arguments, **options)
        except (AttributeError, TypeError) as error:
            raise Refusal(f"builtins.{type(error).__name__}", f"{model} has no such method {method}") from error
        except Refusal:
            self.records = before
            raise


class _Model:
    """The methods of one model, as its user calls them."""

    def __init__(self, database, model, context):
        self.database = database
        self.model = model
        self.fields = database.fields[model]
        self.active_test = context.get("active_test", True)

    @property
    def rows(self):
        return self.database.records[self.model]

    def _allowed(self, right):
        if (self.model, right) in self.database.forbidden:
            raise Refusal(f"{_PYTHON}AccessError", f"You are not allowed to {right} '{self.model}' records.")

    def do_fields_get(self, allfields=None, _attributes=None):
        told = {}
        for name in allfields or ["id", *self.fields]:
            kind, relation, required = (
                ("integer", None, False) if name == "id" else self.database.kind(self.model, name)
            )
            told[name] = {"type": kind, "string": name, "required": required, "readonly": name == "id"}
            if relation:
                told[name]["relation"] = relation
        return told

    def do_check_access_rights(self, operation, **_options):
        return (self.model, operation) not in self.database.forbidden

    def do_context_get(self):
        return {"lang": "en_US", "tz": "UTC"}

    def do_get_param(self, key, default=False):
        return next((row["value"] for row in self.rows.values() if row["key"] == key), default)

    def do_search(self, domain=(), offset=0, limit=None, *_order, **_named):
        self._allowed("read")
        ids = [id_ for id_, row in sorted(self.rows.items()) if self._meets({**row, "id": id_}, domain)]
        return ids[offset : offset + limit if limit else None]

    def do_search_count(self, domain=()):
        return len(self.do_search(domain))

    def do_search_read(self, domain=(), fields=None, offset=0, limit=None, **_named):
        return self.do_read(self.do_search(domain, offset, limit), fields)

    def do_read(self, ids, fields=None):
        return [{"id": id_, **self._shown(id_, fields or self.fields)} for id_ in ids if id_ in self.rows]

    def do_create(self, values):
        self._allowed("create")
        several = values if isinstance(values, list) else [values]
        ids = [self._create(dict(each)) for each in several]
        return ids if isinstance(values, list) else ids[0]

    def do_write(self, ids, values):
        self._allowed("write")
        for id_ in ids:
            self.rows[id_].update(values)
        return True

    def do_unlink(self, ids):
        self._allowed("unlink")
        if self.model in self.database.kept and any(id_ in self.rows for id_ in ids):
            raise Refusal(f"{_PYTHON}UserError", "You cannot delete this record, archive it instead.")
        for id_ in ids:
            self.rows.pop(id_, None)
        self._forget(set(ids))
        return True

    def do_load(self, fields, data):
        """Make or write all rows or none; see Odoo's BaseModel.load."""
        self._allowed("create")
        before = copy.deepcopy(self.database.records)
        ids, messages = [], []
        for place, row in enumerate(data):
            if self.database.half and place >= len(data) // 2:
                self.database.half = False
                raise OSError
            try:
                ids.append(self._load(dict(zip(fields, row, strict=True))))
            except Refusal as error:
                told = {"type": "error", "message": str(error), "record": place, "rows": {"from": place, "to": place}}
                messages.append({**told, "field": error.name})
        if messages:
            self.database.records = before
        return {"ids": False if messages else ids, "messages": messages[:10], "nextrow": 0}

    def _load(self, cells):
        external, own = cells.pop("id", ""), cells.pop(".id", "")
        values = dict(self._value(name, text) for name, text in cells.items())
        module, _, name = external.partition(".")
        found = self.database.named(module, name) if external else None
        if own:
            found = (self.model, int(own))
            if int(own) not in self.rows:
                raise Refusal(".id", f"Unknown database identifier '{own}'")
        id_ = found[1] if found else None
        self._check(values, id_)
        if values.get("res_model_id"):
            values["res_model"] = self.database.records["ir.model"][values["res_model_id"]]["model"]
        if id_ is not None:
            self.rows[id_].update(values)
            return id_
        id_ = self.database.add(self.model, values)
        if external:
            if "." in name or " " in name or "," in name:
                raise Refusal("id", "The external id must not hold dots, blanks or commas")
            told = {"module": module, "name": name, "model": self.model, "res_id": id_}
            self.database.add("ir.model.data", told)
        return id_

    def _value(self, column, text):
        """Return name and value of a cell, as ir.fields.converter does."""
        name, _, how = column.partition("/")
        if name not in self.fields:
            raise Refusal(name, f"Unknown field '{name}'")
        kind, relation, _ = self.database.kind(self.model, name)
        if text == "":
            return name, [] if kind == "many2many" else False
        if kind == "many2one":
            return name, self._related(name, relation, how, text)
        if kind == "many2many":
            return name, [self._related(name, relation, how, part) for part in text.split(",")]
        try:
            return name, _converted(kind, text)
        except ValueError as error:
            message = f"'{text}' does not seem to be a valid {kind} for field '{name}'"
            raise Refusal(name, message) from error

    def _related(self, name, relation, how, text):
        if how == ".id":
            found = int(text) if int(text) in self.database.records[relation] else None
        elif how == "id":
            known = self.database.named(*text.split(".", 1))
            found = known[1] if known and known[0] == relation else None
        else:
            rows = self.database.records[relation].items()
            found = next((id_ for id_, row in rows if row.get("name") == text), None)
        if found is None:
            raise Refusal(name, f"No matching record found for '{text}' in field '{name}'")
        return found

    def _check(self, values, id_):
        """Refuse what the database would: required fields, lengths, constraints; shorten what an automation does."""
        for name in self.fields:
            kind, _, required = self.database.kind(self.model, name)
            missing = values.get(name) is False if name in values else id_ is None
            if required and missing:
                raise Refusal(name, f"Missing required value for the field '{name}' ({name})")
            text = values.get(name)
            if kind == "char" and isinstance(text, str) and len(text) > _LIMIT:
                raise Refusal(name, f"value too long for type character varying({_LIMIT})")
            if kind == "char" and isinstance(text, str) and self.database.trims and name.lower().endswith("name"):
                values[name] = text[: self.database.trims]
            rows = self.rows.items() if text and (self.model, name) in self.database.unique else ()
            if any(row.get(name) == text and other != id_ for other, row in rows):
                raise Refusal(name, f"A record with this {name} already exists.")

    def _create(self, values):
        if self.model == "mail.blacklist":
            values["email"] = values["email"].casefold()
            same = [id_ for id_, row in self.rows.items() if row["email"] == values["email"]]
            if same:
                return same[0]
        if self.model == "ir.model":
            self.database.fields[values["model"]] = {"x_name": "char"}
            self.database.records[values["model"]] = {}
        if self.model == "ir.model.fields":
            model = self.database.records["ir.model"][values["model_id"]]["model"]
            if not values["name"].startswith("x_"):
                raise Refusal(f"{_PYTHON}ValidationError", "Custom fields must have a name that starts with 'x_' !")
            kind = values["ttype"]
            self.database.fields[model][values["name"]] = (kind, values["relation"]) if "relation" in values else kind
        self._check(values, None)
        return self.database.add(self.model, values)

    def _shown(self, id_, names):
        return {name: self._value_of(id_, name) for name in names if name in self.fields}

    def _value_of(self, id_, name):
        kind, relation, _ = self.database.kind(self.model, name)
        value = self.rows[id_].get(name, False)
        if kind == "many2one" and value:
            return [value, str(self.database.records[relation].get(value, {}).get("name", ""))]
        if kind == "many2many":
            return value or []
        if kind in ("integer", "float") and value is False:
            return 0
        return value

    def _meets(self, row, domain):
        if (
            self.active_test
            and row.get("active") is False
            and not any(term[0] == "active" for term in domain if term != "|")
        ):
            return False
        terms = [term for term in domain if term != "|"]
        held = [_holds(row.get(name, False), operator, wanted) for name, operator, wanted in terms]
        return any(held) if "|" in domain else all(held)  # Odoo takes both in one domain; nobody here sends that

    def _forget(self, ids):
        data = self.database.records["ir.model.data"]
        gone = [id_ for id_, row in data.items() if row["model"] == self.model and row["res_id"] in ids]
        for id_ in gone:
            del data[id_]
        for model, rows in self.database.records.items():
            for name in self.database.fields[model]:
                kind, relation, required = self.database.kind(model, name)
                if kind != "many2one" or relation != self.model:
                    continue
                for row in rows.values():
                    if row.get(name) in ids and required:
                        raise Refusal("psycopg2.errors.ForeignKeyViolation", f"{name} violates foreign key constraint")
                    if row.get(name) in ids:
                        row[name] = False


def _holds(value, operator, wanted):
    if operator == "in":
        return value in wanted
    if operator == "=ilike":
        return str(value).casefold() == re.sub(r"\\(.)", r"\1", wanted).casefold()
    if operator == ">":
        return value > wanted
    return (value == wanted) is (operator == "=")


def _converted(kind, text):
    if kind == "boolean":
        if text.lower() not in ("1", "true", "yes", "0", "false", "no"):
            raise ValueError
        return text.lower() in ("1", "true", "yes")
    if kind in ("integer", "many2one_reference"):
        return int(text)
    if kind in ("float", "monetary"):
        return float(text)
    if kind == "date":
        datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007
    if kind == "datetime":
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    return text


class Handler(BaseHTTPRequestHandler):
    """Answers for the database of its server."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body leave together

    def log_message(self, *_):
        pass

    def do_POST(self):
        database = self.server.database
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        service, method, arguments = (asked["params"].get(key) for key in ("service", "method", "args"))
        what = (arguments[3], arguments[4]) if service == "object" else (service, method)
        with database.lock:
            database.calls.append(what)
            for again in database.late:
                again()
            database.late.clear()
            kind = self._fault(database, what)
            if kind in ("drop", "late"):
                if kind == "late":
                    database.late.append(lambda: self._run(database, service, method, arguments))
                self.close_connection = True
                return
            if kind in (429, 500, 503):
                self._answer(kind, b"", {"Retry-After": "0"})
                return
            database.half = kind == "half"
            try:
                locked = _error("psycopg2.errors.SerializationFailure", "could not serialize access")
                document = locked if kind == "lock" else self._run(database, service, method, arguments)
            except OSError:
                self._answer(500, b"", {})
                return
            body = json.dumps({"jsonrpc": "2.0", "id": asked.get("id"), **document}).encode()
            if kind == "lost":
                self.close_connection = True
                return
            self._answer(200, body[: len(body) // 2] if kind == "cut" else body, {})

    def _fault(self, database, what):
        fault = next((one for one in database.faults if (one[0], one[1]) == what), None)
        if fault:
            database.faults.remove(fault)
        return fault[2] if fault else None

    def _run(self, database, service, method, arguments):
        before = copy.deepcopy(database.records)
        try:
            if service == "common":
                return {"result": _common(method, arguments)}
            name, user, password, model, called, rest, *more = arguments
            if (name, user, password) != (DATABASE, _USER, PASSWORD):
                return _error(f"{_PYTHON}AccessDenied", "Access Denied")
            if method == "execute":
                rest, more = [rest, *more] if len(arguments) > 5 else [], []
            return {"result": database.call(model, called, rest, more[0] if more else {})}
        except Refusal as error:
            database.records = before
            return _error(error.name, str(error))
        except OSError:
            database.records = before
            raise

    def _answer(self, status, body, headers):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _common(method, arguments):
    if method == "version":
        return {"server_version": "17.0", "server_version_info": [17, 0, 0, "final", 0, ""], "protocol_version": 1}
    if method in ("authenticate", "login"):
        return _USER if list(arguments[:3]) == [DATABASE, LOGIN, PASSWORD] else False
    raise Refusal("builtins.AttributeError", method)


def _error(name, message):
    data = {"name": name, "message": message, "arguments": [message], "context": {}, "debug": "Traceback …"}
    return {"error": {"code": 200, "message": "Odoo Server Error", "data": data}}


def serve(database, port=0):
    """Serve a database from a thread; close with shutdown() and server_close()."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.database = database
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def main():
    """Run alone until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.database = Database({"res.partner": {"name": "char*", "email": "char", "active": "boolean"}})
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
