"""Reason codes of mapping to a target and of checking against it, beside those in crmclean.values.codes."""

from collections.abc import Mapping

from crmclean.records import Severity
from crmclean.values.reason import Code

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

TARGETS: Mapping[str, Code] = {
    "map.value": Code(None, "translated into an option of the target's picklist"),
    "map.joined": Code(None, "several columns joined in one field"),
    "map.default": Code(None, "a blank filled with what the plan gives for it"),
    "map.split": Code(None, "one part of a column that the plan splits"),
    "map.case": Code(None, "what the plan gives for a condition that holds"),
    "map.constant": Code(None, "the same for every record, whatever the source says"),
    "map.cut": Code(_WARNING, "longer than the field: cut, as the plan says"),
    "map.time-cut": Code(None, "the target's field is a date: the time of day is cut"),
    "map.rounded": Code(None, "rounded to the digits that the target keeps"),
    "map.scaled": Code(None, "written in the target's unit"),
    "map.subdivision": Code(None, "the state without its country"),
    "map.shared-moved": Code(_WARNING, "the target wants it unique and another record has it: moved to another field"),
    "owners.same-email": Code(None, "one user at the target stands for all with this email"),
    "owners.inactive": Code(None, "no active user: nobody owns records as this one"),
    "owners.fallback": Code(_WARNING, "the owner is not at the target: replaced by the plan's fallback owner"),
    "owners.undecided": Code(_WARNING, "the owner is not at the target, and who gets the record is still open"),
    "owners.blanked": Code(_WARNING, "the owner is not at the target, and the plan names no fallback: no owner"),
    "references.not-migrated": Code(_INFO, "points to a record that is not migrated: left empty"),
    "references.parent-held": Code(
        _WARNING, "points to a record that waits for a person: left empty, and set by the first import after the answer"
    ),
    "references.cycle": Code(_WARNING, "points to itself, straight or through others: written in a second pass"),
    "references.parent-rejected": Code(_ERROR, "points to a record that the target refuses"),
    "target.no-home": Code(_WARNING, "the target has no object for such a record"),
    "columns.undecided": Code(_ERROR, "nobody has said what becomes of this column"),
    "required.missing": Code(_ERROR, "the target takes no record without it"),
    "required.one-of": Code(_ERROR, "the target wants one of several fields, and all of them are empty"),
    "type.invalid": Code(_ERROR, "not of the field's type"),
    "length.too-long": Code(_ERROR, "longer than the field; nothing is cut silently"),
    "number.too-large": Code(_ERROR, "more digits than the field has room for"),
    "picklist.unmapped": Code(_ERROR, "not an option of a restricted picklist"),
    "picklist.not-listed": Code(_WARNING, "no option of the picklist: the target takes it and has one option more"),
    "email.invalid": Code(_ERROR, "not an email address that the target takes"),
    "email.blanked": Code(_WARNING, "not an email address that the target takes: left empty, and listed as lost"),
    "type.blanked": Code(_WARNING, "not of the field's type: left empty, and listed as lost"),
    "number.blanked": Code(_WARNING, "more digits than the field has room for: left empty, and listed as lost"),
    "length.blanked": Code(_WARNING, "longer than the field: left empty, as the plan says"),
    "phone.not-e164": Code(_WARNING, "not an E.164 number: the target takes it as text"),
    "url.invalid": Code(_WARNING, "not a web address: the target takes it as text"),
    "currency.missing": Code(_WARNING, "an amount without a currency counts in whatever currency the target has"),
    "consent.unknown": Code(_WARNING, "has an email, and no source says whether it may be mailed"),
    "plan.check": Code(_WARNING, "breaks a check of the plan, which also says how bad that is"),
    "unique.taken": Code(_ERROR, "another record of the file has the value already, perhaps in other capitals"),
    "unique.together": Code(_ERROR, "another record of the file says the same"),
}
