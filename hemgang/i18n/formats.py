"""How values become words: instants, dates, months, amounts and exact numbers, one way in each language.

The one place where an instant becomes words. Names and separators are CLDR's, through Babel; the clock is Stockholm's.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache

from babel import Locale
from babel.numbers import format_decimal

from calendars.timezone import local, read_local
from hemgang.i18n.language import Language

_LEAST = timedelta(microseconds=1)
_CLOCK_SEPARATOR = {Language.SWEDISH: ".", Language.ENGLISH: ":"}
_AT = {Language.SWEDISH: " kl. ", Language.ENGLISH: " "}
_AT_IN_FULL = {Language.SWEDISH: " kl. ", Language.ENGLISH: " at "}
_TWICE = {
    Language.SWEDISH: ("sommartid", "normaltid"),
    Language.ENGLISH: ("summer time", "normal time"),
}
"""What the first and the second of two like hours are called, in the night when the clock goes back."""


def iso_text(instant: datetime | None) -> str | None:
    """Return an instant as JSON carries it: ISO 8601 with Stockholm's offset, to the second or finer."""
    return None if instant is None else local(instant).isoformat()


def table_text(instant: datetime | None) -> str | None:
    """Return an instant as tables show it in every language: Stockholm's date and clock, to the minute."""
    if instant is None:
        return None
    at = local(instant)
    return f"{at.date().isoformat()} {at.hour:02d}:{at.minute:02d}"


def weekday_name(language: Language, day: date) -> str:
    """Return the name of a date's weekday."""
    return str(_locale(language).days["format"]["wide"][day.weekday()])


def month_name(language: Language, day: date) -> str:
    """Return the name of a date's month."""
    return str(_locale(language).months["format"]["wide"][day.month])


def month_text(language: Language, day: date) -> str:
    """Return the month of a date.

    >>> month_text(Language.SWEDISH, date(2023, 3, 1)), month_text(Language.ENGLISH, date(2023, 3, 1))
    ('mars 2023', 'March 2023')
    """
    return f"{month_name(language, day)} {day.year}"


def day_text(language: Language, day: date) -> str:
    """Return a date with its weekday, for sentences with several dates.

    >>> day_text(Language.SWEDISH, date(2018, 3, 29)), day_text(Language.ENGLISH, date(2018, 3, 29))
    ('tor 2018-03-29', 'Thu 2018-03-29')
    """
    return f"{weekday_name(language, day)[:3]} {day.isoformat()}"


def clock_text(language: Language, at: time | datetime) -> str:
    """Return a clock time, to the minute, and to the second where it has seconds; of an instant, Stockholm's.

    >>> clock_text(Language.SWEDISH, time(12, 0, 1)), clock_text(Language.ENGLISH, time(12))
    ('12.00.01', '12:00')
    """
    clock = local(at).time() if isinstance(at, datetime) else at
    parts = [clock.hour, clock.minute, *([clock.second] if clock.second else [])]
    return _CLOCK_SEPARATOR[language].join(f"{part:02d}" for part in parts)


def instant_text(language: Language, instant: datetime) -> str:
    """Return an instant: weekday, date and Stockholm's clock.

    >>> instant_text(Language.SWEDISH, datetime.fromisoformat("2018-03-29T16:05:00+00:00"))
    'tor 2018-03-29 kl. 18.05'
    >>> instant_text(Language.ENGLISH, datetime.fromisoformat("2018-03-29T16:05:00+00:00"))
    'Thu 2018-03-29 18:05'

    Raises:
        ValueError: the instant has no time zone.
    """
    return f"{day_text(language, local(instant).date())}{_AT[language]}{clock_text(language, instant)}"


def deadline_text(language: Language, due: datetime, *, included: bool, short: bool = False) -> str:
    """Return a deadline in full, or `short`, in local time, to the minute, rounded down.

    A deadline that is not `included` and falls on midnight is the end of a date and is said as that date: acting
    during it is in time. In the hour that comes twice the reading says which of the two it is.

    Raises:
        ValueError: the instant has no time zone.
    """
    at = local(due)
    if not included and at.time() == time(0):
        return _date_in_words(language, local(due - _LEAST).date(), short=short)
    before_clock = (_AT if short else _AT_IN_FULL)[language]
    return f"{_date_in_words(language, at.date(), short=short)}{before_clock}{_telling_clock(language, due)}"


def kronor_text(language: Language, amount: Decimal) -> str:
    """Return kronor with two decimals, with common spaces so that people can search for them.

    >>> kronor_text(Language.SWEDISH, Decimal("10500")), kronor_text(Language.ENGLISH, Decimal("10500"))
    ('10 500,00 kr', '10,500.00 kr')
    """
    return f"{_decimal(language, amount.quantize(Decimal('0.01'), ROUND_HALF_UP), '#,##0.00')} kr"


def count_text(language: Language, count: int) -> str:
    """Return a whole number in groups of three.

    >>> count_text(Language.SWEDISH, 12345), count_text(Language.ENGLISH, 12345)
    ('12 345', '12,345')
    """
    return _decimal(language, Decimal(count), "#,##0")


def number_text(language: Language, value: Fraction) -> str:
    """Return an exact number: a whole one as it is, another with at most two decimals and the fraction behind it.

    >>> number_text(Language.SWEDISH, Fraction(1227, 50)), number_text(Language.ENGLISH, Fraction(2, 3))
    ('24,54 (1227/50)', '0.67 (2/3)')
    """
    if value.denominator == 1:
        return count_text(language, value.numerator)
    return f"{_decimal(language, _rounded(value), '#,##0.##')} ({value})"


def share_text(language: Language, value: Fraction) -> str:
    """Return a share in percent with the exact fraction behind it.

    >>> share_text(Language.SWEDISH, Fraction(3, 4)), share_text(Language.ENGLISH, Fraction(2, 3))
    ('75 % (3/4)', '66.67% (2/3)')
    """
    percent = f"{_decimal(language, _rounded(value * 100), '#,##0.##')}{' ' if language is Language.SWEDISH else ''}%"
    return percent if value in (0, 1) else f"{percent} ({value})"


def list_text(language: Language, items: Sequence[str]) -> str:
    """Join items with commas and a last "and".

    >>> list_text(Language.SWEDISH, ["a", "b", "c"]), list_text(Language.ENGLISH, ["a", "b"])
    ('a, b och c', 'a and b')
    """
    if len(items) == 1:
        return items[0]
    word = {Language.SWEDISH: "och", Language.ENGLISH: "and"}[language]
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(language.value)


def plural_form(language: Language, count: int | Fraction) -> str:
    """Return the CLDR form of a count: `one` or `other`.

    >>> plural_form(Language.SWEDISH, 1), plural_form(Language.ENGLISH, Fraction(3, 2))
    ('one', 'other')
    """
    whole = isinstance(count, int) or count.denominator == 1
    return str(_locale(language).plural_form(int(count))) if whole else "other"


def _decimal(language: Language, value: Decimal, form: str) -> str:
    text = str(format_decimal(value, form, locale=_locale(language), decimal_quantization=False))
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")


def _rounded(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _date_in_words(language: Language, day: date, *, short: bool) -> str:
    weekday, month = weekday_name(language, day), month_name(language, day)
    return f"{weekday[:3]} {day.day} {month[:3]}" if short else f"{weekday} {day.day} {month} {day.year}"


def _telling_clock(language: Language, instant: datetime) -> str:
    at = local(instant)
    clock = clock_text(language, time(at.hour, at.minute))
    reading = read_local(at.replace(tzinfo=None, fold=0))
    if not reading.ambiguous:
        return clock
    first, second = _TWICE[language]
    return f"{clock} ({first if reading.instant == instant else second})"
