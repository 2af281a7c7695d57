"""Rows of the access log: read, checked, and changed behind its back."""

from sqlalchemy import text

from hemgang.store import access_log
from hemgang.store.database import Database


def break_of(database: Database) -> int | None:
    with database.reading() as session:
        return access_log.first_break(session)


def behind_its_back(database: Database, *statements: str) -> None:
    """Change rows as somebody with the keys to the database could: without the triggers."""
    on = "" if database.is_sqlite else " ON access"
    with database.writing() as session:
        for trigger in ("access_no_UPDATE", "access_no_DELETE"):
            session.execute(text(f"DROP TRIGGER {trigger}{on}"))
        for statement in statements:
            session.execute(text(statement))
