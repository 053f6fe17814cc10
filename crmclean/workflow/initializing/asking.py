"""Questions that a command asks before it works: what was found, what is proposed, and who answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """One thing to decide. name: of the setting. found: what speaks for the proposal, in words.

    proposal: the answer that Enter gives; None: there is none, and Enter leaves it open. options: answer -> meaning;
    none: any text that `accepted` takes. safe: whether the proposal may be taken where nobody can be asked. later:
    where a person answers it afterwards, and what happens until then.
    """

    name: str
    text: str
    found: tuple[str, ...]
    proposal: str | None
    options: Mapping[str, str] = field(default_factory=dict)
    safe: bool = False
    later: str = ""
    accepted: Callable[[str], str | None] = str.strip

    def meant(self, answer: str) -> str | None:
        """Return the answer as it is kept, None where it is none: an option by its number or name, else free text."""
        if not self.options:
            return self.accepted(answer)
        names = {name.casefold(): name for name in self.options}
        by_number = {str(number): name for number, name in enumerate(self.options, start=1)}
        return names.get(answer.strip().casefold()) or by_number.get(answer.strip())


Ask = Callable[[Question, int, int], str | None]  # question, its number, of how many -> answer; None: stays open


@dataclass(frozen=True)
class Settled:
    """What became of the questions. answers: by name. taken: proposals that nobody was asked about. open: the rest."""

    answers: Mapping[str, str]
    taken: tuple[Question, ...] = ()
    open: tuple[Question, ...] = ()


def settle(questions: Sequence[Question], ask: Ask | None) -> Settled:
    """Ask every question; without anybody to ask, take the proposals that are safe."""
    if ask is None:
        return Settled(
            {each.name: each.proposal for each in questions if each.safe and each.proposal},
            tuple(each for each in questions if each.safe and each.proposal),
            tuple(each for each in questions if not (each.safe and each.proposal)),
        )
    told = [(each, ask(each, number, len(questions))) for number, each in enumerate(questions, start=1)]
    return Settled(
        {each.name: answer for each, answer in told if answer is not None},
        open=tuple(each for each, answer in told if answer is None),
    )


def said(settled: Settled) -> Iterator[str]:
    """Tell what was taken unasked, and what stays open."""
    for question in settled.taken:
        meaning = question.options.get(str(question.proposal))
        answer = f"{question.proposal} ({meaning})" if meaning else question.proposal
        yield f"Taken: {question.text}: {answer}. {' '.join(question.found)}".rstrip()
    for question in settled.open:
        yield f"Open: {question.text}? {' '.join((*question.found, question.later))}".rstrip()


def unasked(_question: Question, _number: int, _of: int) -> str | None:
    """Leave a question open."""
    return None
