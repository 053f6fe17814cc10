"""One file per step; one visible ordered list per phase."""

from crmclean.steps.contract import Step

NORMALIZE: tuple[Step, ...] = ()
