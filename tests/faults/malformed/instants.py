"""Instants and dates read a second time, by whole numbers and without any library of time (specification 1.2)."""

from tests.faults.nights.eu_clock import DAY, HOUR, day_number, days_in, readings

MICROS = 1_000_000
DIGITS = frozenset("0123456789")


def date_number(text: object) -> int | None:
    """Return the number of a date `YYYY-MM-DD` that exists (days since 1970), else None."""
    if not isinstance(text, str) or len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    return _number(text[:4], text[5:7], text[8:])


def instant_micros(text: object) -> int | None:
    """Return an instant as microseconds since 1970 UTC; None if it is none, or in the hour that never comes.

    A date and a time of day at least to the minute, extended (2023-03-01T10:00) or basic (20230301T1000), with `Z`, an
    offset, or none: then Stockholm's clock, of an hour that comes twice the first. Further digits of a second are cut.
    """
    if not isinstance(text, str):
        return None
    clock, ahead = _without_offset(text)
    if ahead is None:
        return None
    if len(clock) > 4 and clock[4] == "-":
        day, parts = date_number(clock[:10]), _extended(clock[10:])
    else:
        day, parts = _number(clock[:4], clock[4:6], clock[6:8]), _basic(clock[8:])
    if day is None or parts is None:
        return None
    seconds, micros = parts
    if ahead != "none":
        return (day * DAY + seconds - int(ahead)) * MICROS + micros
    found = readings(day, seconds)
    return found[0] * MICROS + micros if found else None


def _number(year: str, month: str, day: str) -> int | None:
    if not all(_two(part) for part in (year[:2], year[2:], month, day)):
        return None
    y, m, d = int(year), int(month), int(day)
    return day_number(y, m, d) if 1 <= m <= 12 and 1 <= d <= days_in(y, m) else None


def _two(text: str) -> bool:
    return len(text) == 2 and DIGITS.issuperset(text)


def _without_offset(text: str) -> tuple[str, int | str | None]:
    """Return what stands before the offset, and the offset in seconds ("none" without one, None if it is wrong)."""
    if text.endswith("Z"):
        return text[:-1], 0
    for place in range(len(text) - 1, 10, -1):
        if text[place] in "+-":
            return text[:place], _offset(text[place], text[place + 1 :])
    return text, "none"


def _offset(sign: str, text: str) -> int | None:
    hours, minutes = text[:2], text[2:].removeprefix(":")
    if not _two(hours) or int(hours) > 23 or (text[2:] and not (_two(minutes) and int(minutes) < 60)):
        return None
    return (int(hours) * HOUR + int(minutes or 0) * 60) * (-1 if sign == "-" else 1)


def _extended(text: str) -> tuple[int, int] | None:
    if len(text) < 6 or text[0] not in "T " or text[3] != ":":
        return None
    if len(text) == 6:
        return _clock(text[1:3], text[4:6], "00", "")
    return _clock(text[1:3], text[4:6], text[7:9], text[9:]) if text[6] == ":" else None


def _basic(text: str) -> tuple[int, int] | None:
    if len(text) < 5 or text[0] != "T":
        return None
    if len(text) == 5:
        return _clock(text[1:3], text[3:5], "00", "")
    return _clock(text[1:3], text[3:5], text[5:7], text[7:])


def _clock(hour: str, minute: str, second: str, rest: str) -> tuple[int, int] | None:
    if not (_two(hour) and _two(minute) and _two(second)):
        return None
    h, m, s = int(hour), int(minute), int(second)
    if h > 23 or m > 59 or s > 59:
        return None
    if not rest:
        return h * HOUR + m * 60 + s, 0
    digits = rest[1:]
    if rest[0] not in ".," or not 1 <= len(digits) <= 12 or not DIGITS.issuperset(digits):
        return None
    return h * HOUR + m * 60 + s, int(digits[:6].ljust(6, "0"))
