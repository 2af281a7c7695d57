"""When a duty is due, in hours or at the end of a date, and what it is judged by (specification 2.4, 3.1)."""

from dataclasses import dataclass
from datetime import datetime

from calendars.deadlines import DateDeadline
from calendars.zone import plain_utc
from hemgang.duties.standing import Deadline


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due. `deadline` is what it is judged by: `strict`, or the discharge for a care contact."""

    strict: datetime | None
    deadline: Deadline
    extended: datetime | None = None

    @property
    def judged_at_due(self) -> bool:
        """Whether the duty is missed when `strict` passes."""
        return self.strict is not None and self.deadline.at == self.strict


def by_hours(strict: datetime) -> Due:
    """Return a deadline in hours: acting at exactly `strict` is in time."""
    at = plain_utc(strict)
    return Due(at, Deadline(at, included=True))


def by_date(dated: DateDeadline) -> Due:
    """Return a deadline at the end of a date: the instant the next day begins is late."""
    at = plain_utc(dated.strict_due)
    return Due(at, Deadline(at, included=False))


def by_date_or_next_weekday(dated: DateDeadline) -> Due:
    """Return a deadline at the end of a date with, beside it, the extended one of lag (1930:173) 2 §."""
    at = plain_utc(dated.strict_due)
    return Due(at, Deadline(at, included=False), plain_utc(dated.extended_due))


def by_discharge(strict: datetime | None, discharged_at: datetime | None) -> Due:
    """Return what is planned for `strict` but judged at the discharge: at or before it is in time."""
    return Due(None if strict is None else plain_utc(strict), Deadline(discharged_at, included=True))
