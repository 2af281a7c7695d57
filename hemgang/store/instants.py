"""A column of instants that are the same on every database (SQLite drops zones and mixes up the autumn hour)."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect
from sqlalchemy.types import TypeDecorator


def sqlite_text(instant: datetime) -> str:
    """Return an instant as SQLite's column holds it, for statements that go past SQLAlchemy.

    Raises:
        ValueError: for a datetime without an offset.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset was about to be stored")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(" ", "microseconds")[: -len("+00:00")]


class UtcDateTime(TypeDecorator[datetime]):
    """Stores aware datetimes as UTC and gives them back aware, in UTC; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what is written.

        Raises:
            ValueError: for a datetime without an offset.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without an offset was about to be stored")
        utc = value.astimezone(UTC)
        plain = datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC)
        return plain.replace(tzinfo=None) if dialect.name == "sqlite" else plain

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return what is read, aware and in UTC."""
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
