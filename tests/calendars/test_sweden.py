"""Working days and holidays of Sweden, with the days that are not holidays and a second opinion by rule."""

from datetime import date, timedelta

import pytest

from calendars import day_name, holiday_name, is_working_day
from tests.calendars.holidays import holidays_by_rule


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("first_year", range(2005, 2200, 15))
def test_the_second_opinion_agrees_with_the_package(first_year: int) -> None:
    """All years from 2005, when the list was last changed, past 2100, where the package stops by default."""
    for year in range(first_year, first_year + 15):
        by_rule = holidays_by_rule(year)
        for day in days_of(year):
            name = holiday_name(day)
            assert (name and " och ".join(sorted(name.split(" och ")))) == by_rule.get(day), day
            assert is_working_day(day) is (day.weekday() < 5 and day not in by_rule), day


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2018-03-30", "långfredagen"),
        ("2018-06-22", "midsommarafton"),
        ("2018-12-24", "julafton"),
        ("2018-12-31", "nyårsafton"),
        ("2020-12-26", "annandag jul"),  # a Saturday with a name of its own
        ("2026-10-31", "alla helgons dag"),  # the earliest it can be
        ("2026-05-14", "Kristi himmelsfärdsdag"),
        ("2008-05-01", "Kristi himmelsfärdsdag och första maj"),  # two on one day
        ("2004-05-31", "annandag pingst"),  # a holiday until 2004
        ("2005-06-06", "nationaldagen"),  # a holiday since 2005
    ],
)
def test_days_that_are_holidays(day: str, name: str) -> None:
    found = holiday_name(date.fromisoformat(day))
    assert found is not None
    assert sorted(found.split(" och ")) == sorted(name.split(" och "))
    assert not is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-01-05", "trettondagsafton"),
        ("2026-04-02", "skärtorsdagen"),
        ("2026-04-30", "valborgsmässoafton"),
        ("2026-05-15", "a squeeze day (klämdag) after Kristi himmelsfärdsdag"),
        ("2026-06-18", "the day before midsommarafton"),
        ("2026-10-30", "allhelgonaafton"),
        ("2026-12-23", "the day before julafton"),
        ("2026-05-25", "annandag pingst, a working day since 2005"),
        ("2004-06-06", "nationaldagen before 2005 has no name; that year it is a Sunday"),
        ("2003-06-06", "nationaldagen before 2005 is a working day"),
    ],
)
def test_days_that_are_not_holidays(day: str, why: str) -> None:
    assert holiday_name(date.fromisoformat(day)) is None, why
    assert is_working_day(date.fromisoformat(day)) is (date.fromisoformat(day).weekday() < 5), why


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-04-04", "lördag"),  # påskafton is the Saturday it is
        ("2026-05-23", "lördag"),  # pingstafton likewise
        ("2026-03-08", "söndag"),
        ("2026-04-05", "påskdagen"),
        ("2026-06-20", "midsommardagen"),
        ("2026-03-09", None),
    ],
)
def test_the_name_of_a_day(day: str, name: str | None) -> None:
    assert day_name(date.fromisoformat(day)) == name


def test_the_named_dates_of_twelve_years_count_as_measured() -> None:
    """Law notes, section 4: 156 public holidays and 36 eves in 2017 to 2028."""
    named = [name for year in range(2017, 2029) for name in map(holiday_name, days_of(year)) if name]
    eves = [name for name in named if name in {"midsommarafton", "julafton", "nyårsafton"}]
    assert (len(named) - len(eves), len(eves)) == (156, 36)


def test_a_year_the_calendar_does_not_know_is_refused() -> None:
    for year in (1989, 2200):
        with pytest.raises(ValueError, match=f"known for 1990 to 2199, not for {year}"):
            holiday_name(date(year, 6, 6))


def test_a_datetime_is_no_day() -> None:
    from pendulum import datetime

    for ask in (is_working_day, holiday_name, day_name):
        with pytest.raises(TypeError, match="local_date first"):
            ask(datetime(2026, 12, 24))
