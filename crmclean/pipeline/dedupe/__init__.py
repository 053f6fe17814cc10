"""The dedupe phase: groups, survivors, and every reference after its record."""
