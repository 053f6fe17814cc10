"""The map phase: canonical records to records of the target."""
