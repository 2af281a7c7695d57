"""Why there is no care day to explain: no ready period, a date outside it, or one that is not settled yet."""

from datetime import date, datetime

from agreements.names import STATUTE
from agreements.register import Agreements
from calendars.zone import local_date
from hemgang.episode.model import Episode, ReadyPeriod, State
from hemgang.liability.sentences import Language, sentence


def why_no_care_day(
    episode: Episode, day: date | None, *, agreements: Agreements, now: datetime, language: Language
) -> tuple[str, tuple[str, ...]]:
    """Return a stable reason and its sentence for a date, or an episode (`day` is None), without rows in any draft."""
    last = episode.periods[-1] if episode.periods else None
    key = _key(episode, last, day, agreements=agreements, today=local_date(now))
    day0 = last.clock_date() if last else None
    return key, (sentence(language, key, day=day, day0=day0),)


def _key(episode: Episode, last: ReadyPeriod | None, day: date | None, *, agreements: Agreements, today: date) -> str:
    if episode.opened is None:
        return "unopened"
    if episode.state is State.CANCELLED:
        return "cancelled"
    if last is None:
        return "no_ready_period"
    if not agreements.named(STATUTE).in_force(last.clock_date()):
        return "no_rule"
    return _of_period(episode, last, day, today)


def _of_period(episode: Episode, last: ReadyPeriod, day: date | None, today: date) -> str:
    inside = day is None or any(_covers(period, day) for period in episode.periods)
    if not inside:
        return "no_care_day"
    if last.end is None:
        return "not_over" if day is not None and day >= today else "still_in"
    return "no_care_days" if day is None else "not_in_drafts"


def _covers(period: ReadyPeriod, day: date) -> bool:
    end = period.end_date()
    return period.clock_date() <= day and (end is None or day < end)
