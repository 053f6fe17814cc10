"""One file per step; one visible ordered list per phase.

The order matters: CLEANING makes every step of READING see clean cells, and learn from them; countries stand before
states and phones, and companies before the domains that are compared with them.
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
    postal_codes,
    states,
    texts,
    urls,
)
from crmclean.steps.contract import Step
from crmclean.steps.deal_status import DEAL_STATUS

CLEANING: tuple[Step, ...] = (mojibake.STEP, texts.STEP, fillers.STEP)
READING: tuple[Step, ...] = (
    countries.STEP,
    states.STEP,
    postal_codes.STEP,
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
