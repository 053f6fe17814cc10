"""A file per command; this is the public Python API."""
