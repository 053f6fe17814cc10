"""What a reason code says."""

from dataclasses import dataclass

from crmclean.records import Severity


@dataclass(frozen=True)
class Code:
    """A reason for a change, a refusal or a mark.

    severity: with one, the reason makes a finding. kept: the cell stays as it was, because nothing better is certain.
    repair: another text than the one written was read; never under `strict`.
    """

    severity: Severity | None
    meaning: str
    kept: bool = False
    repair: bool = False
