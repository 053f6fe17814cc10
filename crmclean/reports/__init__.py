"""Frozen summaries to JSON, Markdown and more."""
