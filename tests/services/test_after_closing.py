"""What comes after a closing: what was known stays what was known, and every difference has the cause that made it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from hemgang.closing.review import Act, Cause, ClosingRefused, Side
from hemgang.liability.model import Month
from hemgang.services.closing import close_month, content_hash_of, draft_month, last_taken_in, record_as_of
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restate, restatements_of
from hemgang.services.review import closed_months_touched, open_disputes
from hemgang.store import closings
from hemgang.store.database import Database
from tests.liability.discharges import rates_with
from tests.services.stays import APRIL, CLOSED_AT, DAY, LATER, MARCH, TWO, act, change, close, differs, stay, store
from tests.services.walking import take


def unreceived(kind: str, at: str, **fields: object) -> dict[str, object]:
    """Return a message that does not tell when it was received: it counts as received when it happened."""
    return {key: value for key, value in change(kind, at, **fields).items() if key != "received_at"}


def agreed(database: Database, rules: ReferenceData, *, disputed: bool = True) -> None:
    act(database, rules, Act.OPENED)
    if disputed:
        act(database, rules, Act.DISPUTED, side=Side.MUNICIPALITY, by="Bo")
    act(database, rules, Act.AGREED)
    act(database, rules, Act.AGREED, side=Side.MUNICIPALITY, by="Bo")


def hash_as_of(database: Database, rules: ReferenceData, as_of: datetime, *, now: datetime = LATER) -> str:
    drafted = draft_month(database, region="23", month=MARCH, rules=rules, now=now, as_of=as_of)
    with database.reading() as session:
        record = record_as_of(session, region="23", month=str(MARCH), payer="", as_of=as_of)
    return content_hash_of(drafted, record)


@pytest.mark.parametrize("disputed", [False, True], ids=["plain", "parked"])
def test_as_of_the_closing_has_its_hash_whatever_was_taken_in_or_settled_since(
    database: Database, rules: ReferenceData, disputed: bool
) -> None:
    """The late message says that the patient left ten days earlier, and not that it came in after the closing."""
    take(database, *stay("e1"), *stay("e2"), now=CLOSED_AT)
    agreed(database, rules, disputed=disputed)
    closed = close(database, rules).closing
    take(database, unreceived("retracted", "2023-03-21T08:00:00Z", message="e1-1"), *stay("e3"), now=LATER)
    if disputed:
        act(database, rules, Act.UPHELD, side=Side.MUNICIPALITY, by="Bo", now=CLOSED_AT)
    assert hash_as_of(database, rules, closed.as_of) == closed.hash
    assert hash_as_of(database, rules, LATER) != closed.hash
    if not disputed:
        before = closed.as_of - timedelta(seconds=1)
        assert hash_as_of(database, rules, before) == closed.hash
        assert hash_as_of(database, rules, closed.as_of + timedelta(seconds=1)) != closed.hash


def test_a_month_that_is_open_goes_by_what_was_received(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    before = hash_as_of(database, rules, CLOSED_AT)
    take(database, *stay("e3"), now=LATER)
    assert hash_as_of(database, rules, CLOSED_AT) != before


def test_an_amount_that_changed_is_told_apart_from_a_message_of_the_same_episode(
    database: Database, rules: ReferenceData
) -> None:
    """Eleven days at 10 500; then 10 600 a day, and a late word that the patient left two days earlier."""
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    take(database, unreceived("retracted", "2023-03-21T08:00:00Z", message="e1-6"), now=LATER)
    take(database, unreceived("discharged", "2023-03-18T10:00:00Z"), now=LATER)
    dearer = replace(rules, rates=rates_with(2023, "10600"))
    sums = {one.cause: (int(one.care_days), one.amount) for one in differs(database, dearer).adjustments()}
    assert sums == {
        Cause.AGREEMENT: (0, Decimal("1100.00")),
        Cause.CORRECTION: (-2, Decimal("-21200.00")),
    }


def test_a_message_that_changes_nothing_hides_no_change_of_the_rules(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    take(database, unreceived("care_contact_assigned", "2023-03-04T10:00:00Z", contact="c2"), now=LATER)
    assert differs(database, rules).found == ()
    dearer = replace(rules, rates=rates_with(2023, "10600"))
    assert [one.cause for one in differs(database, dearer).adjustments()] == [Cause.AGREEMENT]


def test_a_dispute_settled_before_the_closing_is_no_cause_of_what_comes_later(
    database: Database, rules: ReferenceData
) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    act(database, rules, Act.OPENED)
    act(database, rules, Act.DISPUTED, side=Side.MUNICIPALITY, by="Bo")
    act(database, rules, Act.WITHDRAWN, side=Side.MUNICIPALITY, by="Bo")
    act(database, rules, Act.AGREED)
    act(database, rules, Act.AGREED, side=Side.MUNICIPALITY, by="Bo")
    close(database, rules)
    take(database, unreceived("sip_need", "2023-03-03T08:00:00Z", needed="yes"), now=LATER)
    assert {one.cause for one in differs(database, rules).found} == {Cause.LATE_MESSAGE}


def test_after_a_dispute_was_charged_a_late_message_is_only_that(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    agreed(database, rules)
    close(database, rules)
    act(database, rules, Act.UPHELD, side=Side.MUNICIPALITY, by="Bo", now=LATER)
    assert [one.cause for one in differs(database, rules).adjustments()] == [Cause.DISPUTE]
    assert store(database, differs(database, rules)).version == 2
    take(database, unreceived("sip_need", "2023-03-03T08:00:00Z", needed="yes"), now=LATER + timedelta(days=1))
    (only,) = differs(database, rules, LATER + timedelta(days=2)).adjustments()
    assert (only.cause, only.amount, only.version) == (Cause.LATE_MESSAGE, -11 * DAY, 3)


def test_a_row_that_stays_parked_never_comes_back_with_a_late_message(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), *stay("e2"), now=CLOSED_AT)
    agreed(database, rules)
    close(database, rules)
    take(database, unreceived("retracted", "2023-03-21T08:00:00Z", message="e1-1"), now=LATER)
    assert differs(database, rules).found == ()


def test_what_is_taken_in_between_draft_and_closing_is_late(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    mark = last_taken_in(database, region="23")
    drafted = draft_month(database, region="23", month=MARCH, rules=rules, now=CLOSED_AT)
    meanwhile = CLOSED_AT + timedelta(seconds=1)
    take(database, *stay("e2"), now=meanwhile)
    close_month(database, drafted, decision=TWO, now=CLOSED_AT, as_of=CLOSED_AT, stored_until=mark)
    assert {(one.episode, one.cause) for one in differs(database, rules).found} == {("e2", Cause.LATE_MESSAGE)}


def test_every_closed_month_is_restated_at_once_or_none(database: Database, rules: ReferenceData) -> None:
    """A late stay in each month; of two who restate, the later one changes nothing."""
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    close(database, rules, APRIL, datetime(2023, 5, 5, tzinfo=UTC))
    take(database, *stay("e2"), *stay("e3", left="2023-04-10T10:00:00Z"), now=LATER)
    every = restatements_of(database, region="23", month=None, rules=rules, now=LATER)
    assert [str(one.month) for one in every] == ["2023-03", "2023-04"]
    who = {"region": "23", "by": "Anna", "attested_by": "Bo", "reason": ""}
    restate(database, every[1:], **who, now=LATER)
    with pytest.raises(ClosingRefused, match="2023-04 was restated by another meanwhile"):
        restate(database, every, **who, now=LATER)
    with database.reading() as session:
        assert [(one.month, one.version) for one in closings.of_region(session, "23")] == [
            ("2023-03", 1),
            ("2023-04", 1),
            ("2023-04", 2),
        ]
    again = restatements_of(database, region="23", month=None, rules=rules, now=LATER)
    stored = restate(database, again, **who, now=LATER)
    assert [(one.month, one.version, one.charged_in) for one in stored] == [("2023-03", 2, "2023-05")]


def test_a_restatement_stands_on_the_version_before_it(database: Database, rules: ReferenceData) -> None:
    """The same differences over another closing give another hash."""
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    take(database, *stay("e2"), now=LATER)
    first = store(database, differs(database, rules))
    with database.reading() as session:
        before, kept = closings.versions_of(session, region="23", month=str(MARCH), payer="")
    assert kept == first
    assert json.loads(first.body)["version"] == 2
    assert first.hash != before.hash


def test_closed_months_that_later_messages_touch_are_named(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    agreed(database, rules)
    closed = close(database, rules).closing
    with database.reading() as session:
        assert closed_months_touched(session, [closed], now=LATER) == ()
        assert open_disputes(session, closed) == 1
    take(database, *stay("e2"), *stay("e3"), now=LATER)
    act(database, rules, Act.DROPPED, side=Side.MUNICIPALITY, by="Bo", now=LATER)
    with database.reading() as session:
        (touched,) = closed_months_touched(session, [closed], now=LATER)
        assert (touched.region, touched.month, touched.episodes) == ("23", "2023-03", 2)
        assert open_disputes(session, closed) == 0


def test_nothing_closed_is_nothing_to_restate(database: Database, rules: ReferenceData) -> None:
    with pytest.raises(ClosingRefused, match="no month is closed"):
        restatements_of(database, region="23", month=None, rules=rules, now=LATER)
    with pytest.raises(ClosingRefused, match="2023-03 is not closed"):
        restatements_of(database, region="23", month=Month(2023, 3), rules=rules, now=LATER)
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM closing")) == 0
