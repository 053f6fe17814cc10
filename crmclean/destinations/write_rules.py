"""What a field of a record that is there already shall hold: its rule in the plan, and the target's own.

Applied before rows are frozen, so that every destination only writes what it is given.
"""

from crmclean.crm.target_model import TargetField


def is_open(field: TargetField, theirs: str | None) -> bool:
    """Return whether a field may be written over what it holds."""
    if field.write == "never":
        return False
    return theirs is None or not (field.insert_only or field.write == "fill_blank")


def merged(field: TargetField, theirs: str | None, ours: str | None) -> str | None:
    """Return what a field shall hold; `append` adds our text as lines of its own, unless they stand there already."""
    if not is_open(field, theirs):
        return theirs
    if field.write != "append" or theirs is None:
        return ours
    if ours is None or f"\n{ours}\n" in f"\n{theirs}\n":
        return theirs
    return f"{theirs}\n{ours}"
