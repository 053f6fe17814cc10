"""Opt-outs in Odoo: addresses on the mailing blacklist, which is a list of its own and no field of a contact."""

from collections.abc import Mapping, Sequence

from crmclean.crm.target_model import TargetObject
from crmclean.destinations.contract import RefusedCallError, Request
from crmclean.destinations.odoo.names import number
from crmclean.destinations.odoo.rpc import OdooError, OdooRpc, refusal

MODEL = "mail.blacklist"
_CONSENT, _EMAIL = "email_opt_out", "email"


def opt_out_fields(object_: TargetObject) -> tuple[str, str] | None:
    """Return the fields with the opt-out and the email address of an object, None where it has not both."""
    found = {
        canonical: each.name
        for each in reversed(list(object_.fields.values()))
        for canonical in (_CONSENT, _EMAIL)
        if each.from_[:1] == (canonical,)
    }
    return (found[_CONSENT], found[_EMAIL]) if len(found) == len((_CONSENT, _EMAIL)) else None


class Blacklist:
    """Adds addresses, and says whether they are there. Nothing is ever taken off: that is a person's decision."""

    def __init__(self, rpc: OdooRpc) -> None:
        self._rpc = rpc

    def add(self, request: Request, fields: tuple[str, str], model: str) -> None:
        """Put those who have opted out on the list, before their records are written.

        Raises:
            RefusedCallError: Odoo does not take an address.
        """
        consent, email = fields
        if consent not in request.fields:
            return
        rows = [row for row in request.rows if row.cells[list(request.fields).index(consent)] == "true"]
        if email in request.fields:
            place = list(request.fields).index(email)
            addresses = {row.cells[place] for row in rows}
        else:
            ids = [number(row.target_id) for row in rows if row.target_id]
            addresses = {found[email] for found in self._rpc.look(model, "search_read", [["id", "in", ids]], [email])}
        wanted = {address for address in addresses if address}
        there = self._found(sorted(wanted))
        try:
            asleep = [id_ for id_, active in there.values() if not active]
            if asleep:
                self._rpc.ask(MODEL, "write", asleep, {"active": True})
            left = sorted({address.casefold() for address in wanted} - there.keys())
            if left:
                self._rpc.ask(MODEL, "create", [{"email": address} for address in left])
        except OdooError as error:
            raise RefusedCallError(*refusal(error), consent) from error

    def blocked(self, addresses: Sequence[str]) -> frozenset[str]:
        """Return those of the addresses, in small letters, that get no mail."""
        return frozenset(address for address, (_, active) in self._found(addresses).items() if active)

    def _found(self, addresses: Sequence[str]) -> Mapping[str, tuple[int, bool]]:
        if not addresses:
            return {}
        asked = sorted({address.casefold() for address in addresses})  # Odoo keeps them so
        found = self._rpc.look(MODEL, "search_read", [["email", "in", asked]], ["email", "active"])
        return {record["email"]: (record["id"], record["active"]) for record in found}
