"""The questions of `init`, at most six: only what the exports leave to be decided, each with what was found."""

from collections.abc import Iterator, Mapping, Sequence

from crmclean.crm.targets import target, target_names
from crmclean.plan.draft import DraftSource
from crmclean.reports.wording import counted
from crmclean.values import countries
from crmclean.workflow.initializing.asking import Question
from crmclean.workflow.initializing.evidence import (
    MATCHED,
    Looked,
    countries_of,
    customer_companies,
    lifecycle_customers,
    ownership,
    silent_people,
    won_deals,
)

TARGET, REGION, CUSTOMER, OWNER, WINNER, LEAVE_OUT = "target", "region", "customer", "owner", "winner", "leave-out"
EITHER, DEALS, TYPES, NOBODY = "either", "deals", "types", "nobody"  # who counts as a customer
_FIRST = ("hubspot", "salesforce")
_CLEAR = 0.8  # share of the countries from which the commonest one is taken unasked


def target_question(kinds: Sequence[str], told: str | None) -> Question:
    """Ask for the CRM aimed at. kinds: of the sources. told: the CRM whose schema or records were given."""
    names = [*_FIRST, *(name for name in target_names() if name not in _FIRST)]
    found = () if told is None else (f"What was given of the target is of {target(told).label}.",)
    fresh = next((name for name in names if name not in kinds), names[0])
    options = {name: target(name).label for name in names}
    return Question(TARGET, "The CRM to migrate to", found, told or fresh, options, safe=True)


def region_question(looked: Sequence[Looked]) -> Iterator[Question]:
    """Ask for a country where phones are written without one."""
    seen = countries_of(looked)
    if not seen.lacking:
        return
    phones = f"{counted(seen.lacking, 'phone number')} without + and without a country."
    named = f"{seen.share:,} of {seen.records:,} records are in {seen.most}." if seen.most else "No record names one."
    later = "They stay as they are; set region under [defaults]."
    clear = seen.named > 0 and seen.share >= _CLEAR * seen.named and 2 * seen.named >= seen.records
    yield Question(
        REGION, "Country of phone numbers", (named, phones), seen.most, safe=clear, later=later, accepted=_country
    )


def customer_question(looked: Sequence[Looked]) -> Iterator[Question]:
    """Ask who counts as a customer where people have no lifecycle of their own, and something else could tell."""
    silent, won, typed = silent_people(looked), won_deals(looked), customer_companies(looked)
    if not silent or not (won or typed):
        return
    own = lifecycle_customers(looked)
    ways = {
        EITHER: (won > 0 and typed > 0, "has a won deal, or a company whose type says customer"),
        DEALS: (won > 0, "has a won deal"),
        TYPES: (typed > 0, "has a company whose type says customer"),
        NOBODY: (True, "nobody"),
    }
    found = (
        f"{counted(silent, 'person has', 'people have')} no lifecycle column;",
        f"{counted(won, 'won deal')}, {counted(typed, 'company', 'companies')} of a customer type"
        + (f", {counted(own, 'person is', 'people are')} a customer by lifecycle." if own else "."),
    )
    options = {name: meaning for name, (there, meaning) in ways.items() if there}
    yield Question(CUSTOMER, "Who counts as a customer", found, next(iter(options)), options, safe=True)


def owner_question(looked: Sequence[Looked], active: frozenset[str] | None) -> Iterator[Question]:
    """Ask who gets the records of owners who are gone."""
    seen = ownership(looked, active)
    if not seen.lost:
        return
    gone = f"{counted(seen.gone, 'owner')} whom no list of users has as active"
    best = f"{seen.best} has the most of the others: {seen.most:,}." if seen.best else ""
    found = tuple(filter(None, (f"{seen.lost:,} of {seen.owned:,} owned records belong to {gone}.", best)))
    later = "Set fallback_owner under [target]; until then validate stops."
    yield Question(OWNER, "Email of who gets what no active user owns", found, seen.best, later=later, accepted=_email)


def winner_question(looked: Sequence[Looked], sources: Sequence[DraftSource]) -> Iterator[Question]:
    """Ask which source wins where several have records of the same people or companies."""
    rows = rows_by_source(looked)
    meeting = {
        name
        for object_ in MATCHED
        if len(names := {each.source for each in looked if each.object == object_}) > 1
        for name in names
    }
    ranked = [source for source in sources if source.name in meeting]
    if not ranked:
        return
    options = {
        each.name: f"{counted(rows.get(each.name, 0), 'record')}{' of a list' if each.kind == 'plain' else ''}"
        for each in ranked
    }
    found = ("Where two disagree about a field, the first wins; the other value is kept in the report.",)
    yield Question(WINNER, "Which source wins", found, ranked[0].name, options, safe=True)


def leave_out_question(files: Sequence[str]) -> Iterator[Question]:
    """Ask whether lists that are called so hold people who must not be imported."""
    if files:
        options = {"yes": "leave them out", "no": "import them like the others"}
        names = (f"Called like a list of such people: {', '.join(files)}.",)
        yield Question(LEAVE_OUT, "People who must not be imported", names, "yes", options, safe=True)


def rows_by_source(looked: Sequence[Looked]) -> Mapping[str, int]:
    """Count the people and companies of each source."""
    rows: dict[str, int] = {}
    for each in looked:
        if each.object in MATCHED:
            rows[each.source] = rows.get(each.source, 0) + each.cells.height
    return rows


def _country(answer: str) -> str | None:
    return countries.judge(answer.strip())[0] or countries.judge(answer.strip().upper())[0]


def _email(answer: str) -> str | None:
    name, at, domain = answer.strip().rpartition("@")
    return answer.strip() if name and at and "." in domain and " " not in answer.strip() else None
