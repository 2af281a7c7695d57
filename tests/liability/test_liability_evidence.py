"""The messages a charged day rests on: take any one away, and the day is no longer charged (specification 4.4)."""

from collections.abc import Iterable
from typing import Any

import pytest

from agreements.model import Policy
from hemgang.liability.model import DayOutcome
from hemgang.messages.model import Message
from tests.liability.discharges import ANGE, BERG, charged, drafted, message, statute_with, stay

CALLED = message("e1", "sip_called", "2022-03-02 09:00")
PLAN = message("e1", "care_plan_established", "2022-02-28 09:00")
YES_AFTER_NO = message("e1/yes", "outpatient_care", "2022-03-02 09:00", available="yes")
DECLINED = message("e1/declined", "sip_need", "2022-03-02 09:00", needed="declined")
MOVED_IN = message("e1", "payer_changed", "2022-03-03 09:00", municipality="2380")
LEFT = "2022-03-11 10:00"

STAYS = {
    "plain": ({}, {"admitted", "admission_notice", "ready_notice", "discharged"}),
    "sip needed and called": (
        {"need": "yes", "more": [CALLED]},
        {"admitted", "admission_notice", "ready_notice", "discharged", "sip_called"},
    ),
    "need unknown, called anyway": (
        {"need": None, "more": [CALLED]},
        {"admitted", "admission_notice", "ready_notice", "discharged"},
    ),
    "declined after a yes": (
        {"need": "yes", "more": [DECLINED]},
        {"admitted", "admission_notice", "ready_notice", "discharged", "declined"},
    ),
    "available after a no": (
        {"outpatient": "no", "more": [YES_AFTER_NO]},
        {"admitted", "admission_notice", "ready_notice", "discharged", "yes"},
    ),
    "compulsory": (
        {"status": "compulsory_outpatient", "more": [PLAN]},
        {"admitted", "admission_notice", "ready_notice", "discharged", "care_plan_established"},
    ),
}


def charged_dates(messages: Iterable[Message], **settings: Any) -> set[tuple[str, str]]:
    return {(row.payer, f"{row.date:%m-%d}") for row in charged(drafted(messages, "2022-03", **settings))}


def own_ids(messages: Iterable[str]) -> set[str]:
    return {name.removeprefix("e1/") for name in messages}


@pytest.mark.parametrize(("changes", "expected"), STAYS.values(), ids=STAYS)
def test_a_charged_day_rests_on_messages_without_which_it_is_not_charged(
    changes: dict[str, Any], expected: set[str]
) -> None:
    messages = stay(ready="2022-03-01 09:00", left=LEFT, payer=BERG, **changes)
    rows = charged(drafted(messages, "2022-03"))
    assert len(rows) == 7
    for row in rows:
        assert own_ids(row.messages) == expected
        assert row.messages == tuple(sorted(row.messages))
    for taken in rows[0].messages:
        left = [one for one in messages if one.id != taken]
        assert charged_dates(left) == set(), taken


@pytest.mark.parametrize(("changes", "expected"), STAYS.values(), ids=STAYS)
def test_a_message_that_no_day_rests_on_can_go(changes: dict[str, Any], expected: set[str]) -> None:
    messages = stay(ready="2022-03-01 09:00", left=LEFT, payer=BERG, **changes)
    every = charged_dates(messages)
    for one in messages:
        if not own_ids([one.id]) & expected:
            assert charged_dates([other for other in messages if other is not one]) == every, one.id


def test_under_the_statute_a_day_does_not_rest_on_the_discharge_that_came_later() -> None:
    messages = stay(region="22", payer=ANGE, ready="2022-03-01 09:00", left=LEFT)
    rows = charged(drafted(messages, "2022-03", region="22"))
    assert own_ids(rows[0].messages) == {"admitted", "admission_notice", "ready_notice"}
    still_in = [one for one in messages if one.id != "e1/discharged"]
    before = {(row.payer, f"{row.date:%m-%d}") for row in rows}
    assert before < charged_dates(still_in, region="22")


def test_doubt_that_blocks_makes_the_word_that_ends_it_part_of_what_a_day_rests_on() -> None:
    blocking = statute_with("unknown_outpatient_care", Policy.BLOCK)
    messages = stay(ready="2022-03-01 09:00", left=LEFT)
    rows = charged(drafted(messages, "2022-03", agreements=blocking))
    assert "outpatient_care" in own_ids(rows[0].messages)
    left = [one for one in messages if one.id != "e1/outpatient_care"]
    assert charged_dates(left, agreements=blocking) == set()


def test_a_day_of_a_new_payer_rests_on_the_message_that_changed_it() -> None:
    messages = stay(ready="2022-03-01 09:00", left=LEFT, more=[MOVED_IN])
    rows = charged(drafted(messages, "2022-03"))
    assert {row.payer for row in rows} == {"2380"}
    assert all("e1/payer_changed" in row.messages for row in rows)
    left = [one for one in messages if one is not MOVED_IN]
    assert {payer for payer, _ in charged_dates(left)} == {"2326"}


def test_a_retraction_takes_a_message_away() -> None:
    retracted = message("e1", "retracted", "2022-04-01 09:00", message="e1/admission_notice")
    draft = drafted(stay(ready="2022-03-01 09:00", left=LEFT, more=[retracted]), "2022-03")
    assert {row.outcome for row in draft.ledger if row.n > 3} == {DayOutcome.NOT_PROVABLE}
    assert [finding.code for finding in draft.findings] == ["admission_notice_missing"]
