"""One file per command: parse, one workflow call, show."""
