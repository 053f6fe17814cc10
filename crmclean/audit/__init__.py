"""Reads the target back and compares."""
