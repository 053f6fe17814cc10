"""Runs phases, derives changes, keeps the ledger, caches."""
