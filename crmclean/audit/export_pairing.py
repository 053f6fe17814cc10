"""Which record of ours each row of an export is: by the key that the target keeps for us, else by the target's id."""

import polars as pl

from crmclean.audit.export_columns import Place, Table
from crmclean.audit.export_references import decoded, short
from crmclean.audit.readback import ID, KEY
from crmclean.crm.sources import sources
from crmclean.destinations.odoo.names import model_of
from crmclean.exports.identity import clean_id

OBJECT = "_object"  # of the target
_NUMBERED = r"^__export__\.\w+?_(\d+)(?:_[0-9a-f]+)?$"  # external ids that Odoo makes while it exports


def paired(table: Table, place: Place, crosswalk: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the rows with KEY, ID and OBJECT; rows without any id (continuation lines) are left out.

    crosswalk: object, id, record of all that the target has of ours.
    """
    nothing = pl.lit(None, pl.String)
    form = sources()[kind].id_format if kind in sources() else None
    ids = clean_id(pl.col(place.ids), form) if place.ids else nothing
    rows = table.frame.with_columns(_said=ids, _named=decoded(place.keys) if place.keys else nothing)
    if kind == "odoo":  # which gives records that it names itself an external id with the number in it
        rows = rows.with_columns(_said=pl.coalesce("_said", pl.col("_named").str.extract(_NUMBERED, 1)))
    rows = rows.filter(pl.any_horizontal(pl.col("_said", "_named").is_not_null()))
    model = f"{model_of(place.object.name)}," if kind == "odoo" else ""
    known = crosswalk.select(_of="object", _its="id", _ours="record", _short=short("id"))
    alike = known.filter(pl.col("_its").str.starts_with(model) if model else pl.col("_of") == place.object.name)
    by_key = known.drop("_short").unique("_ours", keep="first", maintain_order=True)
    by_id = alike.unique("_short", keep="first", maintain_order=True)
    both = rows.join(by_key, left_on="_named", right_on="_ours", how="left", coalesce=False, maintain_order="left")
    both = both.join(by_id, left_on="_said", right_on="_short", how="left", suffix="_by_id", maintain_order="left")
    return both.with_columns(
        pl.coalesce("_ours", "_ours_by_id").alias(KEY),
        pl.coalesce("_of", "_of_by_id", pl.lit(place.object.name)).alias(OBJECT),
        pl.coalesce("_its", "_its_by_id", pl.lit(model) + pl.col("_said"), "_named").alias(ID),
    )
