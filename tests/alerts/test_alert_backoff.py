"""When a failed delivery is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.alerts.backoff import SHIPPED, Backoff, NextTry, Then, next_attempt_at, next_try
from hemgang.alerts.outcomes import Outcome

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
REFERENCE = "7F3K-92AB-C4DE"
STEADY = Backoff(spread=0.0)


@pytest.mark.parametrize(
    ("attempts", "outcome", "waits"),
    [
        (1, Outcome.FAILED, timedelta(seconds=30)),
        (2, Outcome.FAILED, timedelta(minutes=1)),
        (3, Outcome.FAILED, timedelta(minutes=2)),
        (4, Outcome.FAILED, timedelta(minutes=4)),
        (5, Outcome.FAILED, None),
        (6, Outcome.FAILED, None),
        (1, Outcome.UNKNOWN, timedelta(minutes=1)),  # it may have arrived: less haste
        (4, Outcome.UNKNOWN, timedelta(minutes=8)),
        (5, Outcome.UNKNOWN, None),
        (1, Outcome.DELIVERED, None),
    ],
)
def test_waits_double(attempts: int, outcome: Outcome, waits: timedelta | None) -> None:
    expected = None if waits is None else NOW + waits
    assert next_attempt_at(attempts, outcome, NOW, REFERENCE, backoff=STEADY) == expected


def test_a_wait_has_a_longest() -> None:
    patient = Backoff(tries=100, spread=0.0)
    assert next_attempt_at(60, Outcome.FAILED, NOW, REFERENCE, backoff=patient) == NOW + timedelta(minutes=10)


@given(st.integers(1, 4), st.sampled_from([Outcome.FAILED, Outcome.UNKNOWN]), st.text(max_size=14))
def test_jitter_is_bounded_and_the_same_each_time(attempts: int, outcome: Outcome, reference: str) -> None:
    steady = next_attempt_at(attempts, outcome, NOW, reference, backoff=STEADY)
    first = next_attempt_at(attempts, outcome, NOW, reference)
    assert steady is not None
    assert first is not None
    assert first == next_attempt_at(attempts, outcome, NOW, reference)
    assert steady <= first <= NOW + (steady - NOW) * (1 + SHIPPED.spread)


def test_jitter_spreads_a_crowd() -> None:
    instants = {next_attempt_at(1, Outcome.FAILED, NOW, f"R-{number}") for number in range(100)}
    assert len(instants) > 90


@pytest.mark.parametrize(
    ("attempts", "outcome", "fallback", "expected"),
    [
        (1, Outcome.DELIVERED, "sms", NextTry(Then.DONE, "mail")),
        (9, Outcome.DELIVERED, None, NextTry(Then.DONE, "mail")),
        (1, Outcome.FAILED, "sms", NextTry(Then.AGAIN, "mail", NOW + timedelta(seconds=30))),
        (5, Outcome.FAILED, "sms", NextTry(Then.AGAIN, "sms", NOW)),
        (5, Outcome.UNKNOWN, "sms", NextTry(Then.AGAIN, "sms", NOW)),
        (5, Outcome.FAILED, None, NextTry(Then.UNDELIVERED, "mail")),
        (5, Outcome.UNKNOWN, None, NextTry(Then.UNDELIVERED, "mail")),
    ],
)
def test_what_follows_a_try(attempts: int, outcome: Outcome, fallback: str | None, expected: NextTry) -> None:
    following = next_try(attempts, outcome, NOW, REFERENCE, channel="mail", fallback=fallback, backoff=STEADY)
    assert following == expected


def test_a_message_that_never_arrives_ends() -> None:
    # Two channels of five tries each, and then the operator: no message is tried for ever.
    channel, tries, now, made = "mail", 0, NOW, 0
    while True:
        tries, made = tries + 1, made + 1
        fallback = "sms" if channel == "mail" else None
        step = next_try(tries, Outcome.FAILED, now, REFERENCE, channel=channel, fallback=fallback)
        if step.then is Then.UNDELIVERED:
            break
        assert step.at is not None
        now, tries = step.at, tries if step.channel == channel else 0
        channel = step.channel
    assert (made, channel) == (10, "sms")
    assert now - NOW < timedelta(minutes=20)


def test_no_try_is_no_ground_for_the_next() -> None:
    with pytest.raises(ValueError, match="at least one try"):
        next_attempt_at(0, Outcome.FAILED, NOW, REFERENCE)
