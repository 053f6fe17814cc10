"""What `crmclean clean` says when it is done."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crmclean.reports.results import Result, TableView
from crmclean.reports.wording import counted
from crmclean.workflow.clean_files import PAGE, Cleaned
from crmclean.workflow.clean_parts import Part


def told(cleaned: Cleaned, out: Path, files: Sequence[str]) -> Result:
    """Return the balance of every object, and the page to open."""
    rows = tuple(
        (part.object, part.read, part.ready.height, part.merged.height, part.left_out.height) for part in cleaned.parts
    )
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
    if guessed := [f"{column.header} as {column.field}" for column in cleaned.columns if column.guessed]:
        yield f"told by more than their names: {', '.join(guessed)}"
    if cleaned.not_read:
        yield f"no list of records, so not in the import: {', '.join(cleaned.not_read)}"
    if count := cleaned.without_region:
        yield f"{counted(count, 'phone number')} without + or country, left as written: name theirs with --region CC"
    if cleaned.pairs:
        sheet = next(name for name in files if name.startswith("2-"))
        pairs = counted(cleaned.pairs, "doubtful pair")
        yield f"{pairs} to look at; both rows of each are in the import until you decide:"
        yield f"fill in the column decision, save, and type `crmclean clean --apply {out / sheet}`."


def _document(part: Part) -> dict[str, object]:
    return {
        "object": part.object,
        "read": part.read,
        "ready": part.ready.height,
        "merged": part.merged.height,
        "left_out": part.left_out.height,
        "doubtful_pairs": part.doubtful.height,
        "opt_outs": part.opt_outs.height,
    }
