"""Reason codes of merges: what two records had in common that brought them together, and which rule chose a cell."""

from collections.abc import Mapping

from crmclean.values.reason import Code

_FOUND_BY = {
    "record-id": "the record id: the file holds it several times",
    "email": "the same email address",
    "phone": "the same phone number",
    "profile": "the same profile address",
    "name": "the same name",
    "family+company": "family name and company",
    "given+company": "first name and company",
    "family+domain": "family name and mail domain",
    "sound+city": "a family name that sounds the same, and the city",
    "given+city": "first name and city",
    "sound+postal": "a family name that sounds the same, and the postal code",
    "birthdate": "the birthdate",
    "birthdate+given": "birthdate and first name",
    "birthdate+family": "birthdate and family name",
    "street+postal": "street and postal code",
    "street+given": "street and first name",
    "street+sound": "street, and a family name that sounds the same",
    "given+postal": "first name and postal code",
    "sound+initial": "a family name that sounds the same, and the initial",
    "domain": "the same domain",
    "name-core": "the same name but for words such as Group",
    "word": "a rare word of the name",
    "name+city": "name and city",
    "name+postal": "name and postal code",
    "street": "the same street",
    "account_number": "the same account number",
    "tax_id": "the same tax number",
    "duns_number": "the same D-U-N-S number",
    "own-column": "the same value in a column of the source's own",
    "enrichment": "everything that tells records apart; the row enriched the record and is none itself",
    "decision": "a person decided",
    "rule": "a rule of the plan",
}
_CHOSEN_BY = {
    "filled-from-loser": "the survivor had none: filled from another member",
    "kept": "the survivor's own value stays",
    "oldest": "the oldest value of all members",
    "newest": "the newest value of all members",
    "union": "the values of all members together",
    "strictest-consent": "the strictest answer of all members",
    "furthest": "the furthest stage of all members",
    "longest": "the longest value of all members",
    "most-frequent": "the most frequent value of all members",
    "source-priority": "the value of the source that the plan trusts most",
    "most-complete": "the value of the member with most cells filled",
    "most-recent": "the value of the member that was changed last",
    "max": "the largest value of all members",
    "min": "the smallest value of all members",
}

MERGES: Mapping[str, Code] = {
    "merge": Code(None, "came along with the cell that the merge chose, such as the record behind a reference"),
    "fill.enrichment": Code(None, "blank: filled from a record of an enrichment source that matches"),
    "enrich.no-match": Code(None, "a row of an enrichment source that matches no record for certain"),
    "enrich.ambiguous": Code(None, "a row of an enrichment source that matches several records"),
    "refs.follow": Code(None, "the reference follows a merged record to its survivor"),
    **{f"merge.{name}": Code(None, f"merged; found by {meaning}") for name, meaning in _FOUND_BY.items()},
    **{f"merge.{name}": Code(None, meaning) for name, meaning in _CHOSEN_BY.items()},
}
