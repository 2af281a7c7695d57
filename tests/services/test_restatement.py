"""A closed month against what is known now: each cause, parked rows, and where the difference is charged, once."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hemgang.closing.review import Act, Cause, ClosingRefused, FourEyes, Side
from hemgang.services.closing import draft_month, month_record
from hemgang.services.installation import ReferenceData
from hemgang.services.restatement import restate, restatements_of
from hemgang.store.database import Database
from tests.liability.discharges import rates_with
from tests.services.stays import APRIL, CLOSED_AT, DAY, LATER, MARCH, MAY, act, change, close, differs, stay, store
from tests.services.walking import take


def body(database: Database, version: int) -> Mapping[str, Any]:
    with database.reading() as session:
        found = session.scalars(text("SELECT body FROM closing WHERE version = :version"), {"version": version}).one()
    kept: dict[str, Any] = json.loads(found)
    return kept


def test_nothing_later_nothing_differs(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    found = differs(database, rules)
    assert found.found == ()
    with pytest.raises(ClosingRefused, match="nothing of 2023-03 differs"):
        store(database, found)
    with pytest.raises(ClosingRefused, match="2023-04 is not closed"):
        restatements_of(database, region="23", month=APRIL, rules=rules, now=LATER)


CHANGES = [
    ([one | {"received_at": "2023-04-20T08:00:00Z"} for one in stay("e2")], Cause.LATE_MESSAGE, "e2", 11),
    ([change("retracted", "2023-04-20T08:00:00Z", message="e1-1")], Cause.CORRECTION, "e1", -11),
    ([change("sip_need", "2023-03-03T08:00:00Z", needed="yes")], Cause.LATE_MESSAGE, "e1", -11),
]


@pytest.mark.parametrize(("messages", "cause", "episode", "care_days"), CHANGES, ids=["late", "retracted", "need"])
def test_what_came_later_differs_by_its_cause_and_changes_nothing_that_is_closed(
    database: Database,
    rules: ReferenceData,
    messages: list[dict[str, object]],
    cause: Cause,
    episode: str,
    care_days: int,
) -> None:
    """The stay is ready from 6 to 20 March: 14 days, 3 of them free."""
    take(database, *stay("e1"), now=CLOSED_AT)
    before = close(database, rules).closing
    take(database, *messages, now=LATER)
    found = differs(database, rules)
    assert {(one.episode, one.cause) for one in found.found} == {(episode, cause)}
    (adjustment,) = found.adjustments()
    assert adjustment.care_days == care_days
    assert adjustment.amount == care_days * DAY
    with database.reading() as session:
        assert list(session.scalars(text("SELECT body FROM closing"))) == [before.body]


def test_as_of_the_closing_the_month_is_as_it_was_closed(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    closed = close(database, rules)
    take(database, *(one | {"received_at": "2023-04-20T08:00:00Z"} for one in stay("e2")), now=LATER)
    now, then = (
        draft_month(database, region="23", month=MARCH, rules=rules, now=LATER, as_of=at) for at in (LATER, CLOSED_AT)
    )
    assert then.hash == closed.draft.hash != now.hash


def test_the_difference_is_charged_once_in_the_next_open_month(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    close(database, rules, APRIL, datetime(2023, 5, 5, tzinfo=UTC))
    take(database, *(one | {"received_at": "2023-05-08T08:00:00Z"} for one in stay("e2")), now=LATER)
    stored = store(database, differs(database, rules))
    assert (stored.version, stored.status, stored.charged_in) == (2, "restated", "2023-05")
    assert differs(database, rules).found == ()
    with database.reading() as session:
        owed = {str(m): month_record(session, region="23", month=str(m), known_at=LATER) for m in (APRIL, MAY)}
    assert owed["2023-04"].adjustments == ()
    (one,) = owed["2023-05"].adjustments
    assert (one.payer, one.from_month, one.version, one.amount) == ("2326", "2023-03", 2, 11 * DAY)
    may = close(database, rules, MAY, datetime(2023, 6, 5, tzinfo=UTC)).closing
    (berg,) = json.loads(may.body)["payers"]
    assert (berg["amount"], berg["to_pay"], berg["name"]) == ("0.00", "115500.00", "Berg")
    assert [each["cause"] for each in berg["adjustments"]] == ["late_message"]


def test_a_rate_edited_after_closing_is_a_difference_of_the_agreement(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    edited = replace(rules, rates=rates_with(2023, "10600"))
    found = differs(database, edited)
    (adjustment,) = found.adjustments()
    assert (adjustment.cause, adjustment.amount) == (Cause.AGREEMENT, Decimal("1100.00"))
    assert adjustment.care_days == 0


@pytest.mark.parametrize(
    ("settled", "expected"),
    [(None, []), (Act.DROPPED, []), (Act.UPHELD, [Cause.DISPUTE]), (Act.WITHDRAWN, [Cause.DISPUTE])],
)
def test_a_parked_row_is_paid_once_the_charge_stands(
    database: Database, rules: ReferenceData, settled: Act | None, expected: list[Cause]
) -> None:
    take(database, *stay("e1"), *stay("e2"), now=CLOSED_AT)
    act(database, rules, Act.OPENED)
    act(database, rules, Act.DISPUTED, side=Side.MUNICIPALITY, by="Bo")
    act(database, rules, Act.AGREED)
    act(database, rules, Act.AGREED, side=Side.MUNICIPALITY, by="Bo")
    close(database, rules)
    (berg,) = body(database, 1)["payers"]
    assert (berg["amount"], berg["to_pay"], len(berg["parked"])) == ("231000.00", "115500.00", 11)
    if settled is not None:
        act(database, rules, settled, side=Side.MUNICIPALITY, by="Bo", now=LATER)
    assert [one.cause for one in differs(database, rules).adjustments()] == expected
    assert sum(one.amount for one in differs(database, rules).adjustments()) == (11 * DAY if expected else 0)


def test_restating_takes_two_and_follows_the_version_it_saw(database: Database, rules: ReferenceData) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    take(database, *(one | {"received_at": "2023-04-20T08:00:00Z"} for one in stay("e2")), now=LATER)
    found = differs(database, rules)
    with pytest.raises(FourEyes, match="two persons"):
        restate(database, [found], region="23", by="Anna", attested_by="ANNA", reason="", now=LATER)
    store(database, found)
    with pytest.raises(ClosingRefused, match="restated by another meanwhile"):
        store(database, found)


FORBIDDEN = [
    ("closed_by = 'Anna', attested_by = 'anna '", "two persons"),
    ("closed_by = 'A. Ek', attested_by = 'a.ek'", "two persons"),
    ("closed_by = 'Åsa', attested_by = 'ÅSA'", "two persons"),
    ("attested_by = ''", "two persons"),
    ("attested_by = '  '", "two persons"),
    ("closed_by = ''", "two persons"),
    ("month = month, payer = '2303'", "closed once, alone or with all"),
    ("version = 3, charged_in = '2023-06'", "follows the version before it"),
    ("version = 2, charged_in = '2023-03'", "charged in a (later )?month"),
    ("version = 2, charged_in = ''", "charged in a later month"),
]


@pytest.mark.parametrize(("changed", "says"), FORBIDDEN, ids=[changed for changed, _ in FORBIDDEN])
def test_the_database_itself_refuses(database: Database, rules: ReferenceData, changed: str, says: str) -> None:
    """Written past the program, into the table: the same closing with one thing wrong."""
    take(database, *stay("e1"), now=CLOSED_AT)
    close(database, rules)
    columns = {
        **{"region": "region", "month": "'2023-02'", "payer": "payer", "version": "version", "status": "status"},
        **{"hash": "hash", "as_of": "as_of", "closed_at": "closed_at", "closed_by": "closed_by"},
        **{"decision": "decision", "body": "body", "attested_by": "attested_by", "charged_in": "charged_in"},
    }
    columns |= dict(one.split(" = ") for one in changed.split(", "))
    if columns["version"] == "2":
        columns["month"] = "month"
    statement = f"INSERT INTO closing ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM closing"  # noqa: S608
    with pytest.raises(DBAPIError, match=says), database.writing() as session:
        session.execute(text(statement))
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM closing")) == 1


def test_a_review_that_is_open_must_be_agreed_before_the_month_is_closed(
    database: Database, rules: ReferenceData
) -> None:
    take(database, *stay("e1"), now=CLOSED_AT)
    act(database, rules, Act.OPENED)
    act(database, rules, Act.AGREED)
    with pytest.raises(ClosingRefused, match=r"not agreed: 2326 \(municipality\)"):
        close(database, rules)
    act(database, rules, Act.AGREED, side=Side.MUNICIPALITY, by="Bo")
    take(database, *stay("e2"), now=CLOSED_AT)
    with pytest.raises(ClosingRefused, match=r"not agreed: 2326 \(region\), 2326 \(municipality\)"):
        close(database, rules)
