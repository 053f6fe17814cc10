"""What `crmclean clean` says when it is done."""

from collections.abc import Sequence
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
        notes=_notes(cleaned, out, files),
        next_step=f"open {out / PAGE}",
        data={
            "folder": str(out),
            "target": cleaned.schema.name,
            "files": list(files),
            "objects": [_document(part) for part in cleaned.parts],
        },
    )


def _notes(cleaned: Cleaned, out: Path, files: Sequence[str]) -> tuple[str, ...]:
    if not cleaned.pairs:
        return ()
    sheet = next(name for name in files if name.startswith("2-"))
    return (
        f"{counted(cleaned.pairs, 'doubtful pair')} to look at; both rows of each are in the import until you decide:",
        f"fill in the column decision, save, and type `crmclean clean --apply {out / sheet}`.",
    )


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
