"""Times and dates as a user writes them and as a result shows them: Stockholm's clock (specification 7)."""

from datetime import date, datetime

from calendars.zone import local, plain_utc, start_of_day
from hemgang import clock
from hemgang.cli.errors import WrongUse
from hemgang.cli.output import note, shown
from hemgang.findings import Code
from hemgang.messages.instants import read_instant


def read_time(text: str, name: str) -> datetime:
    """Return the instant (UTC) that a user wrote; `name` is the option or argument it was written for.

    Without an offset it is Stockholm's clock; a date alone is the beginning of that day.

    Raises:
        WrongUse: it is no time from 2000 to 2100, or Stockholm's clock never shows it.
    """
    day = _as_date(text)
    if day is not None and 2000 <= day.year <= 2100:
        return plain_utc(start_of_day(day))
    match read_instant(text):
        case Code.NONEXISTENT_TIME:
            raise WrongUse(f"{name}: {text} never is in Stockholm, where the clock then goes forward an hour")
        case Code():
            raise WrongUse(
                f"{name}: {shown(text)!r} is not a time; write 2023-03-05T14:00 (Stockholm) or "
                "2023-03-05T14:00+01:00, from 2000 to 2100"
            )
        case (instant, remark):
            if remark is not None:
                note(f"{name}: {text} comes twice in Stockholm; the first of the two is taken, {iso(instant)}")
            return instant


def now_or(text: str | None) -> datetime:
    """Return the instant written for `--now`, else the clock's.

    Raises:
        WrongUse: what was written is no time.
        ConfigurationError: a virtual clock is set and cannot be read.
    """
    return clock.now() if text is None else read_time(text, "--now")


def read_date(text: str, name: str) -> date:
    """Return the date that a user wrote as YYYY-MM-DD.

    Raises:
        WrongUse: it is no date.
    """
    day = _as_date(text)
    if day is None:
        raise WrongUse(f"{name}: {shown(text)!r} is not a date; write YYYY-MM-DD, such as 2023-03-05")
    return day


def iso(instant: datetime | None) -> str | None:
    """Return an instant as JSON carries it: ISO 8601 with Stockholm's offset, to the second or finer."""
    return None if instant is None else local(instant).isoformat()


def written(instant: datetime | None) -> str | None:
    """Return an instant as tables show it: Stockholm's date and clock, to the minute."""
    return None if instant is None else f"{local(instant):%Y-%m-%d %H:%M}"


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2023-03-05") else None
    except ValueError:
        return None
