"""Care days on leave (permission): marked where a leave covers them wholly, counted unless the agreement says not."""

import pytest

from hemgang.liability.model import DayOutcome
from hemgang.messages.model import Message
from tests.liability.discharges import charged, drafted, message, statute_with, stay


def leave(start: str, end: str | None) -> list[Message]:
    begun = message("e1", "leave_started", start)
    return [begun] if end is None else [begun, message("e1", "leave_ended", end)]


@pytest.mark.parametrize(
    ("start", "end", "marked"),
    [
        (
            "2023-03-05 00:00",
            "2023-03-07 00:00",
            ["05", "06"],
        ),  # from the first instant of the 5th to the last of the 6th
        ("2023-03-05 00:01", "2023-03-07 00:00", ["06"]),
        ("2023-03-05 00:00", "2023-03-06 23:59", ["05"]),
        ("2023-03-04 18:00", "2023-03-07 08:00", ["05", "06"]),
        ("2023-03-05 08:00", "2023-03-05 20:00", []),
        ("2023-03-06 18:00", None, ["07"]),  # until the discharge on the 8th at 10:00
        ("2023-02-28 18:00", "2023-03-03 08:00", []),  # only free days: nothing to mark
    ],
)
def test_a_charged_day_wholly_inside_a_leave_is_marked_and_counts(
    start: str, end: str | None, marked: list[str]
) -> None:
    draft = drafted(stay(left="2023-03-08 10:00", more=leave(start, end)))
    assert [f"{row.date:%d}" for row in charged(draft)] == ["04", "05", "06", "07"]
    on_leave = [row for row in draft.ledger if "on_leave" in row.reasons]
    assert [f"{row.date:%d}" for row in on_leave] == marked
    assert {row.reason for row in on_leave} <= {"beyond_free_care_days,on_leave"}


def test_where_leave_does_not_count_the_day_is_not_counted_and_the_others_keep_their_numbers() -> None:
    days = leave("2023-03-05 00:00", "2023-03-06 00:00")
    agreements = statute_with("leave_days_count", value=False)
    draft = drafted(stay(left="2023-03-08 10:00", more=days), agreements=agreements)
    assert [(f"{row.date:%d}", row.n) for row in charged(draft)] == [("04", 4), ("06", 6), ("07", 7)]
    [row] = [row for row in draft.ledger if row.outcome is DayOutcome.NOT_COUNTED]
    assert (row.reason, str(row.amount)) == ("on_leave", "0.00")
    assert {"e1/leave_started", "e1/leave_ended"} <= set(row.messages)


def test_the_assumption_about_leave_is_named_only_where_it_decided() -> None:
    inside = leave("2023-03-05 00:00", "2023-03-06 00:00")
    for messages, expected in (
        (stay(left="2023-03-08 10:00", more=inside), True),
        (stay(left="2023-03-08 10:00"), False),
    ):
        named = [used.parameter for used in drafted(messages).assumptions]
        assert ("leave_days_count" in named) == expected


def test_a_day_on_leave_that_cannot_be_proved_says_both() -> None:
    inside = leave("2023-03-05 00:00", "2023-03-06 00:00")
    draft = drafted(stay(left="2023-03-06 10:00", without=["admission_notice"], more=inside))
    assert [row.reason for row in draft.ledger if row.n > 3] == ["no_admission_notice", "no_admission_notice,on_leave"]
