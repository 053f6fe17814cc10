"""Records that Odoo keeps where others keep a text: countries, states, stages, tags. Found exactly, never by search.

What a person can make anew by typing it (tags, sources, titles, states …) is made, with an external id of ours, so
that it is made once; what the database must have (countries, stages, teams, types of activities) is refused.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmclean.destinations.contract import RefusedCallError
from crmclean.destinations.odoo.names import MODULE, external_name, named_id
from crmclean.destinations.odoo.rpc import OdooError, OdooRpc, refusal

STATE = "res.country.state"
_COUNTRY = "res.country"
_TEXTS = {_COUNTRY: "code", STATE: "code"}  # model: the field that holds our text; name elsewhere
OPEN = frozenset(
    (
        *("res.partner.category", "crm.tag", "utm.source", "crm.lost.reason"),
        *("res.partner.title", "res.partner.industry", STATE),
    )
)
_ASKED = 1000


class Words:
    """The texts of one database and their ids; asked for once."""

    def __init__(self, rpc: OdooRpc) -> None:
        self._rpc = rpc
        self._ids: dict[str, dict[str, int]] = {}
        self._texts: dict[str, dict[int, str]] = {}

    def ids(self, model: str, texts: Iterable[str], field: str) -> Mapping[str, int]:
        """Return text -> id for all of the texts. Those of a state are `US-CA`.

        Raises:
            RefusedCallError: the database has no such word, and it is not one that we may make.
        """
        known = self._known(model)
        for text in sorted({text for text in texts if text not in known}):
            if model not in OPEN:
                raise RefusedCallError("target.picklist", f"{model} has no such record", field)
            known[text] = self._made(model, text, field)
            self._texts[model][known[text]] = text
        return known

    def texts(self, model: str, ids: Sequence[int]) -> Mapping[int, str]:
        """Return id -> text."""
        self._known(model)
        if any(id_ not in self._texts[model] for id_ in ids):
            del self._ids[model]  # somebody made another one since
            self._known(model)
        return self._texts[model]

    def _known(self, model: str) -> dict[str, int]:
        if model not in self._ids:
            text = _TEXTS.get(model, "name")
            names = [text, "country_id"] if model == STATE else [text]
            found = self._all(model, names)
            countries = self.texts(_COUNTRY, []) if model == STATE else {}
            self._ids[model], self._texts[model] = {}, {}
            for record in found:
                word = str(record[text])
                if model == STATE:
                    word = f"{countries.get(record['country_id'][0], '')}-{word}"
                self._ids[model].setdefault(word, record["id"])  # the oldest of two equal ones
                self._texts[model][record["id"]] = word
        return self._ids[model]

    def _all(self, model: str, names: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            after = [["id", ">", found[-1]["id"]]] if found else []
            part = self._rpc.look(model, "search_read", after, names, order="id", limit=_ASKED)
            found += part
            if len(part) < _ASKED:
                return found

    def _made(self, model: str, text: str, field: str) -> int:
        columns, row = ["id", "name"], [f"{MODULE}.{external_name(f'word:{model}:{text}')}", text]
        if model == STATE:
            country, _, code = text.partition("-")
            columns += ["code", "country_id/.id"]
            row = [row[0], code, code, str(self.ids(_COUNTRY, [country], field)[country])]
        try:
            said = self._rpc.ask(model, "load", columns, [row])
        except OdooError as error:
            raise RefusedCallError(*refusal(error), field) from error
        if not said["ids"]:
            raise RefusedCallError("target.picklist", str(said["messages"]), field)
        return int(said["ids"][0])


def users(rpc: OdooRpc, logins: Iterable[str]) -> Mapping[str, str]:
    """Return login in small letters -> id of the users that there are."""
    asked = sorted({login.casefold() for login in logins})
    any_of: list[Any] = ["|"] * (len(asked) - 1)
    domain = [*any_of, *(["login", "=ilike", _literal(login)] for login in asked)]
    found = rpc.look("res.users", "search_read", domain, ["login"]) if asked else []
    return {record["login"].casefold(): named_id("res.users", record["id"]) for record in found}


def _literal(text: str) -> str:
    """Return a pattern that matches this text only."""
    return re.sub(r"([\\%_])", r"\\\1", text)
