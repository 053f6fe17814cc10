"""What to do about a reason code: for single codes, else for all of an area, else by what the code does."""

from collections.abc import Mapping

from crmclean.records import Severity
from crmclean.values.reason import Code

_CURES: Mapping[str, str] = {
    "phones.no-region": 'give the country: region = "US" in [defaults] or in the [[source]]',
    "dates.ambiguous": 'say dates = "dmy" or "mdy" in the [[source.file]]',
    "money.ambiguous": 'say decimal = "." or "," in the [[source.file]]',
    "currency.missing": 'name the currency of amounts without one: currency = "USD" in [defaults]',
    "currency.unknown": "correct the currency in the source; the list of ISO 4217 is the one that counts",
    "industries.unmapped": 'give it an option in [values."companies.industry"], or "" to drop it',
    "lifecycles.unmapped": "translate the stage in the source, or write [[lifecycle.contacts]] rules in the plan",
    "picklist.unmapped": 'give each value an option in [values."<object>.<field>"], or "" to drop it',
    "columns.undecided": "say in [columns.<object>] what becomes of it: map, custom, merge or drop",
    "owners.fallback": "give the owner an active user at the target, or be content with the fallback",
    "owners.undecided": "name fallback_owner in [target]; without the key these records have no owner",
    "owners.blanked": "name fallback_owner in [target], or give the owner an active user",
    "suppress.possible": "look at both records, and put the other one on the list, too, where it is the same person",
    "suppress.do-not-import": "take the person off the list of [[suppress]] to bring the group along",
    "suppress.erased": "erase at the target by hand what archive/erase-at-target.csv lists",
    "stale.no-engagement": "bring the record back with `crmclean restore`, or widen [stale] in the plan",
    "stale.cannot-tell": "export activities or a last activity date, too; until then the record stays",
    "stage.none": "give the last [[stage]] the condition TRUE",
    "references.parent-rejected": "mend the record that it points to",
    "references.parent-held": "answer the pairs of the record that it points to with `crmclean review`",
    "ref.parent-missing": "export the parents, too, or correct the reference",
    "consent.unknown": "map the column that says who may be mailed, or leave them out with a list under [[suppress]]",
    "plan.check": "mend the record, or the condition of the [[check]]",
    "required.missing": (
        "correct it in the source and export again, fill it from another source, or give such records a value in the "
        'plan: default = "…" in [fields.<object>.<field>]; the record stays out of the target until then'
    ),
    "round.other-object": (
        "convert it at the target (a lead into a contact, say) and merge it there, or keep the two records apart: "
        "`crmclean unmerge`"
    ),
    "dedupe.undecided": "answer the pair with `crmclean review`",
    "dedupe.group-too-large": "answer its pairs with `crmclean review`, or raise group_limit in [dedupe]",
}
_AREAS: Mapping[str, str] = {
    "merge": "take the merge apart with `crmclean unmerge` where it is wrong",
    "stale": "bring a record back with `crmclean restore`, or change [stale] in the plan",
    "import": "nothing, where it is no reject; run/import/<destination>/ holds rejects as files to correct",
    "target": "correct the rejects in run/import/<destination>/, or the field's mapping, and run the import again",
    "row": "look at run/load/quarantine.csv, correct the lines in the source, and export again",
    "round": "look at conflicts.csv, settle it at the target or in the source, and start the next --round",
    "undo": "look at not-rolled-back.csv in run/import/<destination>/, and decide at the target",
    "owners": "name the users that are gone in the target, or a fallback_owner in the plan",
}
_MEND = "correct it in the source and export again, or fill it from another source"


def cure(name: str, code: Code) -> str:
    """Return what a person does about a reason."""
    area = name.partition(".")[0]
    said = _CURES.get(name) or _AREAS.get(area)
    if said:
        return said
    if code.severity is Severity.ERROR:
        return f"{_MEND}; the record stays out of the target until then"
    if code.kept or code.severity is Severity.WARNING:
        return f"{_MEND}; the cell stays as it is until then" if code.kept else _MEND
    return "nothing: `crmclean explain RECORD FIELD` shows the cell before and after"
