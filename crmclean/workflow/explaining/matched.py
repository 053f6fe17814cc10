"""Why records were made one, and where the cells of the survivor came from; for `crmclean explain`."""

import polars as pl

from crmclean.matching.recording import MEMBERS, ORIGINS
from crmclean.pipeline.store import frame
from crmclean.workflow.explaining.lookup import Place
from crmclean.workspace.paths import Workspace

_SHOWN = 10
_PAIRS = dict.fromkeys(("left", "right", "reasons", "rule", "band"), "text") | {"probability": "decimal"}


def matched(workspace: Workspace, place: Place) -> list[dict[str, object]]:
    """Return the matches that hold the group of a record together, surest first; none where it is in no group."""
    members = _table(workspace, "members", MEMBERS)
    survivor = members.filter(pl.col("record") == place.record)["survivor"]
    if survivor.is_empty():
        return []
    group = members.filter(pl.col("survivor") == survivor[0])["record"].to_list()
    inside = pl.all_horizontal(pl.col("left", "right").is_in(group)) & (pl.col("band") == "merge")
    pairs = frame(workspace, "dedupe", "pairs").filter(inside)
    pairs = pairs.sort("probability", "left", "right", descending=[True, False, False])
    return pairs.select("left", "right", "probability", "reasons", "rule").collect().to_dicts()


def doubted(workspace: Workspace, place: Place) -> list[dict[str, object]]:
    """Return the pairs of a record that a person is asked about, surest first."""
    here = (pl.col("band") == "review") & pl.any_horizontal(pl.col("left", "right") == place.record)
    pairs = frame(workspace, "dedupe", "pairs", _PAIRS).filter(here)
    pairs = pairs.sort("probability", "left", "right", descending=[True, False, False])
    return pairs.select("left", "right", "probability", "reasons", "rule").collect().to_dicts()


def asked(pairs: list[dict[str, object]], record: str) -> list[str]:
    """Put the doubtful pairs of a record into words."""
    others = [(pair, pair["right"] if pair["left"] == record else pair["left"]) for pair in pairs[:_SHOWN]]
    return [
        f"A person is asked whether it is {other}, {pair['probability']:.1%}: {pair['reasons']}."
        for pair, other in others
    ]


def told(pairs: list[dict[str, object]]) -> list[str]:
    """Put the matches of a group into words."""
    return [
        f"One record: {pair['left']} and {pair['right']}, {pair['probability']:.1%}: {pair['reasons']}."
        for pair in pairs[:_SHOWN]
    ]


def origins(workspace: Workspace, place: Place, field: str | None) -> list[dict[str, str]]:
    """Return (field, record, code) of the cells that a record has from others."""
    own = _table(workspace, "origins", ORIGINS).filter(pl.col("survivor") == place.record)
    wanted = own if field is None else own.filter(pl.col("field") == field)
    return wanted.select("field", "record", "code").to_dicts()


def _table(workspace: Workspace, name: str, shape: pl.Schema) -> pl.DataFrame:
    path = workspace.phase("dedupe") / f"{name}.parquet"
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=shape)
