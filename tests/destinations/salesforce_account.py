"""A whole organisation on the Salesforce test server, with the fields that a target schema wants."""

from salesforce import Organisation

_KINDS = {"decimal": "double", "integer": "double", "reference": "reference", "boolean": "boolean"}
_KINDS |= {"date": "date", "datetime": "datetime"}


def organisation_for(schema, users):
    """Return an organisation that has all objects and fields of a schema, and users with these addresses."""
    objects = {name: each for name, each in schema.objects.items() if not each.existing}
    fields = {
        name: {
            field.name: _KINDS.get(field.type, "string")
            for field in each.fields.values()
            if field.name not in ("Id", each.key) and not field.read_only
        }
        for name, each in objects.items()
    }
    (key,) = {each.key for each in objects.values()}
    organisation = Organisation(fields, users, key=key)
    for name, each in objects.items():
        for field in each.fields.values():
            organisation.lengths[f"{name}.{field.name}"] = field.length or schema.length
            if field.restricted:
                organisation.options[f"{name}.{field.name}"] = list(field.picklist)
            if field.required and field.name != key and field.type != "boolean":
                organisation.required.add(f"{name}.{field.name}")
    return organisation
