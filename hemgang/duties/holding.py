"""Holding: what is not urgent waits for its recipient's next digest (07:45 and 12:45 as shipped; specification 3.2)."""

from datetime import datetime, timedelta

from calendars.staffing import window_of
from calendars.zone import at_local, local_date, plain_utc
from hemgang.duties.roster import Recipient, Roster
from hemgang.errors import ConfigurationError

ONE_DAY = timedelta(days=1)
LONGEST_WAIT_DAYS = 366


def next_digest(roster: Roster, recipient: Recipient, after: datetime) -> datetime:
    """Return the first digest time (UTC) strictly after an instant, on a local date on which the recipient is staffed.

    Raises:
        ConfigurationError: no digest times are set, or the recipient is not staffed on any day of a year.
    """
    day = local_date(after)
    for _ in range(LONGEST_WAIT_DAYS):
        if window_of(recipient.hours, day) is not None:
            for clock in sorted(roster.digests):
                slot = plain_utc(at_local(day, clock))
                if slot > after:
                    return slot
        day += ONE_DAY
    raise ConfigurationError(f"{recipient.id} has no digest within a year: no digest times, or hours on no day")
