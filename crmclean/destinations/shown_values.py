"""The values that an API answers, in the form in which they are sent."""

import re

from crmclean.crm.target_model import TargetObject

_TIME = re.compile(r"(?:\.000)?(?:\+0000|Z)$")


def shown_value(object_: TargetObject, field: str, value: object) -> str | None:
    """Return a value of a query's answer in the form in which it was sent."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    kind = object_.fields[field].type
    if kind == "datetime":
        return _TIME.sub("Z", text)
    if kind in ("decimal", "integer") and text.endswith(".0"):
        return text.removesuffix(".0")
    return text
