"""The plain prompt of `crmclean review`: pair by pair, at any terminal; every answer is saved at once."""

import signal
from time import perf_counter

import typer

from crmclean.cli.console import safe, stderr
from crmclean.errors import ExitCode
from crmclean.reports.results import Result
from crmclean.workflow.review_session import Question, ReviewSession

_KEYS = "m merge · a merge into A · b merge into B · n not a duplicate · s skip · u undo · q stop"
_ANSWERS = {
    "m": ("merge", None),
    "a": ("merge", "left"),
    "b": ("merge", "right"),
    "n": ("different", None),
    "s": ("skip", None),
}


def ask(session: ReviewSession) -> Result:
    """Ask until no pair is open, or the reviewer stops."""
    started, answered = perf_counter(), 0
    while (question := session.question()) is not None:
        _show(question, session.left, (perf_counter() - started) / answered if answered else None)
        word = _answer()
        if word == "q":
            break
        if word == "u":
            answered -= 1 if session.undo() else 0
        elif word in _ANSWERS:
            verdict, side = _ANSWERS[word]
            session.answer(verdict, {"left": question.left, "right": question.right}.get(side or ""))
            answered += 1
        else:
            stderr().print(safe(f"{word} is no answer: type one of the letters"), style="bad")
    headline = f"{answered:,} answers saved; {session.left:,} pairs are still open."
    code = ExitCode.WAITING if session.left else ExitCode.DONE
    data = {"answers": answered, "open": session.left}
    return Result("review", headline, next_step="crmclean run", data=data, exit_code=code)


def _answer() -> str:
    """Return the key that was typed; the end of the input stops, and so does Ctrl-C, with its own exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # polars has its own, which a waiting prompt never hears
    try:
        return str(typer.prompt(_KEYS, err=True, default="s")).strip().lower()[:1]
    except typer.Abort as stop:
        if isinstance(stop.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from stop
        return "q"


def _show(question: Question, left: int, seconds: float | None) -> None:
    console = stderr()
    ahead = f", about {left * seconds / 60:.0f} min left" if seconds else ""
    console.print(f"\n{question.object} {question.number} of {question.of}{ahead}", style="heading")
    conflict = f"; conflict: {question.conflict}" if question.conflict else ""
    console.print(safe(f"{question.score:.0%}: {question.reasons}{conflict}"), style="faint")
    if question.said_before:
        console.print(safe(f"said before: {question.said_before}"), style="bad")
    console.print(safe(f"  A  {question.left}\n"), safe(f"  B  {question.right}"), sep="\n")
    if question.mixed:
        console.print("a lead and a contact: merged, the contact survives", style="faint")
    width = max((len(side.field) for side in question.sides), default=0)
    for side in question.sides:
        mark = "≠" if side.differs else " "
        console.print(
            safe(f"{mark} {side.field:<{width}}  {side.a or '-'}  |  {side.b or '-'}"),
            style="bad" if side.differs else "",
        )
