"""The first phase: exports to tables of canonical columns, with identity, provenance and references."""
