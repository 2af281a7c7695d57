"""Which days and hours count in Sweden: working days, long holidays, staffed hours and deadlines on dates."""

from calendars.deadlines import DateDeadline, end_of_date, practical_due, practical_why, within_days
from calendars.planning import PlanningStart, planning_start
from calendars.runs import LongHoliday, long_holiday_of, long_holidays_by_third_day
from calendars.skipped import SkippedDay
from calendars.staffing import (
    ALWAYS,
    STANDARD,
    StaffedDay,
    StaffingRule,
    Window,
    add_staffed,
    is_staffed,
    last_staffed,
    next_staffed,
    staffed_between,
    subtract_staffed,
    window_of,
)
from calendars.sweden import day_name, holiday_name, is_working_day
from calendars.zone import (
    STOCKHOLM,
    LocalReading,
    at_local,
    in_utc,
    local,
    local_date,
    plain_utc,
    read_local,
    start_of_day,
)

__all__ = [
    "ALWAYS",
    "STANDARD",
    "STOCKHOLM",
    "DateDeadline",
    "LocalReading",
    "LongHoliday",
    "PlanningStart",
    "SkippedDay",
    "StaffedDay",
    "StaffingRule",
    "Window",
    "add_staffed",
    "at_local",
    "day_name",
    "end_of_date",
    "holiday_name",
    "in_utc",
    "is_staffed",
    "is_working_day",
    "last_staffed",
    "local",
    "local_date",
    "long_holiday_of",
    "long_holidays_by_third_day",
    "next_staffed",
    "plain_utc",
    "planning_start",
    "practical_due",
    "practical_why",
    "read_local",
    "staffed_between",
    "start_of_day",
    "subtract_staffed",
    "window_of",
    "within_days",
]
