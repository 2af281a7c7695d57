"""After a standstill the backlog is stepped before anything is sent, so that each gets one message, not a trickle."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hemgang.store import discharges
from hemgang.store.database import Database

MANY = 200
OVERDUE = timedelta(minutes=1)
AT_MOST = timedelta(minutes=4)
"""Escalations go out within five minutes of the first sweep, whether all is stepped by then or not."""


@dataclass(slots=True)
class CatchUp:
    """Whether sending waits for the steps; `since` is when the backlog was first seen, None while there is none."""

    since: datetime | None = None

    def holds(self, database: Database, *, now: datetime) -> bool:
        """Return whether so many discharges are overdue that sending should wait for them, and may."""
        with database.reading() as session:
            overdue = discharges.due_count(session, now=now - OVERDUE, at_most=MANY)
        if overdue < MANY:
            self.since = None
            return False
        self.since = min(self.since or now, now)
        return now - self.since < AT_MOST
