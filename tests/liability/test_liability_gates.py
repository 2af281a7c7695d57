"""The gates on the single patient: what makes a day not provable, what sends it to review, what does neither."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest

from agreements.model import Policy
from agreements.validation import normalised, read_sources
from hemgang.liability import patient_gates
from hemgang.liability.model import DayOutcome, Draft, Situation
from hemgang.messages.model import Message
from tests.liability.discharges import ANGE, at, drafted, message, rates_with, statute_with, stay

LONG = {"ready": "2026-03-04 09:00", "left": "2026-03-12 10:00", "region": "22", "payer": ANGE}
"""Ready on Wednesday 2026-03-04: the last day of the call is Saturday the 7th, extended to Monday the 9th."""


def long_stay(**changes: Any) -> list[Message]:
    return stay(**{**LONG, **changes})


def of_month(messages: Iterable[Message], month: str = "2026-03", **changes: Any) -> Draft:
    settings: dict[str, Any] = {"region": "22", "now": "2026-06-01 12:00", "rates": rates_with(2026, "13000")}
    return drafted(messages, month, **{**settings, **changes})


def judged(draft: Draft) -> tuple[set[DayOutcome], set[str], set[str]]:
    """Return the outcomes and reasons of the days beyond the free ones, and the reasons of the review list."""
    late = [row for row in draft.ledger if row.n > 3]
    return {row.outcome for row in late}, {row.reason for row in late}, {item.situation.value for item in draft.review}


CHARGED = ({DayOutcome.CHARGED}, {"beyond_free_care_days"})


def blocked(*situations: Situation) -> tuple[set[DayOutcome], set[str], set[str]]:
    return {DayOutcome.NOT_PROVABLE}, {",".join(situations)}, set()


def reviewed(*situations: Situation) -> tuple[set[DayOutcome], set[str], set[str]]:
    return *CHARGED, {situation.value for situation in situations}


def called(when: str) -> Message:
    return message("e1", "sip_called", when, by="contact-1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, reviewed()),
        ({"without": ["admission_notice"]}, blocked(Situation.NO_ADMISSION_NOTICE)),
        ({"need": "declined"}, reviewed()),
        ({"need": None}, reviewed(Situation.SIP_NEED_UNKNOWN)),
        ({"need": "yes"}, blocked(Situation.SIP_NOT_CALLED)),
        ({"need": "yes", "more": [called("2026-03-03 09:00")]}, reviewed()),  # before the notice
        ({"need": "yes", "more": [called("2026-03-04 09:00")]}, reviewed()),
        ({"need": "yes", "more": [called("2026-03-07 23:59:59")]}, reviewed()),  # day 3
        ({"need": "yes", "more": [called("2026-03-08 00:00:00")]}, reviewed(Situation.SIP_CALLED_BY_EXTENDED_DATE)),
        ({"need": "yes", "more": [called("2026-03-09 23:59:59")]}, reviewed(Situation.SIP_CALLED_BY_EXTENDED_DATE)),
        ({"need": "yes", "more": [called("2026-03-10 00:00:00")]}, blocked(Situation.SIP_CALLED_LATE)),
        ({"need": "yes", "more": [called("2026-03-20 09:00")]}, blocked(Situation.SIP_CALLED_LATE)),  # after discharge
        ({"need": None, "more": [called("2026-03-05 09:00")]}, reviewed()),  # in time, whether needed or not
        ({"need": None, "more": [called("2026-03-20 09:00")]}, reviewed(Situation.SIP_NEED_UNKNOWN)),
        ({"need": "no", "more": [called("2026-03-20 09:00")]}, reviewed()),
        ({"outpatient": None}, reviewed(Situation.OUTPATIENT_CARE_UNKNOWN)),
        ({"outpatient": "no"}, blocked(Situation.OUTPATIENT_CARE_UNAVAILABLE)),
        ({"outpatient": None, "without": ["admission_notice"]}, blocked(Situation.NO_ADMISSION_NOTICE)),
        ({"payer": "9999"}, blocked(Situation.UNKNOWN_PAYER)),
        ({"status": "compulsory_outpatient"}, blocked(Situation.NO_CARE_PLAN)),
        (
            {"without": ["admission_notice"], "need": "yes", "outpatient": "no"},
            blocked(Situation.NO_ADMISSION_NOTICE, Situation.SIP_NOT_CALLED, Situation.OUTPATIENT_CARE_UNAVAILABLE),
        ),
    ],
)
def test_what_a_gate_does_to_charged_days(
    changes: dict[str, Any], expected: tuple[set[DayOutcome], set[str], set[str]]
) -> None:
    assert judged(of_month(long_stay(**changes))) == expected


def test_a_day_that_is_free_anyhow_is_free_whatever_the_gates_say() -> None:
    draft = of_month(long_stay(without=["admission_notice"], left="2026-03-07 10:00"))
    assert {row.outcome for row in draft.ledger} == {DayOutcome.FREE}
    assert draft.review == ()


def test_the_latest_word_counts() -> None:
    later_no = message("e1/later", "outpatient_care", "2026-03-06 09:00", available="no")
    later_yes = message("e1/later", "outpatient_care", "2026-03-06 09:00", available="yes")
    assert judged(of_month(long_stay(more=[later_no]))) == blocked(Situation.OUTPATIENT_CARE_UNAVAILABLE)
    assert judged(of_month(long_stay(outpatient="no", more=[later_yes]))) == reviewed()
    no_longer = message("e1/later", "sip_need", "2026-03-06 09:00", needed="declined")
    assert judged(of_month(long_stay(need="yes", more=[no_longer]))) == reviewed()


def test_a_call_that_can_still_come_in_time_is_not_yet_one_that_failed() -> None:
    messages = long_stay(need="yes", left=None)
    assert judged(of_month(messages, now="2026-03-09 23:59")) == blocked(Situation.SIP_NOT_YET_CALLED)
    assert judged(of_month(messages, now="2026-03-10 00:00")) == blocked(Situation.SIP_NOT_CALLED)


@pytest.mark.parametrize(
    ("sent", "seen", "expected"),
    [
        ("2026-03-03 08:00:00", None, reviewed()),  # exactly 24 hours after 2026-03-02 08:00
        ("2026-03-03 08:00:01", None, reviewed(Situation.LATE_ADMISSION_NOTICE)),
        ("2026-03-05 09:00", "2026-03-04 09:00", reviewed()),
        ("2026-03-05 09:00:01", "2026-03-04 09:00", reviewed(Situation.LATE_ADMISSION_NOTICE)),
        ("2026-03-03 08:00:00", "2026-03-01 08:00", reviewed()),  # seen before the admission: the admission counts
    ],
)
def test_the_admission_notice_has_24_hours(
    sent: str, seen: str | None, expected: tuple[set[DayOutcome], set[str], set[str]]
) -> None:
    fields: dict[str, datetime] = {"assessed_at": at(seen)} if seen else {}
    notice = message("e1", "admission_notice", sent, **fields)
    assert judged(of_month(long_stay(without=["admission_notice"], more=[notice]))) == expected


@pytest.mark.parametrize(("sent", "late"), [("2026-03-29 09:00", False), ("2026-03-29 09:00:01", True)])
def test_24_hours_are_elapsed_hours_over_the_change_of_the_clock(sent: str, late: bool) -> None:
    """Admitted on the 28th at 08:00; the clock goes forward in the night."""
    notice = message("e1", "admission_notice", sent)
    changes = {"ready": "2026-03-30 09:00", "left": "2026-04-05 10:00", "without": ["admission_notice"]}
    draft = of_month(long_stay(**changes, more=[notice]), month="2026-04")
    assert len(draft.ledger) == 4
    assert bool(draft.review) is late


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy.BLOCK, blocked(Situation.LATE_ADMISSION_NOTICE)),
        (Policy.REVIEW, reviewed(Situation.LATE_ADMISSION_NOTICE)),
        (Policy.IGNORE, reviewed()),
    ],
)
def test_the_agreement_says_what_a_late_admission_notice_does(
    policy: Policy, expected: tuple[set[DayOutcome], set[str], set[str]]
) -> None:
    late = message("e1", "admission_notice", "2026-03-03 12:00")
    messages = long_stay(without=["admission_notice"], more=[late])
    assert judged(of_month(messages, agreements=statute_with("late_admission_notice", policy))) == expected


@pytest.mark.parametrize(
    ("value", "changes", "expected"),
    [
        ("late_sip_call", {"need": "yes", "more": [called("2026-03-20 09:00")]}, Situation.SIP_CALLED_LATE),
        ("unknown_sip_need", {"need": None}, Situation.SIP_NEED_UNKNOWN),
        ("unknown_outpatient_care", {"outpatient": None}, Situation.OUTPATIENT_CARE_UNKNOWN),
    ],
)
def test_the_agreement_says_what_doubt_does(value: str, changes: dict[str, Any], expected: Situation) -> None:
    messages = long_stay(**changes)
    assert judged(of_month(messages, agreements=statute_with(value, Policy.BLOCK))) == blocked(expected)
    assert judged(of_month(messages, agreements=statute_with(value, Policy.REVIEW))) == reviewed(expected)
    assert judged(of_month(messages, agreements=statute_with(value, Policy.IGNORE))) == reviewed()


def test_a_call_that_never_came_blocks_even_where_a_late_one_goes_to_review() -> None:
    draft = of_month(long_stay(need="yes"), agreements=statute_with("late_sip_call", Policy.REVIEW))
    assert judged(draft) == blocked(Situation.SIP_NOT_CALLED)


def test_a_care_contact_is_asked_for_only_where_the_agreement_does() -> None:
    asks = statute_with("fixed_care_contact_required", value=True)
    at_discharge = message("e1", "care_contact_assigned", "2026-03-12 10:00", contact="c1")
    after = message("e1", "care_contact_assigned", "2026-03-12 10:01", contact="c1")
    assert judged(of_month(long_stay())) == reviewed()
    assert judged(of_month(long_stay(), agreements=asks)) == blocked(Situation.NO_CARE_CONTACT)
    assert judged(of_month(long_stay(more=[at_discharge]), agreements=asks)) == reviewed()
    assert judged(of_month(long_stay(more=[after]), agreements=asks)) == blocked(Situation.NO_CARE_CONTACT)


def test_compulsory_care_needs_its_plan_before_the_notice() -> None:
    before = message("e1", "care_plan_established", "2026-03-03 09:00")
    after = message("e1", "care_plan_established", "2026-03-05 09:00")
    compulsory = {"status": "compulsory_outpatient"}
    assert judged(of_month(long_stay(**compulsory, more=[before]))) == reviewed()
    draft = of_month(long_stay(**compulsory, more=[after]))
    assert judged(draft) == blocked(Situation.NO_CARE_PLAN)
    assert [finding.code for finding in draft.findings] == ["ready_without_care_plan"]
    assert judged(of_month(long_stay(more=[after]))) == reviewed()  # voluntary: not asked


def test_every_quotation_of_the_act_stands_in_the_act() -> None:
    sources = read_sources()
    for citation in patient_gates.ALL:
        assert citation.source is not None
        assert citation.quote is not None
        assert normalised(citation.quote) in sources[citation.source], citation.parameter
    assert len({citation.parameter for citation in patient_gates.ALL}) == len(patient_gates.ALL) == 7
