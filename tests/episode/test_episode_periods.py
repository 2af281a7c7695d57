"""Ready periods: repeated, moved, withdrawn, undone; retractions, leave, payers, clock dates and days."""

from datetime import date, time
from typing import Any

import pytest

from hemgang.episode.fold import fold
from hemgang.episode.model import EndKind, State
from hemgang.findings import Code
from hemgang.messages.model import MessageType as M
from tests.episode.telling import codes, say, told, way_to

NOON = time(12)
DAY = date(2023, 3, 8)


def test_the_same_date_again_is_a_repeat_and_the_clock_stays() -> None:
    episode = told(
        say(M.READY_NOTICE, "2023-03-08 09:00", "r1", ready_on=DAY),
        say(M.READY_NOTICE, "2023-03-09 15:00", "r2", ready_on=DAY),
    )
    (period,) = episode.periods
    assert period.clock_date() == DAY
    assert [fact.message for fact in period.repeats] == ["r2"]
    assert [(one.code, one.messages) for one in episode.findings] == [(Code.REPEATED_READY_NOTICE, ("r1", "r2"))]


def test_another_date_moves_it() -> None:
    episode = told(
        say(M.READY_NOTICE, "2023-03-08 09:00", "r1"),
        say(M.READY_NOTICE, "2023-03-09 09:00", "r2"),
        say(M.DISCHARGED, "2023-03-10 09:00"),
    )
    assert [(one.number, one.ready_on, one.end and one.end.kind) for one in episode.periods] == [
        (1, date(2023, 3, 8), EndKind.MOVED),
        (2, date(2023, 3, 9), EndKind.DISCHARGED),
    ]
    assert episode.final_period is episode.periods[1]
    assert codes(episode) == []


def test_withdrawn_and_ready_anew() -> None:
    episode = told(
        say(M.READY_NOTICE, "2023-03-08 09:00", "r1"),
        say(M.READY_WITHDRAWN, "2023-03-08 14:00", "w"),
        say(M.READY_NOTICE, "2023-03-08 15:00", "r2"),
    )
    assert [one.end and one.end.kind for one in episode.periods] == [EndKind.WITHDRAWN, None]
    assert episode.state is State.READY
    assert episode.final_period is None


@pytest.mark.parametrize("kind", [M.DIED, M.CANCELLED])
def test_death_and_cancellation_end_a_period_that_is_not_final(kind: M) -> None:
    episode = told(say(M.READY_NOTICE, "2023-03-08 09:00"), say(kind, "2023-03-09 09:00"))
    assert episode.periods[0].end is not None
    assert episode.periods[0].end.kind.value == kind.value
    assert episode.final_period is None


@pytest.mark.parametrize(
    ("plan_at", "found"),
    [(None, True), ("2023-03-08 08:59:59", False), ("2023-03-08 09:00:01", True)],
)
def test_compulsory_care_needs_its_plan_first(plan_at: str | None, found: bool) -> None:
    stay = way_to(State.PLANNING, legal_status="compulsory_outpatient")
    plan = [say(M.CARE_PLAN_ESTABLISHED, plan_at)] if plan_at else []
    episode = fold([*stay, *plan, say(M.READY_NOTICE, "2023-03-08 09:00", "r1")])
    assert (Code.READY_WITHOUT_CARE_PLAN in codes(episode)) is found
    assert len(episode.periods) == 1


@pytest.mark.parametrize("state", [State.ADMITTED, State.PLANNING, State.READY])
def test_an_undone_discharge_goes_on_where_it_was(state: State) -> None:
    before = way_to(state)
    ended = [*before, say(M.DISCHARGED, "2023-03-09 09:00"), say(M.DISCHARGE_CANCELLED, "2023-03-09 10:00")]
    assert fold(ended).state is state
    assert fold(ended).periods == fold(before).periods
    assert fold(ended).end is None
    again = fold([*ended, say(M.DISCHARGED, "2023-03-10 09:00", "again")])
    assert again.end is not None
    assert again.end.message == "again"


def test_an_end_without_admission_notice_is_noted_once() -> None:
    episode = fold([*way_to(State.ADMITTED), say(M.DISCHARGED, "2023-03-09 09:00", "out")])
    assert [(one.code, one.messages) for one in episode.findings] == [(Code.ADMISSION_NOTICE_MISSING, ("out",))]


@pytest.mark.parametrize(
    ("retractions", "ready", "found"),
    [
        ([("x1", "r1")], False, []),
        ([("x1", "r1"), ("x2", "r1")], False, []),
        ([("x1", "r1"), ("x2", "x1")], True, []),
        ([("x1", "r1"), ("x2", "x1"), ("x3", "x2")], False, []),
        ([("x1", "x1")], True, []),
        ([("x1", "x2"), ("x2", "x1")], True, []),
        ([("x1", "x2"), ("x2", "x3"), ("x3", "x1")], True, []),
        ([("x1", "x2"), ("x2", "x1"), ("x3", "x1"), ("x2b", "r1")], False, []),
        ([("x1", "r1"), ("x2", "x1"), ("x3", "x1")], True, []),
        ([("x1", "r1"), ("x2", "x1"), ("x3", "x2"), ("x4", "r1")], False, []),
        ([("x1", "nothing")], True, [Code.UNKNOWN_MESSAGE]),
        ([("x1", "r1"), *((f"x{n}", f"x{n - 1}") for n in range(2, 3001))], True, []),
        ([("x1", "r1"), *((f"x{n}", f"x{n - 1}") for n in range(2, 3002))], False, []),
    ],
)
def test_retractions(retractions: list[tuple[str, str]], ready: bool, found: list[Code]) -> None:
    notes = [say(M.RETRACTED, "2023-03-10 09:00", id, message=target) for id, target in retractions]  # noqa: A001
    episode = told(say(M.READY_NOTICE, "2023-03-08 09:00", "r1"), *notes)
    assert (episode.state is State.READY) is ready
    assert codes(episode) == found


def test_a_retraction_known_later_than_its_target() -> None:
    messages = [
        *way_to(State.PLANNING),
        say(M.READY_NOTICE, "2023-03-08 09:00", "r1"),
        say(M.RETRACTED, "2023-03-08 08:00", "x", received="2023-03-09 09:00", message="r1"),
    ]
    assert fold(messages, as_of=messages[2].received_at).state is State.READY
    assert fold(messages, as_of=messages[3].received_at).state is State.PLANNING


def test_leave_opens_and_closes_once() -> None:
    episode = told(
        say(M.LEAVE_ENDED, "2023-03-08 08:00", "end before start"),
        say(M.LEAVE_STARTED, "2023-03-08 09:00", "l1"),
        say(M.LEAVE_STARTED, "2023-03-08 10:00", "again"),
        say(M.LEAVE_ENDED, "2023-03-09 10:00", "l2"),
        say(M.LEAVE_STARTED, "2023-03-10 10:00", "l3"),
    )
    assert [one.messages for one in episode.leaves] == [("l1", "l2"), ("l3",)]
    assert [one.messages for one in episode.findings] == [("end before start",), ("again",)]


def test_the_payer_changes_on_the_local_date() -> None:
    episode = told(say(M.PAYER_CHANGED, "2023-03-09 00:30", "p", municipality="0180", district="09"))
    days = [episode.payer_on(date(2023, 3, day)) for day in (1, 8, 9)]
    assert [payer and payer.payer for payer in days] == ["2380", "2380", "0180/09"]


def test_a_district_outside_stockholm_is_no_payer() -> None:
    episode = told(say(M.PAYER_CHANGED, "2023-03-09 09:00", municipality="2326", district="09"))
    assert episode.payers[-1].payer == "2326"


def test_only_an_admission_notice_says_when_the_need_was_seen() -> None:
    episode = told(
        say(M.ADMISSION_NOTICE, "2023-03-07 09:00", "n", assessed_at="seen"),
        say(M.PLANNING_STARTED, "2023-03-07 10:00", "p", assessed_at="seen"),
    )
    assert [fact.assessed_at for fact in episode.admission_notices] == [None, "seen"]
    assert [fact.assessed_at for fact in episode.planning_starts] == [None]


CLOCKS = [
    # notice sent, ready on, cut-off, clock date
    ("2023-03-08 09:00", None, None, "2023-03-08"),
    ("2023-03-08 11:59:59", None, NOON, "2023-03-08"),
    ("2023-03-08 12:00:00", None, NOON, "2023-03-08"),
    ("2023-03-08 12:00:00.000001", None, NOON, "2023-03-09"),
    ("2023-03-08 12:00:01", None, NOON, "2023-03-09"),
    ("2023-03-08 12:00:01", None, None, "2023-03-08"),
    ("2023-03-08 12:00:01", None, time(13), "2023-03-08"),
    ("2023-03-08 12:00:01", "2023-03-09", NOON, "2023-03-09"),
    ("2023-03-08 12:00:01", "2023-03-10", NOON, "2023-03-10"),
    ("2023-03-08 12:00:00", "2023-03-01", NOON, "2023-03-08"),
    ("2023-03-08 23:59:59", None, NOON, "2023-03-09"),
    ("2023-03-26 12:00:00", None, NOON, "2023-03-26"),
    ("2023-03-26 12:00:01", None, NOON, "2023-03-27"),
    ("2023-10-29 12:00:00", None, NOON, "2023-10-29"),
    ("2023-10-29 12:00:01", None, NOON, "2023-10-30"),
    ("2023-12-31 12:00:01", None, NOON, "2024-01-01"),
]


@pytest.mark.parametrize(("sent", "ready_on", "cutoff", "expected"), CLOCKS)
def test_clock_dates(sent: str, ready_on: str | None, cutoff: time | None, expected: str) -> None:
    fields: dict[str, Any] = {"ready_on": date.fromisoformat(ready_on)} if ready_on else {}
    (period,) = told(say(M.READY_NOTICE, sent, **fields)).periods
    assert period.clock_date(cutoff) == date.fromisoformat(expected)


DAYS = [
    # notice sent, discharged, d without cut-off, d with 12:00
    ("2023-03-08 09:00", "2023-03-08 23:59:59", 0, 0),
    ("2023-03-08 09:00", "2023-03-09 00:00", 1, 1),
    ("2023-03-08 12:00:00", "2023-03-12 00:01", 4, 4),
    ("2023-03-08 12:00:01", "2023-03-12 00:01", 4, 3),
    ("2023-03-08 23:59:59", "2023-03-09 00:00:01", 1, 0),
    ("2023-03-25 23:30", "2023-03-26 03:30", 1, 0),
    ("2023-03-25 11:00", "2023-03-27 00:30", 2, 2),
    ("2023-10-28 11:00", "2023-10-29 23:30", 1, 1),
    ("2023-10-28 11:00", "2023-10-30 00:00", 2, 2),
    ("2023-12-30 11:00", "2024-01-02 00:00", 3, 3),
]


@pytest.mark.parametrize(("sent", "left", "plain", "cut"), DAYS)
def test_days(sent: str, left: str, plain: int, cut: int) -> None:
    period = told(say(M.READY_NOTICE, sent), say(M.DISCHARGED, left)).final_period
    assert period is not None
    until = period.end_date()
    assert until is not None
    assert (period.days(until=until), period.days(until=until, cutoff=NOON)) == (plain, cut)


def test_days_are_never_below_zero() -> None:
    period = told(
        say(M.READY_NOTICE, "2023-03-08 09:00", ready_on=date(2023, 3, 20)), say(M.DISCHARGED, "2023-03-10 09:00")
    ).final_period
    assert period is not None
    assert period.days(until=date(2023, 3, 10)) == 0
