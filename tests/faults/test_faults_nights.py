"""No rule of time errs at any quarter of an hour, nor the engine in the nights of the clock; and the check can fail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calendars import read_local, within_days
from hemgang.store.database import Database, open_database
from tests.faults import fault_nights
from tests.faults.nights import calendar_rules, columns, dues, engine_night, instants
from tests.faults.nights.eu_clock import ahead, day_number, days_in, first_at, on_the_wall, readings, summer_of, year_of
from tests.faults.nights.oracle import Hours, is_third_day, is_weekday
from tests.faults.nights.wording import said, said_briefly

pytestmark = pytest.mark.faults

MARCH, OCTOBER = summer_of(2026)


def utc(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_every_rule_holds_at_every_quarter_of_the_nights_of_the_clock_and_around_holidays() -> None:
    asked = instants.some(7_500, seed=3)[::3]
    tally = fault_nights.at_instants(asked, alone=True)
    assert not tally.wrong
    assert len(tally.answers) > 80
    assert (
        min(count for rule, count in tally.answers.items() if "gap" not in rule and "/" not in rule) > len(asked) // 2
    )


def test_whole_columns_hold_over_all_the_years() -> None:
    assert len(instants.every()) == fault_nights.LONG
    found = [*columns.in_columns(calendar_rules.pairs(), instants.every())]
    assert [rule for rule, _, wrong in found if wrong] == []
    assert len(found) == 7


@pytest.mark.postgresql
@pytest.mark.parametrize("change", [MARCH, OCTOBER], ids=["March", "October"])
def test_the_engine_alerts_once_in_order_and_in_the_right_words(
    database: Database, tmp_path: Path, change: int
) -> None:
    night = engine_night.through(database, tmp_path, change)
    assert night.broken == []
    assert night.alerts == 4 * (21 + 1)
    assert night.steps == 13 * 4


def test_it_finds_an_alert_that_comes_a_minute_late(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'night.db'}")
    night = engine_night.through(database, tmp_path, OCTOBER, late=60)
    database.close()
    assert any(line.startswith("missing: ") for line in night.broken)
    assert any(line.startswith("too many: ") for line in night.broken)


def test_it_finds_words_that_leave_open_which_half_past_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.nights.wording.readings", lambda number, seconds: (0,))
    database = open_database(f"sqlite:///{tmp_path / 'night.db'}")
    night = engine_night.through(database, tmp_path, OCTOBER)
    database.close()
    assert any("does not say when it is due" in line for line in night.broken)


def planted(monkeypatch: pytest.MonkeyPatch, module: object, name: str, rule: Callable[..., Any]) -> str:
    monkeypatch.setattr(module, name, rule)
    return " ".join(fault_nights.part_of(range(OCTOBER - 7_200, OCTOBER + 7_200, 900)).wrong.values())


def test_it_finds_a_deadline_of_72_hours_instead_of_three_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    right = within_days

    def wrong(sent: datetime, days: int) -> Any:
        return right(sent + timedelta(hours=24 * days), 0)

    asked = range(utc("2026-10-22T22:00"), utc("2026-10-22T23:00"), 900)
    monkeypatch.setattr("tests.faults.nights.calendar_rules.within_days", wrong)
    assert "end of day 3 at" in " ".join(fault_nights.part_of(asked).wrong.values())


def test_it_finds_an_instant_that_is_read_as_the_second_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    right = read_local

    def wrong(naive: datetime) -> Any:
        reading = right(naive)
        at = reading.instant
        later = None if at is None else at.add(hours=1 if reading.ambiguous else 0)
        return type(reading)(instant=later, ambiguous=reading.ambiguous)

    assert "read_local at 2026-10-25 00:00 UTC" in planted(monkeypatch, calendar_rules, "read_local", wrong)


def test_it_finds_an_exception_and_a_duty_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Any:
        raise OverflowError("here")

    assert "OverflowError at" in planted(monkeypatch, calendar_rules, "local", failing)
    monkeypatch.undo()
    assert "which duties at" in planted(monkeypatch, dues, "duties_of", lambda *_: ())


def test_it_finds_time_that_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {"backwards": lambda _pair, instant: instant if instant.minute else instant + timedelta(hours=1)}
    assert "backwards never goes back" in planted(monkeypatch, fault_nights, "MONOTONE", rules)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("instant", "wall", "hours"),
    [
        ("2026-03-29T00:59:59", "01:59:59", 1),
        ("2026-03-29T01:00", "03:00:00", 2),
        ("2026-10-25T00:59:59", "02:59:59", 2),
        ("2026-10-25T01:00", "02:00:00", 1),
        ("2018-03-25T01:00", "03:00:00", 2),
        ("2035-10-28T01:00", "02:00:00", 1),
    ],
)
def test_the_second_clock_itself(instant: str, wall: str, hours: int) -> None:
    number, seconds = on_the_wall(utc(instant))
    assert number == day_number(*map(int, instant[:10].split("-")))
    assert str(timedelta(seconds=seconds)).rjust(8, "0") == wall
    assert ahead(utc(instant)) == hours * 3_600


def test_the_second_calendar_itself() -> None:
    assert [days_in(year, 2) for year in (2000, 2024, 2026, 2100)] == [29, 29, 28, 28]
    assert [year_of(day_number(year, month, 1)) for year, month in ((1931, 2), (1970, 1), (2024, 12))] == [
        1931,
        1970,
        2024,
    ]
    march, october = day_number(2026, 3, 29), day_number(2026, 10, 25)
    assert readings(march, 9_000) == ()
    assert readings(october, 9_000) == (utc("2026-10-25T00:30"), utc("2026-10-25T01:30"))
    assert first_at(march, 9_000) == utc("2026-03-29T01:00")
    assert [is_third_day(day_number(2018, *day)) for day in ((4, 1), (4, 2), (6, 24), (6, 17))] == [
        True,
        False,
        True,
        False,
    ]
    assert not is_weekday(day_number(2026, 6, 19))
    assert is_weekday(day_number(2026, 6, 18))


def test_the_second_staffing_itself() -> None:
    hours = Hours((8 * 3_600, 17 * 3_600), third_day=True)
    thursday = utc("2018-03-29T16:05")
    assert hours.next(thursday) == utc("2018-04-01T06:00")
    assert hours.last(utc("2026-03-08T23:00")) == utc("2026-03-06T16:00")
    assert hours.later(utc("2026-03-06T15:00"), 4 * 3_600) == utc("2026-03-09T10:00")
    assert hours.earlier(utc("2018-04-01T10:00"), 4 * 3_600) == utc("2018-04-01T06:00")
    assert hours.digest(utc("2026-03-06T11:45"), (27_900, 45_900)) == utc("2026-03-09T06:45")


def test_the_second_wording_itself() -> None:
    first, second = utc("2026-10-25T00:30"), utc("2026-10-25T01:30")
    assert said(first, included=True) == "söndag 25 oktober 2026 kl. 02.30 (sommartid)"
    assert said(second, included=True) == "söndag 25 oktober 2026 kl. 02.30 (normaltid)"
    assert said_briefly(second, included=True) == "sön 25 okt kl. 02.30 (normaltid)"
    assert said(utc("2026-10-24T22:00"), included=False) == "lördag 24 oktober 2026"
    assert said(utc("2026-10-24T22:00"), included=True) == "söndag 25 oktober 2026 kl. 00.00"
