"""Opening hours as the directory writes them."""

from datetime import time

import pytest

from calendars.staffing import ALWAYS, STANDARD, StaffingRule
from hemgang.notifications.directory import Hours, read_hours


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("always", Hours(ALWAYS)),
        ("agreement", Hours(STANDARD, by_agreement=True)),
        ("weekdays 08:00-17:00", Hours(StaffingRule(time(8), time(17), third_day=False))),
        ("weekdays 08:00-17:00, third day", Hours(STANDARD)),
        ("weekdays 07:30-00:00", Hours(StaffingRule(time(7, 30), time(0), third_day=False))),
    ],
)
def test_hours_as_they_are_written(text: str, expected: Hours) -> None:
    assert read_hours(text) == expected


@pytest.mark.parametrize(
    "text", ["", "Always", "weekdays", "08:00-17:00", "weekdays 08:00-17:00 third day", "weekdays 08:00-17:00,"]
)
def test_hours_that_are_not_understood_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hours are"):
        read_hours(text)
