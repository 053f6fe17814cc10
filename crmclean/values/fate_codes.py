"""Reason codes of what becomes of records, beside those of values in crmclean.values.codes."""

from collections.abc import Mapping

from crmclean.records import Severity
from crmclean.values.reason import Code

_INFO, _WARNING = Severity.INFO, Severity.WARNING

FATES: Mapping[str, Code] = {
    "deals.status-derived": Code(None, "open, won or lost, read from the stage or the closed flags"),
    "lifecycle.derived": Code(None, "the source has no lifecycle: derived by the plan's rules"),
    "suppress.do-not-import": Code(None, "a suppression list says that this person is not to be imported"),
    "suppress.erased": Code(None, "a suppression list wants this person erased: only a hash of the id stays"),
    "suppress.possible": Code(_WARNING, "may be the same as somebody whom a suppression list names: a person decides"),
    "stale.no-engagement": Code(None, "no engagement within the plan's months"),
    "stale.all-contacts-archived": Code(None, "all contacts of the company are archived and no deal is open"),
    "stale.parents-archived": Code(None, "every record that the activity belongs to is archived"),
    "stale.end-archived": Code(None, "one end of the link is archived"),
    "stale.new": Code(_INFO, "no engagement yet, but too new to be stale"),
    "stale.protected": Code(_INFO, "no engagement, but protected by a deal, its company or the plan"),
    "stale.restored": Code(_INFO, "no engagement, but a person brought it back"),
    "stale.cannot-tell": Code(_WARNING, "the exports hold no engagement data to judge it by; kept"),
    "incomplete.core-fields": Code(None, "lacks what a record of its kind needs, see [complete] in the plan"),
    "incomplete.protected": Code(_WARNING, "lacks what a record of its kind needs; kept for a deal, customer or rule"),
    "leads.converted": Code(None, "a converted lead lives on in the contact that it became"),
    "links.equal": Code(None, "after merges it says the same as another link"),
    "dedupe.undecided": Code(None, "doubtful: it waits for a person's answer"),
    "dedupe.group-too-large": Code(None, "its group of duplicates is over the plan's group_limit; a person decides"),
    "dedupe.target-ambiguous": Code(None, "several records of the target may be this one; a person says which"),
    "stage.none": Code(None, "no stage of the plan takes the record"),
    "import.created": Code(None, "the target has it as a new record"),
    "import.updated": Code(None, "the target had it under our key and took the new cells"),
    "import.unchanged": Code(None, "the target has it already, with these very cells"),
    "import.not-sent": Code(None, "its stage has not been imported yet"),
    "import.parent-rejected": Code(None, "a record that it refers to did not make it to the target"),
    "import.parent-missing": Code(None, "a required reference leads to a record that is not imported"),
    "import.required-cycle": Code(None, "a required reference leads to a record that can only come later"),
    "import.record-rejected": Code(None, "the second pass has nothing to write to: the record was rejected"),
    "import.not-answered": Code(None, "the target's answer leaves the row out: nobody knows its fate"),
    "target.busy": Code(None, "the target put the row off every time"),
    "target.required": Code(None, "the target wants a value in the field"),
    "target.length": Code(None, "the text is longer than the field"),
    "target.type": Code(None, "the text is not of the field's type"),
    "target.format": Code(None, "the text has not the form that the field wants, such as an email address"),
    "target.picklist": Code(None, "the field has no such option"),
    "target.unique": Code(None, "another record holds the same value in a unique field"),
    "target.reference": Code(None, "the field refers to a record that is not there"),
    "target.refused": Code(None, "the target refused the row and did not say why in words that we know"),
    "target.too-large": Code(None, "the row is larger than what the target takes in one call"),
    "target.duplicate-rule": Code(None, "a duplicate rule of the target stopped the row"),
    "target.no-such-user": Code(None, "the target has no user with this email address"),
}
