"""Who owns records: users of the export, or names in owner columns; leavers and who takes over from them."""

import hashlib
import re
from collections.abc import Mapping

import polars as pl

from crmclean.hygiene.material import OWNER, Material
from crmclean.pipeline.engagement import column
from crmclean.records import RECORD, REF_PREFIX

NOBODY = "nobody"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}\Z")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")  # no step mends what an export calls an owner
_LONGEST = 200  # letters of it that are shown
_CHAIN = 10  # managers of managers that are looked up
OWNERS = {"owner": pl.String, "id": pl.String, "name": pl.String, "active": pl.Boolean, "assignee": pl.String}


def owner_table(material: Material) -> pl.DataFrame:
    """Return every owner: owner (as records point to it), id, name, active, assignee (id of who gets the exceptions).

    The id is the user's own id, or a hash where the export knows owners by name only: it stands in file names. A
    leaver's records go to the manager, or the manager's manager; where there is none they stay.
    """
    owners = material.owner_type.categories.to_list()
    people = _people(material.tables.get("users"))
    ids = {key: _id(key, people) for key in owners}
    rows = [_line(key, people, ids) for key in owners]
    return pl.DataFrame([*rows, (None, NOBODY, "", True, NOBODY)], schema=OWNERS, orient="row")


def _people(users: pl.DataFrame | None) -> Mapping[str, tuple[str | None, str, bool, str | None]]:
    """Return record id -> own id, name, active, manager."""
    if users is None:
        return {}
    whole = pl.concat_str(column(users, "first_name"), column(users, "last_name"), separator=" ", ignore_nulls=True)
    name = pl.coalesce(column(users, "full_name"), pl.when(whole != "").then(whole), column(users, "email"))
    rows = users.select(
        RECORD,
        column(users, "source_id").alias("own"),
        name.fill_null("").alias("name"),
        (column(users, "is_active") != "false").fill_null(value=True).alias("active"),
        column(users, REF_PREFIX + "manager_ref").alias("manager"),
    )
    return {record: (own, name, active, manager) for record, own, name, active, manager in rows.iter_rows()}


def _id(key: str, people: Mapping[str, tuple[str | None, str, bool, str | None]]) -> str:
    own = people[key][0] if key in people else None
    if own and _PLAIN.match(own):
        return own
    return "owner-" + hashlib.blake2b(key.encode(), digest_size=5).hexdigest()


def _line(
    key: str, people: Mapping[str, tuple[str | None, str, bool, str | None]], ids: Mapping[str, str]
) -> tuple[str, str, str, bool, str]:
    if key not in people:
        return key, ids[key], _CONTROL.sub(" ", key[:_LONGEST]), True, ids[key]
    takes = key
    for _ in range(_CHAIN):
        _, _, active, manager = people[takes]
        if active or manager not in people:
            break
        takes = str(manager)
    heir = takes if people[takes][2] else key
    return key, ids[key], people[key][1] or ids[key], people[key][2], ids[heir]


def gone(_frame: pl.DataFrame, material: Material) -> pl.Expr:
    """Return whether the owner is a user who left."""
    users = material.tables.get("users")
    if users is None:
        return pl.lit(value=False)
    left = users.filter(column(users, "is_active") == "false")[RECORD]
    return pl.col(OWNER).is_in(left.implode()).fill_null(value=False)
