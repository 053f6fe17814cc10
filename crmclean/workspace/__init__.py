"""Paths, lock, atomic writes, manifest and events of a workspace."""
