"""When a failed delivery is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemgang.notifications.retry import SHIPPED, Backoff, FollowUp, NextTry, Outcome, next_attempt_at, next_try

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
        (5, Outcome.FAILED, timedelta(minutes=8)),
        (6, Outcome.FAILED, timedelta(minutes=15)),  # the longest wait
        (99, Outcome.FAILED, timedelta(minutes=15)),
        (100, Outcome.FAILED, None),
        (1, Outcome.UNKNOWN, timedelta(minutes=1)),  # it may have arrived: less haste
        (4, Outcome.UNKNOWN, timedelta(minutes=8)),
        (100, Outcome.UNKNOWN, None),
        (1, Outcome.DELIVERED, None),
    ],
)
def test_waits_double(attempts: int, outcome: Outcome, waits: timedelta | None) -> None:
    expected = None if waits is None else NOW + waits
    assert next_attempt_at(attempts, outcome, NOW, REFERENCE, tries=100, backoff=STEADY) == expected


@given(st.integers(1, 4), st.sampled_from([Outcome.FAILED, Outcome.UNKNOWN]), st.text(max_size=14))
def test_jitter_is_bounded_and_the_same_each_time(attempts: int, outcome: Outcome, reference: str) -> None:
    steady = next_attempt_at(attempts, outcome, NOW, reference, tries=9, backoff=STEADY)
    first = next_attempt_at(attempts, outcome, NOW, reference, tries=9)
    assert steady is not None
    assert first is not None
    assert first == next_attempt_at(attempts, outcome, NOW, reference, tries=9)
    assert steady <= first <= NOW + (steady - NOW) * (1 + SHIPPED.spread)


def test_jitter_spreads_a_crowd() -> None:
    instants = {next_attempt_at(1, Outcome.FAILED, NOW, f"R-{number}", tries=9) for number in range(100)}
    assert len(instants) > 90


@pytest.mark.parametrize(
    ("attempts", "outcome", "fallback", "final", "expected"),
    [
        (1, Outcome.DELIVERED, "sms", False, NextTry(FollowUp.DONE, "mail")),
        (9, Outcome.DELIVERED, None, False, NextTry(FollowUp.DONE, "mail")),
        (1, Outcome.FAILED, "sms", False, NextTry(FollowUp.AGAIN, "mail", NOW + timedelta(seconds=30))),
        (1, Outcome.FAILED, "sms", True, NextTry(FollowUp.AGAIN, "sms", NOW)),  # no such box: no second try there
        (2, Outcome.FAILED, "sms", False, NextTry(FollowUp.AGAIN, "sms", NOW)),
        (2, Outcome.UNKNOWN, "sms", False, NextTry(FollowUp.AGAIN, "sms", NOW)),
        (1, Outcome.FAILED, None, True, NextTry(FollowUp.AGAIN, "mail", NOW + timedelta(seconds=30), alarm=True)),
        (4, Outcome.FAILED, None, False, NextTry(FollowUp.AGAIN, "mail", NOW + timedelta(minutes=4))),
        (5, Outcome.FAILED, None, False, NextTry(FollowUp.AGAIN, "mail", NOW + timedelta(minutes=8), alarm=True)),
        (6, Outcome.FAILED, None, False, NextTry(FollowUp.AGAIN, "mail", NOW + timedelta(minutes=15))),
        (100, Outcome.FAILED, None, False, NextTry(FollowUp.UNDELIVERED, "mail")),
        (100, Outcome.UNKNOWN, None, False, NextTry(FollowUp.UNDELIVERED, "mail")),
    ],
)
def test_what_follows_a_try(
    attempts: int, outcome: Outcome, fallback: str | None, final: bool, expected: NextTry
) -> None:
    following = next_try(
        attempts, outcome, NOW, REFERENCE, channel="mail", fallback=fallback, final=final, backoff=STEADY
    )
    assert following == expected


def tried_until_the_end(outcome: Outcome) -> list[tuple[timedelta, str, bool]]:
    """Return every try of a message that never arrives: how long after the first, on which channel, alarm or not."""
    channel, tries, now = "mail", 0, NOW
    made: list[tuple[timedelta, str, bool]] = []
    while True:
        tries += 1
        fallback = "sms" if channel == "mail" else None
        step = next_try(tries, outcome, now, REFERENCE, channel=channel, fallback=fallback)
        made.append((now - NOW, channel, step.alarm))
        if step.at is None:
            return made
        now, tries, channel = step.at, tries if step.channel == channel else 0, step.channel


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNKNOWN])
def test_the_fallback_takes_over_within_two_minutes(outcome: Outcome) -> None:
    first_on_sms = next(after for after, channel, _ in tried_until_the_end(outcome) if channel == "sms")
    assert first_on_sms + 2 * timedelta(seconds=20) <= timedelta(minutes=2)  # two tries without an answer for 20 s


def test_a_message_that_never_arrives_is_tried_for_a_day_alarms_once_and_ends() -> None:
    made = tried_until_the_end(Outcome.FAILED)
    assert [channel for _, channel, _ in made] == ["mail"] * 2 + ["sms"] * 100
    assert timedelta(hours=24) < made[-1][0] < timedelta(hours=31)
    [alarmed] = [after for after, _, alarm in made if alarm]
    assert alarmed < timedelta(minutes=12)


def test_no_try_is_no_ground_for_the_next() -> None:
    with pytest.raises(ValueError, match="at least one try"):
        next_attempt_at(0, Outcome.FAILED, NOW, REFERENCE, tries=5)
