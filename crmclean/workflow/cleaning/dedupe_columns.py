"""What each column of a list without a plan was taken for, and what told it, so that a wrong guess can be seen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crmclean.exports.columns import BY_NAME
from crmclean.exports.recognise import Recognition
from crmclean.reports.wording import told_by_more

BY_WORDS = "the words of its header, and its values"
GIVEN = "--column"
TOGETHER = "put together from several columns"


@dataclass(frozen=True)
class TakenFor:
    """One column of one file. why: what told its field."""

    file: str
    column: str
    field: str
    why: str

    @property
    def guessed(self) -> bool:
        """Whether something else than the plain name of the column, or the user, told what it is."""
        return self.why not in (BY_NAME, GIVEN)


def taken_for(
    file: str, known: Recognition, guessed: Mapping[str, str], given: Mapping[str, str]
) -> Iterator[TakenFor]:
    """Yield every column that has a field. guessed: header -> field, given: field -> header."""
    named = {header: (field, GIVEN) for field, header in given.items()}
    named = {header: (field, BY_WORDS) for header, field in guessed.items()} | named
    for verdict in known.columns:
        field, why = named.get(verdict.header, (verdict.field, verdict.evidence))
        if field is not None:
            yield TakenFor(file, verdict.header, field, why)


def composed_of(files: Sequence[str], before: Sequence[str], after: Iterable[str]) -> Iterator[TakenFor]:
    """Yield what was put together from unmapped columns that are gone. before, after: columns of all files together."""
    kept = set(after)
    for name in before:
        if name not in kept:
            field = "street" if "birthdate" in before or "birthdate" not in kept else "birthdate"
            yield TakenFor(", ".join(files), name.removeprefix("x_"), field, TOGETHER)


def told(columns: Sequence[TakenFor]) -> tuple[str, ...]:
    """Return the note that names the guessed columns, none where every name told enough."""
    guessed = dict.fromkeys((each.column, each.field) for each in columns if each.guessed)
    return (f"{told_by_more(guessed)} (--column FIELD=HEADER says otherwise)",) if guessed else ()


def document(columns: Sequence[TakenFor]) -> list[dict[str, object]]:
    """Return the columns for the `--json` document."""
    return [vars(each) | {"guessed": each.guessed} for each in columns]
