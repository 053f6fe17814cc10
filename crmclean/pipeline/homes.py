"""Where each record lives at the target, so that references point only at records that will be there."""

import polars as pl

from crmclean.records import RECORD

_TO, _HOME = "_to", "_home"
_SHAPE = {RECORD: pl.String, _TO: pl.String, _HOME: pl.String}


class Homes:
    """Record -> the record that stands for it at the target, and the target object of that one."""

    def __init__(self) -> None:
        self._known = pl.DataFrame(schema=_SHAPE)

    def add(self, records: pl.Series, target_object: str) -> None:
        """Note records that become records of a target object."""
        home = pl.lit(target_object, pl.String)
        new = records.to_frame(RECORD).select(pl.col(RECORD), pl.col(RECORD).alias(_TO), home.alias(_HOME))
        self._known = pl.concat([self._known, new], rechunk=False)

    def redirect(self, fates: pl.DataFrame) -> None:
        """Note records (`record`) for which others (`into`) stand that are known already."""
        known = self._known.select(pl.col(RECORD).alias("into"), _HOME)
        new = fates.join(known, on="into", how="inner").select(
            pl.col("record").alias(RECORD), pl.col("into").alias(_TO), _HOME
        )
        self._known = pl.concat([self._known, new], rechunk=False)

    def beside(self, frame: pl.DataFrame, name: str, *, to: str, home: str) -> pl.DataFrame:
        """Put beside a column of record ids who stands for them (`to`) and where that one lives (`home`)."""
        if frame[name].null_count() == frame.height:
            nobody = pl.lit(None, pl.String)
            return frame.with_columns(nobody.alias(to), nobody.alias(home))
        wanted = frame.select(pl.col(name).drop_nulls().unique())
        known = self._known.rename({RECORD: name, _TO: to, _HOME: home}).join(wanted, on=name, how="semi")
        return frame.join(known, on=name, how="left", maintain_order="left")
