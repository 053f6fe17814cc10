"""A look at the target for the sign-off: amounts and opt-outs of our records as they stand there now."""

from dataclasses import dataclass

import polars as pl

from crmclean.audit.readback import ID, read_target
from crmclean.crm.target_model import TargetObject
from crmclean.workflow.importing.fates import imported
from crmclean.workflow.importing.reaching import reached
from crmclean.workflow.importing.targeting import mapped_of
from crmclean.workflow.running.session import Session

_OPT_OUT, _AMOUNT = "email_opt_out", "amount"


@dataclass(frozen=True)
class AtTarget:
    """What the target says. amounts: record and `said` (text) of deals; opted_out: records; None: it cannot be read.

    undo_days: days for which deleted records can be brought back there; None: the target names none.
    """

    amounts: pl.DataFrame | None
    opted_out: pl.Series | None
    undo_days: int | None


def look_at(session: Session, to: str) -> AtTarget:
    """Read the target back.

    Raises:
        DestinationError: it cannot be reached. RefusedError: it is not the one that was imported into.
    """
    mapped, fates = mapped_of(session), imported(session.workspace, to)
    with reached(session.workspace, session.plan, to, mapped.schema) as at:
        days = at.found.undo_days
        if fates is None or not at.destination.capabilities.reads_back:
            return AtTarget(None, None, days)
        found = read_target(at.ready(), mapped.schema)
    ours = fates.select("record", "target_object", pl.col("target_id").alias(ID)).drop_nulls(ID)
    amounts, out = [_EMPTY], [_EMPTY]
    for name, object_ in mapped.schema.objects.items():
        rows = found[name].join(ours.filter(target_object=name), on=ID)
        amounts += [
            rows.select("record", said=pl.col(field))
            for field in _fed(object_, "deals", _AMOUNT)
            if field in rows.columns
        ][:1]
        said = [pl.col(field) == "true" for of in ("contacts", "leads") for field in _fed(object_, of, _OPT_OUT)]
        if said:
            out.append(rows.filter(pl.any_horizontal(said)).select("record", said=pl.lit("true")))
    return AtTarget(pl.concat(amounts), pl.concat(out)["record"], days)


_EMPTY = pl.DataFrame(schema={"record": pl.String, "said": pl.String})


def _fed(object_: TargetObject, canonical: str, name: str) -> list[str]:
    """Return the target's fields that a canonical field lands in."""
    rules = [rule for rule in object_.sources if rule.object == canonical]
    return [
        field.name for rule in rules for field in object_.writable()
        if field.name != object_.key and name in rule.feeds(field)
    ]  # fmt: skip
