"""The tables that hold the truth, and the only SQL: SQLite embedded, PostgreSQL by URL, migrations by Alembic."""
