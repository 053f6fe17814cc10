"""The stale phase: who is active, who is archived, and of whom it cannot be told."""
