"""What is sent in which order: stages, levels and slices of payloads."""
