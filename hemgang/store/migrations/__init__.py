"""Alembic migrations, from the first table on; applied by `hemgang.store.database.upgrade`."""
