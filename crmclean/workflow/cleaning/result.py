"""What `crmclean clean` says when it is done."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import as_typed, counted, told_by_more
from crmclean.workflow.cleaning.files import PAGE, Cleaned
from crmclean.workflow.cleaning.parts import Part


def told(cleaned: Cleaned, out: Path, files: Sequence[str]) -> Result:
    """Return the balance of every object, and the page to open."""
    rows = tuple(tuple(part.counts.values()) for part in cleaned.parts)
    ready = sum(part.ready.height for part in cleaned.parts)
    return Result(
        "clean",
        f"{counted(ready, 'row')} ready for {cleaned.schema.label} in {out}.",
        (TableView("Rows", ("object", "read", "to import", "merged away", "left out"), rows),),
        notes=tuple(_notes(cleaned, out, files)),
        next_step=f"open {out / PAGE}",
        data={
            "folder": str(out),
            "target": cleaned.schema.name,
            "files": list(files),
            "objects": [_document(part) for part in cleaned.parts],
        },
    )


def _notes(cleaned: Cleaned, out: Path, files: Sequence[str]) -> Iterator[str]:
    if cleaned.nameless:
        yield "no row names the columns, so they are called column 1, column 2 and so on: add a row of names above them"
    if guessed := [(column.header, str(column.field)) for column in cleaned.columns if column.guessed]:
        yield told_by_more(guessed)
    if cleaned.not_read:
        yield f"no list of records, so not in the import: {', '.join(cleaned.not_read)}"
    for reason, rows in cleaned.left_out:
        yield f"left out, {counted(rows, 'row')}: {reason}"
    if cells := sum(count for _, count, _ in cleaned.unread) - cleaned.without_region:
        yield f"{counted(cells, 'cell')} that nothing could be made of: {PAGE} says which"
    if count := cleaned.without_region:
        numbers = counted(count, "phone number")
        yield f"{numbers} without + or country, left as written: name theirs with {_region(cleaned)}"
    if cleaned.pairs:
        sheet = next(name for name in files if name.startswith("2-"))
        pairs = counted(cleaned.pairs, "doubtful pair")
        yield f"{pairs} to look at; both rows of each are in the import until you decide:"
        yield "fill in the column decision, save, and type:"
        yield f"  crmclean clean --apply {as_typed(out / sheet)}"


def _region(cleaned: Cleaned) -> str:
    most = cleaned.most_are_in
    return f"--region {most}, if they are from where most others are" if most else "--region CC, such as US"


def _document(part: Part) -> dict[str, object]:
    return {
        **part.counts,
        "doubtful_pairs": part.doubtful.height,
        "opt_outs": part.opt_outs.height,
    }
