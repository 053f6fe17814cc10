"""Words that several reports and results share."""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return "1 record" or "1,204 records"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
