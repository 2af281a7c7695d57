"""Long holidays and their third day: the tables of specification 2.2 and of the law notes, section 4."""

from datetime import date, timedelta
from itertools import chain

import pytest

from calendars import LongHoliday, is_working_day, long_holiday_of, long_holidays_by_third_day

LAW_NOTES_SECTION_4 = [
    ("2017-12-30", "2018-01-01", 3, "2018-01-01", ("nyårsafton", "nyårsdagen")),
    ("2018-03-30", "2018-04-02", 4, "2018-04-01", ("långfredagen", "påskdagen", "annandag påsk")),
    ("2018-06-22", "2018-06-24", 3, "2018-06-24", ("midsommarafton", "midsommardagen")),
    ("2018-12-22", "2018-12-26", 5, "2018-12-24", ("julafton", "juldagen", "annandag jul")),
    ("2018-12-29", "2019-01-01", 4, "2018-12-31", ("nyårsafton", "nyårsdagen")),
    ("2019-04-19", "2019-04-22", 4, "2019-04-21", ("långfredagen", "påskdagen", "annandag påsk")),
    ("2019-06-21", "2019-06-23", 3, "2019-06-23", ("midsommarafton", "midsommardagen")),
    ("2019-12-24", "2019-12-26", 3, "2019-12-26", ("julafton", "juldagen", "annandag jul")),
    ("2020-01-04", "2020-01-06", 3, "2020-01-06", ("trettondedag jul",)),
    ("2020-04-10", "2020-04-13", 4, "2020-04-12", ("långfredagen", "påskdagen", "annandag påsk")),
    ("2020-05-01", "2020-05-03", 3, "2020-05-03", ("första maj",)),
    ("2020-06-19", "2020-06-21", 3, "2020-06-21", ("midsommarafton", "midsommardagen")),
    ("2020-12-24", "2020-12-27", 4, "2020-12-26", ("julafton", "juldagen", "annandag jul")),
    ("2020-12-31", "2021-01-03", 4, "2021-01-02", ("nyårsafton", "nyårsdagen")),
]

SPECIFICATION_2_2 = [
    ("2017-12-30", "2018-01-01", "2018-01-01"),
    ("2018-03-30", "2018-04-02", "2018-04-01"),
    ("2018-06-22", "2018-06-24", "2018-06-24"),
    ("2018-12-22", "2018-12-26", "2018-12-24"),
    ("2020-12-24", "2020-12-27", "2020-12-26"),
]


def test_the_golden_table_is_complete_for_2018_to_2020() -> None:
    found = chain.from_iterable(long_holidays_by_third_day(year) for year in (2018, 2019, 2020))
    last = long_holiday_of(date(2021, 1, 1))
    assert last is not None
    assert [
        (str(run.start), str(run.end), run.days, str(run.third_day), run.names) for run in (*found, last)
    ] == LAW_NOTES_SECTION_4


@pytest.mark.parametrize(("start", "end", "third_day"), SPECIFICATION_2_2)
def test_every_day_of_a_run_finds_the_run(start: str, end: str, third_day: str) -> None:
    day = date.fromisoformat(start)
    while day <= date.fromisoformat(end):
        run = long_holiday_of(day)
        assert run is not None
        assert (str(run.start), str(run.end), str(run.third_day)) == (start, end, third_day)
        day += timedelta(days=1)
    assert long_holiday_of(date.fromisoformat(start) - timedelta(days=1)) is None
    assert long_holiday_of(day) is None


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2018-06-16", "a plain Saturday"),
        ("2018-06-17", "a plain Sunday"),
        ("2018-05-01", "första maj on a Tuesday stands alone"),
        ("2018-05-10", "Kristi himmelsfärdsdag on a Thursday stands alone"),
        ("2018-05-11", "a squeeze day (klämdag) is a working day"),
        ("2018-05-19", "pingstafton and pingstdagen are a plain weekend"),
        ("2018-11-03", "alla helgons dag and a Sunday are two days"),
        ("2026-06-06", "nationaldagen on a Saturday makes two days"),
        ("2018-03-29", "skärtorsdagen is before the run"),
        ("2018-04-03", "the Tuesday after annandag påsk"),
        ("2024-12-23", "a Monday before julafton parts the weekend from the run"),
    ],
)
def test_what_is_no_long_holiday(day: str, why: str) -> None:
    assert long_holiday_of(date.fromisoformat(day)) is None, why


def test_holy_saturday_belongs_to_easter_only_by_being_a_saturday() -> None:
    """Påskafton by itself is no holiday: it has no name in the run it lies in."""
    run = long_holiday_of(date(2018, 3, 31))
    assert run == LongHoliday(date(2018, 3, 30), date(2018, 4, 2), ("långfredagen", "påskdagen", "annandag påsk"))


def test_runs_of_many_years_count_as_measured() -> None:
    """Law notes, section 4: 44 runs begin in 2018 to 2027; 79 until 2035.

    The notes count 47 runs of 3 days and 27 of 4, cutting the last, 2035-12-29 to 2036-01-01, at the end of 2035.
    """
    runs = [run for year in range(2018, 2037) for run in long_holidays_by_third_day(year)]
    begin_in_ten_years = [run for run in runs if 2018 <= run.start.year <= 2027]
    lengths = [run.days for run in runs if 2018 <= run.start.year <= 2035]
    assert len(begin_in_ten_years) == 44
    assert {length: lengths.count(length) for length in set(lengths)} == {3: 47 - 1, 4: 27 + 1, 5: 5}


def test_runs_over_the_ends_of_the_supported_time() -> None:
    assert long_holiday_of(date(2000, 1, 1)) == LongHoliday(
        date(1999, 12, 31), date(2000, 1, 2), ("nyårsafton", "nyårsdagen")
    )
    assert long_holiday_of(date(2100, 12, 31)) == LongHoliday(
        date(2100, 12, 31), date(2101, 1, 2), ("nyårsafton", "nyårsdagen")
    )


@pytest.mark.parametrize("year", range(2000, 2101, 4))
def test_a_run_is_maximal_and_long_and_no_day_is_left_out(year: int) -> None:
    day, streak = date(year, 1, 10), 0  # a streak never spans 10 January: trettondedag jul is over
    if not is_working_day(day):
        day += timedelta(days=3)
    while day.year == year:
        streak = 0 if is_working_day(day) else streak + 1
        run = long_holiday_of(day)
        assert streak < 3 or run is not None, day
        assert (streak == 3) is (run is not None and run.third_day == day), day
        day += timedelta(days=1)
