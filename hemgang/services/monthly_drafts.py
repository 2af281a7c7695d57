"""Which months a county's draft is due for: the one that ended, and every one that was missed since the last draft."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.holidays import is_working_day
from calendars.timezone import local_date
from hemgang.liability.model import Month
from hemgang.store import closings
from hemgang.store.installation import put_setting
from hemgang.store.tables import MessageRow, SettingRow

CLOSING_WORKING_DAY = 5
"""The working day of the next month on which the draft is made; no source gives one (assumption)."""
_DRAFTED = "drafted:"


def drafts_due(session: Session, *, now: datetime) -> list[tuple[str, Month]]:
    """Return each county with each month whose draft is due and not made, by county and month.

    A county without any draft begins at the latest month due; a month before its first message is not due, nor is one
    that is closed for all payers.
    """
    latest = latest_due(local_date(now))
    found = []
    for region, first_at in _first_messages(session).items():
        row = session.get(SettingRow, _DRAFTED + region)
        first = Month.of(local_date(first_at))
        begin = latest if row is None else Month.parse(row.value).following()
        for month in _months(max(begin, first), latest):
            if "" not in closings.closed_for(session, region=region, month=str(month)):
                found.append((region, month))
    return found


def note_drafted(session: Session, region: str, month: Month) -> None:
    """Keep that a county's drafts are made up to a month, included; an earlier month changes nothing."""
    row = session.get(SettingRow, _DRAFTED + region)
    if row is None or Month.parse(row.value) < month:
        put_setting(session, _DRAFTED + region, str(month))


def latest_due(today: date) -> Month:
    """Return the latest month whose draft is due on `today`: the one before, from the fifth working day on.

    >>> str(latest_due(date(2023, 5, 8))), str(latest_due(date(2023, 5, 7)))
    ('2023-04', '2023-03')
    """
    ended = today.replace(day=1) - timedelta(days=1)
    if working_day_number(today) < CLOSING_WORKING_DAY:
        ended = ended.replace(day=1) - timedelta(days=1)
    return Month.of(ended)


def working_day_number(today: date) -> int:
    """Return how many working days the month has had by the end of `today`.

    >>> working_day_number(date(2023, 5, 8))
    5
    """
    return sum(is_working_day(today.replace(day=day)) for day in range(1, today.day + 1))


def _first_messages(session: Session) -> dict[str, datetime]:
    """Return when the first message that names each county happened, by county code."""
    query = (
        select(col(MessageRow.region), func.min(col(MessageRow.at)))
        .where(col(MessageRow.region).is_not(None))
        .group_by(col(MessageRow.region))
        .order_by(col(MessageRow.region))
    )
    return {str(region): at for region, at in session.execute(query)}


def _months(first: Month, last: Month) -> Iterator[Month]:
    while first <= last:
        yield first
        first = first.following()
