"""The columns of one file while it is being recognised: headers, first rows, and what is known of them so far."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import polars as pl

from crmclean.crm.sources import TableSchema, header_key
from crmclean.files.dialects import unique_names

BY_NAME = "its name"  # the evidence of a column that is called what it is
EMAIL = r"^[^@\s;,]+@[^@\s;,]+\.[^@\s;,]+$"
SHAPED = 0.6  # share of values that must have a shape for the column to be told by it

_FEW = 3  # web addresses that say anything together
_ONE_HOST = 0.5  # share of addresses at one host from which it is a service's, not the records' own

_HOST = r"(?i)^(?:https?://)?(?:www\.)?([^/?#:]+)"

Told = Mapping[int, tuple[str, str]]  # place of a column -> its field, and the evidence
_NOT_OWN = re.compile(
    r"(?i)\b(?:owner|manager|assistant|spouse|partner|parent|referr\w+|emergency|billing|created|modified"
    r"|sales ?rep|agent|assistent\w*|asistente|segret\w+|secretar\w+|supervisor|vorgesetzte\w*|ehepartner|conjoint\w*"
    r"|notfall\w*|urgence)\b"
)


@dataclass(frozen=True)
class Columns:
    """The columns of a file. name: of the file. names: of the columns in the frame. told: what is known of them."""

    name: str
    header: Sequence[str]
    keys: Sequence[str]
    names: Sequence[str]
    sample: pl.DataFrame
    told: Told = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, header: Sequence[str], sample: pl.DataFrame) -> Self:
        """Take the columns of a file as they stand in its first rows."""
        return cls(name, tuple(header), tuple(map(header_key, header)), unique_names(header), sample)

    def knowing(self, more: Told) -> Self:
        """Return the same columns, with more known of them."""
        return replace(self, told={**self.told, **more})

    @property
    def stem(self) -> str:
        """The file's name without its folder and ending."""
        return re.sub(r"\.[a-z0-9]{2,7}$", "", self.name.rsplit("/", 1)[-1], flags=re.IGNORECASE)

    @property
    def places(self) -> Mapping[str, int]:
        """The place of each field that is known."""
        return {field: place for place, (field, _) in self.told.items()}

    def open(self, table: TableSchema) -> Iterator[int]:
        """Yield the places of the columns that have no field and are nobody else's."""
        for place, (key, head) in enumerate(zip(self.keys, self.header, strict=True)):
            if place not in self.told and key not in table.traps and not _NOT_OWN.search(spaced(head)):
                yield place

    def cells(self, place: int) -> pl.Series:
        """Return the cells of a column, trimmed; nulls stay."""
        name = self.names[place]
        if name not in self.sample.columns:
            return pl.Series(name, [None] * self.sample.height, dtype=pl.String)
        return self.sample.get_column(name).str.strip_chars()

    def share(self, name: str, pattern: str) -> float:
        """Return the share of the filled cells of a column that match."""
        if name not in self.sample.columns:
            return 0.0
        filled = self.sample.get_column(name).drop_nulls()
        return float(filled.str.contains(pattern).mean() or 0.0) if filled.len() else 0.0  # type: ignore[arg-type]


def spaced(header: str) -> str:
    """Return the words of a header with blanks between them: `contactPerson_Name` is contact Person Name."""
    text = unicodedata.normalize("NFC", header)
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-.:#*]+", " ", text).strip()


def at_one_host(cells: pl.Series) -> bool:
    """Whether most of several different web addresses are at one host, such as a network's or a picture service's."""
    hosts = cells.drop_nulls().unique().str.extract(_HOST, 1).str.to_lowercase().drop_nulls()
    most = hosts.value_counts()["count"].max() if hosts.len() >= _FEW else 0
    return int(most or 0) >= max(_ONE_HOST * hosts.len(), 2)  # type: ignore[arg-type]
