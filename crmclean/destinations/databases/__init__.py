"""SQL databases: the rehearsal in an SQLite file, and every other through SQLAlchemy."""
