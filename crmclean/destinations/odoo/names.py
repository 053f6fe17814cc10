"""How our names look in Odoo: models, external ids, and ids that say what they are ids of."""

import re
from collections.abc import Iterator, Sequence

MODULE = "crmclean"  # before the dot of our external ids; ir.model.data lets no two records share one
_MODELS = {"res_partner_company": "res.partner", "crm_opportunity": "crm.lead"}
_PLAIN = re.compile(r"[A-Za-z0-9-]")
_CODED = re.compile(r"_(_|(?:[0-9a-f]{2}))")


def model_of(object_: str) -> str:
    """Return the model of a target object; models that a customer made start with `x_` and have no dots."""
    return _MODELS.get(object_) or (object_ if object_.startswith("x_") else object_.replace("_", "."))


def external_name(key: str) -> str:
    """Return a key as the name of an external id: one to one, without dots and commas, which Odoo cuts at.

    `s:contacts:4` is `s__contacts__4`; any other sign is `_` and the two hex digits of each of its bytes.
    """
    return "".join(_coded(sign) for sign in key)


def key_of(name: str) -> str:
    """Return the key of an external id's name."""
    found = bytearray()
    place = 0
    for match in _CODED.finditer(name):
        found += name[place : match.start()].encode()
        found += b":" if match[1] == "_" else bytes.fromhex(match[1])
        place = match.end()
    return (found + name[place:].encode()).decode(errors="replace")


def _coded(sign: str) -> str:
    if sign == ":":
        return "__"
    return sign if _PLAIN.fullmatch(sign) else "".join(f"_{byte:02x}" for byte in sign.encode())


def named_id(model: str, id_: int) -> str:
    """Return an id as Odoo writes it where a field may point to several models: `res.partner,7`."""
    return f"{model},{id_}"


def number(target_id: str) -> int:
    """Return the number of such an id."""
    return int(target_id.rpartition(",")[2])


def slices(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield parts of a list."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
