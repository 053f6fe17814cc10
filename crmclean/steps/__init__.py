"""One file per step; one visible ordered list per phase.

The order matters: texts and fillers make every later step see clean cells, countries stand before phones, and companies
before the domains that are compared with them.
"""

from crmclean.steps import booleans, dates, emails, fillers, joined, money, numbers, phones, texts, urls
from crmclean.steps.contract import Step

NORMALIZE: tuple[Step, ...] = (
    texts.STEP,
    fillers.STEP,
    phones.STEP,
    emails.STEP,
    urls.STEP,
    dates.STEP,
    money.STEP,
    numbers.STEP,
    booleans.STEP,
    joined.STEP,
)
