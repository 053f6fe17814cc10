"""The check after a stage: what the target says, read back, against what the journal says."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmclean.crm.canonical import canonical
from crmclean.crm.target_model import TargetSchema
from crmclean.destinations.contract import Cells, Destination, Operation
from crmclean.destinations.entries import AT_TARGET, Batch
from crmclean.destinations.fetching import fetched
from crmclean.destinations.journal import Journal
from crmclean.destinations.likeness import Likeness, likeness
from crmclean.destinations.lists import Change, Missing


@dataclass(frozen=True)
class ReadBack:
    """What reading a stage back found.

    expected, present: records that must be there, and those that are. compared: records whose cells were looked at;
    differing: those with a cell that is not what was sent; fields: `object.field` with the number of differences.
    opt_outs_lost: records, of all, that were sent with an opt-out which the target does not say.
    changes: what was sent and what was found, of every cell that differs. missing: object and key of the records that
    are not there.
    """

    expected: int
    present: int
    compared: int
    differing: int
    fields: dict[str, int]
    opt_outs_lost: int = 0
    changes: tuple[Change, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all is there as it was sent."""
        return not self.missing and not self.differing and not self.opt_outs_lost


def read_back(
    journal: Journal,
    destination: Destination,
    stage: int,
    seed: int,
    sample: int,
    schema: TargetSchema,
    users: frozenset[str] = frozenset(),
) -> ReadBack:
    """Look for every record of a stage by its key, and compare a seeded sample of them cell by cell.

    users: objects whose records are only looked up; they keep no key of ours. Fields that say that somebody has opted
    out are compared in every record.
    """
    consents, same = consent_fields(schema), likeness(schema, destination.capabilities)
    batches = [batch for batch in journal.batches(stage) if not batch.second_pass and batch.object not in users]
    expected = sum(journal.at_target(batch.id) for batch in batches)
    chosen = set(random.Random(seed).sample(range(expected), min(sample, expected)))  # noqa: S311
    before = present = compared = lost = 0
    differing: list[list[Change]] = []
    missing: list[Missing] = []
    for batch in batches:
        keys = journal.positions(batch.id, AT_TARGET)
        there = fetched(journal, destination, batch.object, [key for _, key in keys])
        found = {key: cells for key, _, cells in there}
        present += len(found)
        missing += [(batch.object, key) for _, key in keys if key not in found]
        looked_at = [row for number, row in enumerate(keys, before) if number in chosen and row[1] in found]
        differing += _differences(journal, batch, looked_at, found, same)
        compared += len(looked_at)
        lost += _opt_outs_lost(journal, batch, keys, found, consents.get(batch.object, frozenset()))
        before += len(keys)
    changes = tuple(change for row in differing for change in row)
    fields = dict(sorted(Counter(f"{object_}.{name}" for object_, _, name, *_ in changes).items()))
    return ReadBack(expected, present, compared, sum(map(bool, differing)), fields, lost, changes, tuple(missing))


def consent_fields(schema: TargetSchema) -> Mapping[str, frozenset[str]]:
    """Return object -> the fields that we fill with consents, such as HasOptedOutOfEmail and DoNotCall."""
    consents = {name for each in canonical().values() for name in each.of_kind("consent")}
    return {
        name: frozenset(each.name for each in object_.writable() if consents & set(each.from_))
        for name, object_ in schema.objects.items()
    }


def _opt_outs_lost(
    journal: Journal,
    batch: Batch,
    keys: Sequence[tuple[int, str]],
    found: Mapping[str, Cells],
    consents: frozenset[str],
) -> int:
    """Count the records whose opt-out was sent and is not what the target says."""
    payload = journal.payload(batch.id)
    places = [place for place, name in enumerate(payload["fields"]) if name in consents]
    lost = 0
    for position, key in keys if places else ():
        cells = payload["rows"][position]["cells"]
        sent = {payload["fields"][place]: cells[place] for place in places if cells[place] not in (None, "false")}
        lost += any(found.get(key, {}).get(name) != value for name, value in sent.items())
    return lost


def _differences(
    journal: Journal, batch: Batch, looked_at: Sequence[tuple[int, str]], found: dict[str, Cells], same: Likeness
) -> list[list[Change]]:
    """Return, for every record looked at, the cells that are not what was sent.

    References that wait for the second pass are left out.
    """
    if not looked_at or batch.operation is Operation.KEEP:
        return []
    payload = journal.payload(batch.id)
    rows = [(key, payload["rows"][position], found[key]) for position, key in looked_at]
    targets = journal.targets({number for _, row, _ in rows for number in row["refs"] if number})
    differing = []
    for key, row, cells in rows:
        refs = {name: targets[number][1] for name, number in zip(payload["refs"], row["refs"], strict=True) if number}
        sent = dict(zip(payload["fields"], row["cells"], strict=True)) | refs
        differing.append(
            [
                (batch.object, key, name, value, cells.get(name))
                for name, value in sent.items()
                if not same(batch.object, name, value, cells.get(name))
            ]
        )
    return differing
