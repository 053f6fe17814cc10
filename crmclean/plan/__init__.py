"""migration.toml and mappings to frozen dataclasses, or one error that lists every fault."""
