"""Parts of the import: targets opened, rounds frozen, stages sent and read back."""
