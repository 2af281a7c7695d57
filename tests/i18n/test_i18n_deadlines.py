"""A time of the calendar says why it is what it is: a deadline on dates, a planning start, the hours of a rule."""

from datetime import UTC, date, datetime, time

import pytest

from calendars import ALWAYS, STANDARD, StaffedDay, StaffingRule, at_local, end_of_date, planning_start, within_days
from hemgang.i18n.catalogue import say
from hemgang.i18n.deadlines import deadline_phrase, planning_phrase, practical_phrase, rule_phrase
from hemgang.i18n.language import Language

RULE = "rule: working days 08:00–17:00 and the third day of a long holiday"


def at(text: str) -> datetime:
    day, clock = text.split()
    return at_local(date.fromisoformat(day), time.fromisoformat(clock))


@pytest.mark.parametrize(
    ("notice", "why"),
    [
        (
            "2018-03-29 18:05",
            "sent Thu 2018-03-29 18:05, after 17:00; Fri 2018-03-30 långfredagen and Sat 2018-03-31 lördag are not "
            "staffed; planning starts Sun 2018-04-01 08:00, on the third day of the long holiday "
            f"2018-03-30 – 2018-04-02; {RULE}",
        ),
        (
            "2018-04-01 17:30",
            "sent Sun 2018-04-01 17:30, after 17:00; Mon 2018-04-02 annandag påsk is not staffed; "
            f"planning starts Tue 2018-04-03 08:00; {RULE}",
        ),
        ("2018-03-28 10:15", f"sent Wed 2018-03-28 10:15, within 08:00–17:00; planning starts at once; {RULE}"),
        ("2018-03-28 08:00", f"sent Wed 2018-03-28 08:00, within 08:00–17:00; planning starts at once; {RULE}"),
        (
            "2018-03-28 17:00",
            "sent Wed 2018-03-28 17:00, which is outside: the hours end at 17:00; "
            f"planning starts Thu 2018-03-29 08:00; {RULE}",
        ),
        (
            "2018-03-28 07:59:59",
            f"sent Wed 2018-03-28 07:59:59, before 08:00; planning starts Wed 2018-03-28 08:00; {RULE}",
        ),
        (
            "2018-06-16 12:00",
            "sent Sat 2018-06-16 12:00; Sat 2018-06-16 lördag and Sun 2018-06-17 söndag are not staffed; "
            f"planning starts Mon 2018-06-18 08:00; {RULE}",
        ),
    ],
)
def test_a_planning_start_says_why(notice: str, why: str) -> None:
    assert str(planning_phrase(planning_start(STANDARD, at(notice)))) == why


def test_a_rule_of_a_region_explains_its_own_days() -> None:
    rule = StaffingRule(
        opens=time(8),
        closes=time(17),
        third_day=True,
        added=(StaffedDay(date(2022, 12, 25), time(9), time(13)),),
        removed=(date(2022, 12, 23),),
    )
    why = planning_phrase(planning_start(rule, at("2022-12-22 17:30")))
    assert str(why) == (
        "sent Thu 2022-12-22 17:30, after 17:00; Fri 2022-12-23 taken out and Sat 2022-12-24 julafton are not staffed; "
        "planning starts Sun 2022-12-25 09:00, on a day with hours of its own; rule: working days 08:00–17:00 and "
        "the third day of a long holiday, with hours of their own on Sun 2022-12-25, without Fri 2022-12-23"
    )
    assert "fre 2022-12-23 (borttagen)" in say(Language.SWEDISH, why)
    assert str(rule_phrase(StaffingRule(opens=time(8), closes=time(17), third_day=False))) == "working days 08:00–17:00"


def test_the_hour_that_comes_twice_is_said_by_the_clock() -> None:
    start = planning_start(ALWAYS, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert str(planning_phrase(start)) == "sent Sun 2026-10-25 02:30; planning starts at once; rule: around the clock"


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (
            "2026-03-02 10:00",
            "sent Mon 2026-03-02 10:00, day 0; day 3 is Thu 2026-03-05; due before Fri 2026-03-06 00:00",
        ),
        (
            "2026-03-04 09:00",
            "sent Wed 2026-03-04 09:00, day 0; day 3 is Sat 2026-03-07; due before Sun 2026-03-08 00:00; "
            "Sat 2026-03-07 lördag and Sun 2026-03-08 söndag are not working days: "
            "by lag (1930:173) 2 § the next one, Mon 2026-03-09",
        ),
        (
            "2018-04-29 09:00",
            "sent Sun 2018-04-29 09:00, day 0; day 3 is Wed 2018-05-02; due before Thu 2018-05-03 00:00",
        ),
        (
            "2018-04-28 09:00",
            "sent Sat 2018-04-28 09:00, day 0; day 3 is Tue 2018-05-01; due before Wed 2018-05-02 00:00; "
            "Tue 2018-05-01 första maj is not a working day: by lag (1930:173) 2 § the next one, Wed 2018-05-02",
        ),
    ],
)
def test_a_deadline_says_why(sent: str, why: str) -> None:
    assert str(deadline_phrase(within_days(at(sent), 3), at(sent))) == why


@pytest.mark.parametrize(
    ("strict_day", "why"),
    [
        (
            date(2026, 3, 8),
            "staffed last until Fri 2026-03-06 17:00; Sat 2026-03-07 lördag and Sun 2026-03-08 söndag are not staffed; "
            "rule: working days 08:00–17:00 and the third day of a long holiday",
        ),
        (
            date(2026, 3, 5),
            "staffed last until Thu 2026-03-05 17:00; "
            "rule: working days 08:00–17:00 and the third day of a long holiday",
        ),
        (
            date(2018, 3, 30),
            "staffed last until Thu 2018-03-29 17:00; Fri 2018-03-30 långfredagen is not staffed; "
            "rule: working days 08:00–17:00 and the third day of a long holiday",
        ),
        (
            date(2018, 4, 2),
            "staffed last until Sun 2018-04-01 17:00; Mon 2018-04-02 annandag påsk is not staffed; "
            "rule: working days 08:00–17:00 and the third day of a long holiday",
        ),
    ],
)
def test_a_practical_deadline_says_why(strict_day: date, why: str) -> None:
    assert str(practical_phrase(STANDARD, end_of_date(strict_day).strict_due)) == why


def test_a_deadline_is_said_in_swedish() -> None:
    sent = at("2026-03-04 09:00")
    assert say(Language.SWEDISH, deadline_phrase(within_days(sent, 3), sent)) == (
        "skickades ons 2026-03-04 kl. 09.00, som är dag 0; dag 3 är lör 2026-03-07; det ska ske före "
        "sön 2026-03-08 kl. 00.00; lör 2026-03-07 (lördag) och sön 2026-03-08 (söndag) är inte vardagar: enligt "
        "2 § lag (1930:173) gäller nästa vardag, mån 2026-03-09"
    )
