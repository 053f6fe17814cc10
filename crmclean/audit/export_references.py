"""To which record a cell of an export points: by the target's id, by our key, by an email address or a name."""

from collections.abc import Mapping

import polars as pl

from crmclean.crm.target_model import TargetField, TargetObject, TargetSchema
from crmclean.destinations.odoo.names import MODULE, key_of
from crmclean.records import RECORD

LOOKUP = {"text": pl.String, "id": pl.String}
_EMAIL = r"([^\s<(\"]+@[^\s>)\"]+)"
_NAMES = ("name", "full_name", "username")


def lookup(
    schema: TargetSchema, field: TargetField, known: pl.DataFrame, mapped: Mapping[str, pl.LazyFrame]
) -> pl.DataFrame:
    """Return LOOKUP: texts that stand for one record that a field may point to, and its id at the target.

    known: object, id, record of all that is at the target. Texts that stand for several records stand for none.
    """
    there = known.filter(pl.col("object").is_in(list(field.ref)))
    ways = [there.select(text=text, id="id") for text in (pl.col("id"), short("id"), pl.col("record"))]
    for name in field.ref:
        if name in mapped and name in schema.objects:
            rows = (
                mapped[name].collect().join(there.filter(pl.col("object") == name), left_on=RECORD, right_on="record")
            )
            ways += [rows.select(text=text, id="id") for text in _called(schema.objects[name], rows)]
    found = pl.DataFrame(schema=LOOKUP)
    for way in ways:
        texts = way.with_columns(pl.col("text").str.strip_chars().str.to_lowercase()).drop_nulls().unique()
        fresh = texts.filter(pl.len().over("text") == 1).join(found, on="text", how="anti")
        found = pl.concat([found, fresh])
    return found


def _called(object_: TargetObject, rows: pl.DataFrame) -> list[pl.Expr]:
    """Return what records are called in an export: email address, then name."""

    def fed(*names: str) -> list[str]:
        fields = [each for each in object_.writable() if each.name in rows.columns and each.name != object_.key]
        return [each.name for each in fields if each.from_ and each.from_[0] in names]

    first, last = fed("first_name"), fed("last_name")
    both = [pl.concat_str(pl.col(first[0], last[0]), separator=" ")] if first and last else []
    return [*map(pl.col, fed("email")), *map(pl.col, fed(*_NAMES)), *both]


def short(id_: str) -> pl.Expr:
    """Return an id without the model that Odoo writes before it."""
    return pl.col(id_).str.replace(r"^[a-z_.]+,", "")


def pointed_to(said: pl.Series, wanted: pl.Series, texts: pl.DataFrame) -> pl.Series:
    """Return the ids that cells stand for; of several in a cell the wanted one, else the first; null: nobody knows.

    wanted: the id that the record was sent with, null where there is none. texts: LOOKUP.
    """
    cells = pl.DataFrame({"said": said, "wanted": wanted}).with_row_index("place")
    parts = cells.with_columns(text=pl.col("said").str.split(";")).explode("text")
    parts = parts.with_columns(text=decoded("text").str.strip_chars().str.to_lowercase())
    email = pl.col("text").str.extract(_EMAIL, 1)
    known = parts.join(texts, on="text", how="left").join(
        texts.rename({"text": "_email", "id": "_by_email"}), left_on=email, right_on="_email", how="left"
    )
    known = known.with_columns(id=pl.coalesce("id", "_by_email"))
    first = known.sort("place", (pl.col("id") != pl.col("wanted")).fill_null(value=True)).drop_nulls("id")
    best = first.unique("place", keep="first", maintain_order=True).select("place", "id")
    return cells.join(best, on="place", how="left", maintain_order="left")["id"]


def decoded(name: str) -> pl.Expr:
    """Return our key where a text is an external id that we made in Odoo; every other text as it is."""
    ours = pl.col(name).str.starts_with(f"{MODULE}.")
    bare = pl.col(name).str.strip_prefix(f"{MODULE}.")
    plain = bare.str.replace_all("__", ":", literal=True)
    coded = plain.str.contains("_")
    whole = pl.when(ours & coded).then(bare).otherwise(None).map_elements(key_of, return_dtype=pl.String)
    return pl.when(ours & coded).then(whole).when(ours).then(plain).otherwise(pl.col(name))
