"""Reason codes of what becomes of records, beside those of values in crmclean.values.codes."""

from collections.abc import Mapping

from crmclean.records import Severity
from crmclean.values.reason import Code

_INFO, _WARNING = Severity.INFO, Severity.WARNING

FATES: Mapping[str, Code] = {
    "deals.status-derived": Code(None, "open, won or lost, read from the stage or the closed flags"),
    "lifecycle.derived": Code(None, "the source has no lifecycle: derived by the plan's rules"),
    "stale.no-engagement": Code(None, "no engagement within the plan's months"),
    "stale.all-contacts-archived": Code(None, "all contacts of the company are archived and no deal is open"),
    "stale.parents-archived": Code(None, "every record that the activity belongs to is archived"),
    "stale.end-archived": Code(None, "one end of the link is archived"),
    "stale.new": Code(_INFO, "no engagement yet, but too new to be stale"),
    "stale.protected": Code(_INFO, "no engagement, but protected by a deal, its company or the plan"),
    "stale.restored": Code(_INFO, "no engagement, but a person brought it back"),
    "stale.cannot-tell": Code(_WARNING, "the exports hold no engagement data to judge it by; kept"),
    "leads.converted": Code(None, "a converted lead lives on in the contact that it became"),
    "links.equal": Code(None, "after merges it says the same as another link"),
}
