"""Acknowledgements: a named person has seen it, which stops the ladder until it runs out (specification 3.2)."""

from datetime import datetime, timedelta

from calendars.staffing import add_staffed
from calendars.zone import plain_utc
from hemgang.duties.situation import Current, Situation


def acknowledged_until(situation: Situation, current: Current) -> datetime | None:
    """Return the instant at which the ladder goes on (that instant included); None if nothing stops it now.

    The latest acknowledgement of the revision counts, for the roster's staffed hours of the responsible unit.
    """
    seen = [
        acknowledgement.at
        for acknowledgement in situation.memory.acknowledgements
        if acknowledgement.key == current.duty.key
        and acknowledgement.revision == current.revision
        and acknowledgement.at <= situation.now
    ]
    if not seen:
        return None
    lasts = timedelta(hours=situation.roster.acknowledged_for_hours)
    until = plain_utc(add_staffed(current.duty.hours, max(seen), staffed=lasts))
    return until if situation.now < until else None
