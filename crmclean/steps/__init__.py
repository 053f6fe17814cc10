"""One file per step; one visible ordered list per phase.

The order matters: texts and fillers make every later step see clean cells, countries stand before states and phones,
and companies before the domains that are compared with them.
"""

from crmclean.steps import (
    booleans,
    companies,
    countries,
    dates,
    emails,
    fillers,
    industries,
    joined,
    lifecycles,
    mojibake,
    money,
    numbers,
    persons,
    phones,
    states,
    texts,
    urls,
)
from crmclean.steps.contract import Step
from crmclean.steps.deal_status import DEAL_STATUS

NORMALIZE: tuple[Step, ...] = (
    mojibake.STEP,
    texts.STEP,
    fillers.STEP,
    countries.STEP,
    states.STEP,
    phones.STEP,
    emails.STEP,
    urls.STEP,
    dates.STEP,
    money.STEP,
    numbers.STEP,
    booleans.STEP,
    companies.STEP,
    persons.STEP,
    industries.STEP,
    lifecycles.STEP,
    joined.STEP,
    DEAL_STATUS,
)
