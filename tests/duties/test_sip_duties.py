"""The duties of the joint plan at an instant, to the second, with what does not change them (3.1)."""

from datetime import date

import pytest

from hemgang.messages.model import MessageType as M
from tests.duties.stays import duties_at, noticed, said, shown, stands

CALL = [
    # ready notice Wed 4 March 2026 09:00: day 3 is Saturday, strict due Sunday 00:00, which is late
    ((), "2026-03-07 23:59:59", "open"),
    ((), "2026-03-08 00:00:00", "missed"),
    (((M.SIP_CALLED, "2026-03-07 23:59:59"),), "2026-03-08 00:00", "met"),
    (((M.SIP_CALLED, "2026-03-08 00:00:00"),), "2026-03-08 00:00", "met_late"),
    # dated ahead: not called yet; at the very instant of the notice it is
    (((M.SIP_CALLED, "2026-03-06 12:00"),), "2026-03-06 11:59:59", "open"),
    (((M.SIP_CALLED, "2026-03-04 09:00"),), "2026-03-04 09:00", "met"),
    # a call before the notice counts, and a second, late one takes nothing back
    (((M.SIP_CALLED, "2026-03-03 12:00"),), "2026-03-04 09:00", "met"),
    (((M.SIP_CALLED, "2026-03-03 12:00"), (M.SIP_CALLED, "2026-03-09 12:00")), "2026-03-10 00:00", "met"),
    # withdrawal voids while open, not once missed; discharge never
    (((M.READY_WITHDRAWN, "2026-03-05 12:00"),), "2026-03-05 12:00", "void"),
    (((M.READY_WITHDRAWN, "2026-03-05 12:00"),), "2026-03-05 11:59:59", "open"),
    (((M.READY_WITHDRAWN, "2026-03-08 00:00"),), "2026-03-08 00:00", "missed"),
    (((M.READY_WITHDRAWN, "2026-03-05 12:00"), (M.SIP_CALLED, "2026-03-05 12:00")), "2026-03-06 00:00", "met"),
    (((M.DISCHARGED, "2026-03-05 12:00"),), "2026-03-06 00:00", "open"),
    (((M.DISCHARGED, "2026-03-05 12:00"), (M.SIP_CALLED, "2026-03-06 12:00")), "2026-03-08 00:00", "met"),
    (((M.DISCHARGED, "2026-03-05 12:00"),), "2026-03-08 00:00", "missed"),
    (((M.DIED, "2026-03-05 12:00"),), "2026-03-08 00:00", "void"),
    # the call of the next period does not reach back over the withdrawal, one before the notice does
    (((M.READY_WITHDRAWN, "2026-03-05 12:00"), (M.SIP_CALLED, "2026-03-06 12:00")), "2026-03-08 00:00", "void"),
    (
        (
            (M.SIP_CALLED, "2026-03-03 12:00"),
            (M.READY_WITHDRAWN, "2026-03-05 12:00"),
            (M.SIP_CALLED, "2026-03-06 12:00"),
        ),
        "2026-03-08 00:00",
        "met",
    ),
]


@pytest.mark.parametrize(("more", "now", "expected"), CALL)
def test_sip_call(more: tuple[tuple[M, str], ...], now: str, expected: str) -> None:
    duty = duties_at(said(noticed("2026-03-03 08:00"), (M.READY_NOTICE, "2026-03-04 09:00"), *more), now)["sip_call/1/"]
    assert (stands(duty), duty.clause) == (expected, "LUS 4 kap. 3 §")


def test_sip_call_shows_strict_extended_and_practical_due() -> None:
    duty = duties_at(noticed("2026-03-03 08:00").say(M.READY_NOTICE, "2026-03-04 09:00"), "2026-03-04 09:00")[
        "sip_call/1/"
    ]
    assert shown(duty.strict_due) == "2026-03-08 00:00"
    assert shown(duty.extended_due) == "2026-03-10 00:00", "to the end of Monday"
    assert shown(duty.practical_due) == "2026-03-06 17:00", "closed on Saturday"
    assert not duty.due_included


@pytest.mark.parametrize(("needed", "there"), [("yes", True), ("no", False), ("declined", False)])
def test_sip_call_is_absent_while_no_plan_is_needed(needed: str, there: bool) -> None:
    stay = noticed("2026-03-03 08:00").say(M.READY_NOTICE, "2026-03-04 09:00")
    stay = stay.say(M.SIP_NEED, "2026-03-05 10:00", needed=needed)
    assert "sip_call/1/" in duties_at(stay, "2026-03-05 09:59:59")
    assert ("sip_call/1/" in duties_at(stay, "2026-03-05 10:00:00")) is there
    again = stay.say(M.SIP_NEED, "2026-03-06 10:00", needed="yes")
    assert "sip_call/1/" in duties_at(again, "2026-03-06 10:00:00")


def test_each_ready_period_has_its_own_call() -> None:
    stay = said(
        noticed("2026-03-03 08:00"), (M.READY_NOTICE, "2026-03-04 09:00"), (M.READY_WITHDRAWN, "2026-03-05 09:00")
    )
    stay = stay.say(M.READY_NOTICE, "2026-03-09 09:00").say(
        M.READY_NOTICE, "2026-03-10 09:00", ready_on=date(2026, 3, 12)
    )
    found = duties_at(stay, "2026-03-11 00:00")
    assert {key: found[key].status.value for key in found if key.startswith("sip_call")} == {
        "sip_call/1/": "void",
        "sip_call/2/": "void",
        "sip_call/3/": "open",
    }


ESTABLISHED = [
    ((), "2026-04-03 23:59:59", "open"),
    ((), "2026-04-04 00:00:00", "missed"),
    (((M.SIP_ESTABLISHED, "2026-04-03 23:59:59"),), "2026-04-04 00:00", "met"),
    (((M.SIP_ESTABLISHED, "2026-04-04 00:00:00"),), "2026-04-04 00:00", "met_late"),
    (((M.SIP_HELD, "2026-03-10 12:00"),), "2026-04-04 00:00", "missed"),
    (((M.DISCHARGED, "2026-03-10 12:00"),), "2026-04-03 00:00", "open"),
    (((M.DIED, "2026-03-10 12:00"),), "2026-04-04 00:00", "void"),
    # a second call does not move the day
    (((M.SIP_CALLED, "2026-03-10 12:00"),), "2026-04-04 00:00", "missed"),
]


@pytest.mark.parametrize(("more", "now", "expected"), ESTABLISHED)
def test_sip_established(more: tuple[tuple[M, str], ...], now: str, expected: str) -> None:
    stay = said(noticed("2026-03-03 08:00"), (M.SIP_CALLED, "2026-03-04 09:00"), *more)
    assert stands(duties_at(stay, now)["sip_established/0/"]) == expected


def test_sip_established_needs_a_call() -> None:
    assert "sip_established/0/" not in duties_at(noticed("2026-03-03 08:00"), "2026-03-10 00:00")
