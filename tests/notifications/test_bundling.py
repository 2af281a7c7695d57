"""Bundling: no alert lost, none in two bundles, at most one bundle per recipient and window."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemgang.notifications.bundling import Bundle, WaitingAlert, bundle_reference, bundles, next_bundle_at
from hemgang.references import reference_of
from tests.effort import examples

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECRET = bytes(32)


def waiting(number: int, recipient: str = "a", *, minute: int = 0, urgent: bool = True) -> WaitingAlert:
    reference = reference_of(SECRET, str(number))
    return WaitingAlert(reference, recipient, "sms" if urgent else "mail", urgent, NOW + minute * MINUTE)


ALERTS = st.lists(
    st.builds(
        waiting,
        st.integers(0, 40),
        st.sampled_from(["a", "b", "c"]),
        minute=st.integers(-30, 90),
        urgent=st.booleans(),
    ),
    max_size=25,
    unique_by=lambda alert: alert.reference,
)
LAST = st.dictionaries(st.sampled_from(["a", "b", "d"]), st.integers(-60, 30).map(lambda minute: NOW + minute * MINUTE))


def test_what_waits_for_one_recipient_goes_out_together() -> None:
    first, second, third = waiting(1, minute=-2), waiting(2, minute=-1), waiting(3, "b")
    assert bundles([second, third, first], {}, NOW, 15) == (
        Bundle(
            bundle_reference([first.reference, second.reference]),
            "a",
            "sms",
            (first.reference, second.reference),
        ),
        Bundle(third.reference, "b", "sms", (third.reference,)),
    )


@pytest.mark.parametrize(
    ("minutes_since", "sent"),
    [(0, False), (14, False), (15, True), (16, True), (1440, True), (-1, True)],  # -1: the clock was put back
)
def test_a_recipient_is_left_alone_for_the_window(minutes_since: int, *, sent: bool) -> None:
    last = {"a": NOW - minutes_since * MINUTE}
    assert bool(bundles([waiting(1)], last, NOW, 15)) is sent


def test_another_recipient_does_not_wait() -> None:
    assert len(bundles([waiting(1), waiting(2, "b")], {"a": NOW}, NOW, 15)) == 1


def test_what_is_not_released_stays_behind() -> None:
    (bundle,) = bundles([waiting(1), waiting(2, minute=1)], {}, NOW, 15)
    assert bundle.references == (waiting(1).reference,)


def test_something_urgent_takes_the_whole_bundle_to_its_channel() -> None:
    (bundle,) = bundles([waiting(1, minute=-5, urgent=False), waiting(2)], {}, NOW, 15)
    assert bundle.channel == "sms"
    (digest,) = bundles([waiting(1, minute=-5, urgent=False), waiting(3, urgent=False)], {}, NOW, 15)
    assert digest.channel == "mail"


def test_a_bundle_of_one_has_the_reference_of_its_alert() -> None:
    assert bundle_reference(["AAAA-BBBB-CCCC"]) == "AAAA-BBBB-CCCC"


def test_a_bundle_of_several_has_its_own_whatever_their_order() -> None:
    forth, back = bundle_reference(["A", "B", "C"]), bundle_reference(["C", "B", "A"])
    assert forth == back
    assert forth not in {"A", "B", "C", bundle_reference(["A", "B"])}


def test_a_window_of_nothing_sends_at_once() -> None:
    assert len(bundles([waiting(1)], {"a": NOW}, NOW, 0)) == 1


@given(ALERTS, LAST)
def test_each_released_alert_is_in_one_bundle_or_waits_for_its_window(
    alerts: list[WaitingAlert], last: dict[str, datetime]
) -> None:
    out = bundles(alerts, last, NOW, 15)
    sent = [reference for bundle in out for reference in bundle.references]
    assert len(sent) == len(set(sent))
    assert len({bundle.recipient for bundle in out}) == len(out)
    for alert in alerts:
        held = alert.recipient in last and timedelta(0) <= NOW - last[alert.recipient] < 15 * MINUTE
        assert (alert.reference in sent) is (alert.release_at <= NOW and not held)


@given(ALERTS, LAST)
def test_the_order_of_what_waits_does_not_matter(alerts: list[WaitingAlert], last: dict[str, datetime]) -> None:
    assert bundles(alerts, last, NOW, 15) == bundles(alerts[::-1], last, NOW, 15)


@settings(max_examples=examples(400))
@given(ALERTS, LAST)
def test_the_next_instant_is_the_first_at_which_something_goes_out(
    alerts: list[WaitingAlert], last: dict[str, datetime]
) -> None:
    instant = next_bundle_at(alerts, last, NOW, 15)
    if instant is None:
        assert not alerts
        return
    assert instant >= NOW
    assert bundles(alerts, last, instant, 15)
    if instant > NOW:
        assert not bundles(alerts, last, instant - timedelta(microseconds=1), 15)


@settings(max_examples=examples(60))
@given(ALERTS)
def test_over_time_nothing_is_lost_and_nobody_is_told_twice_in_a_window(alerts: list[WaitingAlert]) -> None:
    last: dict[str, datetime] = {}
    left, now = list(alerts), NOW - 60 * MINUTE
    sent: list[str] = []
    while (instant := next_bundle_at(left, last, now, 15)) is not None:
        now = instant
        for bundle in bundles(left, last, now, 15):
            assert now - last.get(bundle.recipient, NOW - timedelta(days=1)) >= 15 * MINUTE
            last[bundle.recipient] = now
            sent += bundle.references
            left = [alert for alert in left if alert.reference not in bundle.references]
    assert sorted(sent) == sorted(alert.reference for alert in alerts)
    # Nobody waits longer than one window after the release.
    assert now <= max((alert.release_at for alert in alerts), default=now) + 15 * MINUTE
