"""The check after a stage: what the target says, read back, against what the journal says."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crmclean.destinations.contract import Cells, Destination, Operation
from crmclean.destinations.entries import AT_TARGET, Batch
from crmclean.destinations.journal import Journal

_ASKED = 500  # keys per read-back


@dataclass(frozen=True)
class ReadBack:
    """What reading a stage back found.

    expected, present: records that must be there, and those that are. compared: records whose cells were looked at;
    differing: those with a cell that is not what was sent; fields: `object.field` with the number of differences.
    """

    expected: int
    present: int
    compared: int
    differing: int
    fields: dict[str, int]

    @property
    def passed(self) -> bool:
        """Whether all is there as it was sent."""
        return self.expected == self.present and not self.differing


def read_back(
    journal: Journal, destination: Destination, stage: int, seed: int, sample: int, users: frozenset[str] = frozenset()
) -> ReadBack:
    """Look for every record of a stage by its key, and compare a seeded sample of them cell by cell.

    users: objects whose records are only looked up; they keep no key of ours.
    """
    batches = [batch for batch in journal.batches(stage) if not batch.second_pass and batch.object not in users]
    expected = sum(journal.at_target(batch.id) for batch in batches)
    chosen = set(random.Random(seed).sample(range(expected), min(sample, expected)))  # noqa: S311
    before = present = compared = 0
    differing: list[list[str]] = []
    for batch in batches:
        keys = journal.positions(batch.id, AT_TARGET)
        found = _fetch(destination, batch.object, [key for _, key in keys])
        present += len(found)
        looked_at = [row for number, row in enumerate(keys, before) if number in chosen and row[1] in found]
        differing += _differences(journal, batch, looked_at, found)
        compared += len(looked_at)
        before += len(keys)
    fields = Counter(name for names in differing for name in names)
    return ReadBack(expected, present, compared, sum(map(bool, differing)), dict(sorted(fields.items())))


def _fetch(destination: Destination, object_: str, keys: Sequence[str]) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    for start in range(0, len(keys), _ASKED):
        found.update((key, cells) for key, _, cells in destination.fetch(object_, keys[start : start + _ASKED]))
    return found


def _differences(
    journal: Journal, batch: Batch, looked_at: Sequence[tuple[int, str]], found: dict[str, Cells]
) -> list[list[str]]:
    """Return, for every record looked at, `object.field` of the cells that are not what was sent.

    References that wait for the second pass are left out.
    """
    if not looked_at or batch.operation is Operation.KEEP:
        return []
    payload = journal.payload(batch.id)
    rows = [(payload["rows"][position], found[key]) for position, key in looked_at]
    targets = journal.targets({number for row, _ in rows for number in row["refs"] if number})
    differing = []
    for row, cells in rows:
        refs = {name: targets[number][1] for name, number in zip(payload["refs"], row["refs"], strict=True) if number}
        sent = dict(zip(payload["fields"], row["cells"], strict=True)) | refs
        differing.append([f"{batch.object}.{name}" for name, value in sent.items() if cells.get(name) != value])
    return differing
