"""Why a time of the calendar is what it is, as phrases: a deadline on dates, a planning start, a staffing rule."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from calendars.deadlines import DateDeadline, PlanningStart, practical_due
from calendars.holidays import day_name, long_holiday_of
from calendars.staffing import StaffingRule, skipped_days, window_of
from calendars.timezone import local_date
from hemgang.i18n.catalogue import Phrase, phrase


def deadline_phrase(dated: DateDeadline, sent: datetime) -> Phrase:
    """Return how a deadline follows from a message sent at an instant: "sent …, day 0; day 3 is …; due before …"."""
    after = range((dated.extended_day - dated.last_day).days)
    days_off = [dated.last_day + timedelta(days=n) for n in after]
    passed = tuple(phrase("calendar.named_day", day=day, name=day_name(day)) for day in days_off)
    ends = (
        phrase(
            "calendar.ends_extended",
            due=dated.strict_due,
            passed=passed,
            count=len(passed),
            extended=dated.extended_day,
        )
        if passed
        else phrase("calendar.ends", due=dated.strict_due)
    )
    return phrase(
        "calendar.within_days", sent=sent, days=(dated.last_day - dated.day0).days, last=dated.last_day, ends=ends
    )


def planning_phrase(start: PlanningStart) -> Phrase:
    """Return why planning starts when it does: the notice, the days without staff, the start, the rule."""
    told = {"notice": _notice(start), "begins": _begins(start), "rule": rule_phrase(start.rule)}
    skipped = _named_days(start.skipped)
    if not skipped:
        return phrase("calendar.planning_start", **told)
    return phrase("calendar.planning_start_skipping", **told, skipped=skipped, count=len(skipped))


def practical_phrase(rule: StaffingRule, strict_due: datetime) -> Phrase:
    """Return why a deadline ends earlier in practice: the last staffed moment, the days skipped after it, the rule."""
    practical = practical_due(rule, strict_due)
    last = local_date(strict_due - timedelta(microseconds=1))
    skipped = _named_days(skipped_days(rule, first=local_date(practical), last=last))
    told = {"practical": practical, "rule": rule_phrase(rule)}
    if not skipped:
        return phrase("calendar.practical", **told)
    return phrase("calendar.practical_skipping", **told, skipped=skipped, count=len(skipped))


@lru_cache(maxsize=1024)
def rule_phrase(rule: StaffingRule) -> Phrase:
    """Return a staffing rule in words."""
    if rule.around_the_clock:
        hours = phrase("calendar.around_the_clock")
    elif rule.third_day:
        hours = phrase("calendar.working_days_third_day", opens=rule.opens, closes=rule.closes)
    else:
        hours = phrase("calendar.working_days", opens=rule.opens, closes=rule.closes)
    added, removed = tuple(one.day for one in rule.added), tuple(rule.removed)
    if added and removed:
        return phrase("calendar.rule_added_removed", hours=hours, added=added, removed=removed)
    if added:
        return phrase("calendar.rule_added", hours=hours, added=added)
    return phrase("calendar.rule_removed", hours=hours, removed=removed) if removed else hours


def _named_days(skipped: Iterable[date]) -> tuple[Phrase, ...]:
    removed = phrase("calendar.removed_day")
    return tuple(phrase("calendar.named_day", day=day, name=day_name(day) or removed) for day in skipped)


def _notice(start: PlanningStart) -> Phrase:
    """Return when the notice was sent, and where that lies against the hours of its own day."""
    window = window_of(start.rule, local_date(start.notice))
    if window is None or start.rule.around_the_clock:
        return phrase("calendar.notice.sent", sent=start.notice)
    if start.notice < window.opens:
        return phrase("calendar.notice.before", sent=start.notice, opens=window.opens)
    if start.notice < window.closes:
        return phrase("calendar.notice.within", sent=start.notice, opens=window.opens, closes=window.closes)
    key = "calendar.notice.after" if start.notice > window.closes else "calendar.notice.at_the_end"
    return phrase(key, sent=start.notice, closes=window.closes)


def _begins(start: PlanningStart) -> Phrase:
    """Return when planning begins, and what makes that day a staffed one if it is no common working day."""
    begins = (
        phrase("calendar.begins.at_once") if start.at_once else phrase("calendar.begins.at_opening", at=start.starts_at)
    )
    day = local_date(start.starts_at)
    if any(added.day == day for added in start.rule.added):
        return phrase("calendar.begins.own_hours", begins=begins)
    run = long_holiday_of(day)
    if run is None or run.third_day != day or start.rule.around_the_clock:
        return begins
    return phrase("calendar.begins.third_day", begins=begins, first=run.start, last=run.end)
