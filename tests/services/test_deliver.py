"""Delivery through a real mail server: delivered, refused and tried again, fallback, alarm, bundled, dropped, held."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hemgang.notifications.retry import Backoff, next_try
from hemgang.services import deliver as services_deliver
from hemgang.services.deliver import deliver
from hemgang.services.installation import ReferenceData, load_reference_data
from hemgang.store import leases, outbox
from hemgang.store.database import Database
from tests.services.post import Post, post_office, small_directory
from tests.services.walking import advance_all, send_all, take, walk

ADMITTED_AT = datetime(2023, 3, 1, 7, tzinfo=UTC)
DUE = ADMITTED_AT + timedelta(hours=24)
FIRST_RUNG = DUE - timedelta(hours=4)


@pytest.fixture
def post() -> Iterator[Post]:
    with post_office() as office:
        yield office


@pytest.fixture
def served(post: Post, tmp_path: Path) -> ReferenceData:
    return load_reference_data(directory=small_directory(tmp_path, post.port))


def said(episode: str, kind: str, at: datetime, **fields: object) -> dict[str, object]:
    return {"id": f"{episode}-{kind}", "episode": episode, "type": kind, "at": at.isoformat(), **fields}


def admitted(episode: str, at: datetime = ADMITTED_AT) -> dict[str, object]:
    return said(episode, "admitted", at, region="23", municipality="2380", care="somatic", clinic="ward-1")


def notice(episode: str, at: datetime) -> dict[str, object]:
    return said(episode, "admission_notice", at)


def ready_to_send(database: Database, rules: ReferenceData, *episodes: str) -> None:
    """Bring stays to their first reminder."""
    take(database, *(admitted(episode) for episode in episodes), now=ADMITTED_AT)
    advance_all(database, rules, ADMITTED_AT)
    advance_all(database, rules, FIRST_RUNG)


def query(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def test_a_sweep_never_outlives_its_lease() -> None:
    rounds = ceil(services_deliver.BUNDLES_AT_ONCE / services_deliver.SENDERS)
    assert timedelta(seconds=rounds * services_deliver.SEND_TIMEOUT_S) < leases.LEASE


def test_it_arrives_once_with_its_reference(database: Database, served: ReferenceData, post: Post) -> None:
    ready_to_send(database, served, "e1")
    assert send_all(database, served, FIRST_RUNG) == 1
    (mail,) = post.mails
    assert mail.box == "ward"
    ((reference, state, delivered_at),) = query(database, "SELECT reference, state, delivered_at FROM alert")
    assert (mail.reference, state) == (reference, "delivered")
    assert delivered_at is not None
    assert send_all(database, served, FIRST_RUNG + timedelta(hours=1)) == 0
    assert query(database, "SELECT number, outcome FROM attempt") == [(1, "delivered")]


def test_refused_then_again_then_fallback(database: Database, served: ReferenceData, post: Post) -> None:
    post.refusing = {"ward"}
    ready_to_send(database, served, "e1")
    now, instants = FIRST_RUNG, []
    while not post.mails:
        assert send_all(database, served, now)
        instants.append(now)
        assert len(instants) < 9
        with database.reading() as session:
            coming = outbox.next_attempt_at(session)
        now = max(coming or now, now + timedelta(microseconds=1))
    assert post.refused["ward"] == 2
    assert [mail.box for mail in post.mails] == ["duty-phone"]
    assert instants == sorted(set(instants))
    assert instants[-1] - instants[0] < timedelta(minutes=2)
    tries = query(database, "SELECT channel, outcome FROM attempt ORDER BY id")
    assert tries == [("mail-ward", "failed")] * 2 + [("mail-duty-phone", "delivered")]
    assert {one[0] for one in query(database, "SELECT DISTINCT bundle FROM attempt")} == {post.mails[0].reference}


def send_on(database: Database, rules: ReferenceData, *, until: datetime) -> datetime:
    """Send whenever something is due for a try; return when nothing was left to try, or `until`."""
    now = FIRST_RUNG
    while now < until:
        send_all(database, rules, now)
        with database.reading() as session:
            coming = outbox.next_attempt_at(session)
        if coming is None:
            return now
        now = max(coming, now + timedelta(microseconds=1))
    return until


def test_no_such_box_goes_to_the_fallback_at_once(database: Database, served: ReferenceData, post: Post) -> None:
    post.refusing, post.answer = {"ward"}, "550 no such box"
    ready_to_send(database, served, "e1")
    send_all(database, served, FIRST_RUNG)
    assert post.refused == {"ward": 1}
    assert [mail.box for mail in post.mails] == ["duty-phone"]


def test_no_channel_left_is_one_alarm_to_the_operator_and_is_tried_on(
    database: Database, served: ReferenceData, post: Post
) -> None:
    post.refusing = {"ward", "duty-phone"}
    ready_to_send(database, served, "e1")
    send_on(database, served, until=FIRST_RUNG + timedelta(minutes=100))
    assert [mail.box for mail in post.mails] == ["operator"]
    states = query(database, "SELECT kind, state FROM alert ORDER BY id")
    assert states == [("reminder", "pending"), ("operator", "delivered")]
    assert post.refused["ward"] == 2
    assert 8 < post.refused["duty-phone"] < 15


def test_a_channel_that_was_down_for_long_loses_nothing(database: Database, served: ReferenceData, post: Post) -> None:
    post.refusing = {"ward", "duty-phone"}
    ready_to_send(database, served, "e1")
    mended = FIRST_RUNG + timedelta(minutes=80)
    send_on(database, served, until=mended)
    post.refusing = set()
    with database.reading() as session:
        coming = outbox.next_attempt_at(session)
    assert coming is not None
    assert coming - mended < timedelta(minutes=20)
    send_all(database, served, coming)
    assert [mail.box for mail in post.mails] == ["operator", "duty-phone"]
    assert query(database, "SELECT count(*) FROM alert WHERE state = 'pending'") == [(0,)]


def test_what_can_never_be_delivered_ends(
    database: Database, served: ReferenceData, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hemgang.services.deliver.next_try", partial(next_try, backoff=Backoff(tries=6)))
    post.refusing = {"ward", "duty-phone", "operator"}
    ready_to_send(database, served, "e1")
    ended = send_on(database, served, until=FIRST_RUNG + timedelta(minutes=110))
    assert ended < FIRST_RUNG + timedelta(minutes=110)
    assert query(database, "SELECT kind, state FROM alert ORDER BY id") == [
        ("reminder", "undelivered"),
        ("operator", "undelivered"),
    ]
    assert post.mails == []


def test_several_at_once_are_one_mail(database: Database, served: ReferenceData, post: Post) -> None:
    ready_to_send(database, served, "e1", "e2", "e3")
    assert send_all(database, served, FIRST_RUNG) == 1
    (mail,) = post.mails
    references = {row[0] for row in query(database, "SELECT reference FROM alert")}
    assert len(references) == 3
    assert references | {mail.reference} == mail.references


def test_a_second_within_15_minutes_waits_for_them(database: Database, served: ReferenceData, post: Post) -> None:
    take(database, admitted("e1"), now=ADMITTED_AT)
    soon = timedelta(minutes=4)
    take(
        database, admitted("e2", ADMITTED_AT + soon), admitted("e3", ADMITTED_AT + 2 * soon), now=ADMITTED_AT + 2 * soon
    )
    got: dict[datetime, int] = {}
    for now in walk(database, served, [], until=FIRST_RUNG + timedelta(minutes=20)):
        got[now] = len(post.to("ward"))
    assert got[FIRST_RUNG] == 1
    assert got[FIRST_RUNG + soon] == 1
    assert got[FIRST_RUNG + 2 * soon] == 1
    assert got[FIRST_RUNG + timedelta(minutes=15)] == 2
    assert len(post.to("ward")) == 2
    assert len(post.to("ward")[1].references) == 3


def test_what_is_no_longer_true_is_not_sent(database: Database, served: ReferenceData, post: Post) -> None:
    ready_to_send(database, served, "e1")
    later = FIRST_RUNG + timedelta(minutes=1)
    take(database, notice("e1", later), now=later)
    advance_all(database, served, later)
    assert send_all(database, served, later) == 0
    assert [one for one in post.mails if "admission" in one.text] == []
    ((state, reason),) = query(database, "SELECT state, reason FROM alert WHERE rung = 'owner'")
    assert (state, reason) == ("dropped", "the duty is met")


def test_newer_facts_are_looked_at_before_anything_is_sent(
    database: Database, served: ReferenceData, post: Post
) -> None:
    ready_to_send(database, served, "e1", "e2")
    later = FIRST_RUNG + timedelta(minutes=1)
    take(database, notice("e1", later), now=later)
    assert send_all(database, served, later) == 1
    sent = {row[0] for row in query(database, "SELECT episode FROM alert WHERE state = 'delivered'")}
    assert sent == {"e2"}
    advance_all(database, served, later)
    assert query(database, "SELECT state FROM alert WHERE episode = 'e1' AND rung = 'owner'") == [("dropped",)]


def test_a_claimed_alert_is_not_sent_by_another(database: Database, served: ReferenceData, post: Post) -> None:
    ready_to_send(database, served, "e1")
    real = datetime(2026, 1, 1, tzinfo=UTC)
    with database.writing() as session:
        assert len(outbox.claim_pending(session, now=FIRST_RUNG, real_now=real, limit=10)) == 1
    with database.writing() as session:
        assert outbox.claim_pending(session, now=FIRST_RUNG, real_now=real + leases.LEASE, limit=10) == []
    after = real + leases.LEASE + timedelta(microseconds=1)
    with database.writing() as session:
        assert len(outbox.claim_pending(session, now=FIRST_RUNG, real_now=after, limit=10)) == 1


def test_more_than_one_sweep_can_carry_goes_out_whole(
    database: Database, served: ReferenceData, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hemgang.services.deliver.BUNDLES_AT_ONCE", 1)
    ready_to_send(database, served, "e1", "e2")
    advance_all(database, served, FIRST_RUNG + timedelta(hours=2))
    first = deliver(database, served, now=FIRST_RUNG + timedelta(hours=2))
    assert first.delivered == 1
    assert query(database, "SELECT count(*) FROM alert WHERE state = 'pending'") == [(2,)]
    assert deliver(database, served, now=FIRST_RUNG + timedelta(hours=2)).delivered == 1
    assert query(database, "SELECT count(*) FROM alert WHERE state = 'pending'") == [(0,)]
    assert sorted(mail.box for mail in post.mails) == ["nurse", "ward"]


def test_without_a_directory_nothing_is_touched(database: Database, rules: ReferenceData) -> None:
    ready_to_send(database, rules, "e1")
    before = query(database, "SELECT * FROM alert")
    assert len(before) == 1
    assert deliver(database, rules, now=FIRST_RUNG).alerts == 0
    assert query(database, "SELECT * FROM alert") == before


def test_a_released_note_says_what_is_true_when_it_is_released(
    database: Database, served: ReferenceData, post: Post
) -> None:
    ready_to_send(database, served, "e1")
    send_all(database, served, FIRST_RUNG)
    met = FIRST_RUNG + timedelta(minutes=30)
    take(database, notice("e1", met), now=met)
    advance_all(database, served, met)
    assert query(database, "SELECT kind, duty_status, state FROM alert WHERE kind = 'resolved'") == [
        ("resolved", "met", "held")
    ]
    take(
        database,
        {"id": "r", "episode": "e1", "type": "retracted", "at": met.isoformat(), "message": "e1-admission_notice"},
        now=met + timedelta(minutes=1),
    )
    advance_all(database, served, met + timedelta(minutes=1))
    for _ in walk(database, served, [], until=FIRST_RUNG + timedelta(days=1)):
        pass
    notes = query(database, "SELECT state, duty_status FROM alert WHERE kind = 'resolved'")
    assert ("delivered", "met") not in notes


def two_bundles(database: Database, served: ReferenceData) -> datetime:
    """Bring two stays to where the ward and its nurse get a message each; return the instant."""
    now = FIRST_RUNG + timedelta(hours=2)
    ready_to_send(database, served, "e1", "e2")
    advance_all(database, served, now)
    return now


def test_a_message_that_cannot_be_worded_is_a_failed_try_and_the_others_are_recorded(
    database: Database, served: ReferenceData, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = two_bundles(database, served)
    real = services_deliver.render_bundle

    def failing(parcel: services_deliver.OutboundBundle, *given: Any) -> object:
        if parcel.bundle.recipient != "nurse":
            return real(parcel, *given)
        raise KeyError("19121212-1212")

    monkeypatch.setattr("hemgang.services.deliver.render_bundle", failing)
    sent = deliver(database, served, now=now)
    assert (sent.delivered, sent.failed) == (1, 1)
    assert [mail.box for mail in post.mails] == ["ward"]
    assert sorted(query(database, "SELECT outcome FROM attempt")) == [("delivered",), ("failed",)]
    assert deliver(database, served, now=now).alerts == 0


def test_an_outcome_that_cannot_be_recorded_leaves_those_of_the_others_recorded(
    database: Database, served: ReferenceData, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = two_bundles(database, served)
    real = outbox.record
    first: list[str] = []

    def failing(session: Any, attempted: outbox.Attempt, rows: Any) -> object:
        first.append(attempted.bundle)
        if attempted.bundle == first[0]:
            raise OverflowError
        return real(session, attempted, rows)

    monkeypatch.setattr(outbox, "record", failing)
    with pytest.raises(OverflowError):
        deliver(database, served, now=now)
    assert len(post.mails) == 2
    assert query(database, "SELECT outcome FROM attempt") == [("delivered",)]
