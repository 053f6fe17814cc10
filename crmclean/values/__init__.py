"""One module per kind of value: expressions, library fallback, reason codes."""
