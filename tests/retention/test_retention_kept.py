"""Why what is old stays: each reason holds while it is so, is counted, and lets go when it is over."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hemgang.closing.review import Act, Event, Side
from hemgang.retention.policy import DataKind
from hemgang.services.closing import draft_month
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restate, restatements_of
from hemgang.services.review import record_act
from hemgang.store.database import Database
from tests.retention import world
from tests.retention.world import CLOSED_AT, MARCH, NOW, goes, kept_for, planned, rule, stays_because
from tests.services.stays import stay
from tests.services.walking import advance_all, take

LATER = datetime(2023, 5, 2, 8, tzinfo=UTC)


def only_reason(database: Database, rules: ReferenceData) -> str:
    """Return why episodes are kept, where they are for one reason alone."""
    found = planned(database, rules)
    assert goes(found) == {}
    (why,) = {why for kind, why in stays_because(found) if kind == "episodes"}
    return why


def test_a_stay_that_is_not_over(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1")[:-1], now=CLOSED_AT)
    advance_all(database, rules, NOW)
    world.execute(database, "UPDATE discharge SET next_wake = NULL", "UPDATE duty SET status = 'missed'")
    assert only_reason(database, rules) == "open"


def test_an_episode_that_nothing_opened(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1")[1:], now=CLOSED_AT)
    advance_all(database, rules, NOW)
    assert only_reason(database, rules) == "unopened"


def test_a_message_that_the_engine_has_not_looked_at(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    take(database, {"id": "x", "episode": "e1", "type": "sip_held", "at": "2023-03-10T08:00:00Z"}, now=CLOSED_AT)
    assert only_reason(database, rules) == "to_be_looked_at"
    advance_all(database, rules, CLOSED_AT)
    assert goes(planned(database, rules)) == {("23", "episodes"): 1}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE duty SET status = 'open' WHERE key LIKE 'care_contact%'", "duty_open"),
        ("UPDATE alert SET channel = 'mail', state = 'pending'", "alert_waiting"),
        ("UPDATE alert SET channel = 'mail', state = 'held'", "alert_waiting"),
        ("UPDATE discharge SET lease_owner = 'worker'", "to_be_looked_at"),
    ],
)
def test_what_is_still_to_be_done(database: Database, rules: ReferenceData, change: str, why: str) -> None:
    world.filled(database, rules, "e1")
    world.execute(database, change)
    assert only_reason(database, rules) == why


@pytest.mark.parametrize("state", ["delivered", "dropped", "undelivered"])
def test_an_alert_that_is_over_keeps_nothing(database: Database, rules: ReferenceData, state: str) -> None:
    world.filled(database, rules, "e1")
    world.execute(database, f"UPDATE alert SET channel = 'mail', state = '{state}'")  # noqa: S608  words of this file
    assert goes(planned(database, rules)) == {("23", "episodes"): 1}


def test_a_month_that_is_not_closed(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1", closed=False)
    assert only_reason(database, rules) == "month_open"
    world.close(database, rules)
    assert goes(planned(database, rules)) == {("23", "episodes"): 1}


def test_a_stay_that_was_never_ready_waits_for_no_month(database: Database, rules: ReferenceData) -> None:
    take(database, *(one for one in stay("e1") if one["type"] != "ready_notice"), now=CLOSED_AT)
    advance_all(database, rules, CLOSED_AT)
    assert goes(planned(database, rules)) == {("23", "episodes"): 1}


def act(database: Database, rules: ReferenceData, what: Act, by: str, side: Side, now: datetime = CLOSED_AT) -> None:
    drafted = draft_month(database, region="23", month=MARCH, rules=rules, now=now)
    about: dict[str, Any] = {} if what is Act.OPENED else {"payer": "2326"}
    if what not in (Act.OPENED, Act.AGREED):
        about |= {"episode": "e1", "reason": "a reason", "other": "Eva" if what is Act.UPHELD else ""}
    record_act(database, drafted, Event(what, now, by, side, **about))


@pytest.fixture
def disputed(database: Database, rules: ReferenceData) -> Database:
    world.filled(database, rules, "e1", "e2", closed=False)
    act(database, rules, Act.OPENED, "Anna", Side.REGION)
    act(database, rules, Act.DISPUTED, "Bo", Side.MUNICIPALITY)
    act(database, rules, Act.AGREED, "Anna", Side.REGION)
    act(database, rules, Act.AGREED, "Bo", Side.MUNICIPALITY)
    world.close(database, rules)
    return database


def test_a_dispute_keeps_its_month_until_it_is_settled_and_restated(disputed: Database, rules: ReferenceData) -> None:
    assert only_reason(disputed, rules) == "disputed"
    act(disputed, rules, Act.UPHELD, "Anna", Side.REGION, LATER)
    assert only_reason(disputed, rules) == "restatement_due"
    found = restatements_of(disputed, region="23", month=MARCH, rules=rules, now=LATER)
    restate(disputed, found, region="23", by="Anna", attested_by="Bo", reason="", now=LATER)
    assert goes(planned(disputed, rules)) == {("23", "episodes"): 2}


def test_a_dispute_that_was_dropped_keeps_nothing(disputed: Database, rules: ReferenceData) -> None:
    act(disputed, rules, Act.DROPPED, "Anna", Side.REGION, LATER)
    assert goes(planned(disputed, rules)) == {("23", "episodes"): 2}


def test_a_late_message_keeps_its_month_only_if_it_would_come_out_otherwise(
    database: Database, rules: ReferenceData
) -> None:
    world.filled(database, rules, "e1")
    take(database, {"id": "x", "episode": "e1", "type": "sip_held", "at": "2023-03-30T08:00:00Z"}, now=LATER)
    advance_all(database, rules, LATER)
    assert goes(planned(database, rules)) == {("23", "episodes"): 1}
    take(database, *stay("e2"), now=LATER)
    advance_all(database, rules, LATER)
    assert only_reason(database, rules) == "restatement_due"
    found = restatements_of(database, region="23", month=MARCH, rules=rules, now=LATER)
    restate(database, found, region="23", by="Anna", attested_by="Bo", reason="", now=LATER)
    assert goes(planned(database, rules)) == {("23", "episodes"): 2}


def test_quarantine_and_log_wait_until_every_region_has_a_rule(database: Database, rules: ReferenceData) -> None:
    world.filled(database, rules, "e1")
    take(database, "{", now=CLOSED_AT)
    own = rule(DataKind.QUARANTINE, years=1)
    assert goes(planned(database, rules, kept_for(own))) == {("23", "quarantine"): 1}
    world.filled(database, rules, "b1", closed=False, region="19", municipality="1980")
    assert goes(planned(database, rules, kept_for(own))) == {}
    both = kept_for(own, rule(DataKind.QUARANTINE, "19", years=5, line=2))
    assert goes(planned(database, rules, both)) == {("19", "quarantine"): 1}
    world.applied(database, rules, both)
    assert world.counts(database, "quarantine", "message") == {"quarantine": 0, "message": 14}
