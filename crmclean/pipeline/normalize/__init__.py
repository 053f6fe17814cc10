"""The normalize phase: one form for every kind of value."""
