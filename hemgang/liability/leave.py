"""Care days on leave (permission): a day that falls wholly inside a leave is marked (specification 1.3)."""

from datetime import date, timedelta

from calendars.zone import start_of_day
from hemgang.episode.model import Episode, Leave


def leave_over(episode: Episode, day: date) -> Leave | None:
    """Return the leave that the care day beginning on `day` falls wholly inside, None if there is none.

    The care day is taken from 00:00 on the date to 00:00 on the next, both included in the leave. A leave that is not
    ended lasts until the stay does.
    """
    for leave in episode.leaves:
        over = leave.ended_at or (episode.end.at if episode.end else None)
        begins, ends = start_of_day(day), start_of_day(day + timedelta(days=1))
        if leave.started_at <= begins and (over is None or ends <= over):
            return leave
    return None
