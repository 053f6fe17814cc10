"""Finds the folders that ship beside the code: mappings/ and sample_data/."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """Return the folder `name`, in a wheel inside the package, in an editable install at the repository's root."""
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
