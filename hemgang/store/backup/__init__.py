"""A backup: the whole store in one file, read in one view of it; and a way from SQLite to PostgreSQL and back."""
