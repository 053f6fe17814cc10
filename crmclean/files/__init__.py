"""Bytes to frames of text and back: dialects, encodings, quarantine, formula guard."""
