"""Deadlines as people read them: ends of dates, instants, summer time, and the weekday that belongs to each."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hemgang.duties.model import DutyKind
from hemgang.i18n.language import Language
from hemgang.notifications.rendering import Lead, Notice, render


def first_line_of(duty: DutyKind, due: datetime | None) -> str:
    notice = Notice(Lead.REMINDER, duty, due, None, "7F3K-92AB-C4DE")
    return render([notice], language=Language.SWEDISH, reference=notice.reference).body.splitlines()[0]


@pytest.mark.parametrize(
    ("duty", "due", "expected"),
    [
        # The end of a date is said as that date, on both sides of summer time.
        (DutyKind.SIP_CALL, datetime(2026, 3, 29, 22, tzinfo=UTC), "senast söndag 29 mars 2026."),
        (DutyKind.SIP_CALL, datetime(2026, 3, 28, 23, tzinfo=UTC), "senast lördag 28 mars 2026."),
        (DutyKind.SIP_CALL, datetime(2026, 12, 31, 23, tzinfo=UTC), "senast torsdag 31 december 2026."),
        # Midnight as an instant of its own is not the day before.
        (DutyKind.ADMISSION_NOTICE, datetime(2026, 3, 5, 23, tzinfo=UTC), "senast fredag 6 mars 2026 kl. 00.00."),
        # The hour that comes twice: the reading says which.
        (
            DutyKind.ADMISSION_NOTICE,
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "senast söndag 25 oktober 2026 kl. 02.30 (sommartid).",
        ),
        (
            DutyKind.ADMISSION_NOTICE,
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            "senast söndag 25 oktober 2026 kl. 02.30 (normaltid).",
        ),
        (
            DutyKind.ADMISSION_NOTICE,
            datetime(2026, 10, 25, 2, 30, tzinfo=UTC),
            "senast söndag 25 oktober 2026 kl. 03.30.",
        ),
        (DutyKind.CARE_CONTACT, None, "tiden är inte bestämd."),
    ],
)
def test_the_time_as_people_read_it(duty: DutyKind, due: datetime | None, expected: str) -> None:
    first_line = first_line_of(duty, due)
    assert first_line.endswith(expected)


def test_every_date_is_said_with_its_own_weekday() -> None:
    names = ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"]
    for offset in range(400):
        day = date(2026, 1, 1) + timedelta(days=offset)
        noon = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
        line = first_line_of(DutyKind.PLANNING_START, noon)
        assert f" {names[day.weekday()]} {day.day} " in line
