"""Frames that are written whole or not at all."""

from pathlib import Path

import polars as pl
import pytest

from crmclean.errors import InputError
from crmclean.files.tables import write_csv, write_parquet

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("frame", [pl.DataFrame({"a": ["b"]}), pl.LazyFrame({"a": ["b"]})], ids=["eager", "lazy"])
@pytest.mark.parametrize("write", [write_parquet, write_csv])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, write, frame):
    (tmp_path / ".x.part").symlink_to(FULL)  # where the file is written before it takes its place
    with pytest.raises(InputError, match="No space left"):
        write(frame.lazy().collect() if write is write_csv else frame, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
