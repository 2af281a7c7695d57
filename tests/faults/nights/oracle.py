"""Working days, staffed hours and deadlines a second time: lists of windows and whole seconds, nothing of `calendars`.

The dates of the holidays are those of the rule in tests/calendars/test_sweden.py, the clock that of `eu_clock`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from tests.calendars.holidays import holidays_by_rule
from tests.faults.nights.eu_clock import DAY, first_at, on_the_wall, year_of

EPOCH = date(1970, 1, 1).toordinal()
SATURDAY = 2
"""What the number of a Saturday leaves when divided by seven."""

FIRST_DAY, LAST_DAY = date(2017, 9, 1).toordinal() - EPOCH, date(2036, 6, 1).toordinal() - EPOCH
"""The days that are laid out: more than any rule reaches beyond 2018 to 2035."""


def is_weekday(number: int) -> bool:
    """Whether a day is neither Saturday, Sunday, holiday nor one of the three eves."""
    return number % 7 not in {SATURDAY, SATURDAY + 1} and number not in _holidays(year_of(number))


def is_third_day(number: int) -> bool:
    """Whether a day is the third of a run of days off, whatever its length."""
    return not any(map(is_weekday, (number - 2, number - 1, number))) and is_weekday(number - 3)


def next_weekday(number: int) -> int:
    """Return the day itself if it is a weekday, else the next one."""
    while not is_weekday(number):
        number += 1
    return number


def nth_weekday_after(number: int, n: int) -> int:
    """Return the n-th weekday strictly after a day."""
    for _ in range(n):
        number = next_weekday(number + 1)
    return number


def midnight(number: int) -> int:
    """Return the instant at which a day begins."""
    return first_at(number, 0)


@cache
def _holidays(year: int) -> frozenset[int]:
    return frozenset(day.toordinal() - EPOCH for day in holidays_by_rule(year))


Times = tuple[int, int]
"""Opening and closing in seconds on the clock; a closing of 86 400 is the end of the day."""


@dataclass(frozen=True)
class Hours:
    """The windows of a rule, laid out: `opens` and `closes` as instants, `before` the staffed seconds before each."""

    times: Times
    third_day: bool = False
    always: bool = False
    added: Mapping[int, Times] = field(default_factory=dict)
    removed: frozenset[int] = frozenset()
    opens: list[int] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lay the windows out."""
        total = 0
        for number in range(FIRST_DAY, LAST_DAY):
            times = self._times(number)
            if times is None:
                continue
            opens, closes = (_instant(number, seconds) for seconds in times)
            if opens < closes:
                self.opens.append(opens)
                self.closes.append(closes)
                self.before.append(total)
                total += closes - opens

    def _times(self, number: int) -> Times | None:
        if number in self.added:
            return self.added[number]
        if number in self.removed:
            return None
        if self.always or is_weekday(number) or (self.third_day and is_third_day(number)):
            return (0, DAY) if self.always else self.times
        return None

    def there(self, instant: int) -> bool:
        """Whether somebody is there."""
        return instant < self.closes[bisect_right(self.opens, instant) - 1]

    def next(self, instant: int) -> int:
        """Return the instant if somebody is there, else the next opening."""
        return instant if self.there(instant) else self.opens[bisect_right(self.opens, instant)]

    def last(self, instant: int) -> int:
        """Return the last moment by which somebody can have acted."""
        return min(instant, self.closes[bisect_left(self.opens, instant) - 1])

    def total(self, instant: int) -> int:
        """Return the staffed seconds before an instant."""
        nth = bisect_right(self.opens, instant) - 1
        return self.before[nth] + min(instant, self.closes[nth]) - self.opens[nth]

    def later(self, instant: int, seconds: int) -> int:
        """Return the earliest instant by which so many staffed seconds have passed."""
        wanted = self.total(instant) + seconds
        nth = bisect_left(self.before, wanted) - 1
        return self.opens[nth] + wanted - self.before[nth]

    def earlier(self, instant: int, seconds: int) -> int:
        """Return the latest instant from which so many staffed seconds remain."""
        wanted = self.total(instant) - seconds
        nth = bisect_right(self.before, wanted) - 1
        return self.opens[nth] + wanted - self.before[nth]

    def digest(self, instant: int, slots: Sequence[int]) -> int:
        """Return the first of the clock times strictly after an instant, on a day with a window."""
        nth = max(0, bisect_right(self.opens, instant) - 1)
        while True:
            number, _ = on_the_wall(self.opens[nth])
            for seconds in slots:
                if (at := first_at(number, seconds)) > instant:
                    return at
            nth += 1


def _instant(number: int, seconds: int) -> int:
    return midnight(number + 1) if seconds == DAY else first_at(number, seconds)
