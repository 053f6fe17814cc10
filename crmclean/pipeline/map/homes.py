"""Where each record lives at the target, so that references point only at records that will be there."""

import polars as pl

from crmclean.records import RECORD

_HOME = "_home"


class Homes:
    """Record -> the target object that it becomes a record of.

    waiting: records that a person has to decide on first.
    """

    def __init__(self, waiting: pl.Series) -> None:
        self.waiting = waiting.implode()
        self._known = pl.DataFrame(schema={RECORD: pl.String, _HOME: pl.String})

    def add(self, records: pl.Series, target_object: str) -> None:
        """Note records that become records of a target object."""
        home = pl.lit(target_object, pl.String)
        new = records.to_frame(RECORD).select(pl.col(RECORD), home.alias(_HOME))
        self._known = pl.concat([self._known, new], rechunk=False)

    def beside(self, frame: pl.DataFrame, name: str, *, home: str) -> pl.DataFrame:
        """Put beside a column of record ids where each lives (`home`); null where it will not be at the target."""
        if frame[name].null_count() == frame.height:
            return frame.with_columns(pl.lit(None, pl.String).alias(home))
        wanted = frame.select(pl.col(name).drop_nulls().unique())
        known = self._known.rename({RECORD: name, _HOME: home}).join(wanted, on=name, how="semi")
        return frame.join(known, on=name, how="left", maintain_order="left")
