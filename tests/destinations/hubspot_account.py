"""An account on the HubSpot test server for the small CRM, and the judge of what an import left there."""

import sqlite3
from contextlib import closing

from checker import EXPECTED
from hubspot import Portal
from small_crm import HUBSPOT

_TYPES = {"decimal": "number", "integer": "number", "boolean": "bool", "date": "date", "datetime": "datetime"}
LABELS = {
    ("Account", "Account"): [(13, "Child", "HUBSPOT_DEFINED"), (14, "Parent", "HUBSPOT_DEFINED")],
    ("Contact", "Account"): [(1, "Primary", "HUBSPOT_DEFINED"), (279, None, "HUBSPOT_DEFINED")],
}
LENIENT = {"s:companies:3", "s:contacts:9"}  # this server has more room than the small CRM of the other tests
_TYPE_OF = {"ParentId": 14, "AccountId": 1}


def account():
    properties = {
        name: {
            each.name: _TYPES.get(each.type, "string")
            for each in object_.fields.values()
            if each.name != object_.key and each.association is None
        }
        for name, object_ in HUBSPOT.objects.items()
    }
    properties["Contact"]["hs_email_optout"] = "bool"
    return Portal(properties, LABELS, owners=("ann@example.com", "o'neil@example.com"))


def judge(portal, folder):
    """Return what is lost, doubled, stray or wrong at the server, and where the crosswalk disagrees with it."""
    every = [one for name in HUBSPOT.objects for one in portal.alive(name).items()]
    found = [(one["properties"].get("key"), id_, one) for id_, one in every]
    keys = [key for key, *_ in found]
    ids = {id_: key for key, id_, _ in found}
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        crosswalk = dict(journal.execute("SELECT record, target_id FROM crosswalk WHERE target_id IS NOT NULL"))
    cells, parents = set(), set()
    for key, id_, one in found:
        if key in EXPECTED:
            _, wanted, refs = EXPECTED[key]
            told = one["properties"].items()
            there = {name: text for name, text in told if text and name not in ("key", "At", *refs)}
            cells |= {key} if there != wanted else set()
            parents |= {key} if {name: _parent(portal, id_, one, name, ids) for name in refs} != refs else set()
    wanted = EXPECTED.keys() | LENIENT
    wrong = {
        "lost": wanted - set(keys),
        "doubled": {key for key in keys if keys.count(key) > 1},
        "stray": set(keys) - wanted,
        "crosswalk": set(crosswalk.items()) ^ {(key, id_) for key, id_, _ in found},
        "wrong": cells,
        "parents": parents,
    }
    return {name: keys for name, keys in wrong.items() if keys}


def _parent(portal, id_, one, name, ids):
    if name not in _TYPE_OF:
        return ids.get(one["properties"].get(name))
    others = [other for (_, own, _, other), kinds in portal.pairs.items() if own == id_ and _TYPE_OF[name] in kinds]
    return ids.get(others[0]) if len(others) == 1 else tuple(others) or None


def account_for(schema, owners):
    """Return an account that has what HubSpot has out of the box for a target, and none of the custom properties."""
    kinds = {"decimal": "number", "integer": "number", "date": "date", "datetime": "datetime", "boolean": "bool"}
    kept = [each for each in schema.objects.values() if not each.existing and each.name != "associations"]
    properties = {
        each.name: {
            field.name: kinds.get(field.type, "string")
            for field in each.fields.values()
            if not field.custom and field.association is None
        }
        for each in kept
    }
    portal = Portal(properties, _labels(schema, kept), owners)
    for each in kept:
        for field in each.fields.values():
            if field.restricted and not field.custom:
                options = [{"value": option, "label": option} for option in field.picklist]
                portal.properties[each.name][field.name] |= {"type": "enumeration", "options": options}
    stages = schema.objects["deals"].fields["dealstage"].picklist
    portal.pipelines = [{"id": "default", "label": "Sales", "stages": [{"id": stage} for stage in stages]}]
    return portal


def _labels(schema, kept):
    labels = {}
    for each in kept:
        for field in each.references():
            if field.association is not None:
                label = "Primary" if field.association in (1, 5) else None
                labels.setdefault((each.name, field.ref[0]), {})[field.association] = label
    for pair, type_id in schema.objects["associations"].fields["association_type_id"].values.items():
        start, end = pair.split(">")
        labels.setdefault((start, end), {}).setdefault(int(type_id), None)
    return {ends: [(kind, label, "HUBSPOT_DEFINED") for kind, label in own.items()] for ends, own in labels.items()}
