"""What an Odoo database lets its user do, which fields its models have, and how ours are added."""

from collections.abc import Iterator, Mapping
from typing import Any

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.contract import Made, Preflight
from crmclean.destinations.odoo.cells import Fields, constants
from crmclean.destinations.odoo.consents import MODEL as BLACKLIST
from crmclean.destinations.odoo.consents import opt_out_fields
from crmclean.destinations.odoo.names import model_of
from crmclean.destinations.odoo.rpc import OdooError, OdooRpc
from crmclean.destinations.odoo.words import OPEN
from crmclean.errors import Fault

_ATTRIBUTES = ["type", "relation", "required", "readonly", "string"]
_TYPES = {"decimal": "float", "integer": "integer", "boolean": "boolean", "date": "date", "datetime": "datetime"}
_LONGEST = 255  # characters of a line of text; longer ones get a text field
_GROUP = ["base", "group_user"]  # employees may work with models of ours
_NEEDED = ("read", "create", "write")


class OdooDatabase:
    """Models and rights of one database; fields are asked for once."""

    def __init__(self, rpc: OdooRpc) -> None:
        self._rpc = rpc
        self._fields: dict[str, Fields] = {}
        self._models: dict[str, int] = {}

    def fields(self, model: str) -> Fields:
        """Return the fields of a model; none where the database has no such model."""
        if model not in self._fields:
            try:
                self._fields[model] = self._rpc.ask(model, "fields_get", [], _ATTRIBUTES)
            except OdooError as error:
                if error.not_allowed:
                    raise self._rpc.failed(error, f"fields_get of {model}") from error
                self._fields[model] = {}
        return self._fields[model]

    def models(self) -> Mapping[str, int]:
        """Return the id of every model."""
        if not self._models:
            found = self._rpc.look("ir.model", "search_read", [], ["model"])
            self._models = {each["model"]: each["id"] for each in found}
        return self._models

    def identity(self) -> str:
        """Return the id that the database got when it was made; where its user may not read it, when that was."""
        try:
            found = self._rpc.ask("ir.config_parameter", "get_param", "database.uuid")
        except OdooError:
            found = None
        if not found:
            first = self._rpc.look("res.company", "search_read", [], ["create_date"], order="id", limit=1)
            found = first[0]["create_date"] if first else ""
        return f"odoo:{self._rpc.database}:{found}"

    def preflight(self, schema: TargetSchema, speed: float) -> Preflight:
        """Look around; see `contract.Preflight`."""
        version = self._rpc.version()
        self._rpc.user()
        faults = tuple(self.faults(schema))
        made = [each for each in schema.objects.values() if not each.existing and self.fields(model_of(each.name))]
        counts = {each.name: self._count(each) for each in made}
        return Preflight(
            account=self._rpc.database,
            name=f"{self._rpc.database} (Odoo {version})",
            faults=faults,
            notes=tuple(self._notes(made)),
            existing=counts,
            rows_per_second=speed,
            unchecked=("automation rules and constraints of the database", "what Odoo's modules fill in by themselves"),
            identity=self.identity(),
        )

    def faults(self, schema: TargetSchema) -> Iterator[Fault]:
        """Find, before anything is sent, what the database lacks or its user may not do."""
        if not self._may("ir.model.data", "read"):
            hint = "let the user read External Identifiers (ir.model.data): records are found by them, never by name"
            yield Fault("ir.model.data", "may not be read", hint, "target.key-not-enforced")
        for object_ in schema.objects.values():
            model = model_of(object_.name)
            known = self.fields(model)
            if not known:
                hint = "install the app that it belongs to, run `crmclean schema apply`, or drop the object in the plan"
                yield Fault(f"{object_.name} ({model})", "is not there", hint, "target.no-object")
            elif not object_.existing:
                yield from self._missing(object_, known)
                yield from self._rights(model, _NEEDED)
        if any(opt_out_fields(each) for each in schema.objects.values()):
            yield from self._rights(BLACKLIST, ("read", "create", "write"))

    def _missing(self, object_: TargetObject, known: Fields) -> Iterator[Fault]:
        hint = "run `crmclean schema apply`, create the field, or drop the column in the plan"
        for field in _asked_for(object_):
            if field.name not in known:
                yield Fault(f"{object_.name}.{field.name}", "is not there", hint, "target.no-field")

    def _rights(self, model: str, rights: tuple[str, ...]) -> Iterator[Fault]:
        lacking = [right for right in rights if not self._may(model, right)]
        if lacking:
            hint = "give the user a role that may, in Settings, Users"
            yield Fault(model, f"the user may not {', '.join(lacking)}", hint, "target.no-right")

    def _may(self, model: str, right: str) -> bool:
        try:
            return bool(self._rpc.ask(model, "check_access_rights", right, raise_exception=False))
        except OdooError:
            return bool(self._rpc.look(model, "has_access", [], right))  # its name since version 18

    def _notes(self, made: list[TargetObject]) -> Iterator[Fault]:
        for object_ in made:
            known = self.fields(model_of(object_.name))
            words = [each.name for each in _asked_for(object_) if known.get(each.name, {}).get("relation") in OPEN]
            if words:
                problem = f"values that are not there yet become new records: {', '.join(words)}"
                hint = "map them in [values] first, to keep the lists short"
                yield Fault(object_.name, problem, hint, "target.words")
        if any("active" in self.fields(model_of(each.name)) for each in made):
            problem = "deleted records cannot be brought back"
            hint = "a rollback archives what Odoo does not let it delete, and lists it"
            yield Fault("rollback", problem, hint, "target.no-undo")

    def _count(self, object_: TargetObject) -> int:
        return int(self._rpc.look(model_of(object_.name), "search_count", constants(object_)))

    def create_missing(self, schema: TargetSchema) -> list[Made]:
        """Create models and fields of ours (`x_…`); never alter what is there."""
        made: list[Made] = []
        for object_ in schema.objects.values():
            model = model_of(object_.name)
            if not object_.existing and not self.fields(model) and model.startswith("x_"):
                self._create_model(object_, model)
                made.append(Made(object_.name, None))
            known = {} if object_.existing else self.fields(model)
            for field in _asked_for(object_) if known else ():
                if field.name.startswith("x_") and field.name not in known:
                    self._rpc.look("ir.model.fields", "create", self._field(field, model))
                    made.append(Made(object_.name, field.name))
            self._fields.pop(model, None)
        return made

    def _create_model(self, object_: TargetObject, model: str) -> None:
        id_ = self._rpc.look("ir.model", "create", {"name": object_.label, "model": model})
        self._models.clear()
        self._fields.pop(model, None)
        domain = [["module", "=", _GROUP[0]], ["name", "=", _GROUP[1]]]
        group = self._rpc.look("ir.model.data", "search_read", domain, ["res_id"])
        rights = {f"perm_{right}": True for right in ("read", "write", "create", "unlink")}
        access = {"name": model, "model_id": id_, "group_id": group[0]["res_id"] if group else False, **rights}
        self._rpc.look("ir.model.access", "create", access)

    def _field(self, field: TargetField, model: str) -> dict[str, Any]:
        models = list(dict.fromkeys(model_of(name) for name in field.ref))
        body = {
            "name": field.name,
            "model_id": self.models()[model],
            "field_description": field.label,
            "state": "manual",
            "ttype": _TYPES.get(field.type, "text" if (field.length or _LONGEST) > _LONGEST else "char"),
        }
        if len(models) == 1:
            return body | {"ttype": "many2one", "relation": models[0]}
        if models:
            options = [[0, 0, {"value": name, "name": name}] for name in models]
            return body | {"ttype": "reference", "selection_ids": options}
        return body


def _asked_for(object_: TargetObject) -> list[TargetField]:
    """Return the fields that are written; the key is no field in Odoo, but its external id."""
    return [each for each in object_.writable() if each.name != object_.key]
